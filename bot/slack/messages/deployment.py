"""One deployment: how it counts and why, what people said of it, and buttons to say more."""

import json
from collections.abc import Iterator, Sequence
from zoneinfo import ZoneInfo

from bot.slack.answer import Answer
from bot.slack.blocks import Block, actions, button, confirmation, context, header, section
from bot.slack.limits import BLOCK_ID, BUTTON_VALUE
from bot.slack.messages.controls import Question, carried, question_of_text
from bot.slack.messages.notice import notice, quoted
from bot.slack.mrkdwn import code, escape, link, shorten
from bot.slack.passages.chain import chain_in_words, marks_in_words
from bot.slack.passages.window import moment_in_words
from bot.slack.wording import duration
from reports.deployment_search import FoundDeployment
from reports.deployment_story import DeploymentStory

# One for each mark: a block must not have the same action twice.
MARK_BUTTON = "mark_deployment_"
BACK_BUTTON = "back_to_numbers"
LONGEST_PATH, LONGEST_NAME, LONGEST_TITLE = 80, 60, 25
MOST_LINKS, MOST_MARKS, MOST_CHOICES = 12, 6, 5
LABELS = {"failed": "It failed", "ok": "It was fine", "withdrawn": "Take marks back", "recovered": "It has recovered"}
CONSEQUENCES = {
    "failed": "It then counts as failed, whatever its status and other evidence say, in the reports of its time too.",
    "ok": "It then counts as succeeded, and its incidents are unlinked from it, in the reports of its time too.",
    "withdrawn": "It then counts as if nobody had marked it: by its status and the other evidence.",
    "recovered": "Its recovery then ends now, unless it ended before.",
}
DONE = {
    "failed": "Marked as failed.",
    "ok": "Marked as fine.",
    "withdrawn": "The marks are taken back.",
    "recovered": "Marked as recovered.",
}


def deployment_answer(story: DeploymentStory, done: str | None = None) -> Answer:
    """`done`: the mark that was just made."""
    zone = ZoneInfo(story.timezone)
    title = f"{escape(shorten(story.path, LONGEST_TITLE))} {escape(shorten(story.key, LONGEST_NAME))}"
    about = [escape(shorten(part, LONGEST_NAME)) for part in (story.service, story.environment_name) if part]
    if story.sha:
        about.append(f"commit {escape(story.sha[:8])}")
    if story.finished_at:
        about.append(f"finished {moment_in_words(story.finished_at, zone)}, {story.timezone}")
    place = f"{escape(shorten(story.path, LONGEST_PATH))} {escape(shorten(story.key, LONGEST_NAME))}"
    failed = story.outcome == "failed"
    counts = " ".join(_counts(story, zone))
    links = chain_in_words(story.chain[:MOST_LINKS], zone, failed=failed)
    spoken = chain_in_words(story.chain[:MOST_LINKS], zone, failed=failed, linked=False)
    marks = marks_in_words(story.marks[-MOST_MARKS:], zone)

    blocks: list[Block] = [header(title)]
    if done:
        blocks.append(section(f"*{DONE[done]}*"))
    blocks += [context(f"{link(story.url, place)}: {', '.join(about)}"), section(counts)]
    if links:
        blocks.append(section("\n".join(["*Why, the strongest first*", *(f"• {line}" for line in links)])))
    if marks:
        blocks.append(section("\n".join(["*What people said*", *(f"• {line}" for line in marks)])))
    blocks += _buttons(story)
    text = [DONE[done]] if done else []
    text += [f"{place}: {', '.join(about)}.", counts]
    text += [f"Why, the strongest first: {'; '.join(spoken)}."] if spoken else []
    text += [f"What people said: {'; '.join(marks)}."] if marks else []
    return Answer(" ".join(text), blocks)


def reference(path: str, key: str) -> str:
    """What a person types to name a deployment."""
    return f"{path} {key}"


