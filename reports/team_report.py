"""The numbers of a team: of the repositories and services that it owns."""

from dataclasses import replace
from datetime import datetime

from sqlalchemy.ext.asyncio import AsyncConnection

from reports.data_quality import counted
from reports.report import DataQuality, Report, TeamSubject, Window
from reports.reporting import make_report
from reports.scope import TeamScope
from reports.sources import only_service


async def team_report(
    connection: AsyncConnection, scope: TeamScope, window: Window, now: datetime, service: str | None = None
) -> Report:
    """Of one window and the one before. Raises `UnknownService`."""
    sources = scope.sources if service is None else await only_service(connection, scope.sources, service)
    remarks = (_whole_organization(len(scope.sources.repository_ids)),) if scope.whole_organization else ()
    subject = TeamSubject(scope.slug, scope.name)
    report = await make_report(connection, scope.organization_id, subject, sources, window, now, remarks)
    return replace(report, service=sources.services[0][1] if service is not None else None)


def _whole_organization(repositories: int) -> DataQuality:
    if repositories == 0:
        text = "This team owns no repository, and the organization has none yet."
    else:
        text = (
            "This team owns no repository: these are the numbers of the whole organization, "
            f"{counted(repositories, 'repository', 'repositories')}."
        )
    return DataQuality("whole_organization", repositories, text)
