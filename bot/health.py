"""GET /healthz (the process is up), /readyz (it can work) and /metrics (Prometheus)."""

from datetime import UTC, datetime
from http import HTTPStatus

from aiohttp import web
from prometheus_client import CollectorRegistry, Gauge, generate_latest
from prometheus_client.exposition import CONTENT_TYPE_LATEST
from prometheus_client.registry import REGISTRY
from sqlalchemy import text
from sqlalchemy.exc import SQLAlchemyError

from bot.errors import error_response
from bot.keys import ENGINE
from handlers.inbox.claims import STATES

BY_STATE = text("SELECT state, count(*) AS deliveries FROM webhook_deliveries GROUP BY state")
OLDEST_PENDING = text("SELECT min(received_at) FROM webhook_deliveries WHERE state = 'pending'")


def add_routes(app: web.Application) -> None:
    app.add_routes(
        [web.get("/healthz", show_health), web.get("/readyz", show_readiness), web.get("/metrics", show_metrics)]
    )


async def show_health(_: web.Request) -> web.Response:
    return web.json_response({"status": "up"})


async def show_readiness(request: web.Request) -> web.Response:
    """503 with the reason while the database is away or not migrated."""
    try:
        async with request.app[ENGINE].connect() as connection:
            migrated = await connection.scalar(text("SELECT to_regclass('webhook_deliveries') IS NOT NULL"))
    except (SQLAlchemyError, OSError):
        return _not_ready("The database does not answer.")
    if not migrated:
        return _not_ready("The database is not migrated: run `devmetrics migrate`.")
    return web.json_response({"status": "ready"})


async def show_metrics(request: web.Request) -> web.Response:
    """What this process counted, and what the queue holds. Without the database only the former."""
    body = generate_latest(REGISTRY)
    try:
        async with request.app[ENGINE].connect() as connection:
            counts = {row.state: row.deliveries for row in await connection.execute(BY_STATE)}
            oldest = await connection.scalar(OLDEST_PENDING)
    except (SQLAlchemyError, OSError):
        return web.Response(body=body, headers={"Content-Type": CONTENT_TYPE_LATEST})
    queue = CollectorRegistry()
    deliveries = Gauge("devmetrics_deliveries", "Deliveries in the database, by state.", ["state"], registry=queue)
    for state in STATES:
        deliveries.labels(state).set(counts.get(state, 0))
    lag = Gauge("devmetrics_lag_seconds", "Age of the oldest delivery that waits to be processed.", registry=queue)
    lag.set((datetime.now(UTC) - oldest).total_seconds() if oldest else 0)
    return web.Response(body=body + generate_latest(queue), headers={"Content-Type": CONTENT_TYPE_LATEST})


def _not_ready(message: str) -> web.Response:
    return error_response(HTTPStatus.SERVICE_UNAVAILABLE, "not_ready", message)