def _counts(story: DeploymentStory, zone: ZoneInfo) -> Iterator[str]:
    if story.finished_at is None or story.outcome is None:
        yield f"It has not finished ({escape(story.status)}), so it is in no number."
        return
    if story.environment != "production":
        yield f"It went to {escape(story.environment)}: only deployments to production are in the numbers."
        return
    if story.outcome == "succeeded":
        yield "It counts as *succeeded*."
    elif story.failed_at is None:
        yield "It counts as *failed*."
    elif story.recovered_at is None:
        yield f"It counts as *failed*: since {moment_in_words(story.failed_at, zone)}, and has not recovered yet."
    else:
        took = duration((story.recovered_at - story.failed_at).total_seconds())
        yield f"It counts as *failed*: recovered {moment_in_words(story.recovered_at, zone)}, after {took}."
    if story.unplanned:
        yield "It was unplanned: a rollback." if story.rollback else "It was unplanned: it shipped only fixes."
    if story.kept_since is not None:
        yield f"It stands so: details of this repository are kept since {story.kept_since:%Y-%m-%d}."


def _buttons(story: DeploymentStory) -> list[Block]:
    """Those that change something; the command can make the other marks too."""
    if story.outcome is None or story.environment != "production" or story.kept_since is not None:
        return []
    offered = ["ok"] if story.outcome == "failed" else ["failed"]
    if story.outcome == "failed" and story.recovered_at is None:
        offered.append("recovered")
    if story.mark or any(one.mark == "recovered" for one in story.marks):
        offered.append("withdrawn")
    named = reference(story.path, story.key)
    # Each mark gives a new id: a changed message needs a changed id.
    block_id = json.dumps([named, len(story.marks)], ensure_ascii=False)
    if len(block_id) > BLOCK_ID or len(named) + 20 > BUTTON_VALUE:
        return []
    return [
        actions(
            block_id,
            [
                button(f"{MARK_BUTTON}{mark}", LABELS[mark], f"{named} {mark}")
                | {"confirm": confirmation(f"{LABELS[mark]}?", CONSEQUENCES[mark], LABELS[mark], "Leave it")}
                for mark in offered
            ],
        )
    ]


def with_way_back(answer: Answer, question: Question) -> Answer:
    """With a button to the numbers from which it was opened; the block's id carries them through every mark."""
    *blocks, last = answer.blocks
    elements, state = [], "0"
    if last["type"] == "actions":
        elements, state = last["elements"], last["block_id"]
    else:
        blocks.append(last)
    block_id = json.dumps([question.command, question.period, state], ensure_ascii=False)
    if len(block_id) > BLOCK_ID:
        return answer
    back = button(BACK_BUTTON, "Back to the numbers", carried(question))
    return Answer(answer.text, [*blocks, actions(block_id, [*elements, back])], answer.understood)


def question_behind(action: dict[str, object]) -> Question | None:
    """The numbers from which the deployment was opened, of a button in it; None: it was asked for by itself."""
    return question_of_text(str(action.get("block_id", "")))


def choice_answer(
    said: str, found: Sequence[FoundDeployment], timezone: str, mark: str | None, *, last: bool
) -> Answer:
    """Several may be meant: each with what names it alone. `last`: only their repository was named."""
    zone = ZoneInfo(timezone)
    asked = f"Which deployment of {quoted(said)}? The last ones:" if last else f"Which of these is {quoted(said)}?"
    one_provider = len({one.provider for one in found}) == 1
    lines = []
    for one in found[:MOST_CHOICES]:
        named = " ".join(filter(None, [None if one_provider else one.provider, reference(one.path, one.key), mark]))
        when = moment_in_words(one.finished_at, zone) if one.finished_at else escape(one.status)
        about = " ".join(escape(shorten(part, LONGEST_NAME)) for part in (one.service, one.environment_name) if part)
        ended = escape(one.outcome or one.status) + (f", commit {escape(one.sha[:8])}" if one.sha else "")
        lines.append(f"• {code(f'/devmetrics mark {named}')}: {about}, {when}, {ended}")
    more = ["• and more"] if len(found) > MOST_CHOICES else []
    return notice(asked, *lines, *more)
