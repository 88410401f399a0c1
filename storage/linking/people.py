"""Who is a bot, and which e-mail address tells one person from another. Pure rules, used by every provider."""

import re

# `bot` as a word of its own: release-bot, Bot_7, "deploy bot"; not robotics, abot, cubot.
BOT_AS_A_WORD = re.compile(r"(?:^|[-_\s])bot(?:$|[-_\s])", re.IGNORECASE)
# https://docs.gitlab.com/user/project/settings/project_access_tokens/#bot-users-for-projects
GITLAB_TOKEN_USER = re.compile(r"^(?:project|group)_\w+_bot", re.IGNORECASE)
# Automatic accounts, AI reviewers among them, whose names do not say so. Usernames only: a person may be called Claude.
KNOWN_BOTS = frozenset(
    {
        "allcontributors",
        "chatgpt-codex-connector",
        "codacy-production",
        "codecov",
        "codecov-commenter",
        "coderabbitai",
        "copilot",
        "copilot-pull-request-reviewer",
        "copilot-swe-agent",
        "deepsource-autofix",
        "dependabot",
        "dependabot-preview",
        "devin-ai-integration",
        "ellipsis-dev",
        "gemini-code-assist",
        "github-actions",
        "github-advanced-security",
        "github-merge-queue",
        "gitlabduo",
        "graphite-app",
        "greenkeeper",
        "greptile-apps",
        "imgbot",
        "mergify",
        "pre-commit-ci",
        "qodo-merge-pro",
        "renovate",
        "semantic-release",
        "snyk-io",
        "sonarcloud",
        "sonarqubecloud",
        "sourcery-ai",
        "travis-ci",
        "vercel",
        "web-flow",
        "weblate",
    }
)

SHARED_LOCAL_PARTS = frozenset({"noreply", "no-reply", "no_reply", "donotreply", "do-not-reply"})
LONGEST_EMAIL = 320


def is_bot(username: str | None, name: str | None, account_type: str | None) -> bool:
    """Whether an account is automatic. `account_type` is GitHub's `type` ("User", "Bot", ...), if told."""
    if account_type is not None and account_type.lower() == "bot":
        return True
    if username and (username.lower() in KNOWN_BOTS or GITLAB_TOKEN_USER.search(username)):
        return True
    return any(word and ("[bot]" in word.lower() or BOT_AS_A_WORD.search(word)) for word in (username, name))


def usable_email(email: str | None) -> str | None:
    """The lower-cased address, or None for one that many people share or that hides who it is.

    GitLab sends "[REDACTED]" for people without a public address, GitHub a noreply address, and an unconfigured git
    "user@hostname". https://docs.gitlab.com/user/project/integrations/webhook_events/#push-events
    """
    address = (email or "").strip().lower()
    local, at, domain = address.rpartition("@")
    if not (at and local and "." in domain.strip(".")) or len(address) > LONGEST_EMAIL:
        return None
    if any(character.isspace() or not character.isprintable() for character in address):
        return None
    if (
        "noreply" in domain.split(".")
        or local in SHARED_LOCAL_PARTS
        or domain.endswith((".local", ".localdomain", ")"))
    ):
        return None
    return address
