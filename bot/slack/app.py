"""POST /slack/events: commands, interactions and events, all signed by Slack, taken by Bolt."""

import logging
from datetime import UTC, datetime
from functools import partial
from http import HTTPStatus

import structlog
from aiohttp import web
from slack_bolt.adapter.aiohttp import to_aiohttp_response
from slack_bolt.async_app import AsyncApp, AsyncBoltRequest
from slack_bolt.authorization import AuthorizeResult
from slack_bolt.logger.messages import warning_client_prioritized_and_token_skipped
from slack_sdk.http_retry.builtin_async_handlers import (
    AsyncConnectionErrorRetryHandler,
    AsyncRateLimitErrorRetryHandler,
    AsyncServerErrorRetryHandler,
)
from slack_sdk.web.async_client import AsyncWebClient

from bot.commands import Answer, CommandContext, answer
from bot.keys import ENGINE, ORGANIZATION, STOPPING
from bot.settings import Settings
from bot.slack import forms
from bot.slack.conversation import Conversation
from bot.slack.home import Home
from bot.slack.profile import find_email
from bot.slack.request import Unreadable, is_signed, read_body
from bot.slack.work import Work, answer_unknown
from handlers.failures import kind_of
from storage.organizations import refuse_removed

logger = structlog.get_logger(__name__)

ADDRESS = "/slack/events"
OFF = "Slack is off: set SLACK_BOT_TOKEN and SLACK_SIGNING_SECRET of your Slack app, and restart."
MISSHAPEN = "The body has not the form of what Slack sends."


def mount(app: web.Application, settings: Settings) -> None:
    if not (settings.slack_bot_token and settings.slack_signing_secret):
        app.add_routes([web.post(ADDRESS, explain_off)])
        return
    signing_secret = settings.slack_signing_secret.get_secret_value()
    client = create_client(settings.slack_bot_token.get_secret_value(), settings.slack_api_url)
    bolt = create_bolt(client, signing_secret)

    def context(user_id: str, channel_id: str) -> CommandContext:
        now, ask_email = datetime.now(UTC), partial(find_email, client)
        return CommandContext(app[ENGINE], app[ORGANIZATION], now, user_id, channel_id, find_email=ask_email)

    async def ask(text: str, user_id: str, channel_id: str) -> Answer:
        return await answer(text, context(user_id, channel_id))

    async def take(request: web.Request) -> web.Response:
        raw = await request.read()
        if not is_signed(request.headers, raw, signing_secret):
            return _error(HTTPStatus.UNAUTHORIZED, "bad_signature", "The request is not signed by Slack.")
        try:
            body = read_body(raw, request.content_type)
        except Unreadable as reason:
            return _error(HTTPStatus.BAD_REQUEST, "unreadable", str(reason))
        # A body that is read already is allowed in this mode only; Bolt's own reading loses every slash command
        # whose text has the word "payload" in it.
        try:
            bolt_request = AsyncBoltRequest(body=body, headers=dict(request.headers), mode="socket_mode")
            return await to_aiohttp_response(await bolt.async_dispatch(bolt_request))
        except (TypeError, AttributeError, LookupError, ValueError) as error:
            # Bolt looks for ids and actions in whatever stands where Slack has an object or a list.
            logger.warning("a request of Slack's has another form than it should", reason=kind_of(error))
            return _error(HTTPStatus.BAD_REQUEST, "unreadable", MISSHAPEN)

    async def admit() -> None:
        async with app[ENGINE].connect() as connection:
            await refuse_removed(connection, app[ORGANIZATION])

    work, home = Work(client, admit), Home(client, context)
    Conversation(ask, client).listen(bolt, work)
    forms.listen(bolt, work, context, home)
    home.listen(bolt, work)
    answer_unknown(bolt, work)

    async def finish(_: web.Application) -> None:
        await work.finish(app[STOPPING].seconds_left)

    app.on_shutdown.append(finish)
    app.add_routes([web.post(ADDRESS, take)])


def create_client(token: str, api_url: str) -> AsyncWebClient:
    """For what may be repeated: forms, App Home. Messages are posted by `bot.slack.post`."""
    return AsyncWebClient(
        token,
        f"{api_url.rstrip('/')}/",
        retry_handlers=[
            AsyncConnectionErrorRetryHandler(),
            AsyncRateLimitErrorRetryHandler(max_retry_count=2),
            AsyncServerErrorRetryHandler(max_retry_count=2),
        ],
    )


def create_bolt(client: AsyncWebClient, signing_secret: str) -> AsyncApp:
    """Asks Slack nothing before it answers: a slow Slack must not cost the three seconds there are."""
    # Bolt's loggers each take this one's level, not the root's; below WARNING they print the bodies of requests.
    of_bolt = logging.getLogger("slack_bolt")
    of_bolt.setLevel(max(of_bolt.level, logging.WARNING))
    of_bolt.addFilter(_is_meant_for_administrators)

    async def authorize(enterprise_id: str | None, team_id: str | None) -> AuthorizeResult:
        return AuthorizeResult(enterprise_id=enterprise_id, team_id=team_id, bot_token=client.token)

    return AsyncApp(
        logger=of_bolt,
        signing_secret=signing_secret,
        client=AsyncWebClient(base_url=client.base_url),
        authorize=authorize,
        request_verification_enabled=False,  # done before the body is read
        raise_error_for_unhandled_request=True,  # else it is logged with its body
    )


def _is_meant_for_administrators(record: logging.LogRecord) -> bool:
    """Bolt reads SLACK_BOT_TOKEN by itself, and warns that it does not need it."""
    return record.getMessage() != warning_client_prioritized_and_token_skipped()


async def explain_off(_: web.Request) -> web.Response:
    return _error(HTTPStatus.SERVICE_UNAVAILABLE, "slack_off", OFF)


def _error(status: HTTPStatus, code: str, message: str) -> web.Response:
    return web.json_response({"error": {"code": code, "message": message}}, status=status)
