"""The page in a browser, without the sample company: by keyboard, with modals, and while it changes."""

from contextlib import AsyncExitStack
from urllib.parse import urlsplit

from playwright.async_api import Page, expect

from bot.demo.page.opening import open_page
from bot.demo.workspace.state import Json
from bot.slack.blocks import plain, section
from tests.bot.demo.page.browsing import answers, barriers, browsing, needs_browser, type_into
from tests.bot.demo.page.opened import Opened

pytestmark = needs_browser


async def go_to(browser: Page, name: str) -> None:
    """By the tab key alone."""
    for _ in range(40):
        await browser.keyboard.press("Tab")
        if await browser.evaluate("document.activeElement.textContent || document.activeElement.id") == name:
            return
    raise AssertionError(f"{name} is not reached with the tab key")


async def test_everything_is_done_with_the_keyboard_alone(page: Opened) -> None:
    async with browsing(page.slack.address) as browser:
        await go_to(browser, "#team-platform")
        await browser.keyboard.press("Enter")
        await go_to(browser, "text")
        await browser.keyboard.type("/devmetrics team platform")
        await browser.keyboard.press("Enter")
        answer = answers(browser).first
        await expect(answer).to_contain_text("(30 days)")

        menu = answer.get_by_role("combobox")
        for _ in range(40):
            await browser.keyboard.press("Shift+Tab")
            if await menu.evaluate("menu => menu === document.activeElement"):
                break
        await browser.keyboard.press("ArrowUp")
        await expect(answer).to_contain_text("(7 days)")
        assert await menu.evaluate("menu => menu === document.activeElement"), "the focus stays where it was"
        await browser.keyboard.press("Tab")
        await browser.keyboard.press("Enter")
        await expect(answers(browser).nth(1)).to_contain_text("Asked by")


async def test_a_thing_to_try_fills_the_box_and_the_up_arrow_brings_back_what_was_typed(page: Opened) -> None:
    async with browsing(page.slack.address) as browser:
        box = browser.get_by_role("textbox")
        await browser.get_by_role("button", name="/devmetrics help").click()
        await expect(box).to_have_value("/devmetrics help")
        await expect(box).to_be_focused()
        await box.press("Enter")
        await expect(answers(browser).first).to_contain_text("What you can ask")
        await type_into(browser, "Thanks!")
        await box.press("ArrowUp")
        await expect(box).to_have_value("Thanks!")
        await box.press("ArrowUp")
        await expect(box).to_have_value("/devmetrics help")
        await box.press("ArrowDown")
        await box.press("ArrowDown")
        await expect(box).to_have_value("")


async def test_what_went_wrong_is_said_and_nothing_typed_is_lost(page: Opened) -> None:
    async with browsing(page.slack.address) as browser:
        await type_into(browser, "/remind me of lunch")
        await expect(browser.get_by_role("alert")).to_contain_text("/remind is not a command here.")
        await expect(browser.get_by_role("textbox")).to_have_value("/remind me of lunch")
        assert await barriers(browser) == []


async def test_two_open_pages_see_the_same_channel(page: Opened) -> None:
    async with browsing(page.slack.address) as one, browsing(page.slack.address) as other:
        await type_into(one, "Hello <b>everybody</b> & *welcome*")
        for browser in (one, other):
            await expect(browser.get_by_role("log")).to_contain_text("Hello <b>everybody</b> & welcome")


async def test_a_stopped_demo_is_said_and_the_page_goes_on_when_it_runs_again() -> None:
    async with AsyncExitStack() as running:
        address = (await running.enter_async_context(open_page(0))).address
        async with browsing(address, may_complain=True) as browser:
            await running.aclose()
            await expect(browser.get_by_role("status")).to_contain_text("The demo was stopped.")
            async with open_page(urlsplit(address).port or 0):
                await expect(browser.get_by_role("status")).to_have_count(0, timeout=20_000)


async def test_charts_and_threads_are_drawn_and_can_be_read_by_everybody(page: Opened) -> None:
    state, channel = page.slack.workspace.state, page.channel("team-platform").id
    points = [{"label": f"W{week}", "value": week % 5} for week in range(40, 48)]
    chart: Json = {
        "type": "line",
        "series": [{"name": "Deployments", "data": points}],
        "axis_config": {"categories": [point["label"] for point in points]},
    }
    digest = state.post(
        channel, "Deployments by week", [{"type": "data_visualization", "title": "Deployments by week", "chart": chart}]
    )
    state.post(channel, "The evidence", [section("*The evidence*")], thread_ts=digest.ts)
    async with browsing(page.slack.address) as browser:
        await expect(answers(browser).first.locator("svg path, svg polyline").first).to_be_visible()
        await browser.get_by_text("1 reply").click()
        await expect(browser.get_by_text("The evidence", exact=True)).to_be_visible()
        assert await barriers(browser) == []


async def test_the_private_channel_is_marked_in_words_too(page: Opened) -> None:
    async with browsing(page.slack.address) as browser:
        await browser.get_by_role("button", name="leads (private)").click()
        await expect(browser.get_by_role("heading", name="leads")).to_be_visible()


async def test_a_modal_is_filled_and_closed_and_keeps_the_focus_inside(page: Opened) -> None:
    """The application knows no modal yet: it answers with nothing, which closes one."""
    person = page.slack.page.person
    async with browsing(page.slack.address) as browser:
        page.slack.workspace.state.show_modal(person.id, MODAL)
        page.slack.page.updates.wake()
        dialog = browser.get_by_role("dialog", name="Weekly digest")
        await expect(dialog).to_be_visible()
        await dialog.get_by_label("Team").select_option(label="Payments")
        await dialog.get_by_label("At").fill("09:30")
        await dialog.get_by_label("Note (optional)").fill("For the retro")
        assert await barriers(browser) == []
        for _ in range(12):
            await browser.keyboard.press("Tab")
            assert await browser.evaluate(
                "document.activeElement === document.body || !!document.activeElement.closest('dialog')"
            )
        await browser.keyboard.press("Escape")
        await expect(dialog).to_have_count(0)
        assert page.slack.workspace.state.modals == {}


def choice(label: str) -> Json:
    return {"text": plain(label), "value": label.lower()}


MODAL: Json = {
    "type": "modal",
    "title": plain("Weekly digest"),
    "submit": plain("Subscribe"),
    "close": plain("Cancel"),
    "blocks": [
        {
            "type": "input",
            "block_id": "team",
            "label": plain("Team"),
            "element": {
                "type": "static_select",
                "action_id": "team",
                "options": [choice("Platform"), choice("Payments")],
            },
        },
        {
            "type": "input",
            "block_id": "when",
            "label": plain("At"),
            "element": {"type": "timepicker", "action_id": "time", "initial_time": "09:00"},
        },
        {
            "type": "input",
            "block_id": "note",
            "label": plain("Note"),
            "optional": True,
            "element": {"type": "plain_text_input", "action_id": "note", "multiline": True},
        },
    ],
}
