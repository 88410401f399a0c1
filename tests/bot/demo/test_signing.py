"""The demo's deliveries pass the same check as the providers' own."""

from datetime import UTC, date, datetime

import pytest

from bot.demo.company import Delivery, deliveries
from bot.demo.signing import new_secrets, signed_headers
from handlers.github import signature as github
from handlers.gitlab import signature as gitlab
from handlers.rejection import Rejected


@pytest.fixture(scope="module")
def told() -> dict[str, Delivery]:
    """One delivery of each provider."""
    return {delivery.provider: delivery for delivery in deliveries(date(2026, 11, 23))}


def test_github_accepts_its_signature(told: dict[str, Delivery]) -> None:
    secrets, delivery = new_secrets(), told["github"]
    verifier = github.Verifier(webhook_secret=secrets.github)
    headers = signed_headers(delivery, secrets)
    verifier.check_headers(headers)
    envelope = verifier.open_envelope(headers, delivery.body, datetime.now(UTC))
    assert (envelope.key, envelope.event, envelope.body) == (delivery.key, delivery.event, delivery.body)


def test_gitlab_accepts_its_signature(told: dict[str, Delivery]) -> None:
    secrets, delivery = new_secrets(), told["gitlab"]
    verifier = gitlab.Verifier(webhook_signing_token=secrets.gitlab)
    headers = signed_headers(delivery, secrets)
    verifier.check_headers(headers)
    envelope = verifier.open_envelope(headers, delivery.body, datetime.now(UTC))
    assert (envelope.key, envelope.event, envelope.body) == (delivery.key, delivery.event, delivery.body)


def test_secrets_of_another_run_are_refused(told: dict[str, Delivery]) -> None:
    headers = signed_headers(told["github"], new_secrets())
    with pytest.raises(Rejected):
        github.Verifier(webhook_secret=new_secrets().github).open_envelope(
            headers, told["github"].body, datetime.now(UTC)
        )
