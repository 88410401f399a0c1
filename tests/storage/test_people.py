"""Merging and splitting people by hand: the history follows, and what arrives later obeys."""

import itertools
from typing import Any
from uuid import UUID

import pytest
from sqlalchemy.ext.asyncio import AsyncConnection, AsyncEngine

from storage import records
from storage.facts import write_records
from storage.facts.joining import LINKED
from storage.models import Base
from storage.people import FACTS, PersonProblem, find_person, list_people, merge_people, split_person
from storage.records import Person, Record
from tests.storage.facts.samples import API, account, address, at, commit, pull_request, query, repository, status

JANE = account("1", "jane", email="jane@work.example", name="Jane")
HOME = address("jane@home.example", name="J. Doe")
TEAM = records.TeamKey("github", "github.com", "9")


def review(person: Person, key: str) -> Record:
    return records.Review(API, 1, f"review:{key}", "review", person, "approved", at(5), at(5))


def everything(person: Person, number: int) -> list[Record]:
    """One fact of each kind, whose author this is."""
    return [
        repository(),
        commit(f"{number}" * 40, author=person),
        pull_request(1, number=number, author=person),
        review(person, str(number)),
        status("success", 9, provider_key=f"deployment:{number}", deployed_by=person),
    ]


async def write(connection: AsyncConnection, organization_id: UUID, *told: Record) -> None:
    await write_records(connection, organization_id, list(told))


async def authors(connection: AsyncConnection) -> dict[str, int]:
    """How many facts each developer has, by the identities that they are told by."""
    columns = {
        "commits": "author_id",
        "pull_requests": "author_id",
        "reviews": "reviewer_id",
        "deployments": "deployed_by",
    }
    every = " UNION ALL ".join(f"SELECT {column} AS developer FROM {table}" for table, column in columns.items())
    rows = await query(connection, f"SELECT developer, count(*) AS n FROM ({every}) AS facts GROUP BY 1")
    return {str(row["developer"]): row["n"] for row in rows}


async def test_a_merge_moves_everything_and_survives_redeliveries(engine: AsyncEngine, organization_id: UUID) -> None:
    told = [*everything(JANE, 1), *everything(HOME, 2)]
    told.append(records.Team(TEAM, "platform", "Platform"))
    told.append(records.TeamMembership(TEAM, JANE, "member", member=True))
    async with engine.begin() as connection:
        await write(connection, organization_id, *told)
        assert sorted((await authors(connection)).values()) == [4, 4]
        merged = await merge_people(connection, organization_id, "jane@home.example", ["github:jane"], "cli:ana")
        assert await authors(connection) == {str(merged.id): 8}
        assert [identity.said for identity in merged.identities] == [
            "github:jane",
            "jane@home.example",
            "jane@work.example",
        ]
        [member] = await query(connection, "SELECT developer_id FROM team_members")
        assert member["developer_id"] == merged.id
        await write(connection, organization_id, *told)
        await write(connection, organization_id, *everything(HOME, 3))
        assert await authors(connection) == {str(merged.id): 12}
        assert len(await query(connection, "SELECT id FROM developers")) == 1
        [entry] = await query(connection, "SELECT actor, action FROM audit_logs")
        assert entry == {"actor": "cli:ana", "action": "people.merge"}
        assert await query(connection, "SELECT repository_id FROM links_due") != []


