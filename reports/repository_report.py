"""The numbers of one repository."""

from dataclasses import replace
from datetime import datetime

from sqlalchemy.ext.asyncio import AsyncConnection

from reports.report import Report, RepositorySubject, Window
from reports.reporting import make_report
from reports.scope import RepositoryScope
from reports.sources import only_service


async def repository_report(
    connection: AsyncConnection, scope: RepositoryScope, window: Window, now: datetime, service: str | None = None
) -> Report:
    """Of one window and the one before. Raises `UnknownService`."""
    sources = scope.sources if service is None else await only_service(connection, scope.sources, service)
    subject = RepositorySubject(scope.provider, scope.path)
    report = await make_report(connection, scope.organization_id, subject, sources, window, now, ())
    return replace(report, service=sources.services[0][1] if service is not None else None)
