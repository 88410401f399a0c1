"""What is said of subscriptions to the weekly digest."""

from collections.abc import Sequence
from datetime import datetime
from zoneinfo import ZoneInfo

from bot.slack.answer import Answer
from bot.slack.messages.notice import notice
from bot.slack.mrkdwn import code, escape, shorten
from bot.slack.passages.window import MONTHS
from storage.subscriptions import Subscription

DAYS = ("Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday", "Sunday")
LONGEST_NAME = 60
SHOWN = 20


def hour_in_words(subscription: Subscription) -> str:
    day = DAYS[subscription.weekday - 1]
    return f"{day}s at {subscription.local_time}, {subscription.timezone}"


def moment_in_words(moment: datetime, timezone: str) -> str:
    """`Monday 30 Nov 2026, 09:30`, on the zone's clocks."""
    local = moment.astimezone(ZoneInfo(timezone))
    return f"{DAYS[local.weekday()]} {local.day} {MONTHS[local.month - 1]} {local.year}, {local:%H:%M}"


def subscribed_answer(subscription: Subscription, next_run: datetime) -> Answer:
    slug = subscription.team_slug
    return notice(
        f"<#{subscription.channel_id}> gets the digest of {named(subscription)}: {hour_in_words(subscription)}. "
        f"The next one comes on {moment_in_words(next_run, subscription.timezone)}.",
        "devmetrics must be in the channel: `/invite @devmetrics`. You are told when a digest cannot be sent.",
        f"{code(f'/devmetrics digest now {slug}')} shows it to you alone; "
        f"{code(f'/devmetrics unsubscribe {slug}')} ends it.",
        understood=True,
    )


def subscriptions_answer(every: Sequence[tuple[Subscription, datetime]]) -> Answer:
    """Each with its next run."""
    lines = [f"• {_line(subscription, next_run)}" for subscription, next_run in every[:SHOWN]]
    if len(every) > SHOWN:
        lines.append(f"• and {len(every) - SHOWN} more")
    return notice("*Digests in this channel*", *lines, understood=True)


def paused_answer(subscription: Subscription) -> Answer:
    again = code(f"/devmetrics digest resume {subscription.team_slug}")
    return notice(f"The digest of {named(subscription)} is paused. {again} goes on with it.", understood=True)


def resumed_answer(subscription: Subscription, next_run: datetime) -> Answer:
    when = moment_in_words(next_run, subscription.timezone)
    return notice(f"The digest of {named(subscription)} goes on: the next one comes on {when}.", understood=True)


def unsubscribed_answer(subscription: Subscription) -> Answer:
    return notice(f"<#{subscription.channel_id}> gets no digest of {named(subscription)} any more.", understood=True)


def named(subscription: Subscription) -> str:
    return f"*{escape(shorten(subscription.team_name or subscription.team_slug, LONGEST_NAME))}*"


def _line(subscription: Subscription, next_run: datetime) -> str:
    said = (
        f"{named(subscription)} ({code(shorten(subscription.team_slug, LONGEST_NAME))}): {hour_in_words(subscription)}"
    )
    if subscription.paused_at is not None:
        why = f" by Slack's refusal ({escape(subscription.pause_reason)})" if subscription.pause_reason else ""
        return f"{said}; paused{why}"
    said += f"; next {moment_in_words(next_run, subscription.timezone)}"
    if subscription.last_scheduled_for is not None and subscription.last_state is not None:
        when = moment_in_words(subscription.last_scheduled_for, subscription.timezone)
        said += f"; last {when}, {subscription.last_state}"
        if subscription.last_reason:
            said += f" ({subscription.last_reason})"
    return said
