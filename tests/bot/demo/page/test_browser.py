"""A person opens the demo in a browser; what is read there is what everything else says."""

import re
from collections.abc import Iterator
from datetime import date, datetime
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import pytest

from bot.demo.company import write_story
from bot.slack.wording import count, duration
from tests.bot.demo.counting import Count, count_team
from tests.bot.demo.page.browsing import answers, barriers, browsing, needs_browser, type_into
from tests.bot.demo.page.demonstration import demonstration

# Where each number stands in the answer.
READ = {
    "deployments": r"^([\d,]+) deployments?, ",
    "failed": r"^Change failure rate: ([\d,]+) of ",
    "unplanned": r"^Deployment rework rate: ([\d,]+) of ",
    "lead time": r"^Lead time for changes: (.+)$",
    "changes": r"^median of ([\d,]+) changes? ",
    "recovery time": r"^Failed deployment recovery time: (.+)$",
    "recoveries": r"^median of ([\d,]+) recover",
    "merged": r"^Pull requests: ([\d,]+) merged",
    "opened": r"^• ([\d,]+) opened",
    "closed unmerged": r"^• ([\d,]+) closed unmerged",
    "open": r"^• ([\d,]+) open at the end",
    "cycle time": r"^Cycle time, first commit to merge: (.+)$",
    "coding": r"^• coding \([^)]*\): ([^,]+),",
    "pickup": r"^• pickup \([^)]*\): ([^,]+),",
    "review": r"^• review \([^)]*\): ([^,]+),",
    "deploy": r"^• deploy \([^)]*\): ([^,]+),",
}
STAGES = ("coding", "pickup", "review", "deploy")


@pytest.fixture
def folder() -> Iterator[Path]:
    """Not pytest's: as root, PostgreSQL runs as another user, who may not enter that one."""
    with TemporaryDirectory(prefix="devmetrics-page-") as name:
        path = Path(name)
        path.chmod(0o711)
        yield path


@needs_browser
async def test_a_person_asks_changes_the_period_shares_and_is_helped(folder: Path) -> None:
    async with demonstration(folder) as demo, browsing(demo.page) as page:
        await page.get_by_role("button", name="team-platform").click()
        # Last Monday's digest, with its details.
        await page.get_by_text("1 reply").wait_for()
        assert await barriers(page) == []
        before = await answers(page).count()
        assert "Platform: the week" in await answers(page).first.inner_text()

        await type_into(page, "/devmetrics team platform")
        answer = answers(page).nth(before)
        await answer.get_by_text("(30 days)").wait_for()
        assert await answer.get_by_text("Only visible to you").is_visible()
        assert await page.get_by_role("textbox").input_value() == ""
        assert await barriers(page) == []

        await answer.get_by_role("combobox").select_option(label="Last month")
        await answer.get_by_text("(30 days)").wait_for(state="detached")
        assert await answer.get_by_role("combobox").input_value() == "last month"
        shown = readable(await answer.inner_text())
        numbers = read_numbers(shown)
        from_api = await demo.metrics("platform", "last month")
        start, end = (datetime.fromisoformat(from_api["window"][name]) for name in ("from", "to"))
        assert numbers == numbers_of_api(from_api)
        story = write_story(date.fromisoformat(Path(demo.folder).name[:10]))
        assert numbers == numbers_counted(count_team(story, "platform", start, end))
        asked = await demo.ask("team platform last month")
        assert [line for line in readable_blocks(asked["blocks"]) if line not in shown] == []

        await answer.get_by_role("button", name="Share in channel").click()
        shared = answers(page).nth(before + 1)
        await shared.get_by_text("Asked by").wait_for()
        assert await shared.get_by_text("Only visible to you").count() == 0
        assert read_numbers(readable(await shared.inner_text())) == numbers
        await answer.get_by_text("Shared in this channel.").wait_for()
        assert await answer.get_by_role("button", name="Share in channel").count() == 0

        await type_into(page, "/devmetrics tea platfrm")
        helped = answers(page).nth(before + 2)
        await helped.get_by_text("I do not understand “tea platfrm”.").wait_for()
        assert await helped.get_by_text("Did you mean").is_visible()
        assert "/devmetrics team <name> " in " ".join(readable(await helped.inner_text()))

        await answers(page).first.get_by_role("combobox").select_option(label="Lead time")
        await answers(page).nth(before + 3).get_by_text("Platform: Lead time").wait_for()

        await type_into(page, "/devmetrics team platfrm")
        await answers(page).nth(before + 4).get_by_text("/devmetrics team platform", exact=True).wait_for()
        assert await barriers(page) == []


def readable(text: str) -> list[str]:
    return [" ".join(line.split()) for line in text.splitlines() if line.strip()]


def readable_blocks(blocks: list[dict[str, Any]]) -> list[str]:
    """The lines of all texts, without Slack's markup."""
    texts = [block["text"]["text"] for block in blocks if "text" in block]
    texts += [part["text"] for block in blocks if block["type"] == "context" for part in block["elements"]]
    plain = re.sub(r"<[^|>]+\|([^>]+)>", r"\1", "\n".join(texts)).replace("*", "").replace("`", "")
    for entity, character in (("&lt;", "<"), ("&gt;", ">"), ("&amp;", "&")):
        plain = plain.replace(entity, character)
    return readable(plain)


def read_numbers(lines: list[str]) -> dict[str, str | None]:
    text = "\n".join(lines)
    found = {name: re.search(pattern, text, re.MULTILINE) for name, pattern in READ.items()}
    return {name: match and match[1] for name, match in found.items()}


def numbers_of_api(answer: dict[str, Any]) -> dict[str, str | None]:
    work = answer["pull_requests"]
    return {
        "deployments": count(answer["deployment_frequency"]["deployments"]),
        "failed": count(answer["change_failure_rate"]["failed"]),
        "unplanned": count(answer["rework_rate"]["unplanned"]),
        "lead time": duration(answer["lead_time"]["p50_seconds"]),
        "changes": count(answer["lead_time"]["n"]),
        "recovery time": duration(answer["recovery_time"]["p50_seconds"]),
        "recoveries": count(answer["recovery_time"]["n"]),
        "merged": count(work["merged"]),
        "opened": count(work["opened"]),
        "closed unmerged": count(work["closed_unmerged"]),
        "open": count(work["open"]),
        "cycle time": duration(work["cycle_time"]["p50_seconds"]),
        **{stage: duration(work["stages"][stage]["p50_seconds"]) for stage in STAGES},
    }


def numbers_counted(counted: Count) -> dict[str, str | None]:
    return {
        "deployments": count(counted.deployments),
        "failed": count(counted.failed),
        "unplanned": count(counted.unplanned),
        "lead time": duration(counted.lead_time_seconds),
        "changes": count(counted.changes),
        "recovery time": duration(counted.recovery_seconds),
        "recoveries": count(counted.recoveries),
        "merged": count(counted.merged),
        "opened": count(counted.opened),
        "closed unmerged": count(counted.closed_unmerged),
        "open": count(counted.open),
        "cycle time": duration(counted.cycle_time_seconds),
        "coding": duration(counted.coding_seconds),
        "pickup": duration(counted.pickup_seconds),
        "review": duration(counted.review_seconds),
        "deploy": duration(counted.deploy_seconds),
    }
