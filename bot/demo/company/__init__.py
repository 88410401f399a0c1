"""Parcelway, a sample company: 120 days of history as webhook deliveries, and a trickle of new ones.

`write_story` is the script, as plain facts; `deliveries` tells it as GitHub and GitLab would; `play_live` goes on.
"""

from collections.abc import Iterator
from datetime import date

from bot.demo.company.delivery import Delivery
from bot.demo.company.live import play_live
from bot.demo.company.story import write_story
from bot.demo.company.telling import tell


def deliveries(today: date) -> Iterator[Delivery]:
    """The 120 days up to the midnight before `today` (UTC), in the order of time."""
    yield from tell(write_story(today))


__all__ = ["Delivery", "deliveries", "play_live", "write_story"]
