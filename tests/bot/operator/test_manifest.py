"""`devmetrics manifest`: what to paste when the app is registered at GitHub or in Slack."""

import json

import pytest

from bot.commands.registry import all_commands
from bot.slack.manifest import LONGEST_HINT, slack_manifest
from tests.bot.operator.running import Devmetrics, devmetrics_on

PUBLIC_URL = "https://devmetrics.example.com"


@pytest.fixture
def devmetrics() -> Devmetrics:
    """It needs no database."""
    return devmetrics_on("postgresql://nobody@127.0.0.1:9/nothing")


async def test_slacks_manifest_is_filled_with_the_address_and_the_commands(devmetrics: Devmetrics) -> None:
    result = await devmetrics("manifest", "slack", PUBLIC_URL=f"{PUBLIC_URL}/")

    manifest = json.loads(result.out)
    [command] = manifest["features"]["slash_commands"]
    assert (command["command"], command["url"]) == ("/devmetrics", f"{PUBLIC_URL}/slack/events")
    assert "team <name> " in command["usage_hint"]
    assert manifest["settings"]["interactivity"]["request_url"] == f"{PUBLIC_URL}/slack/events"
    assert manifest["settings"]["event_subscriptions"] == {
        "request_url": f"{PUBLIC_URL}/slack/events",
        "bot_events": ["app_home_opened"],
    }
    assert manifest["features"]["app_home"]["home_tab_enabled"]
    assert manifest["oauth_config"]["scopes"]["bot"] == [*("commands", "chat:write", "users:read", "users:read.email")]


async def test_githubs_manifest_is_filled_with_the_addresses(devmetrics: Devmetrics) -> None:
    manifest = json.loads((await devmetrics("manifest", "github", PUBLIC_URL=PUBLIC_URL)).out)

    assert manifest["hook_attributes"]["url"] == f"{PUBLIC_URL}/webhooks/github"
    assert manifest["public"] is False
    assert "push" in manifest["default_events"]


async def test_without_an_address_it_says_which_variable_to_set(devmetrics: Devmetrics) -> None:
    result = await devmetrics("manifest", "slack")

    assert (result.status, result.out) == (1, "")
    assert "PUBLIC_URL" in result.err


def test_the_manifest_keeps_slacks_limits() -> None:
    """https://docs.slack.dev/reference/app-manifest"""
    manifest = slack_manifest(PUBLIC_URL)

    assert len(manifest["display_information"]["name"]) <= 35
    assert len(manifest["display_information"]["description"]) <= 140
    assert 174 <= len(manifest["display_information"]["long_description"]) <= 4000
    hint = manifest["features"]["slash_commands"][0]["usage_hint"]
    assert len(hint) <= LONGEST_HINT
    assert all(command.usage in hint for command in all_commands().values())
