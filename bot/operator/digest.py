"""`devmetrics digest`: the weekly digest of a team, printed."""

import asyncio
import json
from dataclasses import asdict
from datetime import UTC, datetime
from typing import Annotated

import typer
from rich.console import Console

from bot.digests.sending import Ended, Sending
from bot.operator.failure import Failed
from bot.operator.session import connected
from bot.operator.terminal import print_answer
from bot.schedule import database_clock
from bot.settings import Settings, load_settings
from bot.slack.messages.digest import digest_answer
from bot.slack.post import Poster
from reports.digest import Digest, weekly_digest
from reports.report_json import report_as_json
from reports.scope import find_team, list_teams
from reports.snapshot import snapshot
from storage.digests import DIGEST
from storage.migrate import ensure_organization

words = typer.Typer(help="The weekly digests of teams.", no_args_is_help=True)


def register(app: typer.Typer) -> None:
    app.add_typer(words, name="digest")


@words.command()
def show(
    team: Annotated[str, typer.Argument(help="The team's short name.")],
    as_json: Annotated[bool, typer.Option("--json", help="Print the message for Slack, and its numbers.")] = False,
    now: Annotated[str | None, typer.Option(help="The moment of the digest, as 2026-11-23T09:00:00Z.")] = None,
) -> None:
    """Print the digest of the last whole week, as the team's channel gets it."""
    digest = asyncio.run(_digest_of(team, moment(now)))
    if as_json:
        answer = digest_answer(digest)
        shown = {"text": answer.text, "blocks": answer.blocks, "report": report_as_json(digest.report)}
        shown["failures"] = [asdict(failure) for failure in digest.failures]
        typer.echo(json.dumps(shown, indent=2, ensure_ascii=False, default=str))
    else:
        print_answer(Console(highlight=False), digest_answer(digest, charts=False))


@words.command()
def due(
    now: Annotated[
        str | None,
        typer.Option(help="For another moment than now, as 2026-11-23T09:00:00Z."),
    ] = None,
) -> None:
    """Send the digests that are due and not sent yet, as the running server does every minute."""
    ended = asyncio.run(send(load_settings(), None if now is None else moment(now)))
    for one in ended:
        typer.echo(
            f"{one.run.team_slug} to {one.run.channel_id}{'' if one.run.kind == DIGEST else f', {one.run.kind}'}: "
            f"{one.state}{f', {one.reason}' if one.reason else ''}"
        )
    if not ended:
        typer.echo("No digest is due.")


def moment(text: str | None) -> datetime:
    """What ISO 8601 says; without a zone it is UTC. None is now."""
    if text is None:
        return datetime.now(UTC)
    try:
        given = datetime.fromisoformat(text)
    except ValueError as error:
        raise typer.BadParameter(f"{text!r} is no moment: write it as 2026-11-23T09:00:00Z.") from error
    return given.replace(tzinfo=UTC) if given.tzinfo is None else given.astimezone(UTC)


async def send(settings: Settings, now: datetime | None) -> list[Ended]:
    """Raises `Failed` without a token for Slack."""
    if settings.slack_bot_token is None:
        raise Failed("SLACK_BOT_TOKEN is not set: without it no digest can be sent.")
    poster = Poster(settings.slack_bot_token.get_secret_value(), settings.slack_api_url)
    async with connected(settings) as engine:
        async with engine.begin() as connection:
            organization_id = await ensure_organization(connection, settings.organization)
        # This machine's own clock may be wrong, and would skip what is due.
        return await Sending(engine, organization_id, poster).send_due(now or await database_clock(engine))


async def _digest_of(slug: str, now: datetime) -> Digest:
    settings = load_settings()
    async with connected(settings, pool_size=1) as engine:
        async with engine.begin() as connection:
            organization_id = await ensure_organization(connection, settings.organization)
        async with snapshot(engine) as connection:
            scope = await find_team(connection, organization_id, slug)
            if scope is not None:
                return await weekly_digest(connection, scope, now)
            slugs = [team.slug for team in await list_teams(connection, organization_id)]
    known = f"Teams: {', '.join(slugs[:10])}." if slugs else "Make one: devmetrics team add platform --name Platform"
    raise Failed(f"There is no team {slug!r}. {known}")
