"""Digests are sent once: whatever Slack answers, and however late it is."""

import asyncio
from datetime import timedelta
from uuid import uuid4

import pytest

from bot.demo.workspace.failures import Failure, rate_limited
from bot.digests.sending import LATER, TOO_LATE
from storage import digests
from storage.digests import DETAILS
from storage.subscriptions import list_in_channel, pause, resume
from tests.bot.digests.setting import MONDAY, Setting
from tests.reports.filling import at

POST = "chat.postMessage"
WEEK = timedelta(weeks=1)
LEASE = timedelta(minutes=5)


async def test_what_is_due_is_sent_once_with_its_numbers_kept(here: Setting) -> None:
    assert await here.send(MONDAY - timedelta(seconds=1)) == []
    assert await here.send() == ["sent"]
    assert await here.send() == []
    (message,) = here.posted()
    assert message.text.startswith("Platform, 2 Nov")
    (run,) = await here.runs()
    assert message.metadata == {"event_type": "devmetrics_digest", "event_payload": {"run_id": str(run.id)}}
    assert (run.state, run.message_ts, run.claimed_until) == ("sent", message.ts, None)
    assert run.numbers["report"]["deployment_frequency"]["deployments"] == 1


async def test_it_is_of_the_week_in_which_it_was_due_however_late_it_is(here: Setting) -> None:
    assert await here.send(MONDAY + timedelta(hours=24)) == ["sent"]
    assert here.posted()[0].text.startswith("Platform, 2 Nov")


async def test_more_than_a_day_late_it_is_skipped_its_owner_told_and_the_next_one_says_so(here: Setting) -> None:
    assert await here.send(MONDAY + timedelta(hours=25)) == []
    assert here.posted() == []
    (run,) = await here.runs()
    assert (run.state, run.reason) == ("skipped", TOO_LATE)
    assert len(here.told()) == 1
    assert "`platform`" in here.told()[0]
    assert TOO_LATE in here.told()[0]
    await here.send(MONDAY + timedelta(hours=26))
    assert len(here.told()) == 1
    await here.deploy(MONDAY + timedelta(days=1))
    assert await here.send(MONDAY + WEEK) == ["sent"]
    assert f"The digest of the week before was not sent: {TOO_LATE}" in here.posted()[0].text


async def test_a_quiet_week_is_one_line_the_second_silence_and_then_it_goes_on(here: Setting) -> None:
    assert await here.send(MONDAY) == ["sent"]
    assert await here.send(MONDAY + WEEK) == ["sent"]
    assert await here.send(MONDAY + 2 * WEEK) == ["skipped"]
    assert await here.send(MONDAY + 3 * WEEK) == ["skipped"]
    await here.deploy(MONDAY + 3 * WEEK + timedelta(days=1))
    assert await here.send(MONDAY + 4 * WEEK) == ["sent"]
    _, quiet, busy = here.posted()
    assert "nothing was deployed" in quiet.text
    assert "not sent" not in busy.text
    assert here.told() == []


async def test_what_late_data_changed_is_said_by_the_next_digest(here: Setting) -> None:
    await here.send()
    await here.deploy(at("2026-11-04"), "failed")
    await here.deploy(MONDAY + timedelta(days=1))
    await here.send(MONDAY + WEEK)
    assert "Late data changed the week of 2 Nov: 2 deployments instead of 1, 1 failure instead of 0." in (
        here.posted()[1].text
    )


@pytest.mark.parametrize("failure", [rate_limited(POST), Failure(POST, 503), Failure(POST, 503, retry_after=3)])
async def test_slack_asks_to_wait_and_it_is_sent_when_slack_takes_it(here: Setting, failure: Failure) -> None:
    here.workspace.failures.plan(failure, times=2)
    assert await here.send() == ["sent"]
    assert len(here.posted()) == 1


async def test_slack_is_down_for_hours_and_it_is_sent_when_it_is_back(here: Setting) -> None:
    here.workspace.failures.plan(Failure(POST, 503), times=20)
    now = MONDAY
    while await here.send(now) != ["sent"]:
        await here.let_time_pass()
        now += LATER
    assert len(here.posted()) == 1
    assert here.told() == []


async def test_slack_is_down_for_more_than_a_day_and_the_owner_is_told_when_it_is_back(here: Setting) -> None:
    here.workspace.failures.plan(Failure(POST, 503), times=8)
    assert await here.send() == ["claimed"]
    await here.let_time_pass()
    assert await here.send(MONDAY + timedelta(hours=25)) == ["skipped"]
    assert here.told() == []
    await here.send(MONDAY + timedelta(hours=26))
    assert len(here.told()) == 1
    assert here.posted() == []


