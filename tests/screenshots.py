"""Makes docs/screenshots from the running demo: `make screenshots`."""

import asyncio
import sys
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from tempfile import TemporaryDirectory

from playwright.async_api import Page, expect

from bot.digests.sending import Sending
from bot.slack.post import Poster
from storage.database import create_engine
from storage.embedded.throwaway import throwaway_server, url_of
from storage.migrate import ensure_organization, migrate
from storage.subscriptions import subscribe
from tests.bot.demo.page.browsing import CHROMIUM, answers, browsing, type_into
from tests.bot.demo.page.demonstration import demonstration
from tests.bot.demo.page.opened import opened
from tests.bot.digests.weeks import MONDAY, WEEKS
from tests.reports.filling import Filling

SCREENSHOTS = Path(__file__).parent.parent / "docs" / "screenshots"
WIDTH = 1180
# What is around the messages: the channel's name, the box, and two lines of what to try.
AROUND = 215
TALLEST = 1800
LARGEST_BYTES = 350_000


async def main() -> None:
    SCREENSHOTS.mkdir(parents=True, exist_ok=True)
    with TemporaryDirectory(prefix="devmetrics-screenshots-") as name:
        folder = Path(name)
        # As root, PostgreSQL runs as another user, who must be able to enter.
        folder.chmod(0o711)  # noqa: ASYNC240 (nothing else runs)
        async with demonstration(folder) as demo:
            # The digest first: what is asked afterwards is below it. With how many messages must be seen whole.
            for picture, messages in ((digest, 1), (answer, 1), (shared, 2), (helped, 2), (home, 1), (form, 1)):
                async with browsing(demo.page, viewport={"width": WIDTH, "height": 800}) as page:
                    await picture(page)
                    await save(page, picture.__name__, messages)
        async with weeks(folder) as address:
            for name in WEEKS:
                async with browsing(address, viewport={"width": WIDTH, "height": 800}) as page:
                    await week(page, name)
                    await save(page, f"digest-{name}")


async def answer(page: Page) -> None:
    """A team's numbers, as the person who asked reads them."""
    await page.get_by_role("button", name="team-platform").click()
    await page.get_by_text("1 reply").wait_for()
    await type_into(page, "/devmetrics team platform")
    await expect(answers(page).last).to_contain_text("Share in channel")


async def shared(page: Page) -> None:
    """What everybody reads after it was shared."""
    await page.get_by_role("button", name="team-payments").click()
    await page.get_by_text("1 reply").wait_for()
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


async def digest(page: Page) -> None:
    """Last Monday's, with the details in its thread."""
    await week(page, "team-platform")


async def home(page: Page) -> None:
    """What is behind the application's name."""
    await page.get_by_role("button", name="devmetrics", exact=True).click()
    await page.get_by_text("Payments in").wait_for()


async def form(page: Page) -> None:
    """The form that orders a digest."""
    await page.get_by_role("button", name="team-mobile").click()
    await type_into(page, "/devmetrics subscribe")
    await page.get_by_role("dialog").get_by_label("Team").select_option(label="Mobile")


async def week(page: Page, channel: str) -> None:
    """The digest of one channel, with the thread where there is room for it."""
    await page.get_by_role("button", name=channel).click()
    await answers(page).first.wait_for()
    if channel in {"team-platform", "terrible"}:
        await page.get_by_text("1 reply").click()


@asynccontextmanager
async def weeks(folder: Path) -> AsyncIterator[str]:
    """The page of a workspace with a channel for each week; its address."""
    with throwaway_server() as sockets:
        url = url_of(sockets, "postgres")
        await migrate(url)
        engine = create_engine(url)
        async with engine.begin() as connection:
            organization_id = await ensure_organization(connection, "default")
            filling = Filling(connection, organization_id)
            for tell in WEEKS.values():
                await tell(filling)
        async with opened(engine, organization_id, folder) as here:
            workspace, person = here.slack.workspace, here.slack.page.person
            for name in WEEKS:
                channel = workspace.state.add_channel(name, person)
                async with engine.begin() as connection:
                    await subscribe(connection, organization_id, name, channel.id, (1, "09:00", "UTC"), person.id)
            poster = Poster(workspace.bot_token, workspace.api_url)
            await Sending(engine, organization_id, poster).send_due(MONDAY)
            yield here.slack.address
        await engine.dispose()


async def save(page: Page, name: str, messages: int = 1) -> None:
    """As tall as the newest `messages` and their threads need, within reason; the end of it is seen."""
    shown = page.get_by_role("log").or_(page.get_by_role("region", name="Home"))
    height = await shown.evaluate(
        "(shown, messages) => [...shown.children].slice(-messages).reduce((sum, one) => sum + one.scrollHeight, 0)",
        messages,
    )
    await page.set_viewport_size({"width": WIDTH, "height": min(max(int(height) + AROUND, 740), TALLEST)})
    await shown.evaluate("shown => { shown.scrollTop = shown.scrollHeight }")
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
