"""What `devmetrics people forget` says and does."""

import typer

from bot.operator.session import connected
from bot.settings import load_settings
from bot.slack.wording import counted
from handlers.inbox.mentions import drop_mentioning
from storage.forgetting import find_known, forget_person
from storage.migrate import ensure_organization

WARNING = (
    "This cannot be undone: {person} loses names, addresses and accounts here; texts no longer name them, and stored "
    "deliveries that do are dropped. The numbers stay. Forget them?"
)


async def forget(person: str, actor: str, slack_id: str | None) -> str:
    """What was done, for the person at the terminal. In many transactions: deliveries go on meanwhile."""
    settings = load_settings()
    async with connected(settings, pool_size=1) as engine:
        async with engine.begin() as connection:
            organization_id = await ensure_organization(connection, settings.organization)
            known = await find_known(connection, person, slack_id)
        # Before the person is nobody: whoever is interrupted finds them again.
        dropped, waiting = await drop_mentioning(engine, known.terms, known.ids)
        forgotten = await forget_person(engine, organization_id, person, actor, slack_id)
    texts = f"{counted(forgotten.texts, 'text')} no longer {'names' if forgotten.texts == 1 else 'name'} them"
    bodies = f"{counted(dropped, 'body', 'bodies')} of deliveries {'is' if dropped == 1 else 'are'} dropped"
    said = [f"Forgotten: {texts}, {bodies}."]
    if forgotten.left:
        left = f"{counted(forgotten.left, 'text')} {'is as it was' if forgotten.left == 1 else 'are as they were'}"
        said.append(f"{left}: the numbers would be read differently without the name.")
    if waiting:
        said.append(f"Not processed yet and naming them: {waiting}. Such a body goes as soon as it is.")
    return "\n".join(said)


def confirm(person: str, *, yes: bool) -> None:
    if not yes:
        typer.confirm(WARNING.format(person=person), abort=True, err=True)