@pytest.mark.parametrize("failure", [Failure(POST, lost=True), Failure(POST, 500, lost=False)])
async def test_an_answer_that_was_lost_is_looked_up_in_the_channel(here: Setting, failure: Failure) -> None:
    here.workspace.failures.plan(failure)
    assert await here.send() == ["posting"]
    assert await here.send() == []
    await here.let_time_pass()
    assert await here.send() == ["sent"]
    assert len(here.posted()) == 1
    (run,) = await here.runs()
    assert run.message_ts == here.posted()[0].ts


async def test_where_the_channel_may_not_be_read_it_is_unknown_and_the_owner_told_once(
    without_history: Setting,
) -> None:
    here = without_history
    here.workspace.failures.plan(Failure(POST, lost=True))
    assert await here.send() == ["posting"]
    await here.let_time_pass()
    assert await here.send() == ["unknown"]
    assert await here.send() == []
    assert len(here.posted()) == 1
    assert len(here.told()) == 1
    assert "/devmetrics digest now platform" in here.told()[0]


@pytest.mark.parametrize("code", ["channel_not_found", "is_archived", "no_permission", "not_in_channel"])
async def test_a_refusal_for_good_pauses_the_subscription_and_tells_its_owner_once(here: Setting, code: str) -> None:
    here.workspace.failures.plan(Failure(POST, error=code))
    assert await here.send() == ["failed"]
    assert await here.paused_for() == code
    assert await here.send(MONDAY + WEEK) == []
    assert len(here.told()) == 1
    assert "digest resume platform" in here.told()[0]


@pytest.mark.parametrize("code", ["account_inactive", "token_revoked"])
async def test_where_nobody_can_be_told_the_reason_is_recorded(here: Setting, code: str) -> None:
    here.workspace.failures.plan(Failure(error=code), times=3)
    assert await here.send() == ["failed"]
    assert await here.paused_for() == code
    (run,) = await here.runs()
    assert "administrator" in run.reason
    assert here.told() == []


async def test_any_other_refusal_fails_this_digest_only(here: Setting) -> None:
    here.workspace.failures.plan(Failure(POST, error="as_it_pleases"))
    assert await here.send() == ["failed"]
    assert await here.paused_for() is None
    await here.deploy(MONDAY + timedelta(days=1))
    assert await here.send(MONDAY + WEEK) == ["sent"]
    assert "was not sent" in here.posted()[0].text


async def test_a_workspace_that_refuses_charts_gets_them_in_words(here: Setting) -> None:
    here.workspace.failures.plan(Failure(POST, error="invalid_blocks"))
    assert await here.send() == ["sent"]
    (message,) = here.posted()
    assert "data_visualization" not in [block["type"] for block in message.blocks]
    assert "Deployments in 12 weeks" in str(message.blocks)


async def test_a_process_that_died_before_it_asked_slack_is_replaced(here: Setting) -> None:
    async with here.engine.begin() as connection:
        (subscription,) = await list_in_channel(connection, here.organization_id, here.channel.id)
        assert await digests.claim_due(connection, [(subscription.id, MONDAY)], uuid4(), LEASE) == 1
    assert await here.send() == []
    await here.let_time_pass()
    assert await here.send() == ["sent"]


@pytest.mark.parametrize("arrived", [True, False])
async def test_a_process_that_died_after_it_asked_slack_is_looked_after(here: Setting, *, arrived: bool) -> None:
    claim = uuid4()
    async with here.engine.begin() as connection:
        (subscription,) = await list_in_channel(connection, here.organization_id, here.channel.id)
        await digests.claim_due(connection, [(subscription.id, MONDAY)], claim, LEASE)
        (run,) = await digests.read_claimed(connection, claim)
        assert await digests.mark_posting(connection, run.id, claim, {"quiet": False}, LEASE)
    if arrived:
        metadata = {"event_type": "devmetrics_digest", "event_payload": {"run_id": str(run.id)}}
        here.workspace.state.post(here.channel.id, "Platform", [], metadata=metadata)
    assert await here.send() == []
    await here.let_time_pass()
    assert await here.send() == ["sent"]
    assert len(here.posted()) == 1


