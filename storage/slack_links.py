"""Which account of Slack is which person: what an administrator said, or an address that both have.

What was said is an identity like others: it is shown, follows a merge and a split, and is exported and forgotten with
the person.
"""

from uuid import UUID

from sqlalchemy.ext.asyncio import AsyncConnection

from storage.audit import audit
from storage.facts.columns import fetch
from storage.facts.identities import ACCOUNT, EMAIL
from storage.facts.locks import lock_new_things
from storage.linking.people import usable_email
from storage.people import SLACK, ListedPerson, PersonProblem, find_person, read_people


async def link_slack(
    connection: AsyncConnection, organization_id: UUID, person: str, slack_id: str, actor: str
) -> ListedPerson:
    """This account is that person's, and nobody else's. Raises PersonProblem."""
    await lock_new_things(connection)
    slack_id = _read_id(slack_id)
    found = await find_person(connection, person)
    before = await find_linked(connection, slack_id)
    await connection.exec_driver_sql(
        "INSERT INTO developer_identities (provider, host, kind, value, username, developer_id) "
        "VALUES ($1, '', $2, $3, $3, $4) "
        "ON CONFLICT (provider, host, kind, value) DO UPDATE SET developer_id = excluded.developer_id",
        (SLACK, ACCOUNT, slack_id, found.id),
    )
    told = {"person": str(before)} if before else None
    await audit(connection, organization_id, actor, "people.link", f"slack:{slack_id}", told, {"person": str(found.id)})
    return (await read_people(connection, [found.id]))[0]


async def unlink_slack(connection: AsyncConnection, organization_id: UUID, slack_id: str, actor: str) -> None:
    """Raises PersonProblem when it is nobody's."""
    await lock_new_things(connection)
    slack_id = _read_id(slack_id)
    before = await find_linked(connection, slack_id)
    if before is None:
        raise PersonProblem(f"The Slack account {slack_id} is linked to nobody: there is nothing to undo.")
    await connection.exec_driver_sql(
        "DELETE FROM developer_identities WHERE provider = $1 AND kind = $2 AND value = $3", (SLACK, ACCOUNT, slack_id)
    )
    await audit(connection, organization_id, actor, "people.unlink", f"slack:{slack_id}", {"person": str(before)}, None)


async def find_linked(connection: AsyncConnection, slack_id: str) -> UUID | None:
    return await _owner(connection, SLACK, ACCOUNT, slack_id)


async def find_by_email(connection: AsyncConnection, email: str) -> UUID | None:
    """Whose address it is, by evidence; a noreply or redacted one is nobody's."""
    address = usable_email(email)
    return await _owner(connection, "", EMAIL, address) if address else None


async def _owner(connection: AsyncConnection, provider: str, kind: str, value: str) -> UUID | None:
    rows = await fetch(
        connection,
        "SELECT developer_id FROM developer_identities WHERE provider = $1 AND host = '' AND kind = $2 AND value = $3",
        provider,
        kind,
        value,
    )
    return rows[0][0] if rows else None


def _read_id(said: str) -> str:
    """Slack's member ids are capitals and digits: https://docs.slack.dev/reference/objects/user-object"""
    slack_id = said.strip().removeprefix("slack:").upper()
    if not (slack_id.isascii() and slack_id.isalnum() and slack_id[0] in "UW"):
        raise PersonProblem(
            f"{said!r} is no member id of Slack: `Copy member ID` in a profile there gives one, as U0123."
        )
    return slack_id
