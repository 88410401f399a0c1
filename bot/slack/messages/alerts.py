"""Limits that a channel set for a team's numbers: what was set, and that one was crossed. Nobody is named."""

from collections.abc import Mapping, Sequence
from typing import Any

from bot.slack.answer import Answer
from bot.slack.blocks import section
from bot.slack.messages.behind import behind
from bot.slack.messages.notice import notice
from bot.slack.mrkdwn import code, escape, link, shorten
from bot.slack.wording import count, counted, duration, percent
from reports.alerts import DAYS, PERIOD, RATIOS, REVIEW_WAITING, Measured
from storage.alerts import Alert

LONGEST_NAME = 60
SHOWN = 20
NAMES = {
    "change_failure_rate": "change failure rate",
    "rework_rate": "rework rate",
    "lead_time": "lead time",
    "recovery_time": "recovery time",
    REVIEW_WAITING: "longest wait for a review",
}
ONCE = "It is announced once, and again only after it was a tenth below."


def amount(metric: str, value: float) -> str:
    return percent(value) if metric in RATIOS else duration(value)


def crossed_answer(team_slug: str, team_name: str, numbers: Mapping[str, Any]) -> Answer:
    """`numbers`: as they were kept when it crossed."""
    metric, above, value = numbers["metric"], numbers["above"], numbers["value"]
    name = escape(shorten(team_name or team_slug, LONGEST_NAME))
    limit = f"the limit of {amount(metric, above)} that was set for this channel"
    linked = said = f"the {NAMES[metric]} of the last {DAYS} days is {amount(metric, value)} (n {count(numbers['n'])})"
    if metric == REVIEW_WAITING:
        repository, number, url = numbers["subject"]
        place = escape(f"{shorten(repository, LONGEST_NAME)} #{number}")
        said, linked = (f"{one} has waited for a review for {duration(value)}" for one in (place, link(url, place)))
    text = f"{name}: {said}, above {limit}. {ONCE}"
    shown = f"*{name}:* {linked}, above {limit}. {ONCE}"
    evidence = "pull_requests" if metric == REVIEW_WAITING else metric
    return Answer(text, [section(shown), *behind(team_slug, PERIOD, evidence)])


def set_answer(
    channel_id: str, team_name: str, limit: tuple[str, float], measured: Measured, preview: tuple[int, int]
) -> Answer:
    """`measured`: now. `preview`: how often it would have been announced, in so many days."""
    (metric, above), (times, days) = limit, preview
    would = f"In the last {counted(days, 'day')} it would have been announced {counted(times, 'time')}."
    if days == 0:
        would = "How often it would have been announced is not known: the team is not tracked for long enough."
    if measured.value is not None:
        now = "above it" if measured.is_above(above) else "not above it"
        would += f" Now it is {amount(metric, measured.value)}, {now}."
    elif metric == REVIEW_WAITING:
        would += " Now nothing waits."
    else:
        would += " Now there is too little to tell."
    return notice(
        f"<#{channel_id}> is told when the {NAMES[metric]} of *{escape(shorten(team_name, LONGEST_NAME))}* is above "
        f"{amount(metric, above)}. {ONCE}",
        would,
        "devmetrics must be in the channel: `/invite @devmetrics`.",
        understood=True,
    )


def alerts_answer(every: Sequence[Alert]) -> Answer:
    lines = [f"• {_line(alert)}" for alert in every[:SHOWN]]
    if len(every) > SHOWN:
        lines.append(f"• and {len(every) - SHOWN} more")
    return notice("*Limits of this channel*", *lines, understood=True)


def removed_answer(alert: Alert) -> Answer:
    name = escape(shorten(alert.team_name, LONGEST_NAME))
    return notice(f"The limit of *{name}* for the {NAMES[alert.metric]} is removed.", understood=True)


def _line(alert: Alert) -> str:
    named = f"*{escape(shorten(alert.team_name, LONGEST_NAME))}* ({code(shorten(alert.team_slug, LONGEST_NAME))})"
    said = f"{named}: {NAMES[alert.metric]} above {amount(alert.metric, alert.above)}"
    if alert.paused_at is not None:
        return f"{said}; paused by Slack's refusal ({escape(alert.pause_reason or '')}): set it again to go on"
    if alert.crossed_since is not None:
        return f"{said}; above it since {alert.crossed_since:%Y-%m-%d %H:%M} UTC"
    return said
