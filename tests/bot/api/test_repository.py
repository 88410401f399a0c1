"""GET /api/v1/repositories/{provider}/{path}/metrics"""

from uuid import UUID

import pytest
from sqlalchemy.ext.asyncio import AsyncEngine

from tests.bot.api.conftest import WEEK, Ask
from tests.reports.filling import Filling

pytestmark = pytest.mark.usefixtures("company")


@pytest.mark.parametrize("path", ["acme/api", "acme%2Fapi", "Acme/API"])
async def test_a_path_has_slashes_as_they_are_or_encoded(ask: Ask, path: str) -> None:
    status, answer = await ask(f"/api/v1/repositories/github/{path}/metrics?{WEEK}")
    assert status == 200
    assert answer["repository"] == {"provider": "github", "path": "acme/api"}
    assert answer["deployment_frequency"]["deployments"] == 4


@pytest.mark.parametrize("path", ["group/sub/web", "group%2Fsub%2Fweb"])
async def test_a_gitlab_path_has_subgroups(ask: Ask, path: str) -> None:
    status, answer = await ask(f"/api/v1/repositories/gitlab/{path}/metrics?{WEEK}")
    assert (status, answer["repository"]["path"]) == (200, "group/sub/web")
    assert answer["deployment_frequency"] == {"deployments": 0, "succeeded": 0, "per_day": None}


async def test_an_unknown_repository_is_answered_with_similar_ones_of_its_provider(ask: Ask) -> None:
    status, answer = await ask("/api/v1/repositories/github/acme/apu/metrics")
    assert status == 404
    message = "There is no repository 'github/acme/apu'. Did you mean acme/api?"
    assert answer["error"] == {"code": "unknown_repository", "message": message}
    status, answer = await ask("/api/v1/repositories/bitbucket/acme/api/metrics")
    assert answer["error"]["message"] == "There is no repository 'bitbucket/acme/api'."


async def test_a_path_that_two_servers_have_is_no_answer_until_the_host_is_said(
    ask: Ask, engine: AsyncEngine, organization_id: UUID
) -> None:
    async with engine.begin() as connection:
        await Filling(connection, organization_id).repository("acme/api", host="ghe.example.com")
    for resource in ("metrics", "metrics/lead_time/evidence"):
        status, answer = await ask(f"/api/v1/repositories/github/acme/api/{resource}?{WEEK}")
        assert (status, answer["error"]["code"]) == (400, "ambiguous_repository")
        assert answer["error"]["message"].endswith("Name one of ghe.example.com/acme/api or github.com/acme/api.")
    for host, deployments in (("github.com", 4), ("ghe.example.com", 0)):
        status, answer = await ask(f"/api/v1/repositories/github/{host}/acme/api/metrics?{WEEK}")
        assert (status, answer["deployment_frequency"]["deployments"]) == (200, deployments)


@pytest.mark.parametrize("place", ["%00/acme/api", "github/acme/%00", "%ED%A0%80/acme/api", "github/%ED%A0%80"])
async def test_hostile_names_are_unknown_repositories(ask: Ask, place: str) -> None:
    status, answer = await ask(f"/api/v1/repositories/{place}/metrics")
    assert (status, answer["error"]["code"]) == (404, "unknown_repository")


async def test_a_service_it_has_not_is_unknown(ask: Ask) -> None:
    status, answer = await ask("/api/v1/repositories/gitlab/group/sub/web/metrics?service=search")
    assert (status, answer["error"]["code"]) == (404, "unknown_service")
