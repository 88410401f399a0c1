"""From a scope and a window to its report; what a team's and a repository's report share."""

from datetime import datetime
from uuid import UUID
from zoneinfo import ZoneInfo

from sqlalchemy.ext.asyncio import AsyncConnection

from reports.data_quality import find_in_deliveries, find_in_windows
from reports.homeless_incidents import find_homeless_incidents
from reports.numbers import NO_NUMBERS, read_numbers
from reports.old_commits import remark
from reports.report import DataQuality, Report, RepositorySubject, TeamSubject, Window
from reports.sources import Sources
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
    window = cut_to_tracking(asked, sources.tracked_since) if sources.tracked_since else None
    if window is None:
        quality = (_nothing_tracked(asked, sources.tracked_since), *remarks, *deliveries)
        return Report(subject, asked, NO_NUMBERS, quality, (), None, None)
    previous = comparable_window(window, sources.tracked_since)
    windows = [window, previous] if previous else [window]
    numbers = await read_numbers(connection, sources, windows)
    remarkable = await find_in_windows(connection, sources, windows)
    quality = (
        *_cut(window, previous, sources.tracked_since),
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


def comparable_window(window: Window, tracked_since: datetime | None) -> Window | None:
    """The window before, when all of it was tracked: a part of it would make every count look grown."""
    previous = previous_window(window)
    if window.asked_start is not None or tracked_since is None:
        return None
    return previous if cut_to_tracking(previous, tracked_since) == previous else None


def _nothing_tracked(asked: Window, tracked_since: datetime | None) -> DataQuality:
    if tracked_since is None:
        return DataQuality("nothing_tracked", 1, "No webhook has told anything yet, so there is no data.")
    day = local_day(tracked_since, ZoneInfo(asked.timezone))
    return DataQuality("nothing_tracked", 1, f"Tracking began on {day}, after this window: there is no data.")


def _cut(window: Window, previous: Window | None, tracked_since: datetime | None) -> tuple[DataQuality, ...]:
    if previous is not None or tracked_since is None:
        return ()
    day = local_day(tracked_since, ZoneInfo(window.timezone))
    if window.asked_start is None:
        text = f"Tracking began on {day}, within the window before: there is nothing whole to compare with."
        return (DataQuality("nothing_to_compare", 1, text),)
    text = f"Tracking began on {day}: the window starts there, and there is nothing to compare with."
    return (DataQuality("window_cut", 1, text),)


def _shared(sources: Sources) -> tuple[DataQuality, ...]:
    """A pull request or commit has no service, only what ships it has."""
    count = len({repository_id for repository_id, _ in sources.services})
    if not count:
        return ()
    of = "one repository" if count == 1 else f"{count:,} repositories"
    text = f"Pull requests and commits are those of the whole repository: of {of}, only some services count."
    return (DataQuality("shared_repositories", count, text),)
