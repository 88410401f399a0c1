"""The JSON API: one file per resource."""

from aiohttp import web

from bot.api import evidence, openapi, repository, team


def add_routes(app: web.Application) -> None:
    """Needs SETTINGS, ENGINE and ORGANIZATION in the application."""
    app.add_routes(
        [
            web.get(openapi.PATH, openapi.show_document),
            web.get(team.PATH, team.show_team),
            web.get(evidence.TEAM_PATH, evidence.show_team_evidence),
            # aiohttp's way to say that a part may have slashes.
            web.get(evidence.REPOSITORY_PATH.replace("{path}", "{path:.+}"), evidence.show_repository_evidence),
            web.get(repository.PATH.replace("{path}", "{path:.+}"), repository.show_repository),
        ]
    )
