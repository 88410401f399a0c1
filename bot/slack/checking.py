"""What `devmetrics check` asks of Slack: the token, and what the installed app may do."""

from collections.abc import Collection, Iterator

import aiohttp

from bot.settings import Settings
from handlers.findings import OFF, OK, PROBLEM, Finding, unreachable

# How Slack's tokens begin that live for twelve hours. https://docs.slack.dev/authentication/using-token-rotation
ROTATING = "xoxe."
EXPIRES_SOON = (
    "SLACK_BOT_TOKEN lives for twelve hours (token rotation is on), and devmetrics cannot renew it: make the app anew "
    "from `devmetrics manifest slack`, which leaves rotation off."
)
# Every answer of the Web API names those of its token: https://docs.slack.dev/authentication/installing-with-oauth
SCOPES = "X-OAuth-Scopes"
# What each scope of the manifest is for: without it this does not work.
NEEDED = {"commands": "nobody can type `/devmetrics`", "chat:write": "digests and limits are not posted"}
FOR_ME = ("users:read", "users:read.email")
REINSTALL = (
    "Print the manifest with `devmetrics manifest slack`, paste it into the app's *App Manifest*, and install the app "
    "to the workspace again (*Install App*)"
)


async def check_slack(session: aiohttp.ClientSession, settings: Settings) -> list[Finding]:
    token = settings.slack_bot_token
    if not (token and settings.slack_signing_secret):
        return [Finding("slack", OFF, "set SLACK_BOT_TOKEN and SLACK_SIGNING_SECRET of your Slack app.")]
    if token.get_secret_value().startswith(ROTATING):
        return [Finding("slack", PROBLEM, EXPIRES_SOON)]
    url = f"{settings.slack_api_url.rstrip('/')}/auth.test"
    try:
        async with session.post(url, headers={"Authorization": f"Bearer {token.get_secret_value()}"}) as response:
            answer, scopes = await response.json(content_type=None), response.headers.get(SCOPES)
    except (aiohttp.ClientError, TimeoutError, ValueError) as problem:
        return [unreachable("slack", settings.slack_api_url, "SLACK_API_URL", problem)]
    if not answer.get("ok"):
        said = answer.get("error", "an unknown error")
        return [Finding("slack", PROBLEM, f"SLACK_BOT_TOKEN is refused ({said}): copy it again from your Slack app.")]
    known = Finding("slack", OK, f"SLACK_BOT_TOKEN is {answer.get('user')} in {answer.get('team')}.")
    # A proxy may keep the header: then nothing is known of them.
    granted = None if scopes is None else {scope.strip() for scope in scopes.split(",")}
    return [known, *([] if granted is None else find_missing(granted))]


def find_missing(granted: Collection[str]) -> Iterator[Finding]:
    """An app that was installed for an older version lacks what this one asks for."""
    missing = [scope for scope in NEEDED if scope not in granted]
    if missing:
        without = ", and ".join(NEEDED[scope] for scope in missing)
        yield Finding("slack scopes", PROBLEM, f"{_listed(missing)}: {without}. {REINSTALL}.")
    missing = [scope for scope in FOR_ME if scope not in granted]
    if missing:
        yield Finding(
            "slack scopes",
            OFF,
            f"{_listed(missing)}: `/devmetrics me` cannot look up who asks. {REINSTALL}; or say who each person is "
            "with `devmetrics people link`.",
        )


def _listed(missing: Collection[str]) -> str:
    return f"the installed app lacks {' and '.join(missing)}"
