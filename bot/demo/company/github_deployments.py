"""GitHub's deployment statuses."""

from datetime import datetime

from bot.demo.company.github_accounts import API, WEB, Json, node_id, stamp, user
from bot.demo.company.github_objects import envelope
from bot.demo.company.script import Deployment

STATES = ("queued", "pending", "waiting", "in_progress", "success", "failure", "error", "inactive")


def deployment_status_event(deployment: Deployment, state: str, at: datetime, ref: str = "main") -> Json:
    """A `deployment_status` delivery; `state` is GitHub's word."""
    of = deployment.repository
    status_id = deployment.id * 10 + STATES.index(state)
    repository_url = f"{API}/repos/{of.path}"
    url = f"{repository_url}/deployments/{deployment.id}"
    log = f"{WEB}/{of.path}/actions/runs/{deployment.id * 3}/job/{deployment.id * 7}"
    creator = user(deployment.creator)
    return {
        "action": "created",
        "deployment_status": {
            "url": f"{url}/statuses/{status_id}",
            "id": status_id,
            "node_id": node_id("DES_", status_id),
            "state": state,
            "creator": creator,
            "description": "",
            "environment": deployment.environment,
            "target_url": log,
            "created_at": stamp(at),
            "updated_at": stamp(at),
            "deployment_url": url,
            "repository_url": repository_url,
            "environment_url": f"https://{of.name}.{deployment.environment}.parcelway.example",
            "log_url": log,
            "performed_via_github_app": None,
        },
        "deployment": {
            "url": url,
            "id": deployment.id,
            "node_id": node_id("DE_", deployment.id),
            "task": "deploy",
            "original_environment": deployment.environment,
            "environment": deployment.environment,
            "description": deployment.title,
            "created_at": stamp(deployment.started_at),
            "updated_at": stamp(at),
            "statuses_url": f"{url}/statuses",
            "repository_url": repository_url,
            "creator": creator,
            "sha": deployment.sha,
            "ref": ref,
            "payload": {},
            "transient_environment": False,
            "production_environment": "production" in (deployment.tier, deployment.environment),
            "performed_via_github_app": None,
        },
        "check_run": None,
        "workflow": None,
        "workflow_run": None,
        **envelope(of, at, deployment.creator),
    }
