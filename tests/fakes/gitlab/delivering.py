"""How GitLab delivers: once, keeping a record; and not at all while a webhook is disabled after failures.

https://docs.gitlab.com/user/project/integrations/webhooks/#auto-disabled-webhooks
"""

from collections.abc import Sequence
from dataclasses import replace
from datetime import UTC, datetime
from http import HTTPStatus
from uuid import uuid4

import aiohttp
import msgspec

from bot.demo.company import Delivery
from bot.demo.signing import Secrets, signed_headers
from tests.fakes.gitlab.world import Hook

# So many failures in a row disable a webhook.
MOST_FAILURES = 4


class Delivering:
    """Of one webhook, to wherever it leads."""

    def __init__(self, hook: Hook) -> None:
        self.hook = hook
        # Neither sent nor remembered: the webhook was disabled.
        self.lost = 0
        self._sent: dict[str, Delivery] = {}
        self._failures = 0
        hook.delivering = self

    async def tell(self, deliveries: Sequence[Delivery]) -> None:
        for one in deliveries:
            if self.hook.alert_status == "executable":
                await self._deliver(one)
            else:
                self.lost += 1

    async def resend(self, event: str) -> None:
        await self._deliver(self._sent[event])

    async def test(self) -> None:
        """As GitLab does: with something that the project has. One that succeeds enables it again."""
        pushes = [one for one in self._sent.values() if one.event == "Push Hook"]
        if await self._send(replace(pushes[-1], key=str(uuid4()))):
            self.hook.alert_status = "executable"
            self._failures = 0

    async def _deliver(self, delivery: Delivery) -> None:
        arrived = await self._send(delivery)
        number = len(self._sent) + 1
        self._sent[str(number)] = delivery
        event = {
            "id": number,
            "created_at": datetime.now(UTC).isoformat(),
            "response_status": "202" if arrived else "internal error",
            "request_headers": {"Idempotency-Key": delivery.key},
            "request_data": msgspec.json.decode(delivery.body),
        }
        self.hook.events.insert(0, event)
        self._failures = 0 if arrived else self._failures + 1
        if self._failures >= MOST_FAILURES:
            self.hook.alert_status = "disabled"

    async def _send(self, delivery: Delivery) -> bool:
        headers = signed_headers(delivery, Secrets("", str(self.hook.told["signing_token"])))
        try:
            async with (
                aiohttp.ClientSession() as session,
                session.post(str(self.hook.told["url"]), data=delivery.body, headers=headers) as response,
            ):
                return response.status < HTTPStatus.BAD_REQUEST
        except aiohttp.ClientError:
            return False
