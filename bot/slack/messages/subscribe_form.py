"""The form that orders a weekly digest: whose, when and where. https://docs.slack.dev/surfaces/modals"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from bot.slack.answer import Answer
from bot.slack.blocks import (
    Block,
    channel_select,
    context,
    input_block,
    option,
    plain,
    static_select,
    text_input,
    time_picker,
)
from bot.slack.limits import OPTION_TEXT, OPTION_VALUE, OPTIONS
from bot.slack.messages.subscriptions import DAYS
from bot.slack.mrkdwn import one_line, shorten
from reports.scope import TeamListing

FORM = "subscribe"
TITLE = "Weekly digest"
TEAM, WEEKDAY, TIME, TIMEZONE, CHANNEL = "team", "weekday", "time", "timezone", "channel"
INVITED = "devmetrics must be in the channel: `/invite @devmetrics`."


@dataclass(frozen=True, slots=True)
class Filled:
    """What stands in the form, as it was typed; empty: nothing."""

    team: str = ""
    # ISO weekday, 1 is Monday; "HH:MM".
    weekday: str = "1"
    local_time: str = "09:00"
    # IANA name; empty: the team's own.
    timezone: str = ""
    channel_id: str = ""


def subscribe_form(teams: Sequence[TeamListing], filled: Filled, opened_in: str = "") -> Block:
    """`teams`: those that can have a digest, at least one; `opened_in` comes back with the submission."""
    days = [option(day, str(number)) for number, day in enumerate(DAYS, start=1)]
    blocks = [
        input_block(TEAM, "Team", _team_element(teams, filled.team)),
        input_block(WEEKDAY, "Day", static_select(WEEKDAY, "Day", days, days[int(filled.weekday) - 1])),
        input_block(TIME, "Time", time_picker(TIME, filled.local_time)),
        input_block(
            TIMEZONE,
            "Time zone",
            text_input(TIMEZONE, filled.timezone, "Europe/Berlin"),
            "A name such as Europe/Berlin or America/New_York. Empty: the team's own zone.",
            optional=True,
        ),
        input_block(CHANNEL, "Channel", channel_select(CHANNEL, filled.channel_id or None)),
        context(INVITED),
    ]
    return {**_view(blocks), "submit": plain("Subscribe"), "close": plain("Cancel"), "private_metadata": opened_in}


def read_form(view: Mapping[str, Any]) -> Filled:
    """https://docs.slack.dev/reference/interaction-payloads/view-interactions-payload"""
    values: Mapping[str, Mapping[str, Mapping[str, Any]]] = view["state"]["values"]

    def typed(block: str, field: str) -> str:
        return str(values.get(block, {}).get(block, {}).get(field) or "").strip()

    def chosen(block: str) -> str:
        selected = values.get(block, {}).get(block, {}).get("selected_option") or {}
        return str(selected.get("value", ""))

    return Filled(
        chosen(TEAM) or typed(TEAM, "value"),
        chosen(WEEKDAY),
        typed(TIME, "selected_time"),
        typed(TIMEZONE, "value"),
        typed(CHANNEL, "selected_conversation"),
    )


def confirmation(answer: Answer) -> Block:
    """What takes the form's place."""
    return {**_view(answer.blocks), "close": plain("Done")}


def failed_form(view: Mapping[str, Any], answer: Answer) -> Block:
    """In place of a form that could not be taken."""
    return {"type": "modal", "callback_id": view["callback_id"], "title": view["title"], "blocks": answer.blocks}


def _view(blocks: list[Block]) -> Block:
    return {"type": "modal", "callback_id": FORM, "title": plain(TITLE), "blocks": blocks}


def _team_element(teams: Sequence[TeamListing], chosen: str) -> Block:
    if len(teams) > OPTIONS or any(len(team.slug) > OPTION_VALUE for team in teams):
        return text_input(TEAM, chosen, "platform")
    options = {team.slug: option(_label(team), team.slug) for team in teams}
    return static_select(TEAM, "Choose a team", list(options.values()), options.get(chosen))


def _label(team: TeamListing) -> str:
    return shorten(one_line(team.name), OPTION_TEXT) or shorten(team.slug, OPTION_TEXT)
