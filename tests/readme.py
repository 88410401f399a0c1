"""The answer that the README shows, taken from the demo: `python -m tests.readme` writes it anew."""

import asyncio
from datetime import UTC, datetime
from io import StringIO
from pathlib import Path
from tempfile import TemporaryDirectory

from rich.console import Console

from bot.operator import demo
from bot.settings import Settings

README = Path(__file__).parents[1] / "README.md"
BEGIN, END = "<!-- the demo's answer, written by tests/readme.py -->\n```text\n", "```\n<!-- its end -->"
# Any day would do; the company's story is the same.
MOMENT = datetime(2026, 11, 23, 12, tzinfo=UTC)
WIDTH = 100


def shown(said: str) -> str:
    """Of what the demo printed: the question and the delivery metrics, without the pull requests below them."""
    question = said.index("/devmetrics team platform")
    return said[question:].partition("───")[0].rstrip() + "\n"


def in_readme() -> str:
    """What the README shows."""
    return README.read_text().partition(BEGIN)[2].partition(END)[0]


def main() -> None:
    with TemporaryDirectory(prefix="devmetrics-readme-") as name:
        Path(name).chmod(0o711)
        console = Console(file=StringIO(), highlight=False, width=WIDTH)
        settings = Settings.model_construct(data_dir=Path(name), port=0)
        asyncio.run(demo.run(settings, console, MOMENT, once=True))
    assert isinstance(console.file, StringIO)
    before, _, rest = README.read_text().partition(BEGIN)
    _, _, after = rest.partition(END)
    README.write_text(before + BEGIN + shown(console.file.getvalue()) + END + after)


if __name__ == "__main__":
    main()
