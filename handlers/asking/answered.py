"""Many questions at once, of which a limit may stop some."""

import asyncio
from collections.abc import Awaitable, Iterable

from handlers.asking.api import Answer, NotNow


async def answered(asked: Iterable[Awaitable[Answer]]) -> list[Answer]:
    """The answers there are: what is left out is asked again. Raises `NotNow` only when there is none."""
    found = await asyncio.gather(*asked, return_exceptions=True)
    answers = [one for one in found if isinstance(one, Answer)]
    for problem in found:
        if isinstance(problem, BaseException) and not (answers and isinstance(problem, NotNow)):
            raise problem
    return answers
