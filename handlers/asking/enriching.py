"""Asks providers what webhooks left open: claims questions by repository, writes the answers, gives up visibly."""

import asyncio
from collections.abc import Mapping, Sequence
from datetime import UTC, datetime, timedelta
from uuid import uuid4

import structlog
from sqlalchemy.ext.asyncio import AsyncEngine

from handlers.asking.api import Answer, Api, NotNow, Place, Question, Refused
from handlers.asking.apis import Apis
from handlers.asking.turns import Begun, Turns
from handlers.asking.writing import write_and_link
from handlers.asking.yielding import make_way, pause
from handlers.failures import clean, describe, is_transient, kind_of, where
from handlers.measures import ASKED
from storage.asking.enrichment import (
    Claimed,
    claim_questions,
    give_up_questions,
    postpone_questions,
    settle_questions,
)
from storage.linking.questions import OF_LINKING

MOST_QUESTIONS = 200
# Whoever asks has this long; then the questions are anybody's again.
LEASE = timedelta(minutes=5)
# Commits come one push at a time: a moment later more of them fit into one call.
SETTLING = timedelta(seconds=5)
POLL_SECONDS = 5.0
# Repositories of one place at a time in one process.
AT_ONCE = 4
# Six attempts over two days; then the question is given up.
DELAYS = (
    timedelta(minutes=1),
    timedelta(minutes=10),
    timedelta(hours=1),
    timedelta(hours=6),
    timedelta(days=2),
)

# What a provider refuses as a whole (a suspended installation) is asked again after this long.
REFUSED_FOR = timedelta(hours=1)

logger = structlog.get_logger(__name__)


class Enricher:
    """Any number may run at once, in any number of processes."""

    def __init__(
        self,
        engine: AsyncEngine,
        apis: Apis,
        *,
        delays: Sequence[timedelta] = DELAYS,
        settling: timedelta = SETTLING,
    ) -> None:
        self._engine = engine
        self._apis = apis
        self._delays = delays
        self._settling = settling

    async def run(self, stopping: asyncio.Event) -> None:
        """Work until told to stop; the batches in hand are finished."""

        async def begin(apis: Mapping[Place, Api]) -> Begun | None:
            await make_way_or_wait(self._engine, stopping)
            return await self._begin(apis)

        await Turns(self._apis, begin, at_once=AT_ONCE, poll_seconds=POLL_SECONDS).run(stopping)

    async def work(self) -> bool:
        """Ask about one repository; False: there is nothing to ask. Raises only what concerns the database."""
        begun = await self._begin(await self._apis.current())
        if begun is not None:
            await begun.work
        return begun is not None

    async def _begin(self, apis: Mapping[Place, Api]) -> Begun | None:
        async with self._engine.begin() as connection:
            claimed = await claim_questions(connection, list(apis), MOST_QUESTIONS, LEASE, self._settling)
        if claimed is None:
            return None
        place = claimed.repository.place
        return Begun(place, self._apis.while_used(apis[place], self._ask(apis[place], claimed)))

    async def _ask(self, api: Api, claimed: Claimed) -> None:
        try:
            answers = await api.answer(claimed.repository, list(claimed.questions))
            await self._write(claimed, answers)
        except NotNow as not_now:
            await self._try_later(claimed, str(not_now), not_now.until, limit=not_now.limit)
        except Refused as refused:
            # Somebody has to act first: looking for that is no attempt.
            await self._try_later(claimed, str(refused), datetime.now(UTC) + REFUSED_FOR, limit=True)
        except Exception as error:
            # Whatever one repository's answers are, the others' questions must go on.
            if is_transient(error):
                raise
            reference = uuid4().hex[:12]
            logger.error("asking failed", reference=reference, reason=kind_of(error), where=where(error))
            await self._try_later(claimed, describe(error, reference), None)
        else:
            left = claimed.questions.keys() - {answer.question for answer in answers}
            if left:
                await self._try_later(claimed, "The provider was not asked yet.", datetime.now(UTC), left, limit=True)

    async def _write(self, claimed: Claimed, answers: Sequence[Answer]) -> None:
        repository = claimed.repository
        settled = [answer for answer in answers if answer.refused is None]
        records = [record for answer in settled for record in answer.records]
        refused = [(answer.question, clean(answer.refused)) for answer in answers if answer.refused is not None]
        async with self._engine.begin() as connection:
            # The answers first: linking reads the compares among them.
            documents = [
                (answer.question, dict(answer.document) if answer.document is not None else None) for answer in settled
            ]
            await settle_questions(connection, repository.id, documents)
            await give_up_questions(connection, repository.id, refused)
            await write_and_link(
                connection,
                repository.organization_id,
                records,
                link_now=True,
                # Linking goes on from answers to what it asked, also where there is none.
                also=[repository.id] if any(answer.question.kind in OF_LINKING for answer in answers) else (),
            )
        for answer in answers:
            ASKED.labels(repository.key.provider, "answered" if answer.refused is None else "refused").inc()

    async def _try_later(
        self,
        claimed: Claimed,
        reason: str,
        until: datetime | None,
        questions: set[Question] | None = None,
        *,
        limit: bool = False,
    ) -> None:
        """After the back-off, and not before `until`; or give up. A `limit` is no attempt."""
        now = datetime.now(UTC)
        async with self._engine.begin() as connection:
            for attempts in {*claimed.questions.values()}:
                of_these = [
                    question
                    for question, tried in claimed.questions.items()
                    if tried == attempts and (questions is None or question in questions)
                ]
                if not of_these:
                    continue
                if not limit and attempts > len(self._delays):
                    refused = [(question, clean(reason)) for question in of_these]
                    await give_up_questions(connection, claimed.repository.id, refused)
                    continue
                delay = timedelta() if limit else self._delays[attempts - 1]
                again = max(until or now, now + delay)
                await postpone_questions(
                    connection, claimed.repository.id, of_these, again, clean(reason), forgiven=limit
                )


async def make_way_or_wait(engine: AsyncEngine, stopping: asyncio.Event) -> None:
    """Without a database there is nothing to make way for."""
    try:
        await make_way(engine, stopping)
    except Exception as error:  # noqa: BLE001 (the edge, as in `run`)
        logger.warning("asking pauses", reason=kind_of(error), where=None)
        await pause(stopping, POLL_SECONDS)
