"""Makes the screenshots of the set-up in docs/screenshots, from the real pages: part of `make screenshots`."""

import asyncio
import sys
from pathlib import Path

from playwright.async_api import Page

from storage.database import create_engine
from storage.embedded.throwaway import throwaway_server, url_of
from storage.migrate import ensure_organization, migrate
from tests.bot.demo.page.browsing import CHROMIUM
from tests.bot.github_setup.place import placed
from tests.bot.github_setup.test_using import browser

SCREENSHOTS = Path(__file__).parents[3] / "docs" / "screenshots"


async def main(sockets: Path) -> None:
    url = url_of(sockets, "postgres")
    await migrate(url)
    engine = create_engine(url)
    async with engine.begin() as connection:
        organization_id = await ensure_organization(connection, "default")
    async with placed(engine, organization_id) as place, browser() as page:
        await page.set_viewport_size({"width": 800, "height": 520})
        await page.goto(str(await place.invitation()))
        await page.get_by_role("textbox").fill("acme")
        await save(page, "github-choose")
        await page.get_by_role("button").click()
        await save(page, "github-register")
        await page.get_by_role("button").click()
        await page.get_by_role("button").click()
        await page.get_by_role("link", name="Install it").wait_for()
        await save(page, "github-registered")
    await engine.dispose()


async def save(page: Page, name: str) -> None:
    path = SCREENSHOTS / f"{name}.png"
    await page.screenshot(path=path)
    sys.stdout.write(f"{path}\n")


if __name__ == "__main__":
    if CHROMIUM is None:
        sys.exit("The screenshots are made in Chromium, which is missing (Debian: apt install chromium).")
    with throwaway_server() as sockets:
        asyncio.run(main(sockets))
