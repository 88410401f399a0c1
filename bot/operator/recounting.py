"""What `devmetrics check` says of numbers that an older version counted by other rules."""

from sqlalchemy.ext.asyncio import AsyncConnection

from handlers.findings import OFF, Finding
from storage.recounting import find_progress


async def find_recounting(connection: AsyncConnection) -> list[Finding]:
    """Nothing when all numbers are this version's."""
    outdated, every = await find_progress(connection)
    if not outdated:
        return []
    done = f"{every - outdated} of {every} repositories are counted by this version's rules"
    text = (
        f"{done}; {outdated} still by those of an older version. `devmetrics serve` counts them again in the "
        "background, between deliveries: let it run. If one stays for over an hour, its log says what is wrong with it."
    )
    return [Finding("numbers", OFF, text)]
