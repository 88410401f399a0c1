"""What the providers' pushes have in common."""

import re
from datetime import datetime
from itertools import chain

import msgspec

from handlers.payloads import Sha
from handlers.times import Time, parse_time
from storage.linking.paths import bounded
from storage.linking.people import is_bot
from storage.records import Commit, Person, RepositoryKey

# Webhooks carry no parents: a merge is known by the message that git or the provider writes.
# https://git-scm.com/docs/git-fmt-merge-msg
MERGE_MESSAGES = (
    "Merge pull request #",
    "Merge branch '",
    "Merge branches '",
    "Merge commit '",
    "Merge remote-tracking branch '",
    "Merge remote-tracking branches '",
    "Merge tag '",
)
# GitHub: 123+login@users.noreply.<host>; GitLab: 123-username@users.noreply.<host>
# https://docs.github.com/account-and-profile/reference/email-addresses-reference
# https://docs.gitlab.com/user/profile/#use-an-automatically-generated-private-commit-email
PRIVATE_ADDRESS = re.compile(r"([0-9]{1,18})[+-]([^@\s]+)@users\.noreply\.([^@\s]+)", re.IGNORECASE)
# GitLab's tokens have accounts of their own: project_7_bot_1a2b@noreply.<host>
# https://docs.gitlab.com/user/project/settings/project_access_tokens/#bot-users-for-projects
PROVIDERS_ADDRESS = re.compile(r"(?:[0-9]+[+-])?([^@\s]+)@(?:users\.)?noreply\.[^@\s]+", re.IGNORECASE)
BRANCH = "refs/heads/"


class PushedCommitPart(msgspec.Struct):
    """As GitHub and GitLab tell it; the author each in its own way."""

    id: Sha
    message: str | None = None
    timestamp: Time = None
    # Files; left out of very large commits.
    added: list[str] | None = None
    removed: list[str] | None = None
    modified: list[str] | None = None


def pushed_commit(
    commit: PushedCommitPart,
    author: Person | None,
    key: RepositoryKey,
    pushed_at: datetime,
    *,
    on_default_branch: bool,
    bot: bool,
) -> Commit:
    message = commit.message or ""
    files = (commit.added, commit.removed, commit.modified)
    return Commit(
        repository=key,
        sha=commit.id,
        # A clock that is far off must not cost the push.
        time=parse_time(commit.timestamp) or pushed_at,
        time_source="push",
        author=author,
        message=message,
        paths=bounded(chain.from_iterable(part or () for part in files)),
        on_default_branch=on_default_branch,
        merge=is_merge(message),
        bot=bot,
    )


def is_merge(message: str) -> bool:
    return message.startswith(MERGE_MESSAGES)


def object_name(sha: str | None) -> str:
    """The SHA; empty for the zeros that stand for "there is none"."""
    return sha if sha and sha.strip("0") else ""


def account_of_private_address(email: str | None, host: str) -> tuple[str, str] | None:
    """User id and name in the address that the provider on `host` gave a person who hides the real one."""
    match = PRIVATE_ADDRESS.fullmatch(email.strip()) if email else None
    if match is None or match[3].lower() != host.partition(":")[0]:
        return None
    return match[1], match[2]


def written_by_bot(username: str | None, name: str | None, email: str | None) -> bool:
    """Whether a commit's author is a machine, also when only the provider's own address for it says so."""
    match = PROVIDERS_ADDRESS.fullmatch(email.strip()) if email else None
    return is_bot(username, name) or (match is not None and is_bot(match[1], None))
