"""Posting: only what is certainly not in the channel is sent again."""

from collections.abc import AsyncIterator
from datetime import UTC, datetime, timedelta

import pytest

from bot.demo.workspace.failures import Failure, rate_limited
from bot.demo.workspace.server import Workspace
from bot.demo.workspace.state import Channel
from bot.demo.workspace.web_api import SCOPES
from bot.slack.answer import Answer
from bot.slack.blocks import section
from bot.slack.pace import Pace
from bot.slack.post import ATTEMPTS, HistoryAway, HistoryClosed, NotPosted, Posted, Poster, Refused, Unsure
from tests.bot.digests.setting import Clock

POST = "chat.postMessage"
HELLO = Answer("Hello.", [section("*Hello*.")])


class Here:
    def __init__(self, workspace: Workspace) -> None:
        self.workspace = workspace
        self.clock = Clock()
        self.poster = Poster(workspace.bot_token, workspace.api_url, Pace(self.clock, self.clock.sleep))
        self.channel: Channel = workspace.state.add_channel("general", workspace.state.add_user("ana"))

    @property
    def texts(self) -> list[str]:
        return [message.text for message in self.workspace.state.in_channel(self.channel.id)]


@pytest.fixture
async def here() -> AsyncIterator[Here]:
    async with Workspace().running() as workspace:
        yield Here(workspace)


async def test_a_message_is_posted_with_its_text_and_blocks(here: Here) -> None:
    outcome = await here.poster.post(here.channel.id, HELLO)
    (message,) = here.workspace.state.in_channel(here.channel.id)
    assert outcome == Posted(message.ts)
    assert (message.text, message.blocks) == (HELLO.text, HELLO.blocks)


async def test_slack_is_waited_for_as_long_as_it_asks(here: Here) -> None:
    here.workspace.failures.plan(rate_limited(POST, retry_after=7), times=2)
    assert isinstance(await here.poster.post(here.channel.id, HELLO), Posted)
    assert here.clock.seconds >= 14
    assert here.texts == ["Hello."]


async def test_a_long_wait_is_left_to_the_caller(here: Here) -> None:
    here.workspace.failures.plan(rate_limited(POST, retry_after=900))
    outcome = await here.poster.post(here.channel.id, HELLO)
    assert isinstance(outcome, NotPosted)
    assert outcome.retry_after == 900
    assert len(here.workspace.web_api.calls) == 1


async def test_it_is_tried_a_few_times_and_then_given_back(here: Here) -> None:
    here.workspace.failures.plan(Failure(POST, 503), times=ATTEMPTS)
    assert isinstance(await here.poster.post(here.channel.id, HELLO), NotPosted)
    assert len(here.workspace.web_api.calls) == ATTEMPTS


async def test_nobody_at_the_address_means_that_it_was_not_posted() -> None:
    clock = Clock()
    poster = Poster("xoxb-1", "http://127.0.0.1:9/api", Pace(clock, clock.sleep))
    assert isinstance(await poster.post("C1", HELLO), NotPosted)


@pytest.mark.parametrize(
    "failure",
    [Failure(POST, lost=True), Failure(POST, 500), Failure(POST, 502), Failure(POST, error="fatal_error")],
)
async def test_what_may_have_arrived_is_never_sent_again(here: Here, failure: Failure) -> None:
    here.workspace.failures.plan(failure)
    assert isinstance(await here.poster.post(here.channel.id, HELLO), Unsure)
    assert len(here.workspace.web_api.calls) == 1


async def test_a_refusal_is_slacks_own_word(here: Here) -> None:
    here.channel.archived = True
    assert await here.poster.post(here.channel.id, HELLO) == Refused("is_archived")


async def test_refused_blocks_are_replaced_by_the_plain_ones_once(here: Here) -> None:
    plain = Answer("Hello.", [section("Plain.")])
    here.workspace.failures.plan(Failure(POST, error="invalid_blocks"))
    assert isinstance(await here.poster.post(here.channel.id, HELLO, plain), Posted)
    assert here.workspace.state.in_channel(here.channel.id)[0].blocks == plain.blocks
    here.workspace.failures.plan(Failure(POST, error="invalid_blocks"), times=2)
    assert await here.poster.post(here.channel.id, HELLO, plain) == Refused("invalid_blocks")


async def test_a_message_is_found_by_its_run_where_the_channel_may_be_read(here: Here) -> None:
    since = datetime.now(UTC)
    posted = await here.poster.attempt(here.channel.id, HELLO, run_id="one")
    assert isinstance(posted, Posted)
    with pytest.raises(HistoryClosed):
        await here.poster.find(here.channel.id, "one", since)
    here.workspace.web_api.scopes = SCOPES | {"channels:history"}
    assert await here.poster.find(here.channel.id, "one", since) == posted.ts
    assert await here.poster.find(here.channel.id, "two", since) is None
    assert await here.poster.find(here.channel.id, "one", since + timedelta(hours=1)) is None
    here.workspace.failures.plan(Failure("conversations.history", 503))
    with pytest.raises(HistoryAway):
        await here.poster.find(here.channel.id, "one", since)
