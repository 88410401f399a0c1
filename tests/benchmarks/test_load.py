"""The benchmark's load is what it says it is, and every delivery of it can be read."""

from collections import Counter
from datetime import UTC, datetime

import pytest

from handlers.github.signature import Verifier
from handlers.reading import read_delivery
from tests.benchmarks.load import PULL_REQUEST_BYTES, PUSH_BYTES, STATUS_BYTES, new_load

NOW = datetime(2026, 11, 23, 12, tzinfo=UTC)
SIZES = {"push": PUSH_BYTES, "pull_request": PULL_REQUEST_BYTES, "deployment_status": STATUS_BYTES}


def parse(request: bytes) -> tuple[dict[str, str], bytes]:
    head, _, body = request.partition(b"\r\n\r\n")
    lines = head.decode().split("\r\n")[1:]
    return {name: value for name, _, value in (line.partition(": ") for line in lines)}, body


def test_the_mix_is_40_percent_pushes_40_pull_requests_and_20_statuses() -> None:
    load = new_load("mix", 500, "secret", NOW)
    events = Counter(parse(load.request(index))[0]["X-GitHub-Event"] for index in range(500))
    assert events == {"push": 200, "pull_request": 200, "deployment_status": 100}


@pytest.mark.parametrize("index", range(0, 500, 13))
def test_each_delivery_is_signed_has_its_size_and_becomes_records(index: int) -> None:
    headers, body = parse(new_load("sizes", 500, "secret", NOW).request(index))
    envelope = Verifier(webhook_secret="secret").open_envelope(headers, body, NOW)
    assert int(headers["Content-Length"]) == len(body)
    assert len(body) == pytest.approx(SIZES[envelope.event], rel=0.06)
    assert read_delivery("github", envelope.event, body, NOW)


def test_every_process_of_a_run_makes_the_same_deliveries() -> None:
    assert new_load("same", 50, "secret", NOW).request(7) == new_load("same", 50, "secret", NOW).request(7)
