"""Writes every kind of message as TypeScript, for the compiler to check: `python -m tests.bot.slack.types`."""

import json
from datetime import UTC, datetime
from pathlib import Path
from typing import Any
from uuid import UUID

from bot.commands.registry import all_commands
from bot.demo.workspace.validation import BLOCKS
from bot.slack.answer import Answer
from bot.slack.blocks import Block
from bot.slack.messages.alerts import crossed_answer
from bot.slack.messages.controls import Question, shared_answer, without_share_button
from bot.slack.messages.details import details_answer
from bot.slack.messages.digest import digest_answer
from bot.slack.messages.evidence import evidence_answer
from bot.slack.messages.help import help_answer, topic_answer
from bot.slack.messages.home import home_view
from bot.slack.messages.notice import did_you_mean, notice
from bot.slack.messages.report import report_answer
from bot.slack.messages.subscribe_form import Filled, confirmation, failed_form, subscribe_form
from bot.slack.messages.teams import teams_answer
from reports.report import Report
from reports.scope import TeamListing
from storage.subscriptions import Subscription
from tests.bot.slack.digests import DIGEST
from tests.bot.slack.explanations import explanation
from tests.bot.slack.messages.test_details import DETAIL
from tests.bot.slack.reports import EMPTY, REPORT

BUILD = Path(__file__).with_name("build")
# Blocks that the product may send and that the types do not know. What they learn must leave this list.
NOT_KNOWN = {"data_visualization"}
CROSSED = {"metric": "lead_time", "above": 86_400.0, "value": 90_000.0, "n": 12, "subject": None}


def messages() -> dict[str, Answer]:
    """By name, one of each kind that a person may get."""
    question = Question("team platform", "30d")
    team = report_answer(REPORT, question.command, question.period)
    nothing = Report(REPORT.subject, REPORT.window, EMPTY, (), (), None, None)
    teams = [TeamListing("platform", "Platform", 3), TeamListing("web", "Web", 0)]
    commands = all_commands().values()
    return {
        "team": team,
        "nothing": report_answer(nothing, question.command, "2026-W40"),
        "evidence": evidence_answer(explanation("lead_time", 30), "team platform lead_time", "30d"),
        "shared": shared_answer(team, "U00000001", question),
        "afterSharing": without_share_button(team),
        "teams": teams_answer(teams, "", 2),
        "crossed": crossed_answer("platform", "Platform", CROSSED),
        "digest": digest_answer(DIGEST, charts=False),
        "details": details_answer(DETAIL),
        "noTeam": teams_answer([], "", 0),
        "help": help_answer(commands),
        **{f"helpOn{command.word.title()}": topic_answer(command) for command in commands},
        "nonsense": help_answer(commands, before=("I do not understand “x”.",), understood=False),
        "unknownTeam": notice("I know no team “x”.", str(did_you_mean("team", ["platform"]))),
    }


def views() -> dict[str, Block]:
    teams = [TeamListing("platform", "Platform", 3)]
    moment = datetime(2026, 11, 23, 8, 30, tzinfo=UTC)
    ordered = Subscription(
        UUID(int=1), "platform", "Platform", "C00000001", 1, "09:30", "Europe/Berlin", "U00000001", moment, None, None,
        None, None, None,
    )  # fmt: skip
    form = subscribe_form(teams, Filled("platform", channel_id="C00000001"))
    return {
        "home": home_view(teams, [(ordered, moment)]),
        "emptyHome": home_view([], []),
        "form": form,
        "confirmed": confirmation(notice("The next one comes on Monday.")),
        "failed": failed_form(form, notice("Something went wrong.")),
    }


def typescript(answers: dict[str, Answer]) -> str:
    lines = ['import type { KnownBlock, View } from "@slack/types";', ""]
    lines += [f"export const {name} = {as_literal(view)} satisfies View;" for name, view in views().items()]
    for name, answer in answers.items():
        lines.append(f"export const {name} = {as_literal(answer.blocks)} satisfies KnownBlock[];")
    ours, listed = as_union(BLOCKS), as_union(NOT_KNOWN)
    lines += [
        "",
        f"type NotKnown = Exclude<{ours}, KnownBlock['type']>;",
        f"type Listed = {listed};",
        "type Same = [NotKnown] extends [Listed] ? ([Listed] extends [NotKnown] ? true : never) : never;",
        "export const listIsRight: Same = true;",
    ]
    return "\n".join(lines) + "\n"


def as_literal(value: Any) -> str:
    return json.dumps(value, ensure_ascii=False, indent=2)


def as_union(names: Any) -> str:
    return " | ".join(json.dumps(name) for name in sorted(names)) or "never"


if __name__ == "__main__":
    BUILD.mkdir(exist_ok=True)
    (BUILD / "blocks.ts").write_text(typescript(messages()))
