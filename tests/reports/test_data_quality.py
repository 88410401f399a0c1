"""What is left out, assumed or missing is said, in true sentences."""

from uuid import UUID

import pytest

from reports.data_quality import counted, find_in_deliveries, find_in_windows, of_notes
from reports.report import DataQuality
from reports.sources import Sources
from storage.linking import notes
from storage.linking.rows import NEGATIVE
from tests.reports.filling import NOVEMBER_WEEK, Filling, at


async def found(filling: Filling, *repository_ids: UUID) -> list[DataQuality]:
    sources = Sources(repository_ids)
    (quality,) = await find_in_windows(filling.connection, sources, [NOVEMBER_WEEK])
    return list(quality)


async def test_complete_data_needs_no_words(filling: Filling) -> None:
    repository = await filling.repository()
    await filling.deployment(repository, at("2026-11-03"))
    await filling.shipped(repository, at("2026-11-03"), 4)
    await filling.merged(repository, at("2026-11-03"), lines_added=1, lines_deleted=1)
    await filling.commit(repository, at("2026-11-03"), lines_added=1, lines_deleted=1)
    await filling.commit(repository, at("2026-11-03"), is_merge=True)
    assert await found(filling, repository) == []
    assert await find_in_deliveries(filling.connection, filling.organization_id) == []


async def test_several_production_environments_are_named(filling: Filling) -> None:
    """Of one repository: that two repositories call theirs differently is no news."""
    one, two = await filling.repository("acme/one"), await filling.repository("acme/two")
    for name in ("prod-us", "prod-eu", "prod-us"):
        await filling.deployment(one, at("2026-11-03"), environment_name=name)
    await filling.deployment(one, at("2026-10-03"), environment_name="prod-old")
    await filling.deployment(one, at("2026-11-03"), environment="staging", environment_name="stage")
    await filling.deployment(two, at("2026-11-03"), environment_name="production")
    text = "Deployments to 2 production environments all count: prod-eu, prod-us."
    assert await found(filling, one, two) == [DataQuality("several_environments", 2, text)]
    assert await found(filling, two) == []


async def test_bots_are_counted_in_one_line(filling: Filling) -> None:
    repository = await filling.repository()
    known = {"lines_added": 1, "lines_deleted": 1}
    await filling.merged(repository, at("2026-11-03"), is_bot=True, **known)
    for _ in range(2):
        await filling.commit(repository, at("2026-11-03"), is_bot=True, **known)
    await filling.commit(repository, at("2026-11-03"), is_bot=True, on_default_branch=False)
    text = "1 merged pull request and 2 commits by bots are left out of lead time, stages and waiting."
    assert await found(filling, repository) == [DataQuality("bots", 3, text)]


async def test_one_bot_alone_is_said_in_the_singular(filling: Filling) -> None:
    repository = await filling.repository()
    await filling.merged(repository, at("2026-11-03"), is_bot=True, lines_added=1, lines_deleted=1)
    (one,) = await found(filling, repository)
    assert one.text == "1 merged pull request by bots is left out of lead time, stages and waiting."


async def test_merged_pull_requests_without_stages_are_counted(filling: Filling) -> None:
    repository = await filling.repository()
    known = {"lines_added": 1, "lines_deleted": 1, "is_change": False}
    await filling.merged(repository, at("2026-11-03"), **known)
    await filling.merged(repository, at("2026-10-03"), **known)
    (one,) = await found(filling, repository)
    assert (one.kind, one.count) == ("pull_requests_without_change", 1)
    assert one.text.startswith("1 merged pull request is in no lead time and no stages:")


async def test_old_commits_are_counted_with_the_merge_of_their_pull_request(filling: Filling) -> None:
    repository = await filling.repository()
    await filling.change(repository, at("2026-11-03"), "1", old_commits_left_out=2)
    await filling.change(repository, at("2026-11-03"), "2", old_commits_left_out=1)
    await filling.change(repository, at("2026-10-03"), "3", old_commits_left_out=5)
    (one,) = await found(filling, repository)
    assert (one.kind, one.count) == ("old_commits", 3)
    assert one.text.startswith("3 commits written more than 90 days before the pull request are left out")


async def test_unknown_line_counts_are_said(filling: Filling) -> None:
    repository = await filling.repository()
    await filling.commit(repository, at("2026-11-03"))
    await filling.merged(repository, at("2026-11-03"))
    text = "The line counts of 1 commit and 1 merged pull request are not known and in no sum."
    assert await found(filling, repository) == [DataQuality("lines_unknown", 2, text)]


@pytest.mark.parametrize(
    ("kind", "text"),
    [
        ("canceled", "1 canceled deployment is not counted."),
        ("negative_lead_time", "1 change is left out of the lead time: deployed before the merge, says the provider."),
        ("negative_recovery", "1 recovery is left out of the recovery time: over before it began."),
        ("estimated_shipping", "When 1 change shipped is estimated from the order of the merges."),
        ("unknown_sha", "What 1 deployment shipped is not known: no push or pull request names the deployed commit."),
        (
            "told_twice",
            "1 deployment may be counted twice: within 10 minutes another tool told one of the same commit to the same "
            "environment. Let one of them tell.",
        ),
        ("cut_push", "1 push had more commits than the provider tells."),
        ("imported_history", "1 push brought an imported history: its commits count as live already."),
        ("incident_without_deployment", "1 incident is in no rate: no deployment to blame was found."),
    ],
)
async def test_every_note_of_linking_has_its_words(filling: Filling, kind: str, text: str) -> None:
    repository = await filling.repository()
    await filling.note(repository, kind, at("2026-11-03"))
    await filling.note(repository, kind, at("2026-11-09"))
    assert await found(filling, repository) == [DataQuality(kind, 1, text)]


def test_every_kind_of_note_that_linking_writes_is_known_here() -> None:

    kinds = {value: 2 for name, value in vars(notes).items() if name.isupper() and isinstance(value, str)}
    # Of another module: why a change is left out.
    kinds.pop(NEGATIVE, None)
    assert {one.kind for one in of_notes(kinds)} == set(kinds)
    assert all("2 " in one.text for one in of_notes(kinds))


async def test_deliveries_that_failed_or_wait_are_missing(filling: Filling) -> None:
    for state in ("failed", "pending", "pending", "done", "ignored"):
        await filling.delivery(state)
    other = await filling.organization("other")
    assert await find_in_deliveries(filling.connection, filling.organization_id) == [
        DataQuality(
            "deliveries_failed",
            1,
            "1 webhook delivery could not be processed and is missing here: "
            "`devmetrics deliveries list --state failed` says why.",
        ),
        DataQuality("deliveries_pending", 2, "2 webhook deliveries are not processed yet."),
    ]
    assert await find_in_deliveries(filling.connection, other) == []


def test_counts_are_written_as_people_write_them() -> None:
    assert counted(1, "push", "pushes") == "1 push"
    assert counted(1200, "push", "pushes") == "1,200 pushes"
    assert counted(0, "commit") == "0 commits"
