"""`devmetrics replay`: files in place of webhooks."""

from pathlib import Path

import msgspec
from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncEngine

from tests.bot.operator.running import Devmetrics, states
from tests.handlers.deliveries import push


async def test_replayed_files_are_processed_and_each_is_told(
    devmetrics: Devmetrics, engine: AsyncEngine, tmp_path: Path
) -> None:
    github, gitlab = tmp_path / "push.payload.json", tmp_path / "anything.json"
    github.write_bytes(msgspec.json.encode(push(1)))
    gitlab.write_bytes(b'{"object_kind": "emoji"}')
    for _ in range(2):
        result = await devmetrics("replay", str(github), str(gitlab))
        assert result.status == 0
        first, second = result.out.splitlines()
        assert first == f"{github}: done"
        assert second.startswith(f"{gitlab}: ignored (")

    assert await states(engine) == ["done", "ignored"]
    async with engine.connect() as connection:
        rows = await connection.execute(text("SELECT provider, event FROM webhook_deliveries ORDER BY id"))
        assert [tuple(row) for row in rows] == [("github", "push"), ("gitlab", "Emoji Hook")]
        assert await connection.scalar(text("SELECT count(*) FROM commits")) == 1


async def test_a_replay_that_fails_ends_with_status_1(devmetrics: Devmetrics, tmp_path: Path) -> None:
    path = tmp_path / "whatever"
    path.write_bytes(b"\xff{")
    result = await devmetrics("replay", str(path), "--provider", "github", "--event", "push")

    assert result.status == 1
    assert f"{path}: failed (" in result.out
    assert result.err
