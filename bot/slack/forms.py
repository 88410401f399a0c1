"""What people submit in a form: checked while they wait, since Slack shows what is wrong beside each field."""

from typing import Any

from slack_bolt.async_app import AsyncApp

from bot.commands.ordering import submit_form
from bot.slack.answer import Answer
from bot.slack.home import FROM_HOME, Context, Home
from bot.slack.messages.subscribe_form import FORM, confirmation, read_form
from bot.slack.work import Payload, Work


def listen(bolt: AsyncApp, work: Work, context: Context, home: Home) -> None:
    async def submit(body: Payload) -> dict[str, Any]:
        filled, user_id = read_form(body["view"]), str(body["user"]["id"])
        submitted = await submit_form(context(user_id, filled.channel_id), filled)
        if not isinstance(submitted, Answer):
            return {"response_action": "errors", "errors": submitted}
        if body["view"].get("private_metadata") == FROM_HOME:
            work.begin(home.publish(user_id), body)
        return {"response_action": "update", "view": confirmation(submitted)}

    bolt.view(FORM)(work.answered(submit))
