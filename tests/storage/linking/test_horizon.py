"""Retention takes rows away and changes no number: links made with and without it, over years, are the same."""

from datetime import datetime, timedelta

from hypothesis import given, settings
from hypothesis import strategies as st

from storage.linking.frozen import Frozen
from storage.linking.history import History, Outcome, Push, Stages
from storage.linking.horizon import settle
from storage.linking.link import link
from tests.storage.linking.lives import START, Life

RAW = timedelta(days=90)
STEP = timedelta(days=35)


class Kept:
    """What retention left, as the database holds it."""

    def __init__(self) -> None:
        self.frozen = Frozen()
        self.outcomes: dict[str, Outcome] = {}
        self.stages: dict[int, Stages] = {}
        self.gone_pushes: set[Push] = set()
        self.gone_commits: set[str] = set()
        self.horizons = 0

    def of(self, everything: History) -> History:
        numbers = everything.pull_requests.keys() - self.stages.keys()
        return everything._replace(
            commits={sha: one for sha, one in everything.commits.items() if sha not in self.gone_commits},
            pushes=[
                push
                for push in everything.pushes
                if push._replace(commit_shas=tuple(push.commit_shas)) not in self.gone_pushes
            ],
            pull_requests={number: everything.pull_requests[number] for number in numbers},
            pull_request_commits=[one for one in everything.pull_request_commits if one.number in numbers],
            pull_request_events=[one for one in everything.pull_request_events if one.number in numbers],
            reviews=[one for one in everything.reviews if one.number in numbers],
            deployments=[one._replace(stored=self.outcomes.get(one.key, one.stored)) for one in everything.deployments],
            frozen=self.frozen,
        )

    def move(self, history: History, before: datetime) -> None:
        settled = settle(history, before)
        if settled is None:
            return
        links = link(history)
        self.horizons += 1
        self.frozen = settled.history.frozen
        self.outcomes.update((key, links.outcomes[key]) for key in settled.deployments)
        self.stages.update((number, links.stages[number]) for number in settled.pull_requests)
        self.gone_pushes |= settled.dropped_pushes
        self.gone_commits |= history.commits.keys() - settled.history.commits.keys()


def check(seed: int) -> int:
    life, kept = Life(seed), Kept()
    day = START + RAW + STEP
    while day < life.now:
        everything = life.known_on(day)
        whole, part = link(everything), link(kept.of(everything))
        for name in ("changes", "shipped", "evidence", "notes", "outcomes"):
            assert getattr(part, name) == getattr(whole, name), (name, day)
        assert {**kept.stages, **part.stages} == whole.stages, day
        kept.move(kept.of(everything), day - RAW)
        day += STEP
    return kept.horizons


@settings(max_examples=15)
@given(st.integers(0, 10**6))
def test_links_are_the_same_with_and_without_retention(seed: int) -> None:
    check(seed)
