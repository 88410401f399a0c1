"""Invents whole timelines: people push, open, review and merge, and somebody deploys, rolls back and repairs."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from typing import Any

from hypothesis import strategies as st

Line = dict[str, Any]
MINUTES_A_DAY = 1440
HOWS = ("merge", "squash", "rebase")
PEOPLE = ("ann", "bob", "cid", "renovate[bot]")


def spell(minute: int) -> str:
    day, rest = divmod(minute, MINUTES_A_DAY)
    return f"d{day + 1} {rest // 60:02d}:{rest % 60:02d}"


@dataclass
class Draft:
    """A pull request in the making."""

    number: int
    branch: str
    author: str
    draft: bool
    # Main's head when the branch was made. Pushes do not tell it, so only what is known live there may be deployed.
    base: str


@dataclass
class Inventor:
    """What has happened so far, and what can happen next. Every happening has a minute of its own."""

    # Picks one of several.
    pick: Callable[[Sequence[Any]], Any]
    minute: int = 540
    lines: list[Line] = field(default_factory=list)
    commits: int = 0
    numbers: int = 0
    deployments: int = 0
    open: list[Draft] = field(default_factory=list)
    closed: list[Draft] = field(default_factory=list)
    merged: list[int] = field(default_factory=list)
    slow: list[tuple[int, str, str]] = field(default_factory=list)
    finished: list[int] = field(default_factory=list)
    # What each environment has had, oldest first; the name of main's head, and those that it ever had.
    live: dict[str, list[str]] = field(default_factory=dict)
    head: str = ""
    heads: list[str] = field(default_factory=list)

    def choose(self, *options: Any) -> Any:
        return self.pick(options)

    def add(self, **words: Any) -> None:
        self.lines.append({"at": spell(self.minute), **words})
        self.minute += self.choose(1, 7, 45, 200, 600, 1500)

    def at_once(self) -> None:
        """The next happening is at the same time as the last."""
        self.minute = self.last

    @property
    def last(self) -> int:
        day, clock = self.lines[-1]["at"][1:].split()
        hours, minutes = clock.split(":")
        return (int(day) - 1) * MINUTES_A_DAY + int(hours) * 60 + int(minutes)

    def write(self, by: str = "ann") -> list[Line]:
        """One to three commits, some of them written before they are pushed."""
        entries: list[Line] = []
        for _ in range(self.choose(1, 1, 2, 3)):
            self.commits += 1
            entry: Line = {"name": f"c{self.commits}", "by": by}
            earlier = self.choose(0, 0, 30, 3000)
            if earlier:
                entry["written"] = spell(self.minute - earlier)
            entries.append(entry)
        return entries

    def start(self) -> None:
        """Written just now: GitLab does not tell how old a repository is, so older commits would be an import."""
        self.move("c0")
        self.add(push="main", commits=["c0"])

    def move(self, head: str) -> None:
        self.head = head
        self.heads.append(head)

    def push_to_main(self) -> None:
        entries = self.write()
        self.move(entries[-1]["name"])
        self.add(push="main", commits=entries)

    def begin(self, branch: str = "", body: str = "", by: str = "") -> None:
        self.numbers += 1
        by = by or self.choose(*PEOPLE)
        branch = branch or f"feature-{self.numbers}"
        pr = Draft(self.numbers, branch, by, self.choose(False, False, True), self.head)
        self.add(push=branch, onto="main", commits=self.write(by))
        self.add(open=pr.number, head=branch, by=by, draft=pr.draft, title=f"Bring {branch}", body=body)
        self.open.append(pr)

    def go_on(self) -> None:
        pr = self.choose(*self.open)
        step = self.choose("push", "force", "review", "review", "comment", "draft", "close", "update")
        if step == "push":
            self.add(push=pr.branch, commits=self.write(pr.author))
        elif step == "force":
            pr.base = self.head
            self.add(push=pr.branch, onto="main", commits=self.write(pr.author), forced=True)
        elif step == "review":
            self.add(review=pr.number, by=self.choose("ann", "bob", "cid", "second-look[bot]"))
        elif step == "comment":
            self.add(review=pr.number, by=self.choose("ann", "bob", "cid"), kind="comment")
        elif step == "draft":
            pr.draft = not pr.draft
            self.add(**{"draft" if pr.draft else "ready": pr.number})
        elif step == "close":
            self.add(close=pr.number)
            self.open.remove(pr)
            self.closed.append(pr)
        else:
            self.add(push=pr.branch, merges="main")
            self.add(push=pr.branch, commits=self.write(pr.author))

    def merge(self) -> None:
        """With a button, or by a queue that lands up to three at once."""
        pr = self.choose(*self.open)
        queued = [pr, *[one for one in self.open if one is not pr][:2]] if self.choose(True, False, False) else [pr]
        updated = any(line.get("push") == pr.branch and "merges" in line for line in self.lines)
        how = self.choose(*(HOWS if len(queued) == 1 and not updated else HOWS[:2]))
        if len(queued) == 1 and not updated and pr.base == self.head:
            how = self.choose(how, "fast-forward")
        self.add(merge=pr.number, how=how, with_others=[{"merge": one.number} for one in queued[1:]])
        for one in queued:
            last = self.last_of(one.branch)
            landed = {"merge": f"m{one.number}", "squash": f"s{one.number}", "rebase": f"{last}'", "fast-forward": last}
            self.move(landed[how])
            self.open.remove(one)
            self.merged.append(one.number)

    def reopen(self) -> None:
        pr = self.choose(*self.closed)
        self.add(reopen=pr.number)
        self.closed.remove(pr)
        self.open.append(pr)

    def repair(self) -> None:
        number = self.choose(*self.merged)
        if self.choose(True, False):
            self.begin(f"revert-{number}-again-{self.numbers}", f"Reverts acme/api#{number}", "bob")
        else:
            self.begin(f"hotfix/x{self.numbers}", self.choose("", f"Repairs #{number}"), "cid")

    def deploy(self) -> None:
        to = self.choose("production", "production", "production", "prod-us")
        had = self.live.setdefault(to, [])
        heads = [self.last_of(pr.branch) for pr in self.open if pr.base in had]
        of = self.choose(self.head, self.head, self.head, *self.heads[-3:], *had[-4:], *heads[-2:])
        self.deployments += 1
        number = self.deployments
        says = self.choose(
            "success", "success", "success", "failed", "failed success", "success failed", "slow", "slow"
        )
        if says == "slow" or self.choose(True, False):
            self.add(deploy=number, of=of, to=to, says="in_progress")
        if says == "slow":
            self.slow.append((number, of, to))
            return
        if self.choose(False, False, True) and "deploy" in self.lines[-1]:
            self.at_once()
        for word in says.split():
            self.finish(number, of, to, word)

    def finish(self, number: int, of: str, to: str, word: str) -> None:
        self.add(deploy=number, of=of, to=to, says=word)
        self.finished.append(number)
        if word == "success":
            self.live[to].append(of)

    def mark(self) -> None:
        """A person says something of a deployment that finished."""
        says = self.choose("failed", "failed", "ok", "withdrawn", "recovered")
        self.add(mark=self.choose(*self.finished), says=says)

    def finish_late(self) -> None:
        number, of, to = self.choose(*self.slow)
        self.slow.remove((number, of, to))
        self.finish(number, of, to, self.choose("success", "failed"))

    def last_of(self, branch: str) -> str:
        """The last commit of a branch, by its name."""
        name: str = [line for line in self.lines if line.get("push") == branch][-1]["commits"][-1]["name"]
        return name

    def stage(self) -> None:
        self.deployments += 1
        self.add(
            deploy=self.deployments, of=self.head, to="staging", tier="staging", says=self.choose("success", "failed")
        )

    def suffer(self) -> None:
        begin = self.minute
        words: Line = {"incident": 1000 + begin}
        if self.choose(True, True, False):
            words["closed"] = spell(begin + self.choose(5, 90, 2000))
        self.add(**words)

    def step(self) -> None:
        options = [self.push_to_main, self.begin, self.deploy, self.deploy, self.suffer, self.stage]
        if self.open:
            options += [self.go_on, self.go_on, self.go_on, self.merge, self.merge, self.merge]
        if self.finished:
            options.append(self.mark)
        if self.slow:
            options.append(self.finish_late)
        if self.closed:
            options.append(self.reopen)
        if self.merged:
            options.append(self.repair)
        self.choose(*options)()


@st.composite
def timelines(draw: st.DrawFn, most: int = 25) -> list[Line]:
    """A consistent timeline that begins with a push to main."""
    return invent(lambda options: draw(st.sampled_from(options)), draw(st.integers(3, most)))


def invent(pick: Callable[[Sequence[Any]], Any], steps: int) -> list[Line]:
    inventor = Inventor(pick)
    inventor.start()
    for _ in range(steps):
        inventor.step()
    return inventor.lines
