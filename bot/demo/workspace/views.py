"""Modals: what is done in them, sent to the application, and what it answers.

https://docs.slack.dev/surfaces/modals
"""

import json
from typing import Any

from bot.demo.workspace.contents import read_view
from bot.demo.workspace.state import APP, TEAM, Json, State, User

Values = dict[str, dict[str, Any]]


def view_payload(kind: str, user: User, view: Json, values: Values | None = None) -> Json:
    """`kind` is view_submission, view_closed or block_actions."""
    payload: Json = {
        "type": kind,
        "team": {"id": TEAM, "domain": "stand-in"},
        "user": {"id": user.id, "username": user.name, "name": user.name, "team_id": TEAM},
        "api_app_id": APP,
        "enterprise": None,
        "is_enterprise_install": False,
        "view": {**view, "team_id": TEAM, "app_id": APP, "state": {"values": values or {}}},
    }
    if kind == "view_closed":
        payload["is_cleared"] = False
    if kind == "block_actions":
        payload["container"] = {"type": "view", "view_id": view["id"]}
    return payload


def apply_answer(state: State, view: Json, body: str) -> dict[str, str]:
    """What the application answered to a submission: nothing closes the modal. Returns errors by block.

    Raises `Refused` for a view that Slack would not take.
    """
    answer = json.loads(body) if body.strip() else {}
    match answer.get("response_action"):
        case "errors":
            return dict(answer["errors"])
        case "update":
            state.modals[view["id"]] = {**read_view(answer["view"], "modal"), "id": view["id"], "user": view["user"]}
        case "push":
            state.show_modal(view["user"], read_view(answer["view"], "modal"))
        case "clear":
            for key in [key for key, one in state.modals.items() if one["user"] == view["user"]]:
                del state.modals[key]
        case _:
            del state.modals[view["id"]]
    return {}
