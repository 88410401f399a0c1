"""What GitLab's tiers and GitHub's flag say of an environment's class."""

import pytest

from handlers.environments import class_of_flags, class_of_tier


@pytest.mark.parametrize(
    ("tier", "expected"),
    [
        ("production", "production"),
        ("staging", "staging"),
        ("testing", "staging"),
        ("development", "development"),
        ("other", "development"),
        ("galactic", None),
        (None, None),
    ],
)
def test_gitlabs_tiers_are_classes(tier: str | None, expected: str | None) -> None:
    assert class_of_tier(tier) == expected


def test_githubs_flag_means_production_and_its_absence_says_nothing() -> None:
    assert class_of_flags(production=True, transient=False) == "production"
    assert class_of_flags(production=False, transient=False) is None
    assert class_of_flags(production=None, transient=None) is None


def test_what_github_calls_transient_is_no_production_unless_it_says_both() -> None:
    assert class_of_flags(production=False, transient=True) == "development"
    assert class_of_flags(production=True, transient=True) == "production"
