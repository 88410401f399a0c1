"""GitLab's API, as the rest of the program asks it."""

from collections import OrderedDict
from collections.abc import Mapping, Sequence
from dataclasses import replace
from datetime import UTC, datetime
from typing import Any
from uuid import UUID

import msgspec
import structlog

from handlers.asking.api import Answer, Api, Place, Question, Refused, Repository, Step, Survey
from handlers.gitlab.checking import keep_all
from handlers.gitlab.client import Client, Missing, path_of
from handlers.gitlab.connecting import Connected
from handlers.gitlab.history import read_step
from handlers.gitlab.history.asking import Asking, Known
from handlers.gitlab.hooks import Owner, list_failed
from handlers.gitlab.questions import answer
from handlers.gitlab.settings import GitLabSettings
from handlers.gitlab.survey import survey
from handlers.incidents import BY_DEFAULT, IncidentLabels

# Projects that are read at the same time, with some to spare.
MOST_KNOWN = 16
GONE = "GitLab does not show this project to the token (any more): check the token's group, and its role there."

logger = structlog.get_logger(__name__)


class GitLabApi:
    """At one place, with one token."""

    # A webhook that GitLab disabled, or that is over its limit, is not even tried.
    loses_deliveries = True

    def __init__(
        self, place: Place, client: Client, connected: Connected, incident_labels: IncidentLabels = BY_DEFAULT
    ) -> None:
        self.place = place
        self._client = client
        self._incident_labels = incident_labels
        self._connected = connected
        self._known: OrderedDict[tuple[UUID, str], Known] = OrderedDict()

    async def answer(self, repository: Repository, questions: Sequence[Question]) -> Sequence[Answer]:
        # No part of its history is meant.
        project = await self._project(repository)
        return await answer(self._asking(repository, project, datetime.now(UTC), Known()), questions)

    async def read_history(
        self, repository: Repository, purpose: str, since: datetime, cursor: Mapping[str, Any] | None
    ) -> Step:
        # Two readings of one repository may be under way.
        reading = (repository.id, purpose)
        known = self._known.setdefault(reading, Known())
        self._known.move_to_end(reading)
        while len(self._known) > MOST_KNOWN:
            self._known.popitem(last=False)
        if cursor is None or known.project is None:
            known.project = await self._project(repository)
        # Of a step that failed in its midst.
        known.left_out.take()
        step = await read_step(self._asking(repository, known.project, since, known), purpose, cursor)
        if step.cursor is None:
            self._known.pop(reading, None)
        return replace(step, left_out=known.left_out.take())

    async def survey(self) -> Survey:
        return await survey(self._client, self.place, self._connected.groups, self._connected.projects)

    async def list_failed_deliveries(self, since: datetime) -> Mapping[str, str]:
        """And keep the webhooks as they should be: one that GitLab disabled sends nothing more by itself."""
        if not self._connected.address:
            return {}
        async for done in keep_all(self._client, self._connected):
            if done.changed or not done.well:
                # Not whose: names of private projects stay out of logs.
                logger.warning("a webhook was looked after", host=self.place.host, what=done.what)
        owners = [Owner("groups", path) for path in self._connected.groups]
        owners += [Owner("projects", path) for path in self._connected.projects]
        try:
            return await list_failed(self._client, owners, self._connected.address, since)
        except Missing:
            # Before GitLab 17.3 it could not be asked.
            return {}

    async def redeliver(self, delivery: str) -> None:
        await self._client.send("post", delivery)

    async def close(self) -> None:
        await self._client.close()

    def _asking(self, repository: Repository, project: Mapping[str, Any], since: datetime, known: Known) -> Asking:
        return Asking(self._client, repository, project, since, known, self._incident_labels)

    async def _project(self, repository: Repository) -> Mapping[str, Any]:
        try:
            project: Mapping[str, Any] = await self._client.get(path_of("projects", repository.key.provider_id))
        except Missing:
            raise Refused(GONE) from None
        return project


def reach(
    place: Place, settings: GitLabSettings | None, secrets: Mapping[str, Any] | None, incident_labels: IncidentLabels
) -> Api | None:
    """With a connection's secrets, or else those of the environment."""
    if secrets is None:
        if settings is None or settings.token is None:
            return None
        connected = Connected(settings.url, settings.token.get_secret_value())
    elif "url" in secrets and "token" in secrets:
        connected = msgspec.convert(secrets, Connected)
    else:
        return None
    return GitLabApi(place, Client(connected.url, connected.token), connected, incident_labels)
