"""Random but possible histories: branches, merges of every kind, reviews, deployments and their failures."""

from datetime import UTC, datetime, timedelta
from uuid import UUID, uuid5

from hypothesis import strategies as st

from storage.linking.history import (
    Commit,
    Deployment,
    History,
    Incident,
    Mark,
    PullRequest,
    PullRequestCommit,
    PullRequestEvent,
    Push,
    Review,
)
from storage.linking.settings import Service, Settings

START = datetime(2026, 3, 2, 9, tzinfo=UTC)
REPOSITORY = UUID(int=1)
PEOPLE = [uuid5(REPOSITORY, name) for name in ("ann", "bob", "cid")]


def sha(*name: object) -> str:
    return uuid5(REPOSITORY, repr(name)).hex


class Telling:
    """What happened so far, and how much time has passed (which may be none)."""

    def __init__(self, draw: st.DrawFn) -> None:
        self.draw = draw
        self.now = START
        self.head = sha("root")
        self.commits: dict[str, Commit] = {}
        self.pushes: list[Push] = []
        self.pull_requests: dict[int, PullRequest] = {}
        self.listed: list[PullRequestCommit] = []
        self.events: list[PullRequestEvent] = []
        self.reviews: list[Review] = []
        self.deployments: list[Deployment] = []
        self.marks: list[Mark] = []
        self.incidents: list[Incident] = []
        self.heads = [self.head]

    def wait(self) -> datetime:
        self.now += timedelta(minutes=self.draw(st.sampled_from([0, 1, 60, 60 * 24 * 3])))
        return self.now

    def make(self, count: int, *, main: bool, merge: bool = False) -> list[str]:
        made = [sha(len(self.commits) + index) for index in range(count)]
        for one in made:
            written = self.now - timedelta(hours=self.draw(st.sampled_from([0, 5, 24 * 100])))
            self.commits[one] = Commit(one, written, is_merge=merge, on_default_branch=main, title="Work")
        return made

    def push(self, listed: list[str]) -> None:
        self.pushes.append(Push("refs/heads/main", self.head, listed[-1], self.wait(), listed, on_default_branch=True))
        self.head = listed[-1]
        self.heads.append(self.head)

    def commit(self) -> None:
        self.push(self.make(self.draw(st.integers(1, 2)), main=True))

    def pull_request(self) -> None:
        number = len(self.pull_requests) + 1
        branch = self.draw(st.sampled_from(["feature", "patch", f"revert-{number - 1}-x"]))
        own = self.make(self.draw(st.integers(1, 3)), main=False)
        if self.draw(st.booleans()):
            self.pushes.append(Push(f"refs/heads/{branch}", "", own[-1], self.wait(), own))
        created = self.wait()
        draft = self.draw(st.booleans())
        for kind in self.draw(st.lists(st.sampled_from(["ready", "draft", "review"]), max_size=5)):
            at = self.wait()
            if kind == "review":
                who, bot = self.draw(st.sampled_from(PEOPLE)), self.draw(st.booleans())
                self.reviews.append(Review(number, self.draw(st.sampled_from(["review", "comment"])), who, at, bot))
            else:
                self.events.append(PullRequestEvent(number, kind, at))
        merged = self.wait()
        how = self.draw(st.sampled_from(["merge", "squash", "rebase", "open"]))
        merge_sha = None
        if how == "merge":
            [merge_sha] = self.make(1, main=True, merge=True)
            self.push([*own, merge_sha])
        elif how == "squash":
            [merge_sha] = self.make(1, main=True)
            if self.draw(st.booleans()):
                self.push([merge_sha])
        elif how == "rebase":
            self.push(rebased := self.make(len(own), main=True))
            merge_sha = rebased[-1]
        self.heads.append(own[-1])
        self.listed.append(PullRequestCommit(number, own[-1]))
        self.pull_requests[number] = PullRequest(
            number=number,
            created_at=created,
            state="open" if how == "open" else "merged",
            merged_at=None if how == "open" else merged,
            base_ref="main",
            head_ref=branch,
            head_repository="77",
            head_sha=own[-1],
            merge_sha=merge_sha,
            commit_count=len(own),
            author_id=PEOPLE[0],
            draft=draft,
            title="Work",
        )

    def deploy(self) -> None:
        key = f"deployment:{len(self.deployments) + 1}"
        says = self.draw(st.sampled_from(["success", "failed", "both"]))
        at, later = self.wait(), self.wait()
        failed = at if says != "success" else None
        succeeded = {"success": at, "both": later}.get(says)
        self.deployments.append(
            Deployment(
                key=key,
                time=at,
                source=self.draw(st.sampled_from(["deployments", "deployments", "workflow"])),
                workflow="Deploy",
                environment_name=self.draw(st.sampled_from(["prod-eu", "prod-us"])),
                status="failed" if says == "failed" else "success",
                sha=self.draw(st.sampled_from(self.heads)),
                status_at=later,
                first_succeeded_at=succeeded,
                first_failed_at=failed,
                finished_at=at,
            )
        )

    def judge(self) -> None:
        by_person = self.draw(st.booleans())
        if by_person and self.deployments:
            key = self.draw(st.sampled_from(self.deployments)).key
            says = self.draw(st.sampled_from(["failed", "ok", "withdrawn", "recovered"]))
            self.marks.append(Mark(key, self.wait(), says, "ann"))
        else:
            opened = self.wait()
            closed = self.wait() if self.draw(st.booleans()) else None
            self.incidents.append(Incident(f"issue:{len(self.incidents)}", opened, closed))


patterns = st.lists(st.sampled_from(["prod-eu", "prod-*", "Deploy", "v*"]), max_size=1)
settings_of_a_repository: st.SearchStrategy[Settings] = st.builds(
    Settings,
    source=st.sampled_from(["deployments", "workflow", "release"]),
    workflows=patterns,
    environments=st.dictionaries(st.sampled_from(["prod-eu", "prod-*"]), st.sampled_from(["production", "staging"])),
    counted_environments=patterns,
    services=st.lists(
        st.builds(
            Service, st.sampled_from(["us", "eu"]), environments=patterns, source=st.sampled_from([None, "workflow"])
        ),
        max_size=2,
        unique_by=lambda service: service.name,
    ),
)


@st.composite
def histories(draw: st.DrawFn) -> History:
    telling = Telling(draw)
    for step in draw(st.lists(st.sampled_from(["commit", "pull_request", "deploy", "judge"]), min_size=1, max_size=14)):
        getattr(telling, step)()
    return History(
        repository_id=REPOSITORY,
        provider_id="77",
        path="acme/api",
        default_branch="main",
        made_at=START - timedelta(days=400),
        commits=telling.commits,
        pushes=telling.pushes,
        pull_requests=telling.pull_requests,
        pull_request_commits=telling.listed,
        pull_request_events=telling.events,
        reviews=telling.reviews,
        deployments=telling.deployments,
        marks=telling.marks,
        incidents=telling.incidents,
    )
