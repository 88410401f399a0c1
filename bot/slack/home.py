"""App Home: published when somebody opens it, and again after what they do there."""

import re
from collections.abc import Awaitable, Callable
from uuid import UUID

from slack_bolt.async_app import AsyncApp
from slack_sdk.web.async_client import AsyncWebClient

from bot.commands.command import CommandContext
from bot.commands.ordering import open_form
from bot.digests.due import next_run
from bot.slack.answer import Answer
from bot.slack.messages.home import END, HOUR, MENU, ORDER, PAUSE, RESUME, home_view
from bot.slack.messages.subscribe_form import Filled
from bot.slack.work import Payload, Work
from reports.scope import list_teams
from storage.subscriptions import Subscription, find_of_owner, list_of_owner, pause, resume, unsubscribe

OPENED = "app_home_opened"
# The form comes back with it: Home is to show what was ordered.
FROM_HOME = "home"

Context = Callable[[str, str], CommandContext]


class Home:
    """`context`: of what a person does, by Slack's ids of the person and the channel."""

    def __init__(self, client: AsyncWebClient, context: Context) -> None:
        self._client = client
        self._context = context

    def listen(self, bolt: AsyncApp, work: Work) -> None:
        bolt.event(OPENED)(work.acknowledged(self._opened))
        bolt.action(ORDER)(work.acknowledged(self._order))
        bolt.action(re.compile(f"{MENU}:"))(work.acknowledged(self._choose))

    async def publish(self, user_id: str) -> None:
        context = self._context(user_id, "")
        async with context.engine.connect() as connection:
            teams = await list_teams(connection, context.organization_id)
            every = await list_of_owner(connection, context.organization_id, user_id)
        view = home_view(teams, [(one, next_run(one, context.now)) for one in every])
        await self._client.views_publish(user_id=user_id, view=view)

    async def _opened(self, body: Payload) -> None:
        event = body["event"]
        if event.get("tab", "home") == "home":
            await self.publish(str(event["user"]))

    async def _order(self, body: Payload) -> None:
        await self._open(body, Filled())

    async def _open(self, body: Payload, filled: Filled) -> None:
        form = await open_form(self._context(str(body["user"]["id"]), ""), filled, FROM_HOME)
        # Nothing to order any more: Home says so.
        if not isinstance(form, Answer):
            await self._client.views_open(trigger_id=body["trigger_id"], view=form)

    async def _choose(self, body: Payload) -> None:
        user_id, action = str(body["user"]["id"]), body["actions"][0]
        chosen = (action.get("selected_option") or {}).get("value")
        context = self._context(user_id, "")
        async with context.engine.begin() as connection:
            subscription_id = UUID(action["action_id"].partition(":")[2])
            found = await find_of_owner(connection, context.organization_id, user_id, subscription_id)
            changes: dict[str, Callable[..., Awaitable[None]]] = {PAUSE: pause, RESUME: resume, END: unsubscribe}
            if found is not None and chosen in changes:
                await changes[chosen](connection, context.organization_id, found, user_id)
        if found is not None and chosen == HOUR:
            await self._open(body, filled_of(found))
        else:
            await self.publish(user_id)


def filled_of(one: Subscription) -> Filled:
    return Filled(one.team_slug, str(one.weekday), one.local_time, one.timezone, one.channel_id)
