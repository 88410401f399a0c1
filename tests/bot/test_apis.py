"""What can be asked: one connection that cannot be used takes no other with it."""

from pathlib import Path
from uuid import UUID

from pydantic import SecretStr
from sqlalchemy.ext.asyncio import AsyncEngine

from bot.apis import reachable
from bot.settings import Settings, encryption
from storage.connections import add_connection, seal


async def test_connections_whose_secrets_cannot_be_used_take_no_other_with_them(
    engine: AsyncEngine, organization_id: UUID, tmp_path: Path
) -> None:
    settings = Settings(data_dir=tmp_path, secret_key=SecretStr("k" * 32))
    other = Settings(data_dir=tmp_path, secret_key=SecretStr("o" * 32))
    good = {"url": "https://good.example", "token": "t"}
    stored = {
        "no-text": seal({"url": "https://no-text.example", "token": 5}, encryption(settings)),
        "another-key": seal(good, encryption(other)),
        "good": seal(good, encryption(settings)),
    }
    async with engine.begin() as connection:
        for name, sealed in stored.items():
            await add_connection(
                connection,
                organization_id,
                provider="gitlab",
                host=f"{name}.example",
                name=name,
                sealed=sealed,
                actor="test",
            )

    apis = reachable(settings, engine, organization_id)
    assert [place.host for place in await apis.current()] == ["good.example"]
    await apis.close()
