"""`/devmetrics subscribe`"""

from dataclasses import replace

import sqlalchemy as sa

from bot.commands import CommandContext
from storage.models.connections import AuditLog
from storage.subscriptions import list_in_channel
from tests.bot.commands.subscribing import ANA, CHANNEL, OTHER, ask, in_channel


async def test_a_channel_gets_a_teams_digest_at_its_hour_and_the_next_run_is_said(context: CommandContext) -> None:
    here = await in_channel(context)
    answer = await ask(here, "subscribe platform mon 09:30 Europe/Berlin")
    assert answer.understood
    assert answer.text.startswith(
        f"<#{CHANNEL}> gets the digest of *Platform*: Mondays at 09:30, Europe/Berlin. "
        "The next one comes on Monday 30 Nov 2026, 09:30."
    )
    async with here.engine.connect() as connection:
        (made,) = await list_in_channel(connection, here.organization_id, CHANNEL)
        (entry,) = (await connection.execute(sa.select(AuditLog))).all()
    assert (made.team_slug, made.weekday, made.local_time, made.timezone, made.owner) == (
        *("platform", 1, "09:30", "Europe/Berlin"),
        ANA,
    )
    assert (entry.actor, entry.action, entry.subject) == (f"slack:{ANA}", "digest.subscribe", "platform")


async def test_without_an_hour_it_is_monday_at_nine_in_the_teams_zone(context: CommandContext) -> None:
    here = await in_channel(context)
    assert "Mondays at 09:00, UTC" in (await ask(here, "subscribe platform")).text


async def test_another_channel_may_be_named(context: CommandContext) -> None:
    here = await in_channel(context)
    answer = await ask(here, f"subscribe platform fri 16:00 <#{OTHER}|platform>")
    assert f"<#{OTHER}> gets the digest of *Platform*: Fridays at 16:00" in answer.text


async def test_subscribing_again_changes_the_hour_and_several_teams_share_a_channel(context: CommandContext) -> None:
    here = await in_channel(context)
    for text in ("subscribe platform", "subscribe payments", "subscribe platform tue 10:00"):
        assert (await ask(here, text)).understood
    async with here.engine.connect() as connection:
        every = await list_in_channel(connection, here.organization_id, CHANNEL)
    assert [(one.team_slug, one.weekday, one.local_time) for one in every] == [
        ("payments", 1, "09:00"),
        ("platform", 2, "10:00"),
    ]


async def test_what_cannot_be_is_explained(context: CommandContext) -> None:
    for asked, said in (
        ("subscribe platform", "type this in Slack"),
        ("subscribe", "type this in Slack"),
    ):
        assert said in (await ask(context, asked)).text
    nothing_owned = replace(context, user_id=ANA, channel_id=CHANNEL)
    assert "owns no repository yet" in (await ask(nothing_owned, "subscribe platform")).text
    here = await in_channel(context)
    for asked, said in (
        ("subscribe", "To which team's digest, and when?"),
        ("subscribe platfrom", "Did you mean `/devmetrics subscribe platform`?"),
        ("subscribe platform mon 09:30 Europe/Berlni", "Did you mean `Europe/Berlin`"),
        ("subscribe platform someday", "I do not understand “someday”"),
    ):
        answer = await ask(here, asked)
        assert not answer.understood
        assert said in answer.text
    assert "goes to a channel" in (await ask(replace(here, channel_id="D1"), "subscribe platform")).text
