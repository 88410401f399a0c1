"""What the text of an incident blames."""

import time

import pytest

from handlers.incidents import Named, named_in

SHA = "5b1f3a9c" + "0" * 32


@pytest.mark.parametrize(
    ("text", "named"),
    [
        ("Caused by: 5b1f3a9c", Named(sha="5b1f3a9c")),
        ("It broke.\r\n\r\n**Caused by:** `5B1F3A9C`.\r\nMore.", Named(sha="5b1f3a9c")),
        (f"- Commit: https://github.com/acme/api/commit/{SHA}", Named(sha=SHA)),
        ("Root cause: 5b1f3a9c", Named(sha="5b1f3a9c")),
        ("Deployment: production\nRoot cause: a pool that ran dry\nCommit: 5b1f3a9c", Named(sha="5b1f3a9c")),
        ("Deployment: 4242", Named(deployment="4242")),
        ("deployment: deployment:4242", Named(deployment="deployment:4242")),
        ("> Deploy: <https://github.com/acme/api/deployments/4242>", Named(deployment="4242")),
        ("The commit 5b1f3a9c repaired it", Named()),
        ("Caused by: the database", Named()),
        ("Deployment: production", Named()),
        ("", Named()),
        (None, Named()),
    ],
)
def test_a_line_of_its_own_names_what_is_to_blame(text: str | None, named: Named) -> None:
    assert named_in(text) == named


def test_a_long_text_that_names_nothing_is_read_at_once() -> None:
    started = time.process_time()
    assert named_in("It broke." + "\n" * 19_000) == Named()
    assert time.process_time() - started < 1
