"""The sample company: believable, and the same every day."""

import itertools
import json
from collections import Counter, defaultdict
from datetime import UTC, date, datetime, timedelta
from typing import Any

import pytest

from bot.demo.company import Delivery, deliveries, play_live, write_story
from bot.demo.company.calendar import DAYS, working_time
from bot.demo.company.people import REPOSITORIES, TEAMS, team_of
from bot.demo.company.script import Story
from tests.bot.demo.counting import count_team

MONDAY = date(2026, 11, 23)
EVERY_WEEKDAY = [MONDAY + timedelta(days=ahead) for ahead in range(7)]


@pytest.fixture(scope="module")
def story() -> Story:
    return write_story(MONDAY)


@pytest.fixture(scope="module")
def told() -> list[Delivery]:
    return list(deliveries(MONDAY))


def test_three_teams_own_eight_repositories_on_both_providers() -> None:
    assert {team.slug for team in TEAMS} == {"platform", "payments", "mobile"}
    assert len(REPOSITORIES) == 8
    assert {repository.provider for repository in REPOSITORIES} == {"github", "gitlab"}
    assert {team_of(repository).slug for repository in REPOSITORIES} == {"platform", "payments", "mobile"}


@pytest.mark.parametrize("today", EVERY_WEEKDAY)
def test_the_history_covers_120_days_and_ends_before_today(today: date) -> None:
    story = write_story(today)
    assert story.end == datetime(today.year, today.month, today.day, tzinfo=UTC)
    assert DAYS - 1 <= (story.end - story.start).days <= DAYS + 2


@pytest.mark.parametrize("today", [MONDAY + timedelta(days=2), MONDAY + timedelta(days=6)])
def test_dates_move_with_the_day_and_shapes_do_not(today: date, told: list[Delivery]) -> None:
    again = list(deliveries(today))
    assert Counter(delivery.event for delivery in again) == Counter(delivery.event for delivery in told)
    assert [(it.number, it.title) for it in write_story(today).pull_requests] == [
        (it.number, it.title) for it in write_story(MONDAY).pull_requests
    ]


def test_the_same_day_gives_the_same_bytes(told: list[Delivery]) -> None:
    assert list(deliveries(MONDAY)) == told


def test_deliveries_come_in_the_order_of_time_with_keys_of_their_own(told: list[Delivery]) -> None:
    assert [delivery.at for delivery in told] == sorted(delivery.at for delivery in told)
    assert len({delivery.key for delivery in told}) == len(told)
    assert told[-1].at < datetime(2026, 11, 23, tzinfo=UTC)


def test_nobody_works_at_weekends_or_in_the_quiet_week(story: Story) -> None:
    quiet = working_time(MONDAY).quiet_monday
    for item in story.pull_requests:
        assert item.created_at.weekday() < 5
        assert 8 <= item.created_at.hour <= 20
        assert not quiet <= item.created_at.date() < quiet + timedelta(days=7)


def test_nothing_is_reviewed_before_it_exists_or_merged_before_it_is_reviewed(story: Story) -> None:
    for item in story.pull_requests:
        moments = [item.first_commit_at, item.pushes[0].at, item.created_at]
        assert moments == sorted(moments)
        assert all(item.created_at < review.at for review in item.reviews)
        if item.merged_at is not None:
            assert all(review.at < item.merged_at for review in item.reviews)
            assert item.pushes[-1].at < item.merged_at
            assert item.ready_at is None or item.ready_at < item.merged_at


def test_pushes_to_the_default_branch_form_one_chain(story: Story) -> None:
    for repository in REPOSITORIES:
        pushes = [push for push in story.main_pushes if push.repository is repository]
        assert all(before.after == after.before for before, after in itertools.pairwise(pushes))
        assert len({push.after for push in pushes}) == len(pushes) > 15


def test_a_repository_deploys_one_release_after_the_other(story: Story) -> None:
    for repository in REPOSITORIES:
        runs = [it for it in story.deployments if it.repository is repository]
        assert all(before.finished_at <= after.started_at for before, after in itertools.pairwise(runs))
        assert all(it.started_at < it.finished_at for it in runs)


def test_there_is_a_rollback_an_incident_with_its_revert_drafts_bots_and_forgotten_work(story: Story) -> None:
    assert sum(it.rollback for it in story.deployments) == 2
    assert Counter(it.fate for it in story.deployments)["rolled back"] == 2
    assert len(story.incidents) == 2
    reverts = [it for it in story.pull_requests if it.reverts is not None]
    assert all(it.branch.startswith(f"revert-{it.reverts.number}-") for it in reverts if it.reverts)
    assert len(reverts) == 2
    assert sum(it.ready_at is not None for it in story.pull_requests) > 40
    assert sum(it.author.bot for it in story.pull_requests) > 40
    assert any(review.reviewer.bot for it in story.pull_requests for review in it.reviews)
    assert any(it.ended_at is None for it in story.pull_requests)
    assert any(it.closed_at is not None for it in story.pull_requests)


