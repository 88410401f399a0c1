"""What is done regularly for each provider: failed deliveries asked for again, teams and repositories compared, the
last days repaired. Which is due, and who does it, is decided in the database."""

import asyncio
from collections.abc import Awaitable, Callable, Collection, Sized
from datetime import UTC, datetime, timedelta
from uuid import uuid4

import structlog
from sqlalchemy.ext.asyncio import AsyncEngine

from handlers.asking.api import Api, NotNow, Refused, Survey
from handlers.asking.apis import Apis
from handlers.asking.writing import write_and_link
from handlers.failures import clean, describe, is_transient, kind_of, where
from handlers.measures import REDELIVERED
from handlers.wording import counted
from storage.asking.readings import CATCH_UP, REPAIR, ask_for_histories
from storage.asking.redeliveries import note_redelivery, worth_asking
from storage.asking.repositories import Place, list_repositories
from storage.asking.rosters import list_gone_teams, list_lost_repositories, note_archived, remove_others
from storage.asking.runs import Run, claim_run, finish_run, postpone_run
from storage.facts.locks import lock_new_things
from storage.records import (
    HistoryRequest,
    InstallationRepositories,
    Record,
    RepositoryKey,
    Team,
    TeamKey,
    TeamMembership,
    TeamOwnership,
)

LEASE = timedelta(minutes=10)
# After a failure, doubled each time up to the job's own interval.
FIRST_DELAY = timedelta(minutes=1)
# GitHub keeps deliveries for three days. https://docs.github.com/webhooks/testing-and-troubleshooting-webhooks
LONGEST_OUTAGE = timedelta(days=3)
MOST_REDELIVERIES = 5
# A repair compares this much, or since the last one that succeeded.
REPAIRED = timedelta(days=7)
# What was under way while the last run looked.
OVERLAP = timedelta(minutes=5)

logger = structlog.get_logger(__name__)


