"""`/devmetrics mark acme/api deployment:12 failed`"""

from zoneinfo import ZoneInfo

from bot.commands.command import Command, CommandContext
from bot.commands.deployments import named_deployments
from bot.slack.answer import Answer
from bot.slack.messages.deployment import choice_answer, deployment_answer
from bot.slack.messages.notice import notice, quoted
from bot.slack.mrkdwn import escape
from bot.slack.passages.window import moment_in_words
from reports.deployment_story import DeploymentStory, tell_deployment
from reports.snapshot import snapshot
from storage.marks import FAILED, OK, RECOVERED, WITHDRAWN, mark_deployment

VERDICTS = {
    **dict.fromkeys(("failed", "failure", "fail", "bad", "broken"), FAILED),
    **dict.fromkeys(("ok", "okay", "fine", "good", "succeeded", "success"), OK),
    **dict.fromkeys(("withdrawn", "withdraw", "undo"), WITHDRAWN),
    **dict.fromkeys(("recovered", "recover", "fixed"), RECOVERED),
}
HOW_TO_NAME = (
    "Name it by its number, by repository and key as in `acme/api deployment:12`, by its commit, or paste a link to it."
)
THEN = "Say after it how it went: `failed`, `ok`, `withdrawn` or `recovered`."
NOBODY = "Marks are kept with who made them: type this in Slack, or `devmetrics mark` in a terminal."


async def answer_mark(words: list[str], context: CommandContext) -> Answer:
    """Without a verdict the deployment is only shown."""
    mark, words = read_verdict(words)
    if not words:
        return notice("Which deployment?", HOW_TO_NAME, THEN)
    async with snapshot(context.engine) as connection:
        named = await named_deployments(connection, context.organization_id, words)
        found = named.deployments
        if not found:
            before_it = await named_deployments(connection, context.organization_id, words[:-1])
            if mark is None and len(words) > 1 and before_it.deployments:
                return notice(f"{quoted(words[-1])} does not say how it went.", THEN)
            return notice(f"I know no deployment {quoted(' '.join(words))}.", HOW_TO_NAME, THEN)
        story = await tell_deployment(connection, found[0].repository_id, found[0].key)
    if story is None:
        return notice(HOW_TO_NAME)
    if len(found) > 1 or named.last:
        return choice_answer(" ".join(words), found, story.timezone, mark, last=named.last)
    if mark is None or story.mark == mark:
        return deployment_answer(story)
    if context.actor is None:
        return notice(NOBODY)
    if objection := _objection(story, mark):
        return notice(objection)
    place = (context.organization_id, found[0].repository_id, found[0].key)
    async with context.engine.begin() as connection:
        marked = await mark_deployment(connection, *place, mark, context.actor)
    async with snapshot(context.engine) as connection:
        story = await tell_deployment(connection, found[0].repository_id, found[0].key) or story
    # Retention may have come in between.
    return deployment_answer(story, mark) if marked else notice(_objection(story, mark) or HOW_TO_NAME)


def read_verdict(words: list[str]) -> tuple[str | None, list[str]]:
    """The mark that the last word (else the first) says, None when neither does; and the words left."""
    if words and (mark := VERDICTS.get(words[-1].lower())):
        return mark, words[:-1]
    if words and (mark := VERDICTS.get(words[0].lower())):
        return mark, words[1:]
    return None, words


def _objection(story: DeploymentStory, mark: str) -> str | None:
    """Why this mark would change nothing, and what to do."""
    name = f"{quoted(story.path)} {escape(story.key)}"
    if story.outcome is None:
        return f"{name} has not finished ({escape(story.status)}), so it is in no number yet."
    if story.environment != "production":
        return f"{name} went to {escape(story.environment)}: only deployments to production are in the numbers."
    if story.kept_since is not None:
        return (
            f"{name} stands as it is: details of this repository are kept since {story.kept_since:%Y-%m-%d}, and what "
            "ended before that no longer changes. A mark would do nothing."
        )
    if mark == RECOVERED and story.outcome != "failed":
        return f"{name} counts as succeeded: there is nothing to recover from. If it failed, mark it as failed first."
    if mark == RECOVERED and story.recovered_at is not None:
        return f"{name} has recovered already, {moment_in_words(story.recovered_at, ZoneInfo(story.timezone))}."
    if mark == WITHDRAWN and not story.marks:
        return f"Nobody has marked {name}, so there is nothing to take back."
    return None


COMMAND = Command(
    word="mark",
    usage="mark <deployment> [failed|ok|withdrawn|recovered]",
    summary="Correct how a deployment counts, or see why it counts so",
    details=(
        f"{HOW_TO_NAME} `failed` and `ok` override its status and all other evidence, and `ok` unlinks its incidents; "
        "`withdrawn` takes all marks back; `recovered` ends its recovery now. Reports of past weeks change too. "
        "Who marked what and when is kept. What ended before details are kept (90 days, unless set otherwise) stands. "
        "Without one of these words: how it counts, and why."
    ),
    examples=("mark 4242 failed", "mark acme/api deployment:4242 ok", "mark acme/api", "mark 1a2b3c4 recovered"),
    answer=answer_mark,
)