@pytest.mark.parametrize("today", EVERY_WEEKDAY)
def test_the_platform_team_improves(today: date) -> None:
    story = write_story(today)
    day = timedelta(days=1)
    now = count_team(story, "platform", story.end - 29 * day, story.end + day)
    before = count_team(story, "platform", story.start, story.start + 30 * day)
    assert now.deployments > before.deployments
    assert now.lead_time_seconds is not None
    assert before.lead_time_seconds is not None
    assert now.lead_time_seconds < 0.7 * before.lead_time_seconds
    assert now.failed * before.deployments < before.failed * now.deployments


def test_what_the_deliveries_tell_is_what_the_script_says(story: Story, told: list[Delivery]) -> None:
    """Merges and finished deployments, read from the bodies and counted from the script."""
    merged: set[tuple[str, int]] = set()
    finished: Counter[str] = Counter()
    for delivery in told:
        body: Any = json.loads(delivery.body)
        match delivery.event:
            case "pull_request" if body["action"] == "closed" and body["pull_request"]["merged"]:
                merged.add((body["repository"]["full_name"], body["number"]))
            case "Merge Request Hook" if body["object_attributes"]["action"] == "merge":
                merged.add((body["project"]["path_with_namespace"], body["object_attributes"]["iid"]))
            case "deployment_status" if body["deployment_status"]["state"] != "in_progress":
                finished[body["deployment"]["environment"]] += 1
            case "Deployment Hook" if body["status"] != "running":
                finished[body["environment"]] += 1
    assert merged == {
        (it.repository.path, it.number)
        for it in story.pull_requests
        if it.merged_at is not None and it.merged_at < story.end
    }
    assert finished == Counter(it.environment for it in story.deployments if it.finished_at < story.end)


def test_bodies_are_as_large_as_the_real_ones(told: list[Delivery]) -> None:
    sizes: defaultdict[str, list[int]] = defaultdict(list)
    for delivery in told:
        sizes[delivery.event].append(len(delivery.body))
    assert min(sizes["pull_request"]) > 18_000
    assert min(sizes["push"]) > 6_000
    assert min(sizes["deployment_status"]) > 8_000


def test_a_snapshot_knows_nothing_of_the_future(story: Story, told: list[Delivery]) -> None:
    seen: dict[tuple[str, int], list[Any]] = defaultdict(list)
    for delivery in told:
        if delivery.event == "pull_request":
            body = json.loads(delivery.body)
            seen[body["repository"]["full_name"], body["number"]].append(body)
    for bodies in seen.values():
        assert bodies[0]["action"] == "opened"
        assert bodies[0]["pull_request"]["merged_at"] is None
        assert all(body["pull_request"]["updated_at"] <= f"{story.end:%Y-%m-%dT%H:%M:%SZ}" for body in bodies)
        assert [body["action"] for body in bodies].count("closed") <= 1


def test_live_changes_go_on_where_the_history_ends(story: Story, told: list[Delivery]) -> None:
    begin = datetime(2026, 11, 23, 10, tzinfo=UTC)
    live = list(itertools.islice(play_live(story, begin), 60))
    assert [delivery.at for _, delivery in live] == sorted(delivery.at for _, delivery in live)
    assert live[0][1].at >= begin
    heads = {push.repository.path: push.after for push in story.main_pushes if push.at < story.end}
    for _, delivery in live:
        body = json.loads(delivery.body)
        if body.get("ref") == "refs/heads/main" and delivery.event in {"push", "Push Hook"}:
            path = body["repository"].get("full_name") or body["project"]["path_with_namespace"]
            assert body["before"] == heads[path]
            heads[path] = body["after"]
    assert not {delivery.key for _, delivery in live} & {delivery.key for delivery in told}


def test_live_changes_after_a_restart_are_new_ones(story: Story) -> None:
    begin = datetime(2026, 11, 23, 10, tzinfo=UTC)
    first = list(itertools.islice(play_live(story, begin), 60))
    changes = first[-1][0]
    second = list(itertools.islice(play_live(story, begin + timedelta(hours=1), after=changes), 60))
    assert second[0][0] == changes + 1
    assert second[0][1].at >= begin + timedelta(hours=1)
    assert not {delivery.key for _, delivery in first} & {delivery.key for _, delivery in second}
