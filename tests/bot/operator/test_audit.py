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


async def test_what_is_different_is_said_line_by_line(devmetrics: Devmetrics) -> None:
    for words in (
        ["add", "platform", "--name", "Platform"],
        ["add", "platform", "--name", "Plattform"],
        ["add-member", "platform", "ana@example.com"],
        ["remove-member", "platform", "ana@example.com"],
    ):
        await devmetrics("team", *words)
    lines = (await devmetrics("audit", COLUMNS="80")).out.splitlines()
    said = [line.split("  ", 2)[2] if line[0].isdigit() else line for line in lines]
    assert said == [
        "team.remove_member  platform",
        "    role: member (gone)",
        "    person: ana@example.com (gone)",
        "    added_by: person (gone)",
        "team.add_member  platform",
        "    person: ana@example.com",
        "team.add  platform",
        "    name: Platform -> Plattform",
        "team.add  platform",
        "    name: Platform",
    ]
