"""Where the demo keeps its database: a folder per day and story, so that another day begins anew."""

import json
import shutil
from dataclasses import dataclass
from datetime import date
from hashlib import sha256
from pathlib import Path

from bot.demo.company.script import Story


@dataclass(frozen=True, slots=True)
class DemoFolder:
    """The folder of one story. `live_changes` is None until the whole history was loaded."""

    path: Path

    @property
    def _state(self) -> Path:
        return self.path / "history.json"

    @property
    def live_changes(self) -> int | None:
        """How many live changes were begun since the history was loaded."""
        try:
            return int(json.loads(self._state.read_text())["live_changes"])
        except (FileNotFoundError, ValueError, KeyError, TypeError):
            return None

    def remember(self, live_changes: int) -> None:
        """The history is loaded, and so many live changes were begun."""
        unfinished = self._state.with_suffix(".unfinished")
        unfinished.write_text(json.dumps({"live_changes": live_changes}))
        unfinished.replace(self._state)


def demo_folder(data_dir: Path, today: date, story: Story) -> DemoFolder:
    """The folder for this story. Those of other days are removed, except where a server still runs."""
    # A newer version may tell another story on the same day.
    fingerprint = sha256(repr(story).encode()).hexdigest()[:8]
    path = data_dir / "demo" / f"{today.isoformat()}-{fingerprint}"
    for other in path.parent.glob("????-??-??-*"):
        if other != path and not (other / "postgres" / "cluster" / "postmaster.pid").exists():
            shutil.rmtree(other, ignore_errors=True)
    return DemoFolder(path)
