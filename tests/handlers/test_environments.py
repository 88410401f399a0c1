"""An environment's class: GitLab's tier first, GitHub's flag, then the words of its name."""

import pytest

from handlers.environments import classify_environment


@pytest.mark.parametrize(
    ("name", "expected"),
    [
        ("production", "production"),
        ("Production", "production"),
        ("prod", "production"),
        ("prod-eu", "production"),
        ("eu-production", "production"),
        ("live", "production"),
        ("PRD_2", "production"),
        ("prod2", "production"),
        ("euProd", "production"),
        ("shop/production/eu", "production"),
        ("pre-prod", "staging"),
        ("preprod", "staging"),
        ("pre-production", "staging"),
        ("non-prod", "staging"),
        ("nonprod", "staging"),
        ("staging", "staging"),
        ("stage", "staging"),
        ("stg-1", "staging"),
        ("uat", "staging"),
        ("qa", "staging"),
        ("test", "staging"),
        ("prod-test", "staging"),
        ("review/live-chat", "development"),
        ("dev", "development"),
        ("delivery", "development"),
        ("product-page", "development"),
        ("github-pages", "development"),
        ("", "development"),
    ],
)
def test_a_name_is_classified_by_its_words(name: str, expected: str) -> None:
    assert classify_environment(name) == expected


@pytest.mark.parametrize(
    ("tier", "expected"),
    [
        ("production", "production"),
        ("staging", "staging"),
        ("testing", "staging"),
        ("development", "development"),
        ("other", "development"),
    ],
)
def test_gitlabs_tier_is_stronger_than_the_name(tier: str, expected: str) -> None:
    assert classify_environment("prod-eu", tier=tier) == expected
    assert classify_environment("review/1", tier=tier) == expected


def test_an_unknown_tier_leaves_it_to_the_name() -> None:
    assert classify_environment("prod", tier="galactic") == "production"


def test_githubs_flag_makes_production_and_its_absence_says_nothing() -> None:
    assert classify_environment("harbor", production_flag=True) == "production"
    assert classify_environment("prod", production_flag=False) == "production"
    assert classify_environment("harbor", production_flag=False) == "development"
