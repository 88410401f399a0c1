"""Whatever a body holds, reading it gives records or one sentence that says why not."""

import json
import os
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from handlers.providers import PROVIDERS
from handlers.reading import Ignored, Unreadable, read_delivery
from storage.records import Commit, PullRequest, Record
from tests.handlers.payloads import GITLAB_HEADERS, RECEIVED_AT, header, load, names, only, read

GITHUB_EVENTS, GITLAB_EVENTS = PROVIDERS["github"].events, PROVIDERS["gitlab"].events
OWN = [(provider, name) for provider in PROVIDERS for name in names(provider)]
SHARED = Path(os.environ.get("DEVMETRICS_PAYLOADS", Path(__file__).parents[3] / "shared" / "payloads"))


def read_body(body: bytes, provider: str = "github", event: str = "pull_request") -> list[Record]:
    return read_delivery(provider, event, body, RECEIVED_AT)


@pytest.mark.parametrize(
    ("body", "reason"),
    [
        (b"", "is not JSON"),
        (b"[]", "got `array`"),
        (b"null", "got `null`"),
        (b"\xff\xfe", "is not JSON"),
        (b'{"action": "opened", "pull_req', "is not JSON"),
        (b'{"x":' + b"[" * 10_000 + b"]" * 10_000 + b"}", "nested too deeply"),
        (b'{"x":' + b'{"x":' * 10_000 + b"1" + b"}" * 10_001, "nested too deeply"),
        (b'{"number": ' + b"9" * 5_000 + b"}", "missing required field|is not JSON"),
        (b"{}", "missing required field `action`"),
        (b'{"action": 1}', "Expected `str`, got `int` - at `\\$.action`"),
    ],
)
@pytest.mark.parametrize(("provider", "event"), [("github", "pull_request"), ("gitlab", "Merge Request Hook")])
def test_a_body_that_cannot_be_read_says_why_in_one_sentence(
    body: bytes, reason: str, provider: str, event: str
) -> None:
    with pytest.raises(Unreadable, match=reason if provider == "github" else "JSON"):
        read_body(body, provider, event)


def test_what_is_wrong_is_named_by_its_place() -> None:
    with pytest.raises(Unreadable, match=r"missing required field `number` - at `\$\.pull_request`\.$"):
        read("github", "pull_request.opened", {"pull_request.number": ...})


def test_nul_bytes_and_lone_surrogates_are_taken_out_of_text() -> None:
    name = "pull_request.opened"
    body = json.dumps(load("github", name, {"pull_request.title": "a\0b\ud800c\ud83d\ude00"})).encode()
    assert only(read_body(body), PullRequest).title == "ab\N{REPLACEMENT CHARACTER}c😀"


def test_broken_utf8_is_replaced() -> None:
    body = json.dumps(load("github", "pull_request.opened", {"pull_request.title": "BROKEN"})).encode()
    records = read_body(body.replace(b"BROKEN", b"a\xffb\x00c"))
    assert only(records, PullRequest).title == "a\N{REPLACEMENT CHARACTER}bc"


def test_an_escaped_backslash_before_u0000_is_text_like_any_other() -> None:
    records = read("github", "pull_request.opened", {"pull_request.title": r"\u0000"})
    assert only(records, PullRequest).title == r"\u0000"


def test_a_byte_order_mark_does_no_harm() -> None:
    body = b"\xef\xbb\xbf" + json.dumps(load("github", "pull_request.opened")).encode()
    assert only(read_body(body), PullRequest).number == 12


def test_of_duplicate_names_the_last_counts() -> None:
    body = (
        json.dumps(load("github", "pull_request.opened"))
        .encode()
        .replace(b'"number": 12', b'"number": 11, "number": 12')
    )
    assert only(read_body(body), PullRequest).number == 12