async def test_a_split_moves_what_its_identities_did_and_no_evidence_undoes_it(
    engine: AsyncEngine, organization_id: UUID
) -> None:
    mine, theirs = account("1", "jane", name="Jane"), address("jane@work.example", name="John")
    told = [*everything(mine, 1), *everything(theirs, 2), JANE]
    async with engine.begin() as connection:
        await write(connection, organization_id, *told)
        [person] = await list_people(connection, organization_id)
        one, other = await split_person(connection, organization_id, "jane", ["jane@work.example"], "cli:ana")
        wanted = {str(one.id): 4, str(other.id): 4}
        assert one.id == person.id
        assert await authors(connection) == wanted
        for again in itertools.permutations([JANE, *told[1:3]]):
            await write(connection, organization_id, repository(), *again)
            assert await authors(connection) == wanted
        # A new address that is shown with both goes to one of them, and joins nobody.
        both = [account("1", "jane", email="shared@example.com"), address("shared@example.com")]
        await write(connection, organization_id, *both, JANE)
        assert len(await query(connection, "SELECT id FROM developers")) == 2
        emails = {row["email"] for row in await query(connection, "SELECT email FROM developers")}
        assert emails == {"shared@example.com", "jane@work.example"}


async def test_who_was_told_apart_stays_so_when_one_turns_out_to_be_somebody_else(
    engine: AsyncEngine, organization_id: UUID
) -> None:
    third = account("7", "third")
    async with engine.begin() as connection:
        await write(connection, organization_id, repository(), commit(author=JANE), commit("b" * 40, author=third))
        await split_person(connection, organization_id, "jane", ["jane@work.example"], "cli:ana")
        await write(connection, organization_id, account("7", "third", email="jane@work.example"))
        assert len(await query(connection, "SELECT id FROM developers")) == 2
        await write(connection, organization_id, JANE)
        assert len(await query(connection, "SELECT id FROM developers")) == 2
        merged = await merge_people(connection, organization_id, "jane", ["third"], "cli:ana")
        assert len(merged.identities) == 3
        assert await query(connection, "SELECT developer_id FROM developers_apart") == []


async def test_memberships_that_a_provider_told_follow_the_account(engine: AsyncEngine, organization_id: UUID) -> None:
    told: list[Record] = [repository(), records.Team(TEAM, "platform", "Platform"), commit(author=JANE)]
    told.append(records.TeamMembership(TEAM, JANE, "member", member=True))
    async with engine.begin() as connection:
        await write(connection, organization_id, *told)
        one, other = await split_person(connection, organization_id, "jane@work.example", ["github:jane"], "cli:ana")
        [member] = await query(connection, "SELECT developer_id FROM team_members")
        assert (one.identities[0].said, member["developer_id"]) == ("jane@work.example", other.id)


async def test_what_cannot_be_done_is_explained(engine: AsyncEngine, organization_id: UUID) -> None:
    twice = [account("11", "sam", name="Sam T."), account("12", "sam2", name="Sam T.")]
    async with engine.begin() as connection:
        await write(connection, organization_id, repository(), JANE, *(commit(author=one) for one in twice))

        async def refused(work: Any, reason: str) -> None:
            with pytest.raises(PersonProblem, match=reason):
                await work

        merge, split = merge_people, split_person
        await refused(find_person(connection, "nobody"), "Nobody is known as 'nobody'")
        assert (await find_person(connection, "JANE")).name == "Jane"
        await refused(
            merge(connection, organization_id, "sam", ["github:sam"], "cli:a"), "already: there is nothing to merge"
        )
        await refused(find_person(connection, "sam t."), "more than one person: Sam T")
        await refused(split(connection, organization_id, "jane", ["bob"], "cli:a"), "not of this person")
        await refused(
            split(connection, organization_id, "jane", ["jane", "jane@work.example"], "cli:a"), "leave at least one"
        )


def test_no_column_that_stands_for_a_developer_is_forgotten() -> None:
    pointing = {
        (table.name, column.name)
        for table in Base.metadata.tables.values()
        for column in table.c
        if any(key.column.table.name == "developers" for key in column.foreign_keys)
    }
    # These have rules of their own.
    rest = {("developer_identities", "developer_id"), ("team_members", "developer_id")}
    rest |= {("removed_team_members", "developer_id")}
    rest |= {("developers_apart", "developer_id"), ("developers_apart", "other_id")}
    assert pointing == {*LINKED, *rest}
    assert {(table, column) for table, column, _ in FACTS} == {*LINKED}
