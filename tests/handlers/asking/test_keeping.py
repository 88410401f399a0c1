"""What webhooks failed to tell is asked for again, and what differs is repaired; teams follow their provider."""

import asyncio
from collections.abc import Sequence
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from uuid import UUID

from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncEngine

from handlers.asking.backfilling import LEASE, LONGEST
from handlers.asking.keeping import MOST_REDELIVERIES, Keeper
from handlers.github.signature import Verifier
from handlers.incidents import IncidentLabels
from handlers.process import Worker
from storage.asking.readings import BACKFILL, REPAIR, ask_for_histories, claim_reading
from storage.asking.repositories import Place, list_repositories
from storage.team_removals import remove_member_from_team, remove_repository_from_team
from storage.teams import add_member_to_team, add_repository_to_team
from tests.fakes.github.rest import Hook
from tests.fakes.github.server import FakeGitHub, api_of, serving
from tests.fakes.github.telling import PEOPLE, Told, grow
from tests.fakes.github.world import Issue, Team, World
from tests.handlers.asking.comparing import differences, facts
from tests.handlers.asking.conftest import Another
from tests.handlers.asking.setting import apis_of, backfill, enrich, introduce, rows, tell
from tests.handlers.sending import GITHUB_SECRET, Client, door

HOST = "github.test"
NOBODY = "http://127.0.0.1:1/webhooks/github"
# GitHub keeps deliveries for three days.
START = datetime.now(UTC).replace(microsecond=0) - timedelta(days=2, hours=12)
OUTAGE = (START + timedelta(hours=9), START + timedelta(hours=15))


def small_world() -> tuple[World, list[Told]]:
    """Two days of two repositories."""
    world = World()
    return world, grow(world, 2, START, 2)


async def deliver(github: FakeGitHub, client: Client, told: Sequence[Told]) -> Hook:
    """Six hours of it while nobody answers."""
    here = str(client.make_url("/webhooks/github"))
    hook = Hook(github, here, GITHUB_SECRET)
    for one in told:
        hook.url = NOBODY if OUTAGE[0] <= one.at < OUTAGE[1] else here
        await hook.tell(one)
    hook.url = here
    return hook


async def process(engine: AsyncEngine) -> None:
    worker = Worker(engine, hosts={"github": HOST})
    while await worker.work():
        pass


def lost(github: FakeGitHub) -> int:
    return sum(delivery["status"] != "OK" for delivery in github.deliveries)


async def test_after_an_outage_of_six_hours_the_numbers_are_those_of_no_outage(
    engine: AsyncEngine, organization_id: UUID, another: Another
) -> None:
    world, told = small_world()
    other, its_organization = await another()
    await tell(other, its_organization, told, HOST)
    async with serving(world) as github, door(engine, organization_id) as client:
        api = api_of(github, organization_id)
        await deliver(github, client, told)
        assert lost(github) > 20
        await process(engine)
        assert differences(await facts(engine), await facts(other))
        await Keeper(engine, apis_of(api)).run_due(hurry=True, only={"deliveries"})
        await process(engine)
        assert differences(await facts(engine), await facts(other)) == {}
        # What arrived is not asked for again.
        sent = len(github.deliveries)
        await Keeper(engine, apis_of(api)).run_due(hurry=True, only={"deliveries"})
        assert len(github.deliveries) == sent
        await api.close()


async def test_what_is_never_delivered_is_repaired_from_the_api_and_counted(
    engine: AsyncEngine, organization_id: UUID, another: Another
) -> None:
    world, told = small_world()
    other, its_organization = await another()
    async with serving(world) as github:
        api, its_api = api_of(github, organization_id), api_of(github, its_organization)
        heard = [one for one in told if not OUTAGE[0] <= one.at < OUTAGE[1]]
        await tell(engine, organization_id, heard, HOST)
        await Keeper(engine, apis_of(api)).run_due(only={"repair"})
        await backfill(engine, api)
        await enrich(engine, api)
        await tell(other, its_organization, told, HOST)
        await enrich(other, its_api)
        await Keeper(other, apis_of(its_api)).run_due(only={"repair"})
        await backfill(other, its_api)
        await api.close()
        await its_api.close()
    assert differences(await facts(engine), await facts(other)) == {}
    found = "SELECT sum(differences) FROM history_readings"
    assert (await rows(engine, found))[0][0] > 0
    assert await rows(other, found) == [(0,)]


