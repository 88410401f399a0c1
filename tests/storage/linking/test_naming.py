"""What the words of a pull request or a commit tell."""

import time

import pytest

from storage.linking.naming import read_commit_words, read_words

SHA = "1a2b3c4d5e6f708192a3b4c5d6e7f8091a2b3c4d"


def say(**words: object) -> tuple[str | None, set[int], set[str]]:
    given = {"title": "", "body": "", "head_ref": "x", "labels": (), "path": "acme/api", "own_number": 99}
    said = read_words(**{**given, "incident_issues": {"7"}, **words})  # type: ignore[arg-type]  # one dict for all
    return said.kind, set(said.numbers), set(said.shas)


@pytest.mark.parametrize(
    ("words", "kind", "numbers", "shas"),
    [
        ({"head_ref": "revert-12-feature"}, "revert", {12}, set()),
        ({"head_ref": "revert-1a2b3c4d"}, "revert", set(), {"1a2b3c4d"}),
        ({"body": "Reverts #12"}, "revert", {12}, set()),
        ({"body": "Reverts acme/api#12"}, "revert", {12}, set()),
        ({"body": "Reverts acme/web#12"}, None, set(), set()),
        ({"body": "This reverts merge request !12"}, "revert", {12}, set()),
        ({"body": "This reverts merge request acme/api!12"}, "revert", {12}, set()),
        ({"body": "Reverts https://github.com/acme/api/pull/12"}, "revert", {12}, set()),
        ({"body": f"This reverts commit {SHA}."}, "revert", set(), {SHA}),
        ({"title": 'Revert "Add the cart"'}, "revert", set(), set()),
        ({"title": 'Revert "Revert "Add the cart""'}, "reland", set(), set()),
        ({"title": 'Reapply "Add the cart"'}, "reland", set(), set()),
        ({"title": "Revert to the old cart", "labels": ("revert",), "body": "of #12"}, "revert", {12}, set()),
        ({"title": "Add revert button", "body": "Users can revert #12 themselves"}, None, set(), set()),
        ({"labels": ("Hotfix",), "body": "After #12 and !13, see #99"}, "hotfix", {12, 13}, set()),
        ({"labels": ("type: hot-fix",)}, "hotfix", set(), set()),
        ({"head_ref": "hotfix/cart", "body": f"Broken by {SHA}"}, "hotfix", set(), {SHA}),
        ({"head_ref": "hotfixes-page"}, None, set(), set()),
        ({"title": "Hotfix: cart"}, "hotfix", set(), set()),
        ({"body": "Fixes #7"}, "incident_fix", set(), set()),
        ({"body": "Closes: https://gitlab.com/acme/api/-/issues/7"}, "incident_fix", set(), set()),
        ({"body": "Fixes #8"}, None, set(), set()),
        ({"labels": ("incident",)}, "incident_fix", set(), set()),
        ({"title": "Add the cart", "body": "Prefixes #7"}, None, set(), set()),
    ],
)
def test_a_pull_request_says_what_it_repairs(
    words: dict[str, object], kind: str | None, numbers: set[int], shas: set[str]
) -> None:
    assert say(**words) == (kind, numbers, shas)


@pytest.mark.parametrize(
    ("message", "kind"),
    [
        (f'Revert "Add the cart"\n\nThis reverts commit {SHA}.', "revert"),
        (f'Reapply "Add the cart"\n\nThis reverts commit {SHA}.', "reland"),
        ("Revert the default", None),
        ("Hotfix the cart", None),
    ],
)
def test_a_commit_without_pull_request_says_only_gits_own_revert_text(message: str, kind: str | None) -> None:
    assert read_commit_words(message).kind == kind


@pytest.mark.parametrize("body", ["a/" * 10_000, "a." * 10_000, "https://a/" * 2000, "https://" + "a" * 20_000])
def test_a_long_text_without_words_is_read_at_once(body: str) -> None:
    """Nobody is acknowledged or answered while a pattern is looked for."""
    started = time.process_time()
    assert say(title="Hotfix", body=f"{body} acme/api#12") == ("hotfix", {12}, set())
    assert time.process_time() - started < 1
