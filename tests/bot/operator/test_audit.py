"""`devmetrics audit`: who did what, from a terminal."""

import json

import pytest

from tests.bot.operator.running import Devmetrics, devmetrics_on


@pytest.fixture
def devmetrics(database_url: str) -> Devmetrics:
    return devmetrics_on(database_url)


async def test_it_tells_who_did_what(devmetrics: Devmetrics) -> None:
    assert "Nobody" in (await devmetrics("audit", "list")).out
    await devmetrics("team", "add", "platform", "--name", "Platform")
    await devmetrics("team", "add-repo", "platform", "github", "acme/api")
    listed = json.loads((await devmetrics("audit", "list", "--json")).out)
    assert [entry["action"] for entry in listed] == ["team.add_repository", "team.add"]
    assert all(entry["actor"].startswith("cli:") for entry in listed)
    assert listed[1]["before"] is None
    assert "platform" in (await devmetrics("audit", "list", "--limit", "1")).out