async def test_a_label_that_was_taken_off_unheard_is_noticed_by_the_daily_comparison(
    engine: AsyncEngine, organization_id: UUID
) -> None:
    """What another setting of labels made an incident stays one, and an issue that never was one is not stored."""
    world, told = small_world()
    [repository, *_] = world.repositories.values()
    repository.issues = [
        Issue(901, "Down", ("incident",), START, START),
        Issue(902, "Slow", ("outage", "ui"), START, START),
        Issue(903, "Typo", ("ui",), START, START),
    ]
    stands = "SELECT provider_key FROM incidents WHERE is_incident AND provider_key >= 'issue:9' ORDER BY 1"
    async with serving(world) as github:
        api = api_of(github, organization_id, incident_labels=IncidentLabels(("incident", "outage")))
        await tell(engine, organization_id, told, HOST)
        await Keeper(engine, apis_of(api)).run_due(hurry=True, only={"repair"})
        await backfill(engine, api)
        await api.close()
        assert await rows(engine, stands) == [("issue:901",), ("issue:902",)]
        repository.issues = [replace(issue, labels=(), updated_at=OUTAGE[0]) for issue in repository.issues]
        api = api_of(github, organization_id, incident_labels=IncidentLabels(("incident",)))
        await Keeper(engine, apis_of(api)).run_due(hurry=True, only={"repair"})
        await backfill(engine, api)
        await api.close()
    assert await rows(engine, stands) == [("issue:902",)]
    assert len(await rows(engine, "SELECT 1 FROM incidents WHERE provider_key >= 'issue:9'")) == 2


async def test_nothing_is_compared_while_its_history_is_read_for_the_first_time(
    engine: AsyncEngine, organization_id: UUID
) -> None:
    """At the first start everything is due at once: what is still to be read would be counted as lost."""
    world, _ = small_world()
    place = Place(organization_id, "github", HOST)
    await introduce(engine, organization_id, world, since=START)
    async with engine.begin() as connection:
        ids = [one.id for one in await list_repositories(connection, [place])]
        await ask_for_histories(connection, ids, REPAIR, START)
        claimed = [await claim_reading(connection, [place], LEASE, LONGEST) for _ in range(3)]
    assert [one.purpose if one else None for one in claimed] == [BACKFILL, BACKFILL, None]
    # One that its provider refuses again and again keeps nothing back.
    async with engine.begin() as connection:
        await connection.execute(text("UPDATE history_readings SET attempts = 2 WHERE purpose = 'backfill'"))
        again = await claim_reading(connection, [place], LEASE, LONGEST)
    assert again is not None
    assert again.purpose == REPAIR


async def test_a_delivery_that_never_succeeds_is_not_asked_for_for_ever(
    engine: AsyncEngine, organization_id: UUID
) -> None:
    world, told = small_world()
    async with serving(world) as github:
        api = api_of(github, organization_id)
        hook = Hook(github, NOBODY, GITHUB_SECRET)
        await hook.tell(told[0])
        for _ in range(MOST_REDELIVERIES + 3):
            await Keeper(engine, apis_of(api)).run_due(hurry=True, only={"deliveries"})
        await api.close()
    assert len(github.deliveries) == 1 + MOST_REDELIVERIES


async def test_of_several_processes_one_does_what_is_due_and_later_ones_find_nothing_to_do(
    engine: AsyncEngine, organization_id: UUID
) -> None:
    world, _ = small_world()
    async with serving(world) as github:
        apis = [api_of(github, organization_id) for _ in range(3)]
        await asyncio.gather(*(Keeper(engine, apis_of(api)).run_due() for api in apis))
        await Keeper(engine, apis_of(apis[0])).run_due()
        for api in apis:
            await api.close()
    assert github.calls["GET /app/hook/deliveries"] == 1
    assert github.calls["GET /installation/repositories"] == 1