async def test_a_process_whose_lease_ended_may_not_post_any_more(here: Setting) -> None:
    claim = uuid4()
    async with here.engine.begin() as connection:
        (subscription,) = await list_in_channel(connection, here.organization_id, here.channel.id)
        await digests.claim_due(connection, [(subscription.id, MONDAY)], claim, LEASE)
        (run,) = await digests.read_claimed(connection, claim)
    await here.let_time_pass()
    async with here.engine.begin() as connection:
        assert not await digests.mark_posting(connection, run.id, claim, {}, LEASE)
    assert await here.send() == ["sent"]
    async with here.engine.begin() as connection:
        assert not await digests.mark_ended(connection, run.id, claim, "failed", "late", tell_owner=True)
    assert [run.state for run in await here.runs()] == ["sent"]


async def test_paused_and_resumed_it_comes_at_the_next_hour_only(here: Setting) -> None:
    async with here.engine.begin() as connection:
        (subscription,) = await list_in_channel(connection, here.organization_id, here.channel.id)
        await pause(connection, here.organization_id, subscription, "U1")
    assert await here.send() == []
    async with here.engine.begin() as connection:
        await resume(connection, here.organization_id, subscription, "U1")
        (again,) = await list_in_channel(connection, here.organization_id, here.channel.id)
    assert (again.paused_at, again.active_since > subscription.active_since) == (None, True)


async def test_the_details_come_once_into_the_thread(here: Setting) -> None:
    assert await here.send() == ["sent"]
    assert await here.send() == []
    (message,), (details,) = here.posted(), here.details()
    assert details.thread_ts == message.ts
    assert "acme/api: 1 deployment" in details.text
    (run,) = await here.runs(DETAILS)
    assert details.metadata == {"event_type": "devmetrics_digest", "event_payload": {"run_id": str(run.id)}}
    assert (run.state, run.message_ts) == ("sent", details.ts)


async def test_a_quiet_week_has_no_details(here: Setting) -> None:
    await here.send(MONDAY + WEEK)
    assert "nothing was deployed" in here.posted()[0].text
    assert (here.details(), await here.runs(DETAILS)) == ([], [])


async def test_details_that_slack_does_not_take_leave_the_digest_alone_and_nobody_is_bothered(here: Setting) -> None:
    await sent_without_details(here)
    here.workspace.failures.plan(Failure(POST, error="restricted_action_thread_only_channel"))
    await here.let_time_pass()
    assert await here.send() == []
    (run,) = await here.runs(DETAILS)
    assert (run.state, await here.paused_for(), here.told()) == ("failed", None, [])
    assert len(here.posted()) == 1


async def sent_without_details(here: Setting) -> None:
    """The process died in between."""
    claim = uuid4()
    async with here.engine.begin() as connection:
        (subscription,) = await list_in_channel(connection, here.organization_id, here.channel.id)
        await digests.claim_due(connection, [(subscription.id, MONDAY)], claim, LEASE)
        (run,) = await digests.read_claimed(connection, claim)
        assert await digests.mark_posting(connection, run.id, claim, {"quiet": False}, LEASE)
        message = here.workspace.state.post(here.channel.id, "Platform", [])
        await digests.mark_sent(connection, run.id, message.ts)


async def test_a_process_that_died_after_the_digest_leaves_the_details_to_the_next(here: Setting) -> None:
    await sent_without_details(here)
    assert await here.send() == []
    assert [one.thread_ts for one in here.details()] == [here.posted()[0].ts]


@pytest.mark.parametrize("arrived", [True, False])
async def test_details_whose_answer_was_lost_are_looked_up_in_the_thread(here: Setting, *, arrived: bool) -> None:
    await sent_without_details(here)
    here.workspace.failures.plan(Failure(POST, lost=True) if arrived else Failure(POST, 500))
    await here.send()
    assert len(here.details()) == arrived
    await here.let_time_pass()
    await here.send()
    assert len(here.details()) == 1
    assert [run.state for run in await here.runs(DETAILS)] == ["sent"]


async def test_where_threads_may_not_be_read_details_never_come_twice(without_history: Setting) -> None:
    here = without_history
    await sent_without_details(here)
    here.workspace.failures.plan(Failure(POST, lost=True))
    await here.send()
    await here.let_time_pass()
    await here.send()
    assert len(here.details()) == 1
    assert [run.state for run in await here.runs(DETAILS)] == ["unknown"]
    assert here.told() == []


async def test_replicas_whose_clocks_differ_send_it_once(here: Setting) -> None:
    """`serve` and `digest due` ask the database for the time; here every replica has a clock of its own."""
    skews = [timedelta(minutes=minutes) for minutes in (-90, -1, 0, 1, 90, 23 * 60)]
    await asyncio.gather(*(here.sending().send_due(MONDAY + skew) for skew in skews * 2))
    for skew in skews:
        assert await here.send(MONDAY + skew) == []
    assert (len(here.posted()), len(here.details())) == (1, 1)
    assert here.told() == []
