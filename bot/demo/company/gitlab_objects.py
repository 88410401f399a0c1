"""GitLab's objects inside webhook bodies.

https://docs.gitlab.com/user/project/integrations/webhook_events/
"""

from collections.abc import Sequence
from datetime import datetime
from typing import Any

from bot.demo.company.github_accounts import local_stamp
from bot.demo.company.people import GITLAB_HOST, Member, Repository
from bot.demo.company.script import Commit, PullRequest

Json = dict[str, Any]


def stamp(at: datetime | None) -> str | None:
    """GitLab's own form: 2026-01-31 12:00:00 UTC."""
    return None if at is None else f"{at:%Y-%m-%d %H:%M:%S} UTC"


def user_id(member: Member) -> int:
    """Accounts of the company's own GitLab have small ids."""
    return member.id if member.id < 10_000 else 100 + member.id % 4000


def user(member: Member) -> Json:
    """An account. People show their address on the company's own GitLab; of bots it is redacted."""
    return {
        "id": user_id(member),
        "name": member.name,
        "username": member.login,
        "avatar_url": f"https://{GITLAB_HOST}/uploads/-/system/user/avatar/{user_id(member)}/avatar.png",
        "email": "[REDACTED]" if member.bot else member.email,
    }


def project(of: Repository) -> Json:
    """A project, as every event carries it."""
    web, ssh = f"https://{GITLAB_HOST}/{of.path}", f"git@{GITLAB_HOST}:{of.path}.git"
    return {
        "id": of.id,
        "name": of.name.replace("-", " ").title(),
        "description": "",
        "web_url": web,
        "avatar_url": None,
        "git_ssh_url": ssh,
        "git_http_url": f"{web}.git",
        "namespace": of.path.rpartition("/")[0].rpartition("/")[2].title(),
        "visibility_level": 0,
        "path_with_namespace": of.path,
        "default_branch": of.default_branch,
        "ci_config_path": "",
        "homepage": web,
        "url": ssh,
        "ssh_url": ssh,
        "http_url": f"{web}.git",
    }


def repository(of: Repository) -> Json:
    """The shorter form beside the project."""
    told = project(of)
    return {name: told[name] for name in ("name", "url", "description", "homepage", "git_http_url", "git_ssh_url")}


def commit(of: Repository, told: Commit) -> Json:
    """A commit of a push, or the last commit of a merge request."""
    return {
        "id": told.sha,
        "message": told.message,
        "title": told.message.partition("\n")[0],
        "timestamp": local_stamp(told.authored_at, told.author),
        "url": f"https://{GITLAB_HOST}/{of.path}/-/commit/{told.sha}",
        "author": {"name": told.author.name, "email": told.author.email},
    }


def labels(of: Repository, names: Sequence[str]) -> list[Json]:
    """Labels of a merge request or an issue, which stand in it and beside it."""
    return [
        {
            "id": 20 + len(name),
            "title": name,
            "color": "#6699cc",
            "project_id": of.id,
            "created_at": stamp(of.made_at),
            "updated_at": stamp(of.made_at),
            "template": False,
            "description": None,
            "type": "ProjectLabel",
            "group_id": None,
        }
        for name in names
    ]


def merge_request(pull_request: PullRequest, at: datetime) -> Json:
    """A merge request as it stood at a moment. GitLab sends neither line counts nor the time of the merge."""
    of, source = pull_request.repository, pull_request.source or pull_request.repository
    merged = pull_request.merged_at is not None and pull_request.merged_at <= at
    ended = pull_request.ended_at is not None and pull_request.ended_at <= at
    draft = pull_request.ready_at is not None and at < pull_request.ready_at
    state, state_id = ("merged", 3) if merged else ("closed", 2) if ended else ("opened", 1)
    last = [told for push in pull_request.pushes if push.at <= at for told in push.commits][-1]
    return {
        "assignee_id": user_id(pull_request.author),
        "author_id": user_id(pull_request.author),
        "created_at": stamp(pull_request.created_at),
        "description": pull_request.body,
        "draft": draft,
        "head_pipeline_id": None,
        "id": of.id * 100_000 + pull_request.number,
        "iid": pull_request.number,
        "last_edited_at": None,
        "last_edited_by_id": None,
        # None for a fast-forward.
        "merge_commit_sha": pull_request.merge_sha or None if merged else None,
        "merge_error": None,
        "merge_params": {"force_remove_source_branch": "1"},
        "merge_status": "can_be_merged",
        "merge_user_id": user_id(pull_request.merged_by) if merged and pull_request.merged_by else None,
        "merge_when_pipeline_succeeds": False,
        "milestone_id": None,
        "source_branch": pull_request.branch,
        "source_project_id": source.id,
        "state_id": state_id,
        "target_branch": pull_request.base or of.default_branch,
        "target_project_id": of.id,
        "time_estimate": 0,
        "title": f"Draft: {pull_request.title}" if draft else pull_request.title,
        "updated_at": stamp(at),
        "updated_by_id": None,
        "prepared_at": stamp(pull_request.created_at),
        "assignee_ids": [user_id(pull_request.author)],
        "blocking_discussions_resolved": True,
        "detailed_merge_status": "not_open" if ended else "mergeable",
        "first_contribution": False,
        "human_time_change": None,
        "human_time_estimate": None,
        "human_total_time_spent": None,
        "labels": labels(of, pull_request.labels),
        "last_commit": commit(of, last),
        "reviewer_ids": [user_id(reviewer) for reviewer in pull_request.reviewers],
        "source": project(source),
        "state": state,
        "target": project(of),
        "time_change": 0,
        "total_time_spent": 0,
        "url": f"https://{GITLAB_HOST}/{of.path}/-/merge_requests/{pull_request.number}",
        "work_in_progress": draft,
        "approval_rules": [],
    }
