"""Bodies of deliveries that mention a person who is forgotten."""

import json
import re
from collections.abc import Iterable

from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncConnection

from handlers.inbox.compression import decompress_body

AT_ONCE = 200
NEXT = text("""
    SELECT id, body, state FROM webhook_deliveries WHERE body IS NOT NULL AND id > :after ORDER BY id LIMIT :at_once
""")
DROP = text("UPDATE webhook_deliveries SET body = NULL WHERE id = ANY(CAST(:ids AS bigint[])) AND state <> 'pending'")


async def drop_mentioning(connection: AsyncConnection, terms: Iterable[str], ids: Iterable[str]) -> tuple[int, int]:
    """Drop bodies with one of these names or accounts' ids: how many went, and how many wait to be processed yet."""
    mentions = mention_pattern(terms, ids)
    dropped, waiting, last = 0, 0, 0
    while rows := (await connection.execute(NEXT, {"after": last, "at_once": AT_ONCE})).all():
        last = rows[-1].id
        found = [row for row in rows if mentions.search(decompress_body(row.body))]
        gone = [row.id for row in found if row.state != "pending"]
        if gone:
            dropped += (await connection.execute(DROP, {"ids": gone})).rowcount
        waiting += len(found) - len(gone)
    return dropped, waiting


def mention_pattern(terms: Iterable[str], ids: Iterable[str]) -> re.Pattern[bytes]:
    """Names as JSON has them, escaped or not; ids as the value of an id."""
    written = {form for term in terms for form in (json.dumps(term)[1:-1], json.dumps(term, ensure_ascii=False)[1:-1])}
    names = "|".join(re.escape(one) for one in sorted(written))
    numbers = "|".join(re.escape(one) for one in sorted(ids))
    said = [rf"(?<!\w)(?:{names})(?!\w)"] if names else []
    said += [rf'id"\s*:\s*"?(?:{numbers})(?![\w-])'] if numbers else []
    return re.compile("|".join(said or ["(?!)"]).encode(), re.IGNORECASE)
