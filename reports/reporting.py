"""From a scope and a window to its report; what a team's and a repository's report share."""

from datetime import datetime
from typing import NamedTuple
from uuid import UUID
from zoneinfo import ZoneInfo

from sqlalchemy.ext.asyncio import AsyncConnection

from reports.data_quality import find_in_deliveries, find_in_windows
from reports.homeless_incidents import find_homeless_incidents
from reports.numbers import NO_NUMBERS
from reports.old_commits import remark
from reports.report import DataQuality, Report, RepositorySubject, TeamSubject, Window
from reports.sources import Sources
from reports.sums import Kept, find_kept, read_with_sums
from reports.sums import remark as remark_on_sums
from reports.waiting import find_waiting
from reports.windows import cut_to_tracking, local_day, previous_window


async def make_report(
    connection: AsyncConnection,
    organization_id: UUID,
    subject: TeamSubject | RepositorySubject,
    sources: Sources,
    asked: Window,
    now: datetime,
    remarks: tuple[DataQuality, ...],
) -> Report:
    """`remarks`: what is to be said of the scope itself. `now` is aware."""
    deliveries = [
        *await find_homeless_incidents(connection, organization_id, asked),
        *await find_in_deliveries(connection, organization_id),
    ]
    kept = await find_kept(connection, sources)
    known = _known_since(sources, kept)
    window = cut_to_tracking(asked, known.moment) if known else None
    if window is None or known is None:
        quality = (_nothing_known(asked, known), *remarks, *deliveries)
        return Report(subject, asked, NO_NUMBERS, quality, (), None, None)
    previous = _comparable_window(window, known, kept)
    windows = [window, previous] if previous else [window]
    numbers = await read_with_sums(connection, sources, windows, kept.facts_since)
    remarkable = await find_in_windows(connection, sources, windows)
    quality = (
        *_cut(window, previous, known, kept),
        *remark_on_sums(window, kept.facts_since),
        *remarks,
        *_shared(sources),
        *remarkable[0],
        *await remark(connection, sources, window),
        *deliveries,
    )
    waiting, waiting_count = await find_waiting(connection, sources, window, now)
    return Report(
        subject,
        window,
        numbers[0],
        quality,
        waiting,
        previous,
        previous=numbers[1] if previous else None,
        previous_data_quality=remarkable[1] if previous else (),
        waiting_count=waiting_count,
    )


class Known(NamedTuple):
    """Since when something is known; `because` begins a sentence that its day ends."""

    moment: datetime
    because: str


def _known_since(sources: Sources, kept: Kept) -> Known | None:
    tracked = sources.tracked_since
    # Sums are not of one service.
    begins = kept.facts_since if sources.services else kept.weeks_since
    if tracked is None:
        return None
    return (
        Known(begins, "What is kept begins on") if begins and begins > tracked else Known(tracked, "Tracking began on")
    )


def _comparable_window(window: Window, known: Known, kept: Kept) -> Window | None:
    """The window before, when all of it was tracked and is kept: a part of it would make every count look grown."""
    previous = previous_window(window)
    if window.asked_start is not None or (kept.facts_since and previous.start < kept.facts_since):
        return None
    return previous if cut_to_tracking(previous, known.moment) == previous else None


def _nothing_known(asked: Window, known: Known | None) -> DataQuality:
    if known is None:
        return DataQuality("nothing_tracked", 1, "No webhook has told anything yet, so there is no data.")
    day = local_day(known.moment, ZoneInfo(asked.timezone))
    return DataQuality("nothing_tracked", 1, f"{known.because} {day}, after this window: there is no data.")


def _cut(window: Window, previous: Window | None, known: Known, kept: Kept) -> tuple[DataQuality, ...]:
    if previous is not None:
        return ()
    day = local_day(known.moment, ZoneInfo(window.timezone))
    if window.asked_start is not None:
        text = f"{known.because} {day}: the window starts there, and there is nothing to compare with."
        return (DataQuality("window_cut", 1, text),)
    text = f"{known.because} {day}, within the window before: there is nothing whole to compare with."
    if kept.facts_since and known.moment < kept.facts_since:
        day = kept.facts_since.date()
        text = f"Of the time before {day} only sums are kept: there is nothing whole to compare with."
    return (DataQuality("nothing_to_compare", 1, text),)


def _shared(sources: Sources) -> tuple[DataQuality, ...]:
    """What ships has a service; work is of those whose files it changed."""
    count = len({repository_id for repository_id, _ in sources.services})
    if not count:
        return ()
    of = "one repository" if count == 1 else f"{count:,} repositories"
    text = (
        f"Of {of} only some services count: pull requests that were merged and commits are those that changed their "
        "files, or whose files are not known; pull requests that are open or were closed all count."
    )
    return (DataQuality("shared_repositories", count, text),)
