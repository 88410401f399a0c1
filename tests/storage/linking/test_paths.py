"""Which files belong to a service, and what is kept of the files of a commit."""

import pytest

from storage.linking.paths import MOST_PATHS, belong, bounded


@pytest.mark.parametrize(
    ("path", "pattern", "expected"),
    [
        ("services/api/main.py", "services/api/**", True),
        ("services/api/main.py", "services/api/", True),
        ("services/api/main.py", "services/api", True),
        ("services/api/main.py", "./services/api", True),
        ("services/api/main.py", "/services/api/**", True),
        ("services/api-v2/main.py", "services/api", False),
        ("services/api/deep/main.py", "services/*/main.py", False),
        ("services/api/main.py", "services/*/main.py", True),
        ("go.mod", "**/go.mod", True),
        ("libs/go.mod", "**/go.mod", True),
        ("docs/a.md", "*.md", False),
        ("a.md", "*.md", True),
        ("a.mdx", "?.md", False),
        ("services/[api]/x", "services/[api]/**", True),
        ("services/", "services/api/**", True),
        ("services/web/", "services/api/**", False),
        ("services/api/internal/", "services/api/**", True),
        ("/", "services/api/**", True),
    ],
)
def test_a_pattern_names_files(path: str, pattern: str, expected: bool) -> None:
    assert belong([path], [pattern]) is expected


def test_few_files_are_kept_many_as_their_folders_and_too_many_not_at_all() -> None:
    assert bounded(["b.py", "a.py", "a.py"]) == ("a.py", "b.py")
    assert bounded(f"services/api/{number}.py" for number in range(MOST_PATHS + 1)) == ("services/api/",)
    assert bounded(f"{number}/x.py" for number in range(MOST_PATHS + 1)) is None
    assert bounded(["x" * 10_000]) == ("/",)


def test_an_empty_list_means_that_nothing_is_known() -> None:
    assert bounded([]) is None