async def test_a_run_that_failed_is_tried_again_soon_and_looks_back_to_the_last_that_succeeded(
    engine: AsyncEngine, organization_id: UUID
) -> None:
    world, told = small_world()
    async with serving(world) as github, door(engine, organization_id) as client:
        api = api_of(github, organization_id)
        await Keeper(engine, apis_of(api)).run_due()
        async with engine.begin() as connection:
            await connection.exec_driver_sql(
                "UPDATE provider_runs SET succeeded_at = $1, next_attempt_at = now() WHERE job = 'deliveries'",
                (OUTAGE[0],),
            )
        await deliver(github, client, told)
        github.broken = True
        await Keeper(engine, apis_of(api)).run_due()
        state = "SELECT attempts, reason, next_attempt_at < now() + interval '2 minutes' FROM provider_runs"
        assert await rows(engine, f"{state} WHERE job = 'deliveries'") == [(1, "GitHub answers 500.", True)]
        github.broken = False
        failed = lost(github)
        await Keeper(engine, apis_of(api)).run_due(hurry=True, only={"deliveries"})
        assert len(github.deliveries) == len(told) + failed
        await api.close()


async def test_a_secret_is_changed_without_losing_what_was_signed_with_either(
    engine: AsyncEngine, organization_id: UUID
) -> None:
    """Also what came before the new secret was known here: refused, and asked for again."""
    world, told = small_world()
    first, second, third = told[:3]
    async with serving(world) as github:
        api = api_of(github, organization_id)
        hook = Hook(github, NOBODY, "the new secret")
        async with door(engine, organization_id, github_secrets=Verifier(GITHUB_SECRET)) as client:
            hook.url = str(client.make_url("/webhooks/github"))
            assert await hook.tell(first) == 401
        both = Verifier("the new secret", GITHUB_SECRET)
        async with door(engine, organization_id, github_secrets=both) as client:
            hook.url = str(client.make_url("/webhooks/github"))
            assert await hook.tell(second) == 202
            hook.secret = GITHUB_SECRET
            assert await hook.tell(third) == 202
            hook.secret = "the new secret"
            await Keeper(engine, apis_of(api)).run_due(hurry=True, only={"deliveries"})
        await api.close()
    assert await rows(engine, "SELECT count(*) FROM webhook_deliveries") == [(3,)]


async def test_teams_their_members_and_what_they_own_follow_github_but_not_what_a_person_did(
    engine: AsyncEngine, organization_id: UUID
) -> None:
    world, _ = small_world()
    ada, ben, cleo = PEOPLE[:3]
    platform = Team(5, "platform", "Platform", [ada, ben], {"octo/app-1": "maintain", "octo/app-2": "write"})
    world.teams = [platform, Team(6, "ops", "Ops", [cleo], {"octo/app-2": "admin"})]
    members = "SELECT slug, github_username FROM teams JOIN team_members ON team_id = teams.id JOIN developers ON developers.id = developer_id ORDER BY 1, 2"  # noqa: E501
    owned = "SELECT slug, path FROM teams JOIN team_repositories ON team_id = teams.id JOIN repositories ON repositories.id = repository_id ORDER BY 1, 2"  # noqa: E501
    async with serving(world) as github:
        api = api_of(github, organization_id)
        keeper = Keeper(engine, apis_of(api))
        await keeper.run_due(hurry=True, only={"teams"})
        assert await rows(engine, members) == [("ops", "cleo"), ("platform", "ada"), ("platform", "ben")]
        assert await rows(engine, owned) == [("ops", "octo/app-2"), ("platform", "octo/app-1")]

        async with engine.begin() as connection:
            await add_member_to_team(connection, organization_id, "platform", "cleo", "cli:test")
            await add_repository_to_team(connection, organization_id, "platform", "github", "octo/app-2", "cli:test")
            await remove_member_from_team(connection, organization_id, "ops", "cleo", "cli:test")
            await remove_repository_from_team(connection, organization_id, "ops", "github", "octo/app-2", "cli:test")
        await keeper.run_due(hurry=True, only={"teams"})
        assert await rows(engine, members) == [("platform", "ada"), ("platform", "ben"), ("platform", "cleo")]
        assert await rows(engine, owned) == [("platform", "octo/app-1"), ("platform", "octo/app-2")]

        platform.members, platform.repositories = [ada], {"octo/app-1": "read"}
        world.teams = [platform]
        await keeper.run_due(hurry=True, only={"teams"})
        assert await rows(engine, f"{members.replace('ORDER', 'WHERE teams.deleted_at IS NULL ORDER')}") == [
            ("platform", "ada"),
            ("platform", "cleo"),
        ]
        assert await rows(engine, owned.replace("ORDER", "WHERE teams.deleted_at IS NULL ORDER")) == [
            ("platform", "octo/app-2")
        ]
        await api.close()