def test_absurd_numbers_where_nobody_looks_do_no_harm() -> None:
    huge: dict[str, Any] = {"pull_request.comments": 10**400, "repository.size": 2**64, "repository.score": 1e308}
    assert only(read("github", "pull_request.opened", huge), PullRequest).number == 12


@pytest.mark.parametrize("number", [2**31, 2**63, 10**30, -1, 1.5, "12", True, None])
def test_a_number_that_is_none_of_a_pull_request_is_refused(number: object) -> None:
    with pytest.raises(Unreadable, match=r"at `\$\.pull_request\.number`"):
        read("github", "pull_request.opened", {"pull_request.number": number})


@pytest.mark.parametrize("identifier", [2**63, 10**30, -1, "forty"])
def test_an_identifier_past_64_bits_is_refused(identifier: object) -> None:
    with pytest.raises(Unreadable, match=r"at `\$\.repository\.id`"):
        read("github", "pull_request.opened", {"repository.id": identifier})


@pytest.mark.parametrize("time", ["0001-01-01T00:00:00Z", "9999-12-31T23:59:59-14:00", "", None, 10**30, 1e308])
def test_a_commit_with_an_absurd_time_does_not_cost_the_push(time: object) -> None:
    records = read("github", "push.branch_created", {"commits.0.timestamp": time, "repository.pushed_at": 1772355600})
    assert only(records, Commit).time.isoformat() == "2026-03-01T09:00:00+00:00"


@pytest.mark.parametrize("time", ["0001-01-01T00:00:00Z", "9999-12-31T23:59:59Z", "2026-03-01T10:00:00", None])
def test_a_pull_request_without_a_time_that_makes_sense_is_refused(time: object) -> None:
    with pytest.raises(Unreadable, match=r"Its `pull_request.updated_at` is"):
        read("github", "pull_request.opened", {"pull_request.updated_at": time})


def test_names_with_blanks_around_them_are_read_all_the_same() -> None:
    payload = load("gitlab", "merge_request.merge")
    payload["object_attributes"] = {f"{name} ": value for name, value in payload["object_attributes"].items()}
    payload["object_attributes"]["state "] = "merged "
    del payload["project"]["id"]
    records = read_body(json.dumps(payload).encode(), "gitlab", "Merge Request Hook")
    assert only(records, PullRequest).state == "merged"
    assert only(records, PullRequest).repository.provider_id == "610"


@pytest.mark.parametrize(
    ("provider", "event"),
    [
        ("github", "star"),
        ("github", "workflow_job"),
        ("github", "deployment"),
        ("github", ""),
        ("bitbucket", "push"),
        ("svn", "push"),
    ],
)
def test_an_event_that_is_not_used_is_ignored_before_it_is_read(provider: str, event: str) -> None:
    with pytest.raises(Ignored, match="not used"):
        read_body(b"{", provider, event)


@pytest.mark.parametrize(
    ("event", "body"),
    [
        ("Feature Flag Hook", {"object_kind": "feature_flag"}),
        ("System Hook", {"event_name": "key_create"}),
        ("System Hook", {}),
        ("Emoji Hook", {"object_kind": "emoji"}),
        ("Wiki Page Hook", {}),
    ],
)
def test_gitlabs_other_events_are_ignored(event: str, body: dict[str, str]) -> None:
    with pytest.raises(Ignored, match="not used"):
        read_body(json.dumps(body).encode(), "gitlab", event)


@pytest.mark.parametrize("event", ["Push Hook", "System Hook", "Something New"])
def test_gitlabs_body_says_what_it_is_whatever_the_header(event: str) -> None:
    body = json.dumps(load("gitlab", "push.default_branch")).encode()
    assert len([record for record in read_body(body, "gitlab", event) if isinstance(record, Commit)]) == 3


@pytest.mark.parametrize("event", ["Push Hook", "Merge Request Hook", "Confidential Note Hook", "Deployment Hook"])
def test_an_empty_gitlab_body_is_what_its_header_says_and_unreadable(event: str) -> None:
    with pytest.raises(Unreadable, match="missing required field"):
        read_body(b"{}", "gitlab", event)


