"""What stands whatever comes: links from before a repository's horizon, whose raw rows retention has dropped."""

from __future__ import annotations

from collections.abc import Set
from datetime import datetime
from typing import TYPE_CHECKING, NamedTuple

if TYPE_CHECKING:
    from storage.linking.rows import ChangeRow, EvidenceRow, Note, ShippedRow


class Frozen(NamedTuple):
    # The repository's horizon; None: nothing was dropped yet.
    before: datetime | None = None
    changes: Set[ChangeRow] = frozenset()
    shipped: Set[ShippedRow] = frozenset()
    evidence: Set[EvidenceRow] = frozenset()
    notes: Set[Note] = frozenset()
    # Keys of deployments whose outcome stands; their rows still tell what a chain had before.
    deployments: Set[str] = frozenset()
    # Of the commits that later facts name, those that belong to a frozen change or were on a default branch before.
    settled: Set[str] = frozenset()

    def stands(self, moment: datetime) -> bool:
        """Whether what happened then is as it was found, and nothing more can be."""
        return self.before is not None and moment < self.before