class Keeper:
    """`run_due` is called every minute, by any number of processes."""

    def __init__(self, engine: AsyncEngine, apis: Apis) -> None:
        self._engine = engine
        self._apis = apis
        # The order matters at the first start: what there is, then what was missed, then what is different.
        self._jobs: dict[str, tuple[timedelta, Callable[[Api, Run], Awaitable[str]]]] = {
            "teams": (timedelta(days=1), self._compare_teams),
            "deliveries": (timedelta(hours=1), self._ask_again),
            "repair": (timedelta(days=1), self._ask_for_repairs),
            "catch up": (timedelta(hours=1), self._catch_up),
        }

    async def run_due(self, *, hurry: bool = False, only: Collection[str] | None = None) -> None:
        """`hurry`: also what is not due yet. `only` these jobs: deliveries, teams, repair.

        Of all places at once: a slow one holds up no other. What failed is raised when all are done.
        """
        places = (await self._apis.current()).items()
        done = await asyncio.gather(
            *(self._apis.while_used(api, self._run_due_of(place, api, hurry, only)) for place, api in places),
            return_exceptions=True,
        )
        for problem in done:
            if problem is not None:
                raise problem

    async def _run_due_of(self, place: Place, api: Api, hurry: bool, only: Collection[str] | None) -> None:
        """One after the other, in their order."""
        for job, (every, work) in self._jobs.items():
            unneeded = job == "catch up" and not api.loses_deliveries
            if unneeded or (only is not None and job not in only):
                continue
            async with self._engine.begin() as connection:
                run = await claim_run(connection, place, job, LEASE, hurry=hurry)
            if run is not None:
                await self._carry_out(api, run, every, work)

    async def _carry_out(
        self, api: Api, run: Run, every: timedelta, work: Callable[[Api, Run], Awaitable[str]]
    ) -> None:
        delay = min(every, FIRST_DELAY * 2 ** min(run.attempts - 1, 12))
        until = datetime.now(UTC) + delay
        try:
            outcome = await work(api, run)
        except NotNow as not_now:
            await self._try_later(run, max(until, not_now.until), str(not_now))
        except Refused as refused:
            await self._try_later(run, until, str(refused))
        except Exception as error:
            # Whatever one job stumbles over, the others are due.
            if is_transient(error):
                raise
            reference = uuid4().hex[:12]
            logger.error(
                "a regular job failed", job=run.job, reference=reference, reason=kind_of(error), where=where(error)
            )
            await self._try_later(run, until, describe(error, reference))
        else:
            async with self._engine.begin() as connection:
                await finish_run(connection, run, every, outcome)

    async def _try_later(self, run: Run, until: datetime, reason: str) -> None:
        async with self._engine.begin() as connection:
            await postpone_run(connection, run, until, clean(reason))

    async def _ask_again(self, api: Api, run: Run) -> str:
        """Since the last run that succeeded began: that is an outage's whole length, too."""
        longest = run.started_at - LONGEST_OUTAGE
        since = max(run.succeeded_at - OVERLAP, longest) if run.succeeded_at else longest
        failed = await api.list_failed_deliveries(since)
        async with self._engine.begin() as connection:
            wanted = await worth_asking(connection, run.place, failed, MOST_REDELIVERIES)
        for key, delivery in failed.items():
            if key not in wanted:
                continue
            async with self._engine.begin() as connection:
                await note_redelivery(connection, run.place, key)
            await api.redeliver(delivery)
            REDELIVERED.labels(run.place.provider).inc()
        deliveries = counted(len(failed), "failed delivery", "failed deliveries")
        return f"{len(wanted):,} of {deliveries} asked for again"

    async def _ask_for_repairs(self, _: Api, run: Run) -> str:
        """The backfiller carries them out, and counts what was different."""
        usual = run.started_at - REPAIRED
        since = min(usual, run.succeeded_at - OVERLAP) if run.succeeded_at else usual
        async with self._engine.begin() as connection:
            repositories = await list_repositories(connection, [run.place])
            await ask_for_histories(connection, [repository.id for repository in repositories], REPAIR, since)
        return f"{_repositories(repositories)} compared since {since:%Y-%m-%d}"

    async def _catch_up(self, _: Api, run: Run) -> str:
        """What happened since the last one that succeeded began, also when that is long ago."""
        since = run.succeeded_at - OVERLAP if run.succeeded_at else run.started_at - LONGEST_OUTAGE
        async with self._engine.begin() as connection:
            repositories = await list_repositories(connection, [run.place])
            await ask_for_histories(connection, [repository.id for repository in repositories], CATCH_UP, since)
        return f"{_repositories(repositories)} read since {since:%Y-%m-%d %H:%M}"

    async def _compare_teams(self, api: Api, run: Run) -> str:
        survey = await api.survey()
        place = run.place
        read = [repository.key.provider_id for repository in survey.repositories]
        async with self._engine.begin() as connection:
            # Before any repository's lock, as every writer does.
            await lock_new_things(connection)
            lost = await list_lost_repositories(connection, place, read) if survey.complete else []
            gone = await list_gone_teams(connection, place, _teams(survey)) if survey.complete else []
            await write_and_link(
                connection, place.organization_id, list(_records(survey, place, lost, gone)), link_now=False
            )
            archived = [key.provider_id for key in survey.archived]
            await note_archived(connection, place, read, archived)
            removed = await remove_others(connection, place, _teams(survey), _members(survey), _owned(survey))
        teams = counted(len(survey.rosters), "team")
        return f"{_repositories(survey.repositories)}, {teams}, {removed} taken from teams"


def _repositories(found: Sized) -> str:
    return counted(len(found), "repository", "repositories")


def _records(survey: Survey, place: Place, lost: list[str], gone: list[str]) -> list[Record]:
    records: list[Record] = [*survey.installations]
    # One that was removed and is there again comes back by this.
    removed = tuple(RepositoryKey(place.provider, place.host, provider_id) for provider_id in lost)
    records.append(InstallationRepositories(place.provider, place.host, tuple(survey.repositories), removed))
    records += [HistoryRequest(repository.key) for repository in survey.repositories]
    for roster in survey.rosters:
        records.append(roster.team)
        records += [TeamMembership(roster.team.key, person, role, member=True) for person, role in roster.members]
        records += [TeamOwnership(roster.team.key, key, owns=True) for key in roster.repositories]
    for provider_id in gone:
        records.append(Team(TeamKey(place.provider, place.host, provider_id), slug="", name="", deleted=True))
    return records


def _teams(survey: Survey) -> list[str]:
    return [roster.team.key.provider_id for roster in survey.rosters]


def _members(survey: Survey) -> list[tuple[str, str]]:
    return [
        (roster.team.key.provider_id, person.user_id)
        for roster in survey.rosters
        for person, _ in roster.members
        if person.user_id
    ]


def _owned(survey: Survey) -> list[tuple[str, str]]:
    return [(roster.team.key.provider_id, key.provider_id) for roster in survey.rosters for key in roster.repositories]
