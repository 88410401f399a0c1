"""app.json asks GitHub for what the handlers use, and for nothing more."""

import json
from pathlib import Path

from handlers.github.provider import PROVIDER
from handlers.github.setup import permissions

PROJECT = Path(__file__).parents[3]
MANIFEST = json.loads((PROJECT / "app.json").read_bytes())
# Always sent, and not to be subscribed to.
ALWAYS_SENT = {"ping", "installation", "installation_repositories"}
# https://docs.github.com/webhooks/webhook-events-and-payloads names the permission of each event.
PERMISSIONS = {
    "deployment_status": "deployments",
    "issues": "issues",
    "membership": "members",
    "organization": "members",
    "pull_request": "pull_requests",
    "pull_request_review": "pull_requests",
    "pull_request_review_comment": "pull_requests",
    "push": "contents",
    "release": "contents",
    "repository": "metadata",
    "team": "members",
    "workflow_run": "actions",
}


def test_the_events_are_those_that_have_a_handler() -> None:
    assert MANIFEST["default_events"] == sorted(set(PROVIDER.events) - ALWAYS_SENT)


def test_the_permissions_are_the_least_that_those_events_need() -> None:
    needed = {PERMISSIONS[event] for event in MANIFEST["default_events"]}
    assert MANIFEST["default_permissions"] == dict.fromkeys(sorted(needed), "read")


def test_the_app_is_private_until_somebody_decides_otherwise() -> None:
    assert MANIFEST["public"] is False


def test_the_readme_gives_each_permission_its_reason() -> None:
    table = (PROJECT / "README.md").read_text().partition("| Permission | Access | Reason |")[2].partition("\n\n")[0]
    named = [row.split("|")[1].strip().partition(" (")[0] for row in table.splitlines()[2:]]
    assert sorted(named) == [name for name, _, _ in permissions(MANIFEST)]
