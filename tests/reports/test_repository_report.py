"""A repository's report has the same numbers as that of a team that owns it alone."""

import pytest

from reports.report import RepositorySubject
from reports.repository_report import repository_report
from reports.scope import find_repository, find_team
from reports.sources import UnknownService
from reports.team_report import team_report
from tests.reports.filling import NOVEMBER_WEEK, Filling, at


async def test_the_numbers_of_one_repository(filling: Filling) -> None:
    repository, other = await filling.repository("acme/api"), await filling.repository("acme/web")
    await filling.team(owns=(repository,))
    await filling.deployment(repository, at("2026-11-03"))
    await filling.deployment(other, at("2026-11-03"))
    await filling.merged(repository, at("2026-11-04"), deploy=3)
    await filling.pull_request(repository, at("2026-11-04"))
    scope = await find_repository(filling.connection, filling.organization_id, "github", "acme/api")
    team = await find_team(filling.connection, filling.organization_id, "platform")
    assert scope is not None
    assert team is not None
    now = at("2026-11-09")
    told = await repository_report(filling.connection, scope, NOVEMBER_WEEK, now)
    assert told.subject == RepositorySubject("github", "acme/api")
    assert told.numbers.deployment_frequency.deployments == 1
    owners = await team_report(filling.connection, team, NOVEMBER_WEEK, now)
    assert (told.numbers, told.waiting) == (owners.numbers, owners.waiting)


async def test_an_unknown_service_is_refused(filling: Filling) -> None:
    await filling.repository("acme/api")
    scope = await find_repository(filling.connection, filling.organization_id, None, "acme/api")
    assert scope is not None
    with pytest.raises(UnknownService, match="It has no services"):
        await repository_report(filling.connection, scope, NOVEMBER_WEEK, at("2026-11-09"), "search")
