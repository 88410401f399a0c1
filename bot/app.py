"""The composition root: settings in, web application out."""

from collections.abc import AsyncIterator
from uuid import UUID

from aiohttp import web
from sqlalchemy.ext.asyncio import AsyncEngine

from bot import api, health
from bot.errors import answer_errors
from bot.github_setup import Setup
from bot.inhand import InHand
from bot.keys import ENGINE, IN_HAND, ORGANIZATION, SETTINGS, STOPPING
from bot.settings import Settings, encryption
from bot.slack.app import mount
from bot.stopping import Stopping
from handlers.doors import Doors
from handlers.inbox.postgres import PostgresInbox
from handlers.measures import RECEIVED
from handlers.receive import Receiver


def create_app(
    settings: Settings, engine: AsyncEngine, organization_id: UUID, stopping: Stopping | None = None
) -> web.Application:
    """Everything that answers HTTP. The database is migrated already; `organization_id` is the default one."""
    in_hand = InHand()
    app = web.Application(middlewares=[in_hand.middleware(), answer_errors])
    app[IN_HAND] = in_hand
    app[STOPPING] = stopping or Stopping()
    app[SETTINGS] = settings
    app[ENGINE] = engine
    app[ORGANIZATION] = organization_id

    inbox = PostgresInbox(engine)
    doors = Doors(engine, organization_id, settings.verifiers, encryption(settings))
    receiver = Receiver(inbox, doors, count=lambda provider, status: RECEIVED.labels(provider, status).inc())

    async def keep_inbox(_: web.Application) -> AsyncIterator[None]:
        async with inbox:
            yield

    app.cleanup_ctx.append(keep_inbox)
    app.add_routes(receiver.routes())
    app.add_routes(Setup(settings, engine, organization_id).routes())
    health.add_routes(app)
    api.add_routes(app)
    mount(app, settings)
    return app
