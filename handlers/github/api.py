"""GitHub's API, as the rest of the program asks it."""

import time
from collections import OrderedDict
from collections.abc import Mapping, Sequence
from dataclasses import replace
from datetime import UTC, datetime
from typing import Any
from uuid import UUID

import msgspec

from handlers.asking.api import Answer, Api, NotNow, Place, Question, Refused, Repository, Step, Survey
from handlers.github.client import NO_ACCESS, SUSPENDED, Client, Installed, Missing
from handlers.github.credentials import Credentials, credentials_in
from handlers.github.history import read_step
from handlers.github.history.asking import Asking, Known
from handlers.github.installations import InstallationPart
from handlers.github.questions import answer
from handlers.github.settings import GitHubSettings
from handlers.github.survey import list_installations, survey
from handlers.incidents import BY_DEFAULT, IncidentLabels
from handlers.payloads import Id
from handlers.times import Time, required_time

PUBLIC = "github.com"
# Which installation an account has is asked again after this long, and at most this often for one that is not known.
REMEMBERED_SECONDS = 600.0
CLOSEST_SECONDS = 30.0
# Repositories that are read at the same time, with some to spare.
MOST_KNOWN = 16


class DeliveryPart(msgspec.Struct):
    id: Id
    guid: str
    delivered_at: Time
    status: str | None = None
    status_code: int | None = None

    @property
    def arrived(self) -> bool:
        return 200 <= (self.status_code or 0) < 300 or self.status == "OK"


class GitHubApi:
    """Of the App at one place."""

    loses_deliveries = False

    def __init__(self, place: Place, client: Client, incident_labels: IncidentLabels = BY_DEFAULT) -> None:
        self.place = place
        self._client = client
        self._incident_labels = incident_labels
        self._installations: dict[str, InstallationPart] = {}
        self._listed_at = float("-inf")
        self._known: OrderedDict[tuple[UUID, str], Known] = OrderedDict()

    async def answer(self, repository: Repository, questions: Sequence[Question]) -> Sequence[Answer]:
        # No part of its history is meant.
        asking = await self._asking(repository, datetime.now(UTC), Known())
        answers: list[Answer] = []
        try:
            async for one in answer(asking, questions):
                answers.append(one)  # noqa: PERF401 (an extend would lose what was told before)
        except NotNow:
            # A limit in their midst: what was told is kept, the others are asked again.
            if not answers:
                raise
        return answers

    async def read_history(
        self, repository: Repository, purpose: str, since: datetime, cursor: Mapping[str, Any] | None
    ) -> Step:
        # Two readings of one repository may be under way.
        reading = (repository.id, purpose)
        known = self._known.setdefault(reading, Known())
        self._known.move_to_end(reading)
        while len(self._known) > MOST_KNOWN:
            self._known.popitem(last=False)
        # Of a step that failed in its midst.
        known.left_out.take()
        step = await read_step(await self._asking(repository, since, known), purpose, cursor)
        if step.cursor is None:
            self._known.pop(reading, None)
        return replace(step, left_out=known.left_out.take())

    async def survey(self) -> Survey:
        return await survey(self._client, self.place)

    async def list_failed_deliveries(self, since: datetime) -> Mapping[str, str]:
        """https://docs.github.com/webhooks/using-webhooks/automatically-redelivering-failed-deliveries-for-a-github-app-webhook"""
        newest: dict[str, str] = {}
        arrived: set[str] = set()
        following: str | None = "/app/hook/deliveries?per_page=100"
        while following is not None:
            page, following = await self._client.page(following)
            for one in page:
                delivery = msgspec.convert(one, DeliveryPart)
                if required_time(delivery.delivered_at, "delivered_at") < since:
                    following = None
                    break
                newest.setdefault(delivery.guid, str(delivery.id))
                if delivery.arrived:
                    arrived.add(delivery.guid)
        # The oldest first, as they happened.
        return {guid: id_ for guid, id_ in reversed(newest.items()) if guid not in arrived}

    async def redeliver(self, delivery: str) -> None:
        await self._client.post("/app/hook/deliveries/{id}/attempts", id=delivery)

    async def close(self) -> None:
        await self._client.close()

    async def _asking(self, repository: Repository, since: datetime, known: Known) -> Asking:
        owner = repository.path.partition("/")[0].lower()
        return Asking(await self._installed(owner), repository, since, known, self._incident_labels)

    async def _installed(self, owner: str) -> Installed:
        """The installation on an account; raises `Refused` when there is none, or it is suspended."""
        age = time.monotonic() - self._listed_at
        if age > REMEMBERED_SECONDS or (age > CLOSEST_SECONDS and self._unusable(owner)):
            listed = await list_installations(self._client)
            self._installations = {
                one.account.login.lower(): one for one in listed if one.account and one.account.login
            }
            self._listed_at = time.monotonic()
        found = self._installations.get(owner)
        if found is None:
            raise Missing(NO_ACCESS)
        if found.suspended_at is not None:
            raise Refused(SUSPENDED)
        return self._client.installation(str(found.id))

    def _unusable(self, owner: str) -> bool:
        found = self._installations.get(owner)
        return found is None or found.suspended_at is not None


def reach(
    place: Place, settings: GitHubSettings | None, secrets: Mapping[str, Any] | None, incident_labels: IncidentLabels
) -> Api | None:
    """With a connection's secrets, or else those of the environment."""
    credentials = credentials_in(secrets) if secrets is not None else _of_environment(settings)
    if credentials is None:
        return None
    return GitHubApi(place, Client(credentials, address_of(place.host, settings)), incident_labels)


def address_of(host: str, settings: GitHubSettings | None) -> str:
    """Of the API of a place."""
    if settings is not None and settings.host == host:
        return settings.api_url
    return f"https://api.{PUBLIC}" if host == PUBLIC else f"https://{host}/api/v3"


def _of_environment(settings: GitHubSettings | None) -> Credentials | None:
    if settings is None or not settings.app_id or settings.private_key is None:
        return None
    return Credentials(settings.app_id, settings.private_key.get_secret_value())
