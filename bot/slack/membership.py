"""Whether whoever presses a button is of the workspace that devmetrics is installed in.

In a channel that is shared with another company its people see a digest, too, and the buttons under it. Commands Slack
takes from the workspace's own people alone: https://docs.slack.dev/apis/slack-connect
"""

from typing import Any

from slack_sdk.web.async_client import AsyncWebClient


class Membership:
    """`client` tells once which workspace that is."""

    def __init__(self, client: AsyncWebClient) -> None:
        self._client = client
        # The workspace, and its enterprise if it is of one.
        self._ours: frozenset[str] = frozenset()

    async def has(self, body: dict[str, Any]) -> bool:
        """Of a request's body. Raises the SDK's errors when Slack is away.

        Of people of an enterprise Slack names that in the workspace's place. All else in the body (`team`,
        `enterprise`) is where the app is installed, whoever presses.
        https://docs.slack.dev/reference/interaction-payloads/block_suggestion-payload
        """
        team_id = (body.get("user") or {}).get("team_id")
        if team_id is None:
            return True
        if not self._ours:
            told = await self._client.auth_test()
            self._ours = frozenset(filter(None, (told["team_id"], told.get("enterprise_id"))))
        return team_id in self._ours
