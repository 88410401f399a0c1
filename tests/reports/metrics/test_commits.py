"""Commits on the default branch, and their lines as far as they are known."""

from reports.metrics import commits
from reports.report import Commits
from tests.reports.filling import Filling, at
from tests.reports.metrics.reading import evidence, read


async def test_only_the_default_branch_counts(filling: Filling) -> None:
    repository = await filling.repository()
    await filling.commit(repository, at("2026-11-03"), lines_added=3, lines_deleted=1)
    await filling.commit(repository, at("2026-11-03"), on_default_branch=False)
    assert await read(filling, commits, repository) == Commits(1, 3, 1, 0)


async def test_unknown_lines_are_never_zero(filling: Filling) -> None:
    repository = await filling.repository()
    assert await read(filling, commits, repository) == Commits(0, None, None, 0)
    await filling.commit(repository, at("2026-11-03"))
    assert await read(filling, commits, repository) == Commits(1, None, None, 1)
    await filling.commit(repository, at("2026-11-03"), lines_added=0, lines_deleted=5)
    assert await read(filling, commits, repository) == Commits(2, 0, 5, 1)


async def test_merge_commits_count_without_lines(filling: Filling) -> None:
    repository = await filling.repository()
    await filling.commit(repository, at("2026-11-03"), is_merge=True, lines_added=900, lines_deleted=800)
    await filling.commit(repository, at("2026-11-03"), is_merge=True)
    await filling.commit(repository, at("2026-11-03"), lines_added=1, lines_deleted=2)
    assert await read(filling, commits, repository) == Commits(3, 1, 2, 0)


async def test_the_time_it_was_written_decides_and_bots_count(filling: Filling) -> None:
    repository = await filling.repository()
    for moment in ("2026-11-01T23:59:59", "2026-11-02", "2026-11-09"):
        await filling.commit(repository, at(moment), is_bot=True)
    assert (await read(filling, commits, repository)).count == 1


async def test_the_evidence_links_to_each_commit(filling: Filling) -> None:
    repository = await filling.repository(commits_url="https://git.example/acme/api/-/commit/")
    sha = await filling.commit(repository, at("2026-11-03"))
    await filling.commit(repository, at("2026-11-04"), is_merge=True, message=None)
    merge, one = await evidence(filling, commits, repository)
    assert (merge.counted_as, merge.title) == ("merge", "")
    assert (one.subject, one.title, one.counted_as) == (f"commit:{sha}", "Add a thing", "commit")
    assert one.url == f"https://git.example/acme/api/-/commit/{sha}"


async def test_where_commits_are_shown_is_not_always_known(filling: Filling) -> None:
    repository = await filling.repository()
    await filling.commit(repository, at("2026-11-03"))
    (one,) = await evidence(filling, commits, repository)
    assert one.url is None
