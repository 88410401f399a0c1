"""Makes docs/screenshots from the running demo: `make screenshots`."""

import asyncio
import sys
from pathlib import Path
from tempfile import TemporaryDirectory

from playwright.async_api import Page, expect

from tests.bot.demo.page.browsing import CHROMIUM, answers, browsing, type_into
from tests.bot.demo.page.demonstration import demonstration

SCREENSHOTS = Path(__file__).parent.parent / "docs" / "screenshots"
WIDTH = 1180
# What is around the messages: the channel's name, and the box.
AROUND = 170
LARGEST_BYTES = 300_000


async def main() -> None:
    SCREENSHOTS.mkdir(parents=True, exist_ok=True)
    with TemporaryDirectory(prefix="devmetrics-screenshots-") as name:
        folder = Path(name)
        # As root, PostgreSQL runs as another user, who must be able to enter.
        folder.chmod(0o711)  # noqa: ASYNC240 (nothing else runs)
        async with demonstration(folder) as demo:
            for picture in (answer, shared, helped):
                async with browsing(demo.page, viewport={"width": WIDTH, "height": 800}) as page:
                    await picture(page)
                    await save(page, picture.__name__)


async def answer(page: Page) -> None:
    """A team's numbers, as the person who asked reads them."""
    await page.get_by_role("button", name="team-platform").click()
    await type_into(page, "/devmetrics team platform")
    await expect(answers(page).last.get_by_role("combobox")).to_be_visible()


async def shared(page: Page) -> None:
    """What everybody reads after it was shared."""
    await page.get_by_role("button", name="team-payments").click()
    await type_into(page, "/devmetrics team payments last month")
    await answers(page).last.get_by_role("button", name="Share in channel").click()
    await expect(answers(page).last).to_contain_text("Asked by")
    await type_into(page, "Recovery is what we should talk about.")
    await page.wait_for_timeout(300)


async def helped(page: Page) -> None:
    """A word that is none, and the list of teams."""
    await page.get_by_role("button", name="general").click()
    await type_into(page, "/devmetrics hlep")
    await expect(answers(page).last).to_contain_text("Did you mean")
    await type_into(page, "/devmetrics teams")
    await expect(answers(page).last).to_contain_text("3 teams")


async def save(page: Page, name: str) -> None:
    """As tall as the newest message needs, within reason; the end of it is seen."""
    newest = await page.get_by_role("article").last.bounding_box()
    assert newest is not None
    await page.set_viewport_size({"width": WIDTH, "height": min(max(int(newest["height"]) + AROUND, 740), 1300)})
    await page.get_by_role("log").evaluate("log => { log.scrollTop = log.scrollHeight }")
    await page.evaluate("document.activeElement.blur()")
    await page.mouse.move(0, 0)
    path = SCREENSHOTS / f"{name}.png"
    await page.screenshot(path=path)
    size = path.stat().st_size
    if size > LARGEST_BYTES:
        sys.exit(f"{path} has {size:,} bytes: more than {LARGEST_BYTES:,}.")
    sys.stdout.write(f"{path} ({size:,} bytes)\n")


if __name__ == "__main__":
    if CHROMIUM is None:
        sys.exit("The screenshots are made in Chromium, which is missing (Debian: apt install chromium).")
    asyncio.run(main())
