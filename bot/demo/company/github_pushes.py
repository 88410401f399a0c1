"""GitHub's pushes."""

from collections.abc import Sequence
from datetime import datetime
from typing import Final

from bot.demo.company.github_accounts import WEB, Json, local_stamp, owner
from bot.demo.company.github_objects import envelope
from bot.demo.company.people import Member, Repository
from bot.demo.company.script import Commit

ZEROS: Final = "0" * 40


def push_event(
    of: Repository,
    ref: str,
    before: str,
    after: str,
    commits: Sequence[Commit],
    at: datetime,
    sender: Member,
    *,
    forced: bool = False,
) -> Json:
    """A `push` delivery; `commits` oldest first, empty for a deleted branch. Here the repository has integer times."""
    told = [_commit(of, commit) for commit in commits]
    event = envelope(of, at, sender)
    seconds = int(at.timestamp())
    event["repository"] |= {
        "url": f"{WEB}/{of.path}",
        "created_at": int(of.made_at.timestamp()),
        "pushed_at": seconds,
        "stargazers": 3,
        "master_branch": of.default_branch,
        "organization": "parcelway",
        "owner": {**owner(), "name": "parcelway", "email": None},
    }
    return {
        "ref": f"refs/heads/{ref}",
        "before": before,
        "after": after,
        **event,
        "pusher": {"name": sender.login, "email": sender.email},
        "created": before == ZEROS,
        "deleted": after == ZEROS,
        "forced": forced,
        "base_ref": None,
        "compare": f"{WEB}/{of.path}/compare/{before[:12]}...{after[:12]}",
        "commits": told,
        "head_commit": told[-1] if told else None,
    }


def _commit(of: Repository, commit: Commit) -> Json:
    author = {"name": commit.author.name, "email": _email(commit.author), "username": commit.author.login}
    squashed = " (#" in commit.message
    return {
        "id": commit.sha,
        "tree_id": commit.sha[::-1],
        "distinct": True,
        "message": commit.message,
        "timestamp": local_stamp(commit.authored_at, commit.author),
        "url": f"{WEB}/{of.path}/commit/{commit.sha}",
        "author": author,
        "committer": {"name": "GitHub", "email": "noreply@github.com", "username": "web-flow"} if squashed else author,
        "added": list(commit.files[1:2]),
        "removed": [],
        "modified": list(commit.files[:1] + commit.files[2:]),
    }


def _email(author: Member) -> str:
    return f"{author.id}+{author.login}@users.noreply.github.com" if author.bot else author.email
