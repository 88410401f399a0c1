"""The runs of weekly digests: claimed, posted, and what came of each."""

from storage.digests.claims import CLOSEST, claim_due, read_claimed, skip_late, take_over, take_untold, tell_later
from storage.digests.marks import keep, mark_ended, mark_posting, mark_sent, put_off
from storage.digests.runs import ALERT, DETAILS, DIGEST, Before, Run, read_before

__all__ = [
    "ALERT",
    "CLOSEST",
    "DETAILS",
    "DIGEST",
    "Before",
    "Run",
    "claim_due",
    "keep",
    "mark_ended",
    "mark_posting",
    "mark_sent",
    "put_off",
    "read_before",
    "read_claimed",
    "skip_late",
    "take_over",
    "take_untold",
    "tell_later",
]
