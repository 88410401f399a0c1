"""Which commit a release is of, when only its tag is told."""

from bisect import bisect_right
from collections import defaultdict
from collections.abc import Sequence
from datetime import datetime
from operator import itemgetter

from storage.linking.history import Deployment, History

TAGS = "refs/tags/"


class Tags:
    """Where each tag was set, by the pushes of tags; else as its provider answered."""

    def __init__(self, history: History) -> None:
        self._answered = history.tags
        self._set: dict[str, list[tuple[datetime, str]]] = defaultdict(list)
        for push in history.pushes:
            if push.after and push.ref.startswith(TAGS):
                self._set[push.ref].append((push.time, push.after))
        for moments in self._set.values():
            moments.sort()

    def resolve(self, deployment: Deployment) -> Deployment:
        """With the commit that its tag was on then; a tag that was set later is taken as it was set first."""
        moments: Sequence[tuple[datetime, str]] = self._set.get(deployment.ref or "", ())
        if not moments:
            return deployment._replace(sha=deployment.sha or self._answered.get(deployment.ref or ""))
        count = bisect_right(moments, deployment.time, key=itemgetter(0))
        return deployment._replace(sha=moments[max(count - 1, 0)][1])
