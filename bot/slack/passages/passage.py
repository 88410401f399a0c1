"""One number (or a few that belong together) in words."""

from collections.abc import Iterable
from dataclasses import dataclass

from bot.slack.blocks import Block, section


@dataclass(frozen=True, slots=True)
class Passage:
    """`title: value`, then details. All text is escaped already."""

    title: str
    value: str
    details: tuple[str, ...] = ()
    # Details on lines of their own.
    listed: bool = False

    def block(self) -> Block:
        head = f"*{self.title}:* {self.value}"
        if not self.details:
            return section(head)
        if self.listed:
            return section("\n".join([head, *(f"• {detail}" for detail in self.details)]))
        return section(f"{head}\n{' · '.join(self.details)}")

    def spoken(self) -> str:
        return f"{self.title}: {'; '.join([self.value, *self.details])}."


def said(*details: str | None) -> tuple[str, ...]:
    """The details that there are."""
    return tuple(detail for detail in details if detail)


def spoken(passages: Iterable[Passage]) -> str:
    return " ".join(passage.spoken() for passage in passages)
