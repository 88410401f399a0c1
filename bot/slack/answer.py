"""What a command answers, wherever it is read."""

from dataclasses import dataclass
from typing import Any


@dataclass(frozen=True, slots=True)
class Answer:
    """`text` says in words everything that `blocks` show: a screen reader reads nothing else."""

    text: str
    blocks: list[dict[str, Any]]
    # False: the question could not be answered (an unknown team), and the text says why.
    understood: bool = True
    # In Slack the answer is this form; the text is for where none can be opened.
    modal: dict[str, Any] | None = None
