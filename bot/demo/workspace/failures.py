"""Slack on a bad day, on demand."""

from dataclasses import dataclass, field

RESPONSE_URL = "response_url"
ANYTHING = "*"


@dataclass(frozen=True, slots=True)
class Failure:
    """What happens instead of an answer (with `lost`: after the work was done, its answer never arrives)."""

    # A Web API method such as chat.postMessage, RESPONSE_URL or ANYTHING.
    on: str = ANYTHING
    status: int = 200
    # An error code of the Web API (channel_not_found), or the body of a response_url's refusal.
    error: str = ""
    retry_after: int | None = None
    lost: bool = False


@dataclass(slots=True)
class Failures:
    planned: list[Failure] = field(default_factory=list)

    def plan(self, failure: Failure, times: int = 1) -> None:
        self.planned += [failure] * times

    def take(self, called: str) -> Failure | None:
        """The next failure planned for what is called; it happens once."""
        for failure in self.planned:
            if failure.on in {called, ANYTHING}:
                self.planned.remove(failure)
                return failure
        return None


def rate_limited(on: str = ANYTHING, retry_after: int = 1) -> Failure:
    return Failure(on, status=429, error="ratelimited", retry_after=retry_after)
