"""Small deliveries that count: number `n` is one commit, one pull request or one deployment of its own."""

from datetime import UTC, datetime, timedelta
from typing import Any

START = datetime(2026, 3, 2, 9, tzinfo=UTC)
ZEROS = "0" * 40


def moment(number: int) -> str:
    return (START + timedelta(minutes=number)).isoformat()


def sha(number: int) -> str:
    return f"{number:040x}"


def repository(identity: int = 1) -> dict[str, Any]:
    return {
        "id": identity,
        "full_name": f"octo/app-{identity}",
        "html_url": f"https://github.com/octo/app-{identity}",
        "default_branch": "main",
    }


def account(identity: int = 583231) -> dict[str, Any]:
    return {"id": identity, "login": f"octocat-{identity}", "type": "User"}


def push(number: int, *, of: int = 1) -> dict[str, Any]:
    """One commit onto the default branch."""
    commit = {
        "id": sha(number),
        "message": f"Change {number}",
        "timestamp": moment(number),
        "author": {"name": "Octo Cat", "email": "octo@cat.example", "username": account()["login"]},
    }
    return {
        "ref": "refs/heads/main",
        "before": sha(number - 1) if number > 1 else ZEROS,
        "after": sha(number),
        "repository": {**repository(of), "pushed_at": int((START + timedelta(minutes=number)).timestamp())},
        "commits": [commit],
        "sender": account(),
    }


def pull_request(number: int, *, of: int = 1) -> dict[str, Any]:
    """Opened."""
    return {
        "action": "opened",
        "number": number,
        "pull_request": {
            "id": 1000 + number,
            "number": number,
            "state": "open",
            "title": f"Change {number}",
            "body": None,
            "user": account(),
            "created_at": moment(number),
            "updated_at": moment(number),
            "base": {"ref": "main", "sha": ZEROS},
            "head": {"ref": f"change-{number}", "sha": sha(number), "repo": {"id": of}},
        },
        "repository": repository(of),
        "sender": account(),
    }


def deployment_status(number: int, *, of: int = 1, state: str = "success") -> dict[str, Any]:
    """Of production, finished."""
    return {
        "deployment_status": {"state": state, "created_at": moment(number), "environment": "production"},
        "deployment": {
            "id": number,
            "sha": sha(number),
            "ref": "main",
            "environment": "production",
            "created_at": moment(number - 1),
        },
        "repository": repository(of),
        "sender": account(),
    }


def membership(action: str = "added") -> dict[str, Any]:
    return {
        "action": action,
        "member": account(),
        "team": {"id": 7, "name": "Platform", "slug": "platform"},
        "organization": {"login": "octo", "id": 9},
        "sender": account(),
    }
