"""Reaching PostgreSQL."""

import pytest
from sqlalchemy.ext.asyncio import AsyncEngine

from storage.database import create_engine, normalize_url


@pytest.mark.parametrize(
    ("pasted", "used"),
    [
        ("postgres://ann:pw@db.example:5433/metrics", "postgresql+asyncpg://ann:pw@db.example:5433/metrics"),
        ("postgresql://ann@db.example/metrics", "postgresql+asyncpg://ann@db.example/metrics"),
        ("postgresql+asyncpg://db.example/metrics", "postgresql+asyncpg://db.example/metrics"),
        (
            "postgres://db.example/metrics?sslmode=verify-full",
            "postgresql+asyncpg://db.example/metrics?ssl=verify-full",
        ),
    ],
)
def test_an_address_works_as_operators_paste_it(pasted: str, used: str) -> None:
    assert normalize_url(pasted).render_as_string(hide_password=False) == used


async def test_sessions_speak_utc(engine: AsyncEngine) -> None:
    async with engine.connect() as connection:
        assert (await connection.exec_driver_sql("SHOW timezone")).scalar_one() == "UTC"


async def test_the_ssl_mode_of_a_pasted_address_is_understood_by_the_driver(database_url: str) -> None:
    engine = create_engine(f"{database_url}{'&' if '?' in database_url else '?'}sslmode=disable")
    async with engine.connect() as connection:
        assert (await connection.exec_driver_sql("SELECT 1")).scalar_one() == 1
    await engine.dispose()
