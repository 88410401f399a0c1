"""How fast Slack takes messages. https://docs.slack.dev/apis/web-api/rate-limits

Stricter than Slack in one point: it allows short bursts to a channel, and says nothing of how long they may be.
"""

from collections import deque
from collections.abc import Callable
from dataclasses import dataclass, field
from math import ceil

CHANNEL_SECONDS = 1.0
# "Several hundred per minute" in the whole workspace.
WORKSPACE_MESSAGES, WORKSPACE_SECONDS = 300, 60.0
# What the clock's own precision may cost.
TOLERANCE = 0.01


@dataclass(slots=True)
class RateLimits:
    clock: Callable[[], float]
    enforced: bool = False
    # How often Slack would have answered 429.
    refusals: int = 0
    _channels: dict[str, float] = field(default_factory=dict)
    _messages: deque[float] = field(default_factory=deque)

    def take(self, channel: str) -> int | None:
        """None: the message is counted as posted; else the seconds after which to try again."""
        if not self.enforced:
            return None
        now = self.clock()
        while self._messages and self._messages[0] <= now - WORKSPACE_SECONDS + TOLERANCE:
            self._messages.popleft()
        wait = self._channels.get(channel, -CHANNEL_SECONDS) + CHANNEL_SECONDS - now
        if len(self._messages) >= WORKSPACE_MESSAGES:
            wait = max(wait, self._messages[0] + WORKSPACE_SECONDS - now)
        if wait > TOLERANCE:
            self.refusals += 1
            return ceil(wait)
        self._channels[channel] = now
        self._messages.append(now)
        return None