@pytest.mark.parametrize(("provider", "name"), OWN)
def test_every_payload_of_our_own_is_read_or_ignored(provider: str, name: str) -> None:
    try:
        records = read(provider, name)
    except Ignored:
        return
    assert records or name.startswith("ping"), "a delivery that is used gives records"
    assert records == read(provider, name), "reading is pure"


def test_every_event_has_a_payload_of_our_own() -> None:
    assert set(PROVIDERS["bitbucket"].events) == {header("bitbucket", name) for name in names("bitbucket")}
    assert set(GITHUB_EVENTS) == {name.partition(".")[0] for name in names("github")}
    shown = {
        str(load("gitlab", name).get("object_kind") or load("gitlab", name)["event_name"]) for name in names("gitlab")
    }
    alike = {"user_update_for_group", "group_rename", "group_destroy", "subgroup_create", "project_transfer"}
    assert set(GITLAB_EVENTS) - shown == alike | {"project_update", "user_create"}


@pytest.mark.skipif(not SHARED.is_dir(), reason="the folder of collected payloads is not beside this checkout")
@pytest.mark.parametrize("path", sorted(SHARED.glob("*/*.json")) or [SHARED], ids=lambda path: path.name)
def test_every_payload_from_the_wild_is_read_or_ignored(path: Path) -> None:
    provider = path.parent.name
    body = path.read_bytes()
    kind = path.name.partition(".")[0] if provider == "github" else json.loads(body).get("object_kind") or "member"
    event = kind if provider == "github" else GITLAB_HEADERS.get(kind, f"{kind.replace('_', ' ').title()} Hook")
    try:
        records = read_delivery(provider, event, body, RECEIVED_AT)
    except Ignored:
        return
    assert records or kind == "ping"


json_values = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(),
    lambda children: st.lists(children, max_size=3) | st.dictionaries(st.text(), children, max_size=3),
    max_leaves=8,
)


@given(event=st.sampled_from(sorted(GITHUB_EVENTS)), body=st.dictionaries(st.text(), json_values) | json_values)
def test_any_json_ends_in_records_or_a_sentence(event: str, body: object) -> None:
    _read_or_refuse("github", event, body)


def _places(part: object, path: tuple[str | int, ...] = ()) -> list[tuple[str | int, ...]]:
    found = [path] if path else []
    items = part.items() if isinstance(part, dict) else enumerate(part) if isinstance(part, list) else ()
    for name, item in items:
        found += _places(item, (*path, name))
    return found


def _read_or_refuse(provider: str, event: str, body: object) -> None:
    refusal = None
    records: list[Record] = []
    try:
        records = read_delivery(provider, event, json.dumps(body).encode(), RECEIVED_AT)
    except (Ignored, Unreadable) as refused:
        refusal = str(refused)
    assert refusal is None or refusal.endswith("."), "one sentence"
    for record in records:
        hash(record)


@settings(max_examples=400, suppress_health_check=[HealthCheck.too_slow])
@given(data=st.data())
def test_a_real_payload_with_anything_anywhere_ends_in_records_or_a_sentence(data: st.DataObject) -> None:
    provider, name = data.draw(st.sampled_from(OWN))
    payload = load(provider, name)
    for path in data.draw(st.lists(st.sampled_from(_places(payload)), min_size=1, max_size=4)):
        part: Any = payload
        try:
            for step in path[:-1]:
                part = part[step]
            if data.draw(st.booleans()):
                part[path[-1]] = data.draw(
                    st.sampled_from(["", None, -1, 0, 2**31, 2**63, "0001-01-01T00:00:00Z", "\0", "\ud800", [], {}])
                    | json_values
                )
            else:
                del part[path[-1]]
        except (KeyError, IndexError, TypeError):
            continue
    _read_or_refuse(provider, header(provider, name), payload)
