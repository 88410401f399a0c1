"""What `team` and `repo` answer of whom they found: a report, or what one of its numbers was counted from."""

from collections.abc import Sequence

from sqlalchemy.ext.asyncio import AsyncConnection

from bot.commands.command import CommandContext
from bot.commands.explaining import likely_metrics, read_metric, read_service
from bot.commands.reading import read_period
from bot.slack.answer import Answer
from bot.slack.messages.evidence import SHOWN, evidence_answer
from bot.slack.messages.notice import did_you_mean, notice
from bot.slack.messages.report import report_answer
from bot.slack.mrkdwn import escape
from reports.explanation import explain, report_on
from reports.period import UnknownPeriod
from reports.scope import RepositoryScope, TeamScope
from reports.sources import UnknownService


async def answer_numbers(
    connection: AsyncConnection,
    scope: TeamScope | RepositoryScope,
    called: str,
    words: Sequence[str],
    context: CommandContext,
) -> Answer:
    """`called`: what asks for this scope, like `team platform`; `words`: what was typed behind it."""
    service, rest = read_service(words)
    metric, rest = read_metric(rest)
    asked = " ".join(filter(None, [called, service and f"service:{service}"]))
    try:
        period, window = read_period(rest, scope.timezone, context.now)
    except UnknownPeriod as unknown:
        meant = [] if metric else likely_metrics(rest)
        return notice(*filter(None, [escape(str(unknown)), did_you_mean(asked, meant)]))
    try:
        if metric:
            explained = await explain(connection, scope, metric, window, context.now, service, limit=SHOWN)
            return evidence_answer(explained, f"{asked} {metric}", period)
        report = await report_on(connection, scope, window, context.now, service)
    except UnknownService as unknown_service:
        return notice(escape(str(unknown_service)))
    return report_answer(report, asked, period)
