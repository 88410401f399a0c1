from collections.abc import Iterator
from pathlib import Path

import pytest

from storage.embedded.throwaway import memory_folder
from tests.storage.embedded.processes import open_folder


@pytest.fixture
def data_folder() -> Iterator[Path]:
    """A folder that every user may enter, unlike pytest's own; in memory, where initdb is fast."""
    with open_folder(memory_folder()) as folder:
        yield folder
