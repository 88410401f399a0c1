"""Accounts and times as GitHub writes them.

https://docs.github.com/en/webhooks/webhook-events-and-payloads
"""

from base64 import b64encode
from datetime import datetime, timedelta
from typing import Any

from bot.demo.company.people import ACCOUNT, COMPANY, GITHUB_ACCOUNT_ID, Member

Json = dict[str, Any]

API = "https://api.github.com"
WEB = "https://github.com"
_USER_LINKS = {
    "followers": "/followers",
    "following": "/following{/other_user}",
    "gists": "/gists{/gist_id}",
    "starred": "/starred{/owner}{/repo}",
    "subscriptions": "/subscriptions",
    "organizations": "/orgs",
    "repos": "/repos",
    "events": "/events{/privacy}",
    "received_events": "/received_events",
}


def stamp(at: datetime | None) -> str | None:
    """2026-01-31T12:00:00Z."""
    return None if at is None else at.strftime("%Y-%m-%dT%H:%M:%SZ")


def local_stamp(at: datetime, member: Member) -> str:
    """The time of a commit, on its author's clock."""
    return f"{at + timedelta(hours=member.offset):%Y-%m-%dT%H:%M:%S}{member.offset:+03d}:00"


def node_id(kind: str, number: int) -> str:
    """An opaque id; GitHub's are base64 too."""
    return b64encode(f"{kind}{number}".encode()).decode()


def user(member: Member) -> Json:
    """An account as it stands in every payload."""
    url = f"{API}/users/{member.login}"
    return {
        "login": member.login,
        "id": member.id,
        "node_id": node_id("User", member.id),
        "avatar_url": f"https://avatars.githubusercontent.com/u/{member.id}?v=4",
        "gravatar_id": "",
        "url": url,
        "html_url": f"{WEB}/{'apps/' if member.bot else ''}{member.login.removesuffix('[bot]')}",
        **{f"{name}_url": url + link for name, link in _USER_LINKS.items()},
        "type": "Bot" if member.bot else "User",
        "user_view_type": "public",
        "site_admin": False,
    }


def owner() -> Json:
    """The company's account, as the owner of its repositories."""
    return {**user(Member(ACCOUNT, COMPANY, GITHUB_ACCOUNT_ID, "")), "type": "Organization"}
