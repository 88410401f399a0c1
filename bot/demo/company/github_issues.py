"""GitHub's issues, and the App's installation."""

from collections.abc import Sequence
from datetime import datetime

from bot.demo.company.github_accounts import API, WEB, Json, node_id, owner, stamp, user
from bot.demo.company.github_objects import envelope
from bot.demo.company.people import GITHUB_INSTALLATION_ID, Member, Repository
from bot.demo.company.script import Incident


def issue_event(incident: Incident, action: str, at: datetime) -> Json:
    """An `issues` delivery about an incident: opened (with its label), closed."""
    of = incident.repository
    issue_id = of.id * 3 + incident.number
    url, address = f"{API}/repos/{of.path}/issues/{incident.number}", f"{WEB}/{of.path}/issues/{incident.number}"
    label = {
        "id": of.id * 4,
        "node_id": node_id("LA_", of.id * 4),
        "url": f"{API}/repos/{of.path}/labels/incident",
        "name": "incident",
        "color": "b60205",
        "default": False,
        "description": "Customers are affected",
    }
    return {
        "action": action,
        "issue": {
            "url": url,
            "repository_url": f"{API}/repos/{of.path}",
            "labels_url": f"{url}/labels{{/name}}",
            "comments_url": f"{url}/comments",
            "events_url": f"{url}/events",
            "html_url": address,
            "id": issue_id,
            "node_id": node_id("I_", issue_id),
            "number": incident.number,
            "title": incident.title,
            "user": user(incident.reporter),
            "labels": [label],
            "state": "closed" if action == "closed" else "open",
            "state_reason": "completed" if action == "closed" else None,
            "locked": False,
            "assignee": user(incident.reporter),
            "assignees": [user(incident.reporter)],
            "milestone": None,
            "comments": 2,
            "created_at": stamp(incident.opened_at),
            "updated_at": stamp(at),
            "closed_at": stamp(incident.closed_at) if action == "closed" else None,
            "author_association": "MEMBER",
            "active_lock_reason": None,
            "body": incident.body,
            "timeline_url": f"{url}/timeline",
            "performed_via_github_app": None,
        },
        **envelope(of, at, incident.reporter),
    }


def installation_event(repositories: Sequence[Repository], at: datetime, sender: Member) -> Json:
    """The `installation` delivery that GitHub sends when the App is installed."""
    names = ("actions", "contents", "deployments", "issues", "members", "metadata", "pull_requests")
    return {
        "action": "created",
        "installation": {
            "id": GITHUB_INSTALLATION_ID,
            "client_id": "Iv23liParcelwayDemo1",
            "account": owner(),
            "repository_selection": "selected",
            "access_tokens_url": f"{API}/app/installations/{GITHUB_INSTALLATION_ID}/access_tokens",
            "repositories_url": f"{API}/installation/repositories",
            "html_url": f"{WEB}/organizations/parcelway/settings/installations/{GITHUB_INSTALLATION_ID}",
            "app_id": 948113,
            "app_slug": "devmetrics-parcelway",
            "target_id": owner()["id"],
            "target_type": "Organization",
            "permissions": dict.fromkeys(names, "read"),
            "events": ["push", "pull_request", "pull_request_review", "deployment_status"],
            "created_at": stamp(at),
            "updated_at": stamp(at),
            "single_file_name": None,
            "has_multiple_single_files": False,
            "single_file_paths": [],
            "suspended_by": None,
            "suspended_at": None,
        },
        "repositories": [
            {"id": of.id, "node_id": node_id("R_", of.id), "name": of.name, "full_name": of.path, "private": True}
            for of in repositories
        ],
        "requester": None,
        "sender": user(sender),
    }
