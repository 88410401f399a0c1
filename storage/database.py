"""The connection to PostgreSQL."""

from sqlalchemy import URL, make_url
from sqlalchemy.ext.asyncio import AsyncEngine, create_async_engine


def normalize_url(url: str) -> URL:
    """Accept what operators paste (postgres://, postgresql://, ...+asyncpg, ?sslmode=) and return asyncpg's form."""
    parsed = make_url(url).set(drivername="postgresql+asyncpg")
    if "sslmode" not in parsed.query:
        return parsed
    # https://magicstack.github.io/asyncpg/current/api/index.html#connection: the same words, as `ssl`.
    mode = parsed.query["sslmode"]
    return parsed.difference_update_query(["sslmode"]).update_query_dict({"ssl": mode})


def create_engine(url: str | URL, *, pool_size: int = 5) -> AsyncEngine:
    """An engine whose sessions speak UTC."""
    if isinstance(url, str):
        url = normalize_url(url)
    return create_async_engine(
        url,
        pool_size=pool_size,
        max_overflow=5,
        pool_pre_ping=True,
        connect_args={"server_settings": {"timezone": "UTC", "application_name": "devmetrics", "jit": "off"}},
    )
