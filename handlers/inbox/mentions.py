"""Bodies of deliveries that mention a person who is forgotten."""

import asyncio
import json
import re
from collections.abc import Iterable, Sequence

from sqlalchemy import Row, text
from sqlalchemy.ext.asyncio import AsyncEngine

from handlers.inbox.compression import decompress_body

AT_ONCE = 200
NEXT = text("SELECT id, body FROM webhook_deliveries WHERE body IS NOT NULL AND id > :after ORDER BY id LIMIT :at_once")
# One that waits is processed first, whatever comes of it.
DROP = text("""
    UPDATE webhook_deliveries
    SET body = CASE WHEN state = 'pending' THEN body END, drop_body = (state = 'pending')
    WHERE id = ANY(CAST(:ids AS bigint[])) RETURNING drop_body
""")


async def drop_mentioning(engine: AsyncEngine, terms: Iterable[str], ids: Iterable[str]) -> tuple[int, int]:
    """Drop bodies with one of these names or accounts' ids, some at a time: how many went, and how many go when they
    are processed."""
    mentions = mention_pattern(terms, ids)
    dropped, waiting, last = 0, 0, 0
    while True:
        async with engine.begin() as connection:
            rows = (await connection.execute(NEXT, {"after": last, "at_once": AT_ONCE})).all()
        if not rows:
            return dropped, waiting
        last = rows[-1].id
        if found := await asyncio.to_thread(_mentioning, mentions, rows):
            async with engine.begin() as connection:
                waits = list(await connection.scalars(DROP, {"ids": found}))
            dropped, waiting = dropped + waits.count(False), waiting + waits.count(True)


def _mentioning(mentions: re.Pattern[bytes], rows: Sequence[Row[tuple[int, bytes]]]) -> list[int]:
    return [row.id for row in rows if mentions.search(decompress_body(row.body))]


def mention_pattern(terms: Iterable[str], ids: Iterable[str]) -> re.Pattern[bytes]:
    """Names as JSON has them, escaped or not; ids as the value of an id (Bitbucket's in braces)."""
    written = {form for term in terms for form in (json.dumps(term)[1:-1], json.dumps(term, ensure_ascii=False)[1:-1])}
    names = "|".join(re.escape(one) for one in sorted(written))
    numbers = "|".join(re.escape(one) for one in sorted(ids))
    said = [rf"(?<!\w)(?:{names})(?!\w)"] if names else []
    said += [rf'id"\s*:\s*"?\{{?(?:{numbers})(?![\w-])'] if numbers else []
    return re.compile("|".join(said or ["(?!)"]).encode(), re.IGNORECASE)
