"""Who is a bot, and which e-mail addresses tell people apart. Pure rules, used wherever a person is read."""

import re

# Accounts that say neither `[bot]` nor `bot` as a word: mostly AI reviewers, and machines older than GitHub Apps.
# Usernames only: people may be called so.
KNOWN_BOTS = frozenset(
    {
        "allcontributors",
        "aws-codebuild",
        "chatgpt-codex-connector",
        "codacy-production",
        "codecov",
        "codecov-commenter",
        "codefactor-io",
        "coderabbitai",
        "copilot",
        "copilot-pull-request-reviewer",
        "copilot-swe-agent",
        "cursoragent",
        "dependabot",
        "dependabot-preview",
        "devin-ai-integration",
        "gemini-code-assist",
        "github-actions",
        "github-advanced-security",
        "gitlab-duo",
        "gitlabduo",
        "graphite-app",
        "greenkeeper",
        "greptileai",
        "imgbot",
        "korbit-ai",
        "mergify",
        "netlify",
        "pre-commit-ci",
        "pyup-bot",
        "qodo-merge-pro",
        "renovate",
        "sonarcloud",
        "sonarqubecloud",
        "sourcery-ai",
        "vercel",
    }
)
# https://docs.gitlab.com/user/project/settings/project_access_tokens/#bot-users-for-projects
TOKEN_USER = re.compile(r"(?:project|group)_\w*_bot", re.IGNORECASE)
BOT_WORD = re.compile(r"(?:^|[-_\s])bot(?:$|[-_\s])", re.IGNORECASE)

EMAIL = re.compile(r"[^@\s]{1,64}@[^@\s]{1,255}")
NO_REPLY = re.compile(r"(?:^|[.+_-])(?:no-?reply|do-?not-?reply|donotreply)(?:$|[.+@_-])|@(?:[^@]+\.)?noreply\.")
# Addresses that git makes up on a machine without a name: the same for everybody's root.
MADE_UP_HOST = re.compile(r"[^.]*|.*\.(?:local|localdomain|\(none\))")


def is_bot(username: str | None, name: str | None, account_type: str | None = None) -> bool:
    """Whether an account or a commit's author is a machine. `account_type` is GitHub's (`User`, `Bot` ...)."""
    if account_type == "Bot":
        return True
    if username is not None and (username.casefold() in KNOWN_BOTS or TOKEN_USER.match(username)):
        return True
    return any(text is not None and ("[bot]" in text or BOT_WORD.search(text) is not None) for text in (username, name))


def usable_email(email: str | None) -> str | None:
    """The address lower-cased, or None when it is no address of one person (redacted, noreply, malformed).

    GitLab sends "[REDACTED]" for people without a public address:
    https://docs.gitlab.com/user/project/integrations/webhook_events/
    """
    if email is None:
        return None
    address = email.strip().lower()
    if not EMAIL.fullmatch(address) or NO_REPLY.search(address) or not address.isprintable():
        return None
    return None if MADE_UP_HOST.fullmatch(address.rpartition("@")[2]) else address
