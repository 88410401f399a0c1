"""GitHub's pull requests, as they stood at a moment of the script."""

from datetime import datetime

from bot.demo.company.github_accounts import API, WEB, Json, node_id, stamp, user
from bot.demo.company.github_objects import envelope, repository
from bot.demo.company.people import Member, Repository
from bot.demo.company.script import PullRequest

_COLORS = {"dependencies": "0366d6", "hotfix": "d93f0b"}


def pull_request_event(pull_request: PullRequest, action: str, at: datetime, sender: Member, **more: object) -> Json:
    """A `pull_request` delivery."""
    return {
        "action": action,
        "number": pull_request.number,
        "pull_request": pull_request_object(pull_request, at),
        **more,
        **envelope(pull_request.repository, at, sender),
    }


def pull_request_object(pull_request: PullRequest, at: datetime) -> Json:
    """The whole object: what had happened by then, and nothing later."""
    merged = pull_request.merged_at is not None and pull_request.merged_at <= at
    ended = pull_request.ended_at is not None and pull_request.ended_at <= at
    done = [review for review in pull_request.reviews if review.at <= at]
    answered = {review.reviewer.login for review in done}
    waiting = [reviewer for reviewer in pull_request.reviewers if reviewer.login not in answered]
    comments = sum(len(review.comments) for review in done)
    commits = [commit for push in pull_request.pushes if push.at <= at for commit in push.commits]
    return {
        **without_counts(pull_request, at),
        "requested_reviewers": [user(reviewer) for reviewer in waiting],
        "merged": merged,
        "mergeable": None if ended else True,
        "rebaseable": None if ended else True,
        "mergeable_state": "unknown" if ended else "clean",
        "merged_by": user(pull_request.merged_by) if merged and pull_request.merged_by else None,
        "comments": 0,
        "review_comments": comments,
        "maintainer_can_modify": False,
        "commits": len(commits),
        "additions": pull_request.additions,
        "deletions": pull_request.deletions,
        "changed_files": len({name for commit in commits for name in commit.files}),
    }


def identifier(pull_request: PullRequest, at: datetime) -> int:
    """The id of something that happened to a pull request: unique, and growing with time."""
    return int(at.timestamp()) * 1000 + pull_request.number % 1000


def head_of(pull_request: PullRequest, at: datetime) -> str:
    """The newest commit of its branch at a moment."""
    return [commit for push in pull_request.pushes if push.at <= at for commit in push.commits][-1].sha


def without_counts(pull_request: PullRequest, at: datetime) -> Json:
    """The object as reviews carry it."""
    of = pull_request.repository
    number, provider_id = pull_request.number, of.id * 2 + pull_request.number
    url, issue = f"{API}/repos/{of.path}/pulls/{number}", f"{API}/repos/{of.path}/issues/{number}"
    address, head = f"{WEB}/{of.path}/pull/{number}", head_of(pull_request, at)
    merged = pull_request.merged_at is not None and pull_request.merged_at <= at
    ended_at = pull_request.ended_at if pull_request.ended_at is not None and pull_request.ended_at <= at else None
    links = {
        "review_comments": f"{url}/comments",
        "review_comment": f"{API}/repos/{of.path}/pulls/comments{{/number}}",
        "commits": f"{url}/commits",
        "comments": f"{issue}/comments",
        "statuses": f"{API}/repos/{of.path}/statuses/{head}",
    }
    return {
        "url": url,
        "id": provider_id,
        "node_id": node_id("PR_", provider_id),
        "html_url": address,
        "diff_url": f"{address}.diff",
        "patch_url": f"{address}.patch",
        "issue_url": issue,
        "number": number,
        "state": "closed" if ended_at else "open",
        "locked": False,
        "title": pull_request.title,
        "user": user(pull_request.author),
        "body": pull_request.body,
        "created_at": stamp(pull_request.created_at),
        "updated_at": stamp(at),
        "closed_at": stamp(ended_at),
        "merged_at": stamp(pull_request.merged_at if merged else None),
        "merge_commit_sha": pull_request.merge_sha if merged else None,
        "assignee": None,
        "assignees": [],
        "requested_reviewers": [],
        "requested_teams": [],
        "labels": [_label(of, name) for name in pull_request.labels],
        "milestone": None,
        "draft": pull_request.ready_at is not None and at < pull_request.ready_at,
        **{f"{name}_url": link for name, link in links.items()},
        "head": _side(pull_request.source or of, pull_request.branch, head, pull_request.author, at),
        "base": _side(of, pull_request.base or of.default_branch, pull_request.base_sha, pull_request.author, at),
        "_links": {
            name: {"href": link} for name, link in {"self": url, "html": address, "issue": issue, **links}.items()
        },
        "author_association": "NONE" if pull_request.author.bot else "MEMBER",
        "auto_merge": None,
        "active_lock_reason": None,
    }


def _side(of: Repository, ref: str, sha: str, member: Member, at: datetime) -> Json:
    return {
        "label": f"parcelway:{ref}",
        "ref": ref,
        "sha": sha,
        "user": user(member),
        "repo": {
            **repository(of, at),
            "allow_squash_merge": of.merging == "squash",
            "allow_merge_commit": of.merging == "merge",
            "allow_rebase_merge": False,
            "allow_auto_merge": False,
            "delete_branch_on_merge": True,
            "allow_update_branch": True,
            "use_squash_pr_title_as_default": True,
            "squash_merge_commit_message": "PR_BODY",
            "squash_merge_commit_title": "PR_TITLE",
            "merge_commit_message": "PR_TITLE",
            "merge_commit_title": "MERGE_MESSAGE",
        },
    }


def _label(of: Repository, name: str) -> Json:
    return {
        "id": of.id * 4 + len(name),
        "node_id": node_id("LA_", of.id * 4 + len(name)),
        "url": f"{API}/repos/{of.path}/labels/{name}",
        "name": name,
        "color": _COLORS.get(name, "ededed"),
        "default": False,
        "description": None,
    }
