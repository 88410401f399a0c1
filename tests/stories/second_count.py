"""Counts a timeline a second time: plain Python over its lines and the whole Git history, as docs/metrics.md says.

It knows all commits and their parents, so it needs no pushes, tables or links; and nothing of the program under test.
"""

import re
from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from itertools import pairwise
from typing import Any

from tests.stories.git import Git, sha_of
from tests.stories.moments import moment

Line = dict[str, Any]
Span = tuple[datetime, datetime | None]


@dataclass
class PullRequest:
    number: int
    created_at: datetime
    branch: str
    bot: bool
    author: str
    ready_at: datetime
    drafts: list[tuple[datetime, bool]] = field(default_factory=list)
    reviews: list[tuple[datetime, str]] = field(default_factory=list)
    merged_at: datetime | None = None
    closed_at: datetime | None = None
    landing: str = ""
    # What was merged, as the provider tells it.
    head: str = ""
    kind: str | None = None
    names: int | None = None
    first_commit_at: datetime | None = None


@dataclass
class Deployment:
    number: int
    chain: str
    sha: str
    succeeded_at: datetime | None = None
    failed_at: datetime | None = None
    shipped: list[str] = field(default_factory=list)
    failed: bool = False
    unplanned: bool = False
    showed_at: datetime | None = None
    over_at: datetime | None = None
    counts_recovery: bool = True

    @property
    def finished_at(self) -> datetime | None:
        return min((at for at in (self.succeeded_at, self.failed_at) if at is not None), default=None)


