"""A ping proves that deliveries arrive, and leaves nothing behind."""

from tests.handlers.payloads import read


def test_a_ping_is_taken_and_gives_no_rows() -> None:
    assert read("github", "ping.sent") == []
