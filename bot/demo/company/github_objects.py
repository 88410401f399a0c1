"""What every GitHub webhook body carries: repository, organization, installation; fields as in the real ones.

https://docs.github.com/en/webhooks/webhook-events-and-payloads
"""

from datetime import datetime

from bot.demo.company.github_accounts import API, WEB, Json, node_id, owner, stamp, user
from bot.demo.company.people import ACCOUNT, COMPANY, GITHUB_ACCOUNT_ID, GITHUB_INSTALLATION_ID, Member, Repository

_REPOSITORY_LINKS = {
    "forks": "forks",
    "keys": "keys{/key_id}",
    "collaborators": "collaborators{/collaborator}",
    "teams": "teams",
    "hooks": "hooks",
    "issue_events": "issues/events{/number}",
    "events": "events",
    "assignees": "assignees{/user}",
    "branches": "branches{/branch}",
    "tags": "tags",
    "blobs": "git/blobs{/sha}",
    "git_tags": "git/tags{/sha}",
    "git_refs": "git/refs{/sha}",
    "trees": "git/trees{/sha}",
    "statuses": "statuses/{sha}",
    "languages": "languages",
    "stargazers": "stargazers",
    "contributors": "contributors",
    "subscribers": "subscribers",
    "subscription": "subscription",
    "commits": "commits{/sha}",
    "git_commits": "git/commits{/sha}",
    "comments": "comments{/number}",
    "issue_comment": "issues/comments{/number}",
    "contents": "contents/{+path}",
    "compare": "compare/{base}...{head}",
    "merges": "merges",
    "archive": "{archive_format}{/ref}",
    "downloads": "downloads",
    "issues": "issues{/number}",
    "pulls": "pulls{/number}",
    "milestones": "milestones{/number}",
    "notifications": "notifications{?since,all,participating}",
    "labels": "labels{/name}",
    "releases": "releases{/id}",
    "deployments": "deployments",
}


def repository(of: Repository, at: datetime) -> Json:
    """A repository, as it stood at a moment."""
    url = f"{API}/repos/{of.path}"
    return {
        "id": of.id,
        "node_id": node_id("R_", of.id),
        "name": of.name,
        "full_name": of.path,
        "private": True,
        "owner": owner(),
        "html_url": f"{WEB}/{of.path}",
        "description": f"{COMPANY}'s {of.name}",
        "fork": False,
        "url": url,
        **{f"{name}_url": f"{url}/{link}" for name, link in _REPOSITORY_LINKS.items()},
        "created_at": stamp(of.made_at),
        "updated_at": stamp(at),
        "pushed_at": stamp(at),
        "git_url": f"git://github.com/{of.path}.git",
        "ssh_url": f"git@github.com:{of.path}.git",
        "clone_url": f"{WEB}/{of.path}.git",
        "svn_url": f"{WEB}/{of.path}",
        "homepage": None,
        "size": 18_204,
        "stargazers_count": 3,
        "watchers_count": 3,
        "language": of.language,
        **{f"has_{name}": True for name in ("issues", "projects", "downloads", "wiki")},
        "has_pages": False,
        "has_discussions": False,
        "forks_count": 0,
        "mirror_url": None,
        "archived": False,
        "disabled": False,
        "open_issues_count": 11,
        "license": None,
        "allow_forking": False,
        "is_template": False,
        "web_commit_signoff_required": False,
        "topics": [of.team],
        "visibility": "private",
        "forks": 0,
        "open_issues": 11,
        "watchers": 3,
        "default_branch": of.default_branch,
        "custom_properties": {},
    }


def envelope(of: Repository, at: datetime, sender: Member) -> Json:
    """What GitHub adds to every event of an organization's App."""
    url = f"{API}/orgs/{ACCOUNT}"
    return {
        "repository": repository(of, at),
        "organization": {
            "login": ACCOUNT,
            "id": GITHUB_ACCOUNT_ID,
            "node_id": node_id("O_", GITHUB_ACCOUNT_ID),
            "url": url,
            **{f"{name}_url": f"{url}/{name}" for name in ("repos", "events", "hooks", "issues")},
            "members_url": f"{url}/members{{/member}}",
            "public_members_url": f"{url}/public_members{{/member}}",
            "avatar_url": f"https://avatars.githubusercontent.com/u/{GITHUB_ACCOUNT_ID}?v=4",
            "description": "Parcels, on time",
        },
        "sender": user(sender),
        "installation": {"id": GITHUB_INSTALLATION_ID, "node_id": node_id("Installation", GITHUB_INSTALLATION_ID)},
    }