class Count:
    """Everything derived from one timeline."""

    def __init__(self, lines: Iterable[Line], git: Git, provider: str) -> None:
        self.git = git
        self.provider = provider
        self.pull_requests: dict[int, PullRequest] = {}
        self.deployments: dict[int, Deployment] = {}
        self.incidents: list[Span] = []
        self.marks: dict[int, list[tuple[datetime, str]]] = {}
        # What was pushed to each branch, with the times at which it was written.
        self.pushed: dict[str, list[tuple[str, datetime]]] = {}
        self.direct: dict[str, datetime] = {}
        self.first_commits: dict[str, datetime] = {}
        self.shipments: dict[str, tuple[datetime, int]] = {}
        for line in lines:
            words = dict(line)
            at = moment(words.pop("at"))
            word, what = next(iter(words.items()))
            getattr(self, f"_{word}", self._ignore)(what, at, line)
        self._read_changes()
        self.chains = self._chains()
        for chain in self.chains:
            self._ship(chain)
        self._judge()

    # Reading the lines -------------------------------------------------------------------------------------------

    def _ignore(self, _what: Any, _at: datetime, _line: Line) -> None:
        pass

    def _push(self, branch: str, at: datetime, line: Line) -> None:
        for entry in line.get("commits", ()):
            name, written, by = (
                (entry, at, "ann")
                if isinstance(entry, str)
                else (entry["name"], moment(entry["written"]) if "written" in entry else at, entry.get("by", "ann"))
            )
            if branch == "main" and not by.endswith("[bot]"):
                self.direct[name] = written
            self.pushed.setdefault(branch, []).append((name, written))

    def _open(self, number: int, at: datetime, line: Line) -> None:
        author = line.get("by", "ann")
        pr = PullRequest(number, at, line["head"], author.endswith("[bot]"), author, at)
        if line.get("draft"):
            pr.drafts.append((at, True))
        reverted = re.match(r"revert-(\d+)-", pr.branch)
        if reverted:
            pr.kind, pr.names = "revert", int(reverted[1])
        elif pr.branch.startswith("hotfix/"):
            pr.kind = "hotfix"
            named = re.search(r"#(\d+)", line.get("body", ""))
            pr.names = int(named[1]) if named else None
        self.pull_requests[number] = pr

    def _draft(self, number: int, at: datetime, _line: Line) -> None:
        self.pull_requests[number].drafts.append((at, True))

    def _ready(self, number: int, at: datetime, _line: Line) -> None:
        self.pull_requests[number].drafts.append((at, False))

    def _review(self, number: int, at: datetime, line: Line) -> None:
        self.pull_requests[number].reviews.append((at, line["by"]))

    def _close(self, number: int, at: datetime, _line: Line) -> None:
        self.pull_requests[number].closed_at = at

    def _reopen(self, number: int, _at: datetime, _line: Line) -> None:
        self.pull_requests[number].closed_at = None

    def _merge(self, number: int, at: datetime, line: Line) -> None:
        how = line.get("how", "merge")
        for one in (number, *(other["merge"] for other in line.get("with_others", ()))):
            pr = self.pull_requests[one]
            pr.merged_at = at
            last = self.pushed[pr.branch][-1][0]
            landed = {"merge": f"m{one}", "squash": f"s{one}", "rebase": f"{last}'", "fast-forward": last}
            pr.landing = sha_of(landed[how])
            # GitLab rebases the branch itself before it merges.
            pr.head = pr.landing if self.provider == "gitlab" and how == "rebase" else sha_of(last)

    def _deploy(self, number: int, at: datetime, line: Line) -> None:
        if line.get("tier") == "staging":
            return
        chain = line.get("to", "production")
        deployment = self.deployments.setdefault(number, Deployment(number, chain, self._sha_of(line["of"])))
        if line.get("says", "success") == "success":
            deployment.succeeded_at = min(deployment.succeeded_at or at, at)
        elif line["says"] == "failed":
            deployment.failed_at = min(deployment.failed_at or at, at)

    def _sha_of(self, of: str) -> str:
        return sha_of(of)

    def _incident(self, _number: int, at: datetime, line: Line) -> None:
        self.incidents.append((at, moment(line["closed"]) if "closed" in line else None))

    def _mark(self, number: int, at: datetime, line: Line) -> None:
        self.marks.setdefault(number, []).append((at, line["says"]))

    # What follows ------------------------------------------------------------------------------------------------

    def _read_changes(self) -> None:
        for pr in self.pull_requests.values():
            if pr.merged_at is not None:
                written = [time for _, time in self.pushed[pr.branch]]
                pr.first_commit_at = min([*written, pr.created_at])
                self.first_commits[f"#{pr.number}"] = pr.first_commit_at
        self.first_commits |= self.direct

    def _chains(self) -> list[list[Deployment]]:
        names = sorted({one.chain for one in self.deployments.values()})
        return [[one for one in self.deployments.values() if one.chain == name] for name in names]

    def successes(self, chain: list[Deployment]) -> list[tuple[datetime, Deployment]]:
        found = [(one.succeeded_at, one.number, one) for one in chain if one.succeeded_at is not None]
        return [(at, one) for at, _, one in sorted(found, key=lambda entry: entry[:2])]

    def _ship(self, chain: list[Deployment]) -> None:
        live: set[str] = set()
        had: set[str] = set()
        for at, deployment in self.successes(chain):
            new = self.git.reachable(deployment.sha) - live
            live |= new
            shipped = {name: at for name in self.direct if sha_of(name) in new}
            for pr in self.pull_requests.values():
                if pr.merged_at is not None and new & {pr.landing, pr.head}:
                    # A head that was deployed before the merge ships at the merge.
                    shipped[f"#{pr.number}"] = max(at, pr.merged_at)
            for change, moment_ in shipped.items():
                if change not in had:
                    had.add(change)
                    known = self.shipments.get(change)
                    if known is None or (moment_, deployment.number) < known:
                        self.shipments[change] = (moment_, deployment.number)

    def is_bot(self, change: str) -> bool:
        return change.startswith("#") and self.pull_requests[int(change[1:])].bot

    def _kind(self, change: str) -> str | None:
        """revert or hotfix; a revert of a revert is neither."""
        if not change.startswith("#"):
            return None
        pr = self.pull_requests[int(change[1:])]
        named = self.pull_requests.get(pr.names or 0)
        if pr.kind == "revert" and named is not None and named.merged_at and self._kind(f"#{named.number}") == "revert":
            return None
        return pr.kind

    def _judge(self) -> None:
        for change, (_, number) in self.shipments.items():
            if not self.is_bot(change):
                self.deployments[number].shipped.append(change)
        for deployment in self.deployments.values():
            kinds = [self._kind(change) for change in deployment.shipped]
            deployment.unplanned = bool(kinds) and None not in kinds
        reverts = self._reverts()
        incidents = self._blame(self._replaced())
        for chain in self.chains:
            self._judge_chain(chain, reverts, incidents)

    def _judge_chain(
        self, chain: list[Deployment], reverts: dict[int, datetime | None], incidents: dict[int, list[Span]]
    ) -> None:
        successes = self.successes(chain)
        rolled_back = self._rollbacks(successes)
        streaks = self._streaks(chain)
        for one in chain:
            linked = incidents.get(one.number, [])
            mark = self._word_on(one.number)
            one.failed = one.failed_at is not None or one.number in {*rolled_back, *reverts, *incidents}
            if mark is not None:
                one.failed = mark[1] == "failed"
            if not one.failed:
                continue
            showed: list[datetime] = []
            following = self._following(one, successes)
            if one.failed_at is not None:
                began, one.counts_recovery = streaks[one.number]
                showed.append(began)
            if mark is not None and one.finished_at is not None:
                # Said when a later success had finished: it showed long before.
                showed.append(one.finished_at if following is not None and following < mark[0] else mark[0])
            if mark is not None or one.failed_at is not None:
                one.over_at = following
            elif one.number in rolled_back:
                one.over_at = rolled_back[one.number][0]
            elif one.number in reverts:
                one.over_at = reverts[one.number]
            else:
                ends = [closed for _, closed in linked]
                one.over_at = None if None in ends else max(end for end in ends if end is not None)
            showed += [opened for opened, _ in linked if one.over_at is None or opened <= one.over_at]
            one.showed_at = min(showed, default=one.finished_at)
            told = [at for at in self._said_recovered(one.number) if one.showed_at is not None and at >= one.showed_at]
            one.over_at = min([at for at in (one.over_at, *told[:1]) if at is not None], default=None)
            if one.over_at is not None and one.showed_at is not None and one.over_at < one.showed_at:
                one.counts_recovery = False

    def _word_on(self, number: int) -> tuple[datetime, str] | None:
        """The latest mark, failed or ok; withdrawn is as if nobody had said anything."""
        said = [mark for mark in self.marks.get(number, ()) if mark[1] != "recovered"]
        return said[-1] if said and said[-1][1] != "withdrawn" else None

    def _said_recovered(self, number: int) -> list[datetime]:
        said = self.marks.get(number, [])
        withdrawn = max((place for place, mark in enumerate(said) if mark[1] == "withdrawn"), default=-1)
        return [at for at, word in said[withdrawn + 1 :] if word == "recovered"]

    def _following(self, one: Deployment, successes: list[tuple[datetime, Deployment]]) -> datetime | None:
        """The next success of the chain."""
        if one.failed_at is not None:
            return min((at for at, _ in successes if at >= one.failed_at), default=None)
        place = next(place for place, (_, other) in enumerate(successes) if other is one)
        return successes[place + 1][0] if place + 1 < len(successes) else None

    def _rollbacks(self, successes: list[tuple[datetime, Deployment]]) -> dict[int, tuple[datetime, int]]:
        """Of each that was taken out: when, and by which."""
        found: dict[int, tuple[datetime, int]] = {}
        first: dict[str, int] = {}
        for place, (at, one) in enumerate(successes):
            live = successes[place - 1][1] if place else one
            older = one.sha in first and first[one.sha] < first.get(live.sha, -1)
            if older and live.sha not in self.git.reachable(one.sha):
                found.setdefault(live.number, (at, one.number))
                one.unplanned = True
            first.setdefault(one.sha, place)
        return found

    def _streaks(self, chain: list[Deployment]) -> dict[int, tuple[datetime, bool]]:
        excused = {one.number for one in chain if (mark := self._word_on(one.number)) and mark[1] == "ok"}
        moments = [(one.failed_at, 0, one.number) for one in chain if one.failed_at and one.number not in excused]
        moments += [(one.succeeded_at, 1, one.number) for one in chain if one.succeeded_at is not None]
        found: dict[int, tuple[datetime, bool]] = {}
        began: datetime | None = None
        for at, success, number in sorted(moments):
            if success:
                began = None
            else:
                found[number] = (began or at, began is None)
                began = began or at
        return found

    def _reverts(self) -> dict[int, datetime | None]:
        """The deployments that reverts and hotfixes name by what they shipped, and when those went out."""
        found: dict[int, datetime | None] = {}
        for pr, number in self._repairs():
            carrier = self.shipments.get(f"#{pr.number}")
            found.setdefault(number, carrier[0] if carrier else None)
        return found

    def _repairs(self) -> list[tuple[PullRequest, int]]:
        """Each merged revert and hotfix, and the deployment that it tells failed."""
        found: list[tuple[PullRequest, int]] = []
        repairs = [pr for pr in self.pull_requests.values() if pr.merged_at is not None and pr.names is not None]
        for pr in sorted(repairs, key=lambda pr: (pr.merged_at, f"#{pr.number}")):
            own, named = f"#{pr.number}", f"#{pr.names}"
            if self._kind(own) is None or named not in self.shipments:
                continue
            number = self.shipments[named][1]
            live_at = self.deployments[number].succeeded_at
            within = pr.merged_at is not None and live_at is not None and pr.merged_at <= live_at + timedelta(days=14)
            contained = pr.landing in self.git.reachable(self.deployments[number].sha)
            if within and not contained:
                found.append((pr, number))
        return found

    def _replaced(self) -> dict[int, int]:
        """What had failed when each of these brought back what had been live, or shipped nothing but its reverts."""
        found: dict[int, int] = {}
        reverted = {f"#{pr.number}": number for pr, number in self._repairs() if pr.kind == "revert"}
        for one in self.deployments.values():
            failed_ones = {reverted.get(change) for change in one.shipped}
            if len(failed_ones) == 1 and None not in failed_ones:
                found[one.number] = failed_ones.pop() or 0
        for chain in self.chains:
            line = self.successes(chain)
            found.update((back, live) for live, (_, back) in self._rollbacks(line).items())
            for (since, live), (until, again) in pairwise(line):
                failed = [
                    (one.failed_at, one.number) for one in chain if one.failed_at and since <= one.failed_at <= until
                ]
                if live.sha == again.sha and failed and again.failed_at is None:
                    found[again.number] = min(failed)[1]
        return found

    def _blame(self, replaced: dict[int, int]) -> dict[int, list[Span]]:
        found: dict[int, list[Span]] = {}
        everything = sorted((at, one.number) for chain in self.chains for at, one in self.successes(chain))
        for opened, closed in self.incidents:
            before = [number for at, number in everything if opened - timedelta(hours=72) <= at <= opened]
            if before:
                blamed = before[-1]
                while blamed in replaced:
                    blamed = replaced[blamed]
                found.setdefault(blamed, []).append((opened, closed))
        # A person who says ok unlinks them.
        return {number: spans for number, spans in found.items() if (self._word_on(number) or ("", ""))[1] != "ok"}

    def stages(self, pr: PullRequest) -> dict[str, float]:
        assert pr.merged_at is not None
        assert pr.first_commit_at is not None
        readies = sorted(at for at, draft in pr.drafts if not draft)
        counted: list[datetime] = []
        for at, by in pr.reviews:
            if by == pr.author or by.endswith("[bot]") or at > pr.merged_at:
                continue
            before = [draft for moment_, draft in sorted(pr.drafts) if moment_ <= at]
            later = [ready for ready in readies if ready >= at]
            counted.append(later[0] if before and before[-1] and later else at)
        first = min(counted, default=None)
        ready = max([at for at in readies if at <= (first or pr.merged_at)], default=pr.created_at)
        stages = {"coding": ready - pr.first_commit_at, "pickup": (first or pr.merged_at) - ready}
        if first is not None:
            stages["review"] = pr.merged_at - first
        if f"#{pr.number}" in self.shipments:
            stages["deploy"] = self.shipments[f"#{pr.number}"][0] - pr.merged_at
        return {name: spent.total_seconds() for name, spent in stages.items()}
