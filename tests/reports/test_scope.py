"""Which repositories a name stands for."""

import pytest

from reports.scope import TeamListing, find_repository, find_team, list_repository_paths, list_teams
from reports.sources import UnknownService, only_service
from tests.reports.filling import TRACKED, Filling, at


async def test_a_team_is_found_by_its_slug_in_any_case(filling: Filling) -> None:
    repository = await filling.repository()
    await filling.team("platform", owns=(repository,), name="Platform Team")
    scope = await find_team(filling.connection, filling.organization_id, "PlatForm")
    assert scope is not None
    assert (scope.slug, scope.name, scope.timezone) == ("platform", "Platform Team", "UTC")
    assert scope.sources.repository_ids == (repository,)
    assert not scope.whole_organization


@pytest.mark.parametrize("slug", ["nobody", "", "a\x00b", "\ud800", "platform "])
async def test_an_unknown_team_is_none(filling: Filling, slug: str) -> None:
    await filling.team("platform")
    await filling.team("gone", deleted_at=at("2026-11-01"))
    assert await find_team(filling.connection, filling.organization_id, slug) is None
    assert await find_team(filling.connection, filling.organization_id, "gone") is None


async def test_a_team_of_another_organization_is_not_found(filling: Filling) -> None:
    await filling.team("platform")
    other = await filling.organization("other")
    assert await find_team(filling.connection, other, "platform") is None
    assert await list_teams(filling.connection, other) == []


async def test_a_teams_zone_is_its_own_else_its_organizations(filling: Filling) -> None:
    organization = await filling.organization("berlin", timezone="Europe/Berlin")
    there = Filling(filling.connection, organization)
    await there.team("plain")
    await there.team("tokyo", timezone="Asia/Tokyo")
    zones = []
    for slug in ("plain", "tokyo"):
        scope = await find_team(filling.connection, organization, slug)
        assert scope is not None
        zones.append(scope.timezone)
    assert zones == ["Europe/Berlin", "Asia/Tokyo"]


async def test_a_team_that_owns_nothing_stands_for_its_organization(filling: Filling) -> None:
    one, two = sorted([await filling.repository("acme/one"), await filling.repository("acme/two")])
    elsewhere = Filling(filling.connection, await filling.organization("other"))
    await elsewhere.repository("other/three")
    await filling.team("empty")
    scope = await find_team(filling.connection, filling.organization_id, "empty")
    assert scope is not None
    assert scope.whole_organization
    assert scope.sources.repository_ids == (one, two)


async def test_tracking_began_with_the_earliest_repository(filling: Filling) -> None:
    early = await filling.repository("acme/early", tracked_since=at("2026-03-01"))
    late = await filling.repository("acme/late", tracked_since=at("2026-05-01"))
    silent = await filling.repository("acme/silent", tracked_since=None)
    mono = await filling.repository("acme/mono", tracked_since=at("2026-02-01"))
    await filling.team("three", owns=(late, silent, early))
    team = await filling.team("parts", owns=(late,))
    await filling.team_service(team, mono, "checkout")
    began = []
    for slug in ("three", "parts"):
        scope = await find_team(filling.connection, filling.organization_id, slug)
        assert scope is not None
        began.append(scope.sources.tracked_since)
    assert began == [at("2026-03-01"), at("2026-02-01")]


async def test_a_service_that_a_person_gave_is_stronger_than_the_whole_that_a_provider_gave(filling: Filling) -> None:
    shared = await filling.repository("acme/mono")
    team = await filling.team("platform", owns=(shared,), added_by="provider")
    await filling.team_service(team, shared, "search")
    scope = await find_team(filling.connection, filling.organization_id, "platform")
    assert scope is not None
    assert scope.sources.repository_ids == (shared,)
    assert scope.sources.services == ((shared, "search"),)


