"""What was left out, assumed or missing."""

from collections.abc import Sequence

from bot.slack.mrkdwn import escape, shorten
from reports.report import DataQuality

SHOWN = 6
LONGEST = 200


def quality(every: Sequence[DataQuality]) -> list[str]:
    """One sentence each, most frequent first as they come; what is too much is counted."""
    said = [escape(shorten(one.text, LONGEST)) for one in every[:SHOWN]]
    if len(every) > SHOWN:
        said.append(f"And {len(every) - SHOWN} more remarks on the data.")
    return said
