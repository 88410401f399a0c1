"""Many questions at once, of which some may have no answer now."""

import asyncio
from collections.abc import Awaitable, Iterable, Sequence

from handlers.asking.api import Answer


async def answered(asked: Iterable[Awaitable[Answer]], *, beside: Sequence[Answer] = ()) -> list[Answer]:
    """The answers there are, and those `beside` them. What is left out is asked again, in the end by itself: one that
    a limit stops, or that the provider stumbles over, holds up no other. Raises only when there is no answer at all."""
    found = await asyncio.gather(*asked, return_exceptions=True)
    answers = [*beside, *(one for one in found if isinstance(one, Answer))]
    for problem in found:
        if isinstance(problem, BaseException) and not (answers and isinstance(problem, Exception)):
            raise problem
    return answers
