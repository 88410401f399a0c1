"""What goes wrong in the story: a bad release that is rolled back, and an incident that ends with a revert."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta

from bot.demo.company.calendar import MINUTES_A_DAY, WorkingTime
from bot.demo.company.people import developers_of
from bot.demo.company.pull_requests import Planner
from bot.demo.company.script import BranchPush, Incident, PullRequest, Review


@dataclass(frozen=True, slots=True)
class Trouble:
    """The first pull request merged from this working day on breaks production; `ending` is rollback or revert."""

    repository: str
    working_day: int
    ending: str
    title: str


TROUBLES = (
    Trouble("parcelway/gateway", 24, "rollback", "Restore the old timeouts"),
    Trouble("parcelway/gateway", 71, "rollback", "Send the parcel id to the tracer again"),
    Trouble("parcelway/billing", 52, "revert", "Card payments are charged twice"),
    Trouble("parcelway/billing", 69, "revert", "Refunds fail with a rounding error"),
)


@dataclass(frozen=True, slots=True)
class Outcome:
    """A trouble that took place: who caused it, and what ended it."""

    trouble: Trouble
    culprit: PullRequest
    repair: PullRequest
    incident: Incident | None


def cause(trouble: Trouble, planner: Planner, pull_requests: Sequence[PullRequest], clock: WorkingTime) -> Outcome:
    """Pick the culprit and plan its repair. Emergencies run on the clock on the wall, not in working time."""
    earliest = clock.at(trouble.working_day * MINUTES_A_DAY)
    merged = [item for item in pull_requests if item.merged_at is not None and item.merged_at >= earliest]
    culprit = min((item for item in merged if not item.author.bot), key=_merged_at)
    went_wrong = _merged_at(culprit)
    repair = _repair(trouble, planner, culprit, went_wrong + timedelta(minutes=75))
    incident = None
    if trouble.ending == "revert":
        incident = Incident(
            repository=planner.repository,
            number=0,
            reporter=repair.merged_by or repair.author,
            title=trouble.title,
            body="Customers reported it within minutes. Updates follow here.",
            opened_at=went_wrong + timedelta(minutes=52),
            closed_at=_merged_at(repair) + timedelta(minutes=41),
        )
    return Outcome(trouble, culprit, repair, incident)


def freeze(outcome: Outcome, pull_requests: Sequence[PullRequest]) -> list[PullRequest]:
    """While production is broken nobody else merges: those merges wait for the repair."""
    begin, end = _merged_at(outcome.culprit), _merged_at(outcome.repair)
    thawed: list[PullRequest] = []
    for item in pull_requests:
        waits = item is not outcome.culprit and item.merged_at is not None and begin <= item.merged_at <= end
        if waits and item.merged_at is not None:
            later = end + (item.merged_at - begin) / 3 + timedelta(minutes=45)
            item = replace(item, merged_at=later.replace(microsecond=0))
        thawed.append(item)
    return thawed


def _repair(trouble: Trouble, planner: Planner, culprit: PullRequest, begin: datetime) -> PullRequest:
    people = [person for person in developers_of(planner.repository.team) if person is not culprit.author]
    author, reviewer = planner.random.sample(people, k=2)
    reverting = trouble.ending == "revert"
    title = f'Revert "{culprit.title}"' if reverting else trouble.title
    created = begin + timedelta(minutes=9)
    merged = created + timedelta(minutes=24)
    return PullRequest(
        repository=planner.repository,
        number=0,
        author=author,
        title=title,
        body="" if reverting else f"{trouble.title}: what was rolled back, with the missing case.\n",
        branch="" if reverting else "hotfix/" + "-".join(trouble.title.lower().split()[:4]),
        pushes=(BranchPush(created - timedelta(seconds=40), (planner.commit(author, begin, title),)),),
        created_at=created,
        ready_at=None,
        reviewers=(reviewer,),
        reviews=(Review(created + timedelta(minutes=11), reviewer, "approved"),),
        merged_at=merged,
        merged_by=author,
        closed_at=None,
        additions=culprit.deletions if reverting else 18,
        deletions=culprit.additions if reverting else 7,
        labels=() if reverting else ("hotfix",),
        reverts=culprit if reverting else None,
    )


def _merged_at(pull_request: PullRequest) -> datetime:
    if pull_request.merged_at is None:
        raise AssertionError("only merged pull requests cause or repair trouble")
    return pull_request.merged_at
