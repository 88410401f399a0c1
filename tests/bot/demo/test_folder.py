"""The demo's folder: one per day, the old ones cleared away, never one that is in use."""

from datetime import date, timedelta
from pathlib import Path

import pytest

from bot.demo.company import write_story
from bot.demo.company.script import Story
from bot.demo.folder import demo_folder

TODAY = date(2026, 11, 23)


@pytest.fixture(scope="module")
def story() -> Story:
    return write_story(TODAY)


def test_a_new_folder_holds_no_history_until_it_is_remembered(tmp_path: Path, story: Story) -> None:
    folder = demo_folder(tmp_path, TODAY, story)
    folder.path.mkdir(parents=True)
    assert folder.live_changes is None
    folder.remember(3)
    assert demo_folder(tmp_path, TODAY, write_story(TODAY)).live_changes == 3


def test_another_day_begins_anew_and_clears_the_day_before(tmp_path: Path, story: Story) -> None:
    before = demo_folder(tmp_path, TODAY, story)
    before.path.mkdir(parents=True)
    before.remember(0)
    tomorrow = TODAY + timedelta(days=1)
    after = demo_folder(tmp_path, tomorrow, write_story(tomorrow))
    assert after.live_changes is None
    assert not before.path.exists()


def test_a_folder_whose_server_runs_is_left_alone(tmp_path: Path, story: Story) -> None:
    before = demo_folder(tmp_path, TODAY, story)
    running = before.path / "postgres" / "cluster" / "postmaster.pid"
    running.parent.mkdir(parents=True)
    running.touch()
    tomorrow = TODAY + timedelta(days=1)
    demo_folder(tmp_path, tomorrow, write_story(tomorrow))
    assert running.exists()


def test_a_broken_note_means_that_nothing_was_loaded(tmp_path: Path, story: Story) -> None:
    folder = demo_folder(tmp_path, TODAY, story)
    folder.path.mkdir(parents=True)
    (folder.path / "history.json").write_text("{")
    assert folder.live_changes is None
