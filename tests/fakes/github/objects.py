"""What REST and webhooks show alike."""

from typing import Any

from tests.fakes.github.world import Deployment, Issue, PullRequest, Release, Repository, Run, stamp


def pull_request_object(repository: Repository, pr: PullRequest, *, whole: bool) -> dict[str, Any]:
    sizes = [repository.commits[sha].size for sha in pr.commits]
    counts = {
        "additions": sum(size[0] for size in sizes),
        "deletions": sum(size[1] for size in sizes),
        "changed_files": max((size[2] for size in sizes), default=0),
        "commits": len(pr.commits),
        "review_comments": pr.review_comments,
        "merged": pr.merged_at is not None,
    }
    return {
        "id": pr.id,
        "number": pr.number,
        "state": "closed" if pr.closed_at else "open",
        "title": pr.title,
        "body": pr.body,
        "html_url": f"{repository.web}/{repository.path}/pull/{pr.number}",
        "user": pr.author.rest(),
        "draft": pr.draft,
        "created_at": stamp(pr.created_at),
        "updated_at": stamp(pr.updated_at),
        "closed_at": stamp(pr.closed_at) if pr.closed_at else None,
        "merged_at": stamp(pr.merged_at) if pr.merged_at else None,
        "merge_commit_sha": pr.merge_sha,
        "labels": [{"name": label} for label in pr.labels],
        "requested_reviewers": [one.rest() for one in pr.requested],
        "base": {"ref": "main", "sha": repository.head, "repo": {"id": repository.id}},
        "head": {"ref": pr.branch, "sha": pr.head, "repo": {"id": repository.id}},
        **(counts if whole else {}),
    }


def deployment_object(deployment: Deployment) -> dict[str, Any]:
    return {
        "id": deployment.id,
        "node_id": f"DE_{deployment.id}",
        "sha": deployment.sha,
        "ref": deployment.ref,
        "task": "deploy",
        "payload": {},
        "environment": deployment.environment,
        "production_environment": deployment.environment.startswith("production"),
        "created_at": stamp(deployment.created_at),
        "creator": deployment.creator.rest(),
    }


def issue_object(repository: Repository, issue: Issue) -> dict[str, Any]:
    return {
        "number": issue.number,
        "title": issue.title,
        "body": issue.body,
        "html_url": f"{repository.web}/{repository.path}/issues/{issue.number}",
        "labels": [{"name": label} for label in issue.labels],
        "created_at": stamp(issue.created_at),
        "updated_at": stamp(issue.updated_at),
        "closed_at": stamp(issue.closed_at) if issue.closed_at else None,
    }


def run_object(repository: Repository, run: Run, number: int | None = None) -> dict[str, Any]:
    """An attempt of it; the newest."""
    number = number or len(run.attempts)
    conclusion, started_at, ended_at = run.attempts[number - 1]
    return {
        "id": run.id,
        "name": run.name,
        "path": ".github/workflows/any.yml",
        "head_branch": "main",
        "head_sha": run.sha,
        "head_repository": {"id": repository.id},
        "event": "push",
        "status": "completed",
        "conclusion": conclusion,
        "run_attempt": number,
        "created_at": stamp(run.created_at),
        "run_started_at": stamp(started_at),
        "updated_at": stamp(ended_at),
        "html_url": f"{repository.web}/{repository.path}/actions/runs/{run.id}",
        "actor": run.actor.rest(),
        "triggering_actor": run.actor.rest(),
    }


def release_object(repository: Repository, release: Release) -> dict[str, Any]:
    return {
        "id": release.id,
        "node_id": f"RE_{release.id}",
        "tag_name": release.tag,
        "target_commitish": "main",
        "draft": False,
        "prerelease": False,
        "created_at": stamp(release.published_at),
        "published_at": stamp(release.published_at),
        "html_url": f"{repository.web}/{repository.path}/releases/tag/{release.tag}",
        "author": release.author.rest(),
    }
