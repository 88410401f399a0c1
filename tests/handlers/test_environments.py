"""What GitLab's tiers and GitHub's flag say of an environment's class."""

import pytest

from handlers.environments import class_of_flag, class_of_tier


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
    assert class_of_flag(True) == "production"
    assert class_of_flag(False) is None
    assert class_of_flag(None) is None
