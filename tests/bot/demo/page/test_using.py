"""The page in a browser, without the sample company: by keyboard, with modals, and while it changes."""

from contextlib import AsyncExitStack
from urllib.parse import urlsplit

from playwright.async_api import Page, expect

from bot.demo.page.opening import open_page
from bot.demo.workspace.state import Json
from bot.slack.blocks import section
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


async def test_a_digest_is_ordered_in_a_form_with_the_keyboard_alone(page: Opened) -> None:
    async with browsing(page.slack.address) as browser:
        await type_into(browser, "/devmetrics subscribe")
        dialog = browser.get_by_role("dialog", name="Weekly digest")
        await expect(dialog).to_be_visible()
        assert await barriers(browser) == []
        for _ in range(14):
            await browser.keyboard.press("Tab")
            assert await browser.evaluate(
                "document.activeElement === document.body || !!document.activeElement.closest('dialog')"
            ), "the focus stays inside"

        await dialog.get_by_label("Team").focus()
        for keys in ("Platform", "Tab", "Friday", "Tab"):
            await (browser.keyboard.press if keys == "Tab" else browser.keyboard.type)(keys)
        await dialog.get_by_label("Time zone (optional)").focus()
        await browser.keyboard.type("Europe/Berlni")
        await browser.keyboard.press("Enter")
        await expect(dialog.get_by_role("alert")).to_have_text(
            "There is no such time zone. Did you mean Europe/Berlin or Europe/Helsinki?"
        )
        assert await barriers(browser) == []
        await dialog.get_by_label("Time zone (optional)").fill("europe/berlin")
        await browser.keyboard.press("Enter")
        await expect(dialog).to_contain_text("Fridays at 09:00, Europe/Berlin. The next one comes on Friday ")
        await browser.keyboard.press("Escape")
        await expect(dialog).to_have_count(0)
        assert page.slack.workspace.state.modals == {}


async def test_app_home_shows_what_was_ordered_and_changes_it(page: Opened) -> None:
    await page.type("/devmetrics subscribe platform tue 10:00 Asia/Tokyo #team-mobile")
    async with browsing(page.slack.address) as browser:
        await go_to(browser, "devmetrics")
        await browser.keyboard.press("Enter")
        home = browser.get_by_role("region", name="Home")
        await expect(home).to_contain_text("Platform in #team-mobile")
        await expect(home).to_contain_text("Tuesdays at 10:00, Asia/Tokyo; next on Tuesday ")
        assert await barriers(browser) == []

        menu = home.get_by_role("combobox", name="More actions")
        await menu.select_option(label="Pause")
        await expect(home).to_contain_text("Asia/Tokyo; paused")
        await menu.select_option(label="Resume")
        await expect(home).to_contain_text("next on Tuesday ")
        await menu.select_option(label="Change the hour")
        dialog = browser.get_by_role("dialog", name="Weekly digest")
        await expect(dialog.get_by_label("Day")).to_have_value("2")
        await dialog.get_by_label("Time", exact=True).fill("11:15")
        await dialog.get_by_role("button", name="Subscribe").click()
        await dialog.get_by_role("button", name="Done").click()
        await expect(home).to_contain_text("Tuesdays at 11:15")
        await menu.select_option(label="Unsubscribe")
        await expect(home).to_contain_text("You have ordered none yet")
        await home.get_by_role("button", name="Order a weekly digest").click()
        await expect(dialog).to_be_visible()
        await browser.keyboard.press("Escape")

        await browser.get_by_role("button", name="Messages", exact=True).click()
        await expect(browser.get_by_role("log")).to_contain_text("Nothing yet.")
        assert await barriers(browser) == []
