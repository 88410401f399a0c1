"""Bitbucket's API, as the rest of the program asks it."""

from collections import OrderedDict
from collections.abc import Mapping, Sequence
from dataclasses import replace
from datetime import UTC, datetime
from typing import Any
from uuid import UUID

import msgspec
import structlog

from handlers.asking.api import Answer, Api, Place, Question, Refused, Repository, Step, Survey
from handlers.bitbucket.checking import keep_all
from handlers.bitbucket.client import Client, Missing
from handlers.bitbucket.connecting import Connected
from handlers.bitbucket.history import read_step
from handlers.bitbucket.history.asking import Asking, Known, repository_path
from handlers.bitbucket.history.commits import GONE
from handlers.bitbucket.payloads import RepositoryPart
from handlers.bitbucket.questions import answer
from handlers.bitbucket.settings import BitbucketSettings
from handlers.bitbucket.survey import survey
from handlers.incidents import IncidentLabels
from storage.asking.readings import BACKFILL, CHOSEN

# Repositories that are read at the same time, with some to spare.
MOST_KNOWN = 16

logger = structlog.get_logger(__name__)


class BitbucketApi:
    """At one place, with one token."""

    # Bitbucket tries a delivery three times, and shows it, but cannot be asked to send it again.
    loses_deliveries = True

    def __init__(self, place: Place, client: Client, connected: Connected) -> None:
        self.place = place
        self._client = client
        self._connected = connected
        self._known: OrderedDict[tuple[UUID, str], Known] = OrderedDict()

    async def answer(self, repository: Repository, questions: Sequence[Question]) -> Sequence[Answer]:
        # No part of its history is meant.
        known = Known()
        if repository.default_branch is None:
            known.shown = await self._shown(repository)
        return await answer(Asking(self._client, repository, datetime.now(UTC), known), questions)

    async def read_history(
        self, repository: Repository, purpose: str, since: datetime, cursor: Mapping[str, Any] | None
    ) -> Step:
        if purpose == CHOSEN:
            # Pipelines say themselves what they deploy, and there are no releases.
            return Step([], None, "deployments")
        # Two readings of one repository may be under way.
        reading = (repository.id, purpose)
        known = self._known.setdefault(reading, Known())
        self._known.move_to_end(reading)
        while len(self._known) > MOST_KNOWN:
            self._known.popitem(last=False)
        # The regular readings are of many repositories every hour: a call less for each.
        needed = purpose == BACKFILL or repository.default_branch is None
        if needed and (cursor is None or known.shown is None):
            known.shown = await self._shown(repository)
        # Of a step that failed in its midst.
        known.left_out.take()
        step = await read_step(Asking(self._client, repository, since, known), purpose, cursor)
        if step.cursor is None:
            self._known.pop(reading, None)
        return replace(step, left_out=known.left_out.take())

    async def survey(self) -> Survey:
        return await survey(self._client, self.place, self._connected.workspaces, self._connected.repositories)

    async def list_failed_deliveries(self, since: datetime) -> Mapping[str, str]:  # noqa: ARG002 (none is sent again)
        """And keep the webhooks as they should be: one that somebody turned off says nothing of it."""
        async for done in keep_all(self._client, self._connected):
            if done.changed or not done.well:
                # Not whose: names of private repositories stay out of logs.
                logger.warning("a webhook was looked after", host=self.place.host, what=done.what)
        return {}

    async def redeliver(self, delivery: str) -> None:
        raise NotImplementedError(delivery)

    async def close(self) -> None:
        await self._client.close()

    async def _shown(self, repository: Repository) -> RepositoryPart:
        try:
            shown = await self._client.get(repository_path(repository))
        except Missing:
            raise Refused(GONE) from None
        return msgspec.convert(shown, RepositoryPart)


def reach(
    place: Place,
    settings: BitbucketSettings | None,
    secrets: Mapping[str, Any] | None,
    _: IncidentLabels,
) -> Api | None:
    """With a connection's secrets, or else those of the environment."""
    if settings is None:
        return None
    if secrets is not None:
        connected = msgspec.convert(secrets, Connected)
    else:
        connected = Connected(token=settings.token.get_secret_value(), email=settings.email)
    if not connected.token:
        return None
    return BitbucketApi(place, Client(connected.credentials, settings.api_url), connected)
