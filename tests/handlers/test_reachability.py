"""What an address tells of whether others can deliver there."""

import pytest

from handlers.reachability import doubt


@pytest.mark.parametrize(
    ("url", "said"),
    [
        ("https://devmetrics.acme.example", None),
        ("https://203.0.114.7:8443", None),
        ("http://devmetrics.acme.example", "without TLS"),
        ("http://127.0.0.1:8080", "only this machine"),
        ("https://localhost", "only this machine"),
        ("http://[::1]:8080", "only this machine"),
        ("http://0.0.0.0:8080", "only this machine"),
        ("https://10.1.2.3", "within your own network"),
        ("https://devmetrics", "within your own network"),
        ("https://devmetrics.acme.internal", "within your own network"),
    ],
)
def test_an_address_that_others_may_not_reach_is_doubted(url: str, said: str | None) -> None:
    doubted = doubt(url)
    assert doubted is None if said is None else said in str(doubted)