async def test_owning_a_whole_repository_includes_its_services(filling: Filling) -> None:
    whole, shared = await filling.repository("acme/whole"), await filling.repository("acme/mono")
    team = await filling.team("platform", owns=(whole,))
    for repository, service in ((whole, "admin"), (shared, "search"), (shared, "checkout")):
        await filling.team_service(team, repository, service)
    scope = await find_team(filling.connection, filling.organization_id, "platform")
    assert scope is not None
    assert set(scope.sources.repository_ids) == {whole, shared}
    assert scope.sources.services == ((shared, "checkout"), (shared, "search"))


async def test_one_service_of_all_that_are_known(filling: Filling) -> None:
    whole, shared = await filling.repository("acme/whole"), await filling.repository("acme/mono")
    other = await filling.repository("acme/other")
    await filling.service(whole, "search")
    await filling.deployment(whole, at("2026-11-03"), service="deployed")
    await filling.deployment(shared, at("2026-11-03"), service="not-ours")
    team = await filling.team("platform", owns=(whole, other))
    await filling.team_service(team, shared, "search")
    scope = await find_team(filling.connection, filling.organization_id, "platform")
    assert scope is not None
    search = await only_service(filling.connection, scope.sources, "search")
    assert set(search.services) == {(whole, "search"), (shared, "search")}
    assert set(search.repository_ids) == {whole, shared}
    assert search.tracked_since == TRACKED
    deployed = await only_service(filling.connection, scope.sources, "deployed")
    assert deployed.services == ((whole, "deployed"),)
    with pytest.raises(UnknownService, match="Its services: deployed, search"):
        await only_service(filling.connection, scope.sources, "not-ours")


async def test_a_repository_is_found_by_its_path_in_any_case(filling: Filling) -> None:
    repository = await filling.repository("Acme/Group/api", "gitlab")
    for provider, path in (("gitlab", "acme/group/API"), ("GitLab", "/acme/group/api/"), (None, "Acme/Group/api")):
        scope = await find_repository(filling.connection, filling.organization_id, provider, path)
        assert scope is not None
        assert (scope.provider, scope.path) == ("gitlab", "Acme/Group/api")
        assert scope.sources.repository_ids == (repository,)
        assert scope.sources.tracked_since == TRACKED


@pytest.mark.parametrize(
    ("provider", "path"), [("github", "acme/api"), (None, "acme"), (None, "\x00"), ("\x00", "a/b")]
)
async def test_an_unknown_repository_is_none(filling: Filling, provider: str | None, path: str) -> None:
    await filling.repository("acme/api", "gitlab")
    assert await find_repository(filling.connection, filling.organization_id, provider, path) is None


async def test_of_several_with_one_path_the_living_one_heard_of_last_is_meant(filling: Filling) -> None:
    """A path is free again after a rename or a deletion."""
    await filling.repository(deleted_at=at("2026-11-01"), seen_at=at("2026-11-01"))
    await filling.repository(seen_at=at("2026-09-01"))
    newest = await filling.repository(seen_at=at("2026-10-01"))
    await filling.repository(tracked_since=None)
    scope = await find_repository(filling.connection, filling.organization_id, "github", "acme/api")
    assert scope is not None
    assert scope.sources.repository_ids == (newest,)


async def test_lists_for_suggestions(filling: Filling) -> None:
    repository = await filling.repository("acme/api")
    await filling.repository("acme/gone", deleted_at=at("2026-11-01"))
    await filling.repository("group/web", "gitlab")
    team = await filling.team("zeta", owns=(repository,))
    await filling.team_service(team, repository, "search")
    await filling.team("alpha")
    await filling.team("gone", deleted_at=at("2026-11-01"))
    connection, organization_id = filling.connection, filling.organization_id
    assert await list_teams(connection, organization_id) == [
        TeamListing("alpha", "Alpha", 0),
        TeamListing("zeta", "Zeta", 1),
    ]
    assert await list_repository_paths(connection, organization_id) == ["acme/api", "group/web"]
    assert await list_repository_paths(connection, organization_id, "gitlab") == ["group/web"]
