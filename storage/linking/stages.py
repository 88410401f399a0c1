"""The stages of pull requests: ready for review, first reviewed; merged and shipped are known elsewhere.

coding = first commit -> ready, pickup = ready -> first review, review = first review -> merge, deploy = merge ->
shipped. They follow each other, so that they add up.
"""

from bisect import bisect_left, bisect_right
from collections import defaultdict
from collections.abc import Sequence
from datetime import datetime

from storage.linking.changes import PULL_REQUEST, Change, ChangeKey
from storage.linking.history import History, PullRequest, PullRequestEvent, Review, Stages


def find_stages(
    history: History, changes: dict[ChangeKey, Change], shipped_at: dict[ChangeKey, datetime]
) -> dict[int, Stages]:
    """The stage columns of every pull request. One that was merged and is no change has no stages."""
    events: dict[int, list[PullRequestEvent]] = defaultdict(list)
    for event in history.pull_request_events:
        if event.kind in ("ready", "draft"):
            events[event.number].append(event)
    reviews: dict[int, list[Review]] = defaultdict(list)
    comments: dict[int, int] = defaultdict(int)
    for review in history.reviews:
        reviews[review.number].append(review)
        comments[review.number] += review.kind == "comment"
    stages: dict[int, Stages] = {}
    for number, pr in history.pull_requests.items():
        counted = max(pr.provider_review_comments or 0, comments.get(number, 0))
        key = ChangeKey(PULL_REQUEST, str(number))
        change = changes.get(key)
        if change is None and pr.state == "merged":
            stages[number] = Stages(review_comments=counted)
            continue
        drafts = _Drafts(pr, events.get(number, ()))
        reviewed_at = _first_review(pr, drafts, reviews.get(number, ()))
        stages[number] = Stages(
            first_commit_at=change.first_commit_at if change else None,
            ready_at=drafts.ready_at(reviewed_at),
            first_review_at=reviewed_at,
            shipped_at=shipped_at.get(key),
            is_change=change is not None,
            review_comments=counted,
        )
    return stages


class _Drafts:
    """When a pull request was a draft, from the moments it became one or ready, up to its merge."""

    def __init__(self, pr: PullRequest, events: Sequence[PullRequestEvent]) -> None:
        self._pr = pr
        moments = sorted(
            # Both in one second: ready comes last, nobody asks for a review and takes it back so fast.
            (max(event.at, pr.created_at), event.kind == "ready")
            for event in events
            if pr.merged_at is None or event.at <= pr.merged_at
        )
        self._readies = [at for at, ready in moments if ready]
        self._moments = [at for at, _ in moments]
        self._states = [ready for _, ready in moments]
        # Before the first moment it was the other way round; without any, as it is now.
        self._at_first = not moments[0][1] if moments else not pr.draft

    def counts_at(self, moment: datetime) -> datetime:
        """When a review of this moment counts: at once, or at the next ready when it was a draft."""
        place = bisect_right(self._moments, moment)
        ready = self._states[place - 1] if place else self._at_first
        if ready:
            return moment
        following = bisect_left(self._readies, moment)
        # Never told to be ready, and merged or reviewed all the same.
        return self._readies[following] if following < len(self._readies) else moment

    def ready_at(self, reviewed_at: datetime | None) -> datetime | None:
        """The last ready at or before the first review, else before the merge, else the creation.

        None for an open draft that nobody has reviewed.
        """
        limit = reviewed_at or self._pr.merged_at
        count = len(self._readies) if limit is None else bisect_right(self._readies, limit)
        if limit is None and self._pr.draft:
            return None
        return self._readies[count - 1] if count else self._pr.created_at


def _first_review(pr: PullRequest, drafts: _Drafts, reviews: Sequence[Review]) -> datetime | None:
    """The first review by neither the author nor a bot, at or before the merge."""
    moments = [
        drafts.counts_at(max(review.submitted_at, pr.created_at))
        for review in reviews
        if not review.is_bot
        and (review.reviewer_id is None or review.reviewer_id != pr.author_id)
        and (pr.merged_at is None or review.submitted_at <= pr.merged_at)
    ]
    return min(moments, default=None)
