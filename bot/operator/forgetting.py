"""What `devmetrics people forget` says and does."""

from uuid import UUID

import typer
from sqlalchemy.ext.asyncio import AsyncConnection

from handlers.inbox.mentions import drop_mentioning
from storage.forgetting import forget_person

WARNING = (
    "This cannot be undone: {person} loses names, addresses and accounts here; texts no longer name them, and stored "
    "deliveries that do are dropped. The numbers stay. Forget them?"
)


async def forget(
    connection: AsyncConnection, organization_id: UUID, person: str, actor: str, slack_id: str | None
) -> str:
    """What was done, for the person at the terminal."""
    forgotten = await forget_person(connection, organization_id, person, actor, slack_id)
    dropped, waiting = await drop_mentioning(connection, forgotten.known.terms, forgotten.known.ids)
    said = [f"Forgotten: {forgotten.texts} texts no longer name them, {dropped} bodies of deliveries are dropped."]
    if forgotten.left:
        said.append(f"{forgotten.left} texts are as they were: the numbers would be read differently without the name.")
    if waiting:
        said.append(f"Not processed yet and naming them: {waiting}. These bodies go when they expire.")
    return "\n".join(said)


def confirm(person: str, *, yes: bool) -> None:
    if not yes:
        typer.confirm(WARNING.format(person=person), abort=True, err=True)
