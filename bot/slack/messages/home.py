"""App Home: what a person finds behind devmetrics' name in Slack. https://docs.slack.dev/surfaces/app-home"""

from collections.abc import Sequence
from datetime import datetime

from bot.slack.blocks import Block, actions, button, context, divider, header, option, overflow, section
from bot.slack.messages.subscriptions import hour_in_words, moment_in_words, named
from bot.slack.messages.teams import NO_TEAM
from bot.slack.mrkdwn import code, escape, link, shorten
from bot.slack.wording import count
from reports.scope import TeamListing
from storage.subscriptions import Subscription

ORDER = "order_digest"
# The last part of its action_id is a subscription's id.
MENU = "digest_menu"
HOUR, PAUSE, RESUME, END = "hour", "pause", "resume", "end"
SHOWN = 20
WHAT_IT_IS = (
    "How often do we deliver, how long does it take, how often does it break? Ask in any channel: only you see the "
    "answer, until you share it."
)
GUIDE = "https://dora.dev/guides/dora-metrics/"
PROMISE = "devmetrics counts for teams and repositories; people are never ranked."


def home_view(teams: Sequence[TeamListing], every: Sequence[tuple[Subscription, datetime]]) -> Block:
    """`every`: what the person ordered, each with its next run."""
    blocks: list[Block] = [header("Ask for numbers"), section(WHAT_IT_IS)]
    blocks.append(section("\n".join(f"• {line}" for line in _questions(teams)) if teams else NO_TEAM))
    blocks += [divider(), header("Your weekly digests")]
    if every:
        blocks += [_subscription(subscription, next_run) for subscription, next_run in every[:SHOWN]]
        if len(every) > SHOWN:
            blocks.append(context(f"And {len(every) - SHOWN} more."))
    else:
        blocks.append(
            section("You have ordered none yet: one short message a week, in a channel, at an hour of its own.")
        )
    if any(team.repositories for team in teams):
        blocks.append(actions("digests", [button(ORDER, "Order a weekly digest", "home")]))
    blocks.append(context("Others may have ordered more: `/devmetrics digest` in a channel lists all that it gets."))
    blocks += [divider(), context(f"{link(GUIDE, 'What the five metrics mean')}. {PROMISE}")]
    return {"type": "home", "blocks": blocks}


def _questions(teams: Sequence[TeamListing]) -> list[str]:
    slug = shorten(teams[0].slug, 60)
    return [
        f"{code(f'/devmetrics team {slug}')} a team's five DORA metrics and its pull requests",
        f"{code(f'/devmetrics team {slug} lead_time')} what one number means, and what was counted",
        f"{code('/devmetrics teams')} all teams: {count(len(teams))}",
        f"{code('/devmetrics help')} everything else",
    ]


def _subscription(subscription: Subscription, next_run: datetime) -> Block:
    paused = subscription.paused_at is not None
    when = "paused" if paused else f"next on {moment_in_words(next_run, subscription.timezone)}"
    if subscription.pause_reason:
        when = f"paused by Slack's refusal ({escape(subscription.pause_reason)})"
    said = f"{named(subscription)} in <#{subscription.channel_id}>\n{hour_in_words(subscription)}; {when}"
    choices = [
        option("Change the hour", HOUR),
        option("Resume", RESUME) if paused else option("Pause", PAUSE),
        option("Unsubscribe", END),
    ]
    return {**section(said), "accessory": overflow(f"{MENU}:{subscription.id}", choices)}
