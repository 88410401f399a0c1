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
        self._workspace: str | None = None
        self._enterprise: str | None = None

    async def has(self, body: dict[str, Any]) -> bool:
        """Of a request's body. Raises the SDK's errors when Slack is away.

        Workspaces of one enterprise are one company.
        """
        team_id = (body.get("user") or {}).get("team_id")
        if team_id is None:
            return True
        if self._workspace is None:
            told = await self._client.auth_test()
            self._workspace, self._enterprise = str(told["team_id"]), told.get("enterprise_id")
        same_enterprise = self._enterprise is not None and (body.get("enterprise") or {}).get("id") == self._enterprise
        return team_id == self._workspace or same_enterprise
