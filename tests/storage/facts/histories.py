"""Made-up histories: few keys and few values, so that records meet and contradict each other."""

from datetime import UTC, datetime, timedelta
from typing import Any

from hypothesis import strategies as st

from storage import records
from storage.records import Person, Record, RepositoryKey

START = datetime(2026, 3, 2, 23, 59, 59, tzinfo=UTC)
# Of one moment, within one second, of the next UTC day, of another ISO week.
TIMES = [START, START + timedelta(milliseconds=400), START + timedelta(seconds=2), START + timedelta(days=9)]
REPOSITORIES = [RepositoryKey("github", "github.com", "1"), RepositoryKey("gitlab", "gitlab.example.com", "1")]

times = st.sampled_from(TIMES)
repositories = st.sampled_from(REPOSITORIES)
numbers = st.integers(1, 2)
shas = st.sampled_from(["a" * 40, "b" * 40, "c" * 40])
words = st.sampled_from(["", "one", "two", 'a "quoted", \\ word'])
counts = st.none() | st.integers(0, 2)
flags = st.booleans()
people = st.builds(
    Person,
    provider=st.sampled_from(["github", "gitlab"]),
    host=st.just("example.com"),
    user_id=st.none() | st.sampled_from(["1", "2"]),
    username=st.none() | words,
    name=st.none() | words,
    email=st.none() | st.sampled_from(["a@example.com", "b@example.com", "c@example.com"]),
    bot=flags,
    seen_at=st.none() | times,
)
labels = st.lists(words, max_size=2).map(tuple)


RECORDS: dict[type, st.SearchStrategy[Any]] = {
    records.Repository: st.builds(
        records.Repository,
        key=repositories,
        path=st.sampled_from(["acme/api", "acme/web"]),
        url=st.none() | words,
        default_branch=st.none() | words,
        seen_at=st.none() | times,
        created_at=st.none() | times,
    ),
    records.RepositoryRemoved: st.builds(records.RepositoryRemoved, key=repositories, at=times, deleted=flags),
    records.Person: people,
    records.Commit: st.builds(
        records.Commit,
        repository=repositories,
        sha=shas,
        time=times,
        time_source=st.sampled_from(["push", "api"]),
        author=st.none() | people,
        message=words,
        on_default_branch=flags,
        merge=flags,
        bot=flags,
        lines_added=counts,
        lines_deleted=counts,
        files_changed=counts,
    ),
    records.Push: st.builds(
        records.Push,
        repository=repositories,
        ref=st.just("refs/heads/main"),
        before=st.just("") | shas,
        after=shas,
        forced=flags,
        on_default_branch=flags,
        time=times,
        commit_shas=st.lists(shas, max_size=2).map(tuple),
        total_commits=counts,
    ),
    records.PullRequest: st.builds(
        records.PullRequest,
        repository=repositories,
        number=numbers,
        seen_at=times,
        created_at=times,
        state=st.sampled_from(["open", "closed", "merged"]),
        merged_at=st.none() | times,
        closed_at=st.none() | times,
        draft=flags,
        author=st.none() | people,
        title=words,
        url=st.none() | words,
        body=st.none() | words,
        base_ref=words,
        head_ref=words,
        head_repository=st.none() | words,
        head_sha=st.none() | shas,
        merge_sha=st.none() | shas,
        labels=labels,
        provider_id=st.none() | words,
        lines_added=counts,
        lines_deleted=counts,
        files_changed=counts,
        commit_count=counts,
        review_comments=counts,
    ),
    records.PullRequestEvent: st.builds(
        records.PullRequestEvent,
        repository=repositories,
        number=numbers,
        kind=st.sampled_from(["opened", "ready"]),
        at=times,
    ),
    records.PullRequestCommit: st.builds(
        records.PullRequestCommit, repository=repositories, number=numbers, sha=shas, authored_at=st.none() | times
    ),
    records.Review: st.builds(
        records.Review,
        repository=repositories,
        number=numbers,
        provider_key=st.sampled_from(["review:1", "comment:1"]),
        kind=st.sampled_from(["review", "comment"]),
        reviewer=st.none() | people,
        state=st.none() | words,
        submitted_at=times,
        seen_at=times,
        deleted=flags,
    ),
    records.ReviewRequest: st.builds(
        records.ReviewRequest,
        repository=repositories,
        number=numbers,
        reviewer=st.sampled_from(["account:1", "team:1"]),
        name=words,
        person=st.none(),
        requested=flags,
        seen_at=times,
    ),
    records.DeploymentStatus: st.builds(
        records.DeploymentStatus,
        repository=repositories,
        provider_key=st.sampled_from(["deployment:1", "deployment:2"]),
        environment_name=words,
        environment=st.sampled_from(["production", "staging"]),
        status=st.sampled_from(["success", "failed", "in_progress", "canceled"]),
        status_at=times,
        started_at=st.none() | times,
        sha=st.none() | shas,
        ref=st.none() | words,
        url=st.none() | words,
        deployed_by=st.none() | people,
    ),
    records.Incident: st.builds(
        records.Incident,
        repository=st.none() | repositories,
        provider=st.just("github"),
        provider_key=st.just("issue:1"),
        title=words,
        url=st.none() | words,
        labels=labels,
        opened_at=times,
        closed_at=st.none() | times,
        seen_at=times,
        is_incident=flags,
        service=st.none() | words,
        deployment_key=st.none() | words,
        sha=st.none() | shas,
    ),
    records.Installation: st.builds(
        records.Installation,
        provider=st.just("github"),
        host=st.just("github.com"),
        provider_id=st.just("1"),
        account=st.none() | words,
        suspended=flags,
        seen_at=times,
        deleted=flags,
    ),
    records.EnrichmentRequest: st.builds(
        records.EnrichmentRequest, repository=repositories, kind=st.just("commit"), subject=shas
    ),
}

histories: st.SearchStrategy[list[Record]] = st.lists(st.one_of(list(RECORDS.values())), max_size=30)


@st.composite
def retold(draw: st.DrawFn, history: list[Any]) -> list[list[Any]]:
    """The same history in another order, some of it twice, cut into batches."""
    again = draw(st.lists(st.sampled_from(history), max_size=5)) if history else []
    shuffled = draw(st.permutations([*history, *again]))
    cuts = sorted(draw(st.lists(st.integers(0, len(shuffled)), max_size=4)))
    return [shuffled[start:end] for start, end in zip([0, *cuts], [*cuts, len(shuffled)], strict=True)]
