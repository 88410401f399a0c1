"""The list of teams."""

from collections.abc import Sequence

from bot.slack.answer import Answer
from bot.slack.blocks import context, header, section
from bot.slack.messages.notice import notice
from bot.slack.mrkdwn import code, escape, shorten
from bot.slack.wording import count, counted
from reports.scope import TeamListing

SHOWN = 30
LONGEST_NAME = 60
NO_TEAM = "There is no team yet. An administrator adds one with `devmetrics team add platform --name Platform`."


def teams_answer(teams: Sequence[TeamListing], filtered_by: str, total: int) -> Answer:
    """`teams`: those that match `filtered_by` (empty: all of them), of `total`."""
    if total == 0:
        return notice(NO_TEAM, understood=True)
    if not teams:
        return notice(
            f"None of the {counted(total, 'team')} has {code(filtered_by)} in its name.",
            "`/devmetrics teams` lists them all.",
        )
    shown = [_line(team) for team in teams[:SHOWN]]
    title = counted(len(teams), "team") + (f" of {count(total)}" if filtered_by else "")
    more = len(teams) - len(shown)
    narrow = f"And {count(more)} more: narrow the list with a part of a name, as in `/devmetrics teams pay`."
    ask = f"Ask for one with {code(f'/devmetrics team {teams[0].slug}')}."
    blocks = [header(title), section("\n".join(f"• {line}" for line in shown))]
    blocks.append(context(f"{narrow} {ask}" if more else ask))
    return Answer(f"{title}: {'; '.join(shown)}. {f'{narrow} ' if more else ''}{ask}", blocks)


def _line(team: TeamListing) -> str:
    owns = counted(team.repositories, "repository", "repositories")
    name, slug = escape(shorten(team.name, LONGEST_NAME)), code(shorten(team.slug, LONGEST_NAME))
    return f"{name} ({slug}): {owns if team.repositories else 'owns nothing yet, shows all repositories'}"
