"""Pushes as webhooks would have told them, from commits and the moves of branches."""

from datetime import UTC, datetime, timedelta

from handlers.asking.line import Move, moves_along, pushes_of
from storage.records import RepositoryKey

KEY = RepositoryKey("github", "github.com", "1")
START = datetime(2026, 3, 2, tzinfo=UTC)
MAIN, CHANGE = "refs/heads/main", "refs/heads/change"


def at(minute: int) -> datetime:
    return START + timedelta(minutes=minute)


def told(moves: list[Move], graph: dict[str, tuple[str, ...]]) -> list[tuple[str, tuple[str, ...]]]:
    return [(push.ref.rpartition("/")[2], push.commit_shas) for push in pushes_of(moves, graph, KEY, "main")]


def test_a_merge_brings_the_branchs_commits_and_itself() -> None:
    graph = {"a": (), "b": ("a",), "f1": ("a",), "f2": ("f1",), "m": ("b", "f2")}
    moves = [
        Move(MAIN, "", "a", forced=False, at=at(0)),
        Move(CHANGE, "", "f1", forced=False, at=at(1)),
        Move(MAIN, "a", "b", forced=False, at=at(2)),
        Move(CHANGE, "f1", "f2", forced=False, at=at(3)),
        Move(MAIN, "b", "m", forced=False, at=at(4)),
        Move(CHANGE, "f2", "", forced=False, at=at(5)),
    ]
    assert told(moves[::-1], graph) == [
        ("main", ("a",)),
        ("change", ("f1",)),
        ("main", ("b",)),
        ("change", ("f2",)),
        ("main", ("f1", "f2", "m")),
        ("change", ()),
    ]


def test_what_the_graph_does_not_reach_was_there_before() -> None:
    graph = {"b": ("old",), "f1": ("older",), "m": ("b", "f1")}
    moves = [Move(MAIN, "old", "b", forced=False, at=at(0)), Move(MAIN, "b", "m", forced=False, at=at(1))]
    assert told(moves, graph) == [("main", ("b",)), ("main", ("f1", "m"))]


def test_a_forced_push_brings_what_its_new_head_has_and_the_old_one_had_not() -> None:
    graph = {"a": (), "b": ("a",), "c": ("a",), "d": ("c",)}
    moves = [
        Move(MAIN, "", "a", forced=False, at=at(0)),
        Move(MAIN, "a", "b", forced=False, at=at(1)),
        Move(MAIN, "b", "d", forced=True, at=at(2)),
    ]
    pushes = list(pushes_of(moves, graph, KEY, "main"))
    assert [push.forced for push in pushes] == [False, False, True]
    assert pushes[-1].commit_shas == ("c", "d")


def test_a_branch_that_nothing_tells_of_is_left_out() -> None:
    assert told([Move(CHANGE, "", "unknown", forced=False, at=at(0))], {"a": ()}) == []


def test_without_a_record_of_pushes_each_step_of_the_branch_is_one() -> None:
    graph = {"a": ("old",), "f": ("a",), "m": ("a", "f")}
    times = {"a": at(0), "f": at(1), "m": at(2)}
    moves = moves_along("m", graph, times, MAIN)
    assert told(moves, graph) == [("main", ("a",)), ("main", ("f", "m"))]
    assert [push.time for push in pushes_of(moves, graph, KEY, "main")] == [at(0), at(2)]


def test_on_such_a_line_a_rebase_is_one_push_and_a_slow_clock_changes_no_order() -> None:
    graph: dict[str, tuple[str, ...]] = {"a": ("old",), "b": ("a",), "c": ("b",), "d": ("c",), "e": ("d",)}
    times = {"a": at(3), "b": at(5), "c": at(5), "d": at(1), "e": at(7)}
    moves = moves_along("e", graph, times, MAIN)
    assert told(moves, graph) == [("main", ("a",)), ("main", ("b", "c")), ("main", ("d",)), ("main", ("e",))]
    assert [(move.before, move.at) for move in moves] == [("old", at(3)), ("a", at(5)), ("c", at(5)), ("d", at(7))]


def test_what_is_pushed_last_may_have_been_written_first() -> None:
    """Where no push has a time of its own, the order is that of the pushes, and the time that of their commits."""
    graph = {"a": (), "b": ("a",), "c": ("b",)}
    times = {"a": at(0), "b": at(30), "c": at(10)}
    moves = [
        Move(MAIN, "", "a", forced=False, at=at(1)),
        Move(MAIN, "a", "b", forced=False, at=at(31)),
        Move(MAIN, "b", "c", forced=False, at=at(32)),
    ]
    pushes = list(pushes_of(moves, graph, KEY, "main", times))
    assert [(push.commit_shas, push.time) for push in pushes] == [(("a",), at(0)), (("b",), at(30)), (("c",), at(10))]


def test_a_rebased_commit_that_is_older_than_the_one_before_it_did_not_come_sooner() -> None:
    graph = {"a": (), "b": ("a",), "c": ("b",)}
    moves = moves_along("c", graph, {"a": at(0), "b": at(9), "c": at(3)}, MAIN)
    assert [(move.after, move.at) for move in moves] == [("a", at(0)), ("b", at(9)), ("c", at(9))]
    assert told(moves, graph) == [("main", ("a",)), ("main", ("b",)), ("main", ("c",))]


def test_a_branch_without_anything_new_moved_nowhere() -> None:
    assert moves_along("old", {}, {}, MAIN) == []
