"""Registering the App as an administrator does it: in a browser, from the invitation to the installation."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

from playwright.async_api import Page, async_playwright, expect

from bot.settings import encryption
from storage.connections import list_connections
from tests.bot.demo.page.browsing import CHROMIUM, FLAGS, barriers, needs_browser
from tests.bot.github_setup.place import Place

pytestmark = needs_browser


@asynccontextmanager
async def browser() -> AsyncIterator[Page]:
    async with async_playwright() as playwright:
        chromium = await playwright.chromium.launch(executable_path=CHROMIUM, args=FLAGS)
        page = await chromium.new_page()
        page.set_default_timeout(15_000)
        yield page
        await chromium.close()


async def test_from_the_invitation_to_the_installation_in_five_clicks(place: Place) -> None:
    address = await place.invitation()
    assert address is not None
    async with browser() as page:
        await page.goto(address)
        assert await barriers(page) == []
        await page.get_by_role("textbox", name="Name of the organization").fill("acme")
        await page.get_by_role("button", name="Go on").click()
        await expect(page.get_by_role("heading")).to_have_text("Register the App at GitHub")
        await expect(page.get_by_role("row", name="Pull requests")).to_contain_text("read")
        assert await barriers(page) == []
        await page.get_by_role("button", name="Register at GitHub").click()

        await expect(page.get_by_role("heading")).to_have_text("Create GitHub App")
        await page.get_by_role("button", name="Create GitHub App").click()

        await expect(page.get_by_role("heading")).to_have_text("The App is registered")
        assert await barriers(page) == []
        await page.get_by_role("link", name="Install it").click()
        await page.get_by_role("link", name="Install").click()
        await expect(page.get_by_role("heading")).to_have_text("devmetrics is installed")

        await page.goto(address)
        await expect(page.get_by_role("alert")).to_contain_text("until an App is registered")
    async with place.engine.connect() as connection:
        (kept,) = await list_connections(connection, place.organization_id, "github")
    assert (kept.name, kept.secrets(encryption(place.settings))["app_id"]) == ("devmetrics-acme", "4711")
