"""The Slack app's manifest: the constant part beside this file, filled with addresses and the commands there are.

https://docs.slack.dev/reference/app-manifest
"""

import json
from pathlib import Path
from typing import Any

from bot.commands.registry import all_commands
from bot.slack.app import ADDRESS
from bot.slack.conversation import COMMAND
from bot.slack.home import OPENED

# https://docs.slack.dev/reference/app-manifest#slash-commands
LONGEST_HINT = 1000


def slack_manifest(public_url: str) -> dict[str, Any]:
    manifest: dict[str, Any] = json.loads(Path(__file__).with_suffix(".json").read_text())
    address = f"{public_url.rstrip('/')}{ADDRESS}"
    usages = " | ".join(command.usage for command in all_commands().values())
    manifest["features"]["slash_commands"] = [
        {
            "command": COMMAND,
            "url": address,
            "description": "DORA and pull-request numbers of a team or repository",
            "usage_hint": usages[:LONGEST_HINT],
            # So that a mentioned channel comes with its id.
            "should_escape": True,
        }
    ]
    manifest["settings"]["interactivity"] = {"is_enabled": True, "request_url": address}
    manifest["settings"]["event_subscriptions"] = {"request_url": address, "bot_events": [OPENED]}
    return manifest
