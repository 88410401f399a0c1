"""Which address Slack has of a person: asked only when that person wants their own numbers."""

from slack_sdk.errors import SlackApiError
from slack_sdk.web.async_client import AsyncWebClient

NO_SCOPE = (
    "Slack does not tell devmetrics your address: its app lacks the scopes `users:read` and `users:read.email`. An "
    "administrator adds them (`devmetrics manifest slack` has them) and installs the app again."
)
ELSEWHERE = "Your account is of another workspace, so your address is not taken as proof of who you are."
UNCONFIRMED = "Slack has no confirmed address of yours."


class EmailUnknown(Exception):
    """Why the address is not known, to the person whose it is."""


async def find_email(client: AsyncWebClient, user_id: str) -> str:
    """Raises `EmailUnknown`, and the SDK's errors when Slack is away.

    https://docs.slack.dev/reference/methods/users.info : without `users:read.email` the profile has no address.
    """
    try:
        here = await client.auth_test()
        told = await client.users_info(user=user_id)
    except SlackApiError as error:
        if error.response.get("error") == "missing_scope":
            raise EmailUnknown(NO_SCOPE) from error
        raise
    user = told.get("user") or {}
    # In a channel that is shared with another company, that one's administrators decide what an address there is.
    if user.get("team_id") != here.get("team_id") or user.get("is_stranger"):
        raise EmailUnknown(ELSEWHERE)
    if user.get("is_email_confirmed") is False:
        raise EmailUnknown(UNCONFIRMED)
    email = (user.get("profile") or {}).get("email")
    if not email:
        raise EmailUnknown(NO_SCOPE)
    return str(email)