async def test_more_than_a_page_of_members_and_repositories_is_read_whole(
    engine: AsyncEngine, organization_id: UUID
) -> None:
    world = World()
    grow(world, 101, START, 0)
    world.teams = [Team(5, "all", "All", PEOPLE, dict.fromkeys(world.repositories, "admin"))]
    async with serving(world) as github:
        api = api_of(github, organization_id)
        survey = await api.survey()
        await api.close()
    assert len(survey.repositories) == 101
    assert len(survey.rosters[0].repositories) == 101


async def test_an_archived_repository_is_not_lost_and_asked_regularly_no_more(
    engine: AsyncEngine, organization_id: UUID
) -> None:
    world, _ = small_world()
    archived = world.repositories["octo/app-2"]
    archived.archived = True
    state = "SELECT path, removed_at IS NOT NULL, archived_at IS NOT NULL FROM repositories ORDER BY path"
    asked = "SELECT path, purpose FROM history_readings JOIN repositories ON id = repository_id ORDER BY path, purpose"
    async with serving(world) as github:
        api = api_of(github, organization_id)
        keeper = Keeper(engine, apis_of(api))
        await keeper.run_due(hurry=True)
        assert await rows(engine, state) == [("octo/app-1", False, False), ("octo/app-2", False, True)]
        # Its past is read all the same, once.
        once = [("octo/app-1", "backfill"), ("octo/app-1", "repair"), ("octo/app-2", "backfill")]
        assert await rows(engine, asked) == once
        archived.archived = False
        await keeper.run_due(hurry=True)
        await api.close()
    assert await rows(engine, state) == [("octo/app-1", False, False), ("octo/app-2", False, False)]
    assert await rows(engine, asked) == [*once, ("octo/app-2", "repair")]


async def test_a_repository_that_the_app_sees_no_more_is_kept_and_asked_nothing(
    engine: AsyncEngine, organization_id: UUID
) -> None:
    world, _ = small_world()
    async with serving(world) as github:
        api = api_of(github, organization_id)
        keeper = Keeper(engine, apis_of(api))
        await keeper.run_due(hurry=True, only={"teams"})
        gone = world.repositories.pop("octo/app-2")
        await keeper.run_due(hurry=True, only={"teams"})
        removed = "SELECT path, removed_at IS NOT NULL FROM repositories ORDER BY path"
        assert await rows(engine, removed) == [("octo/app-1", False), ("octo/app-2", True)]
        await backfill(engine, api)
        states = "SELECT state FROM history_readings JOIN repositories ON id = repository_id ORDER BY path"
        assert await rows(engine, states) == [("done",), ("waiting",)]
        world.repositories["octo/app-2"] = gone
        await keeper.run_due(hurry=True, only={"teams"})
        assert await rows(engine, removed) == [("octo/app-1", False), ("octo/app-2", False)]
        await api.close()
