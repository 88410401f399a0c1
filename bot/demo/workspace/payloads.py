"""The bodies of what Slack sends. https://docs.slack.dev/reference/interaction-payloads"""

import time

from bot.demo.workspace.state import APP, TEAM, Channel, Json, User


def slash_command(user: User, channel: Channel, command: str, text: str) -> dict[str, str]:
    return {
        "team_id": TEAM,
        "team_domain": "stand-in",
        "channel_id": channel.id,
        "channel_name": channel.name,
        "user_id": user.id,
        "user_name": user.name,
        "command": command,
        "text": text,
        "api_app_id": APP,
        "is_enterprise_install": "false",
    }


def block_actions(user: User, channel: Channel, ts: str, message: Json | None, action: Json) -> Json:
    """`message` is None when only one person sees it."""
    container = {"type": "message", "message_ts": ts, "channel_id": channel.id, "is_ephemeral": message is None}
    payload: Json = {
        "type": "block_actions",
        "user": {"id": user.id, "username": user.name, "team_id": user.workspace},
        "api_app_id": APP,
        "container": container,
        "team": {"id": TEAM, "domain": "stand-in"},
        "enterprise": None,
        "is_enterprise_install": False,
        "channel": {"id": channel.id, "name": channel.name},
        "actions": [{**action, "action_ts": f"{time.time():.6f}"}],
    }
    return payload if message is None else {**payload, "message": message}


def action_of(blocks: list[Json], action_id: str, value: str | None = None) -> Json:
    """What a click on this element sends; with `value`, choosing that option. Raises LookupError."""
    for block in blocks:
        for element in [*block.get("elements", []), block.get("accessory", {})]:
            if element.get("action_id") == action_id:
                action = {"type": element["type"], "action_id": action_id, "block_id": block.get("block_id", "b1")}
                if value is None:
                    return {**action, "text": element["text"], "value": element.get("value", "")}
                return {**action, "selected_option": _option(element, value)}
    raise LookupError(f"The message has no element {action_id}.")


def _option(element: Json, value: str) -> Json:
    for option in element.get("options", []):
        if option["value"] == value:
            return dict(option)
    raise LookupError(f"The menu {element['action_id']} has no option {value}.")
