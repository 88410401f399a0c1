"""An environment's class: settings first, then what the provider tells, then the words of its name."""

import pytest

from storage.linking.environments import class_of_name, classify


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
    assert class_of_name(name) == expected


def test_what_the_provider_tells_is_stronger_than_the_name() -> None:
    assert classify("prod-eu", "staging", {}) == "staging"
    assert classify("harbor", "production", {}) == "production"
    assert classify("prod", "galactic", {}) == "production"


def test_settings_are_stronger_than_what_the_provider_tells() -> None:
    settings = {"harbor": "production", "prod-*": "staging", "prod-eu": "production"}
    assert classify("Harbor", "development", settings) == "production"
    assert classify("prod-us", "production", settings) == "staging"
    assert classify("prod-eu", None, settings) == "production"
    assert classify("live", None, settings) == "production"
