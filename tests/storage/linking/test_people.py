"""Who counts as a bot, and which addresses may tell people apart."""

import pytest

from storage.linking.people import is_bot, usable_email


@pytest.mark.parametrize(
    ("username", "name", "account_type"),
    [
        ("anything", None, "Bot"),
        ("dependabot[bot]", None, "Bot"),
        ("acme-deployer[bot]", None, None),
        ("project_278964_bot_1a2b", "deploy token", None),
        ("group_7_bot", None, None),
        ("release-bot", None, "User"),
        ("bot_7", None, None),
        (None, "Release Bot", None),
        ("renovate", None, None),
        ("Copilot", None, "User"),
        ("coderabbitai", None, None),
    ],
)
def test_automatic_accounts_are_bots(username: str | None, name: str | None, account_type: str | None) -> None:
    assert is_bot(username, name, account_type)


@pytest.mark.parametrize("username", ["john_doe", "robotics_expert", "abot", "cubot", "bottle", "claude", "", None])
def test_people_are_not_bots(username: str | None) -> None:
    assert not is_bot(username, username, "User")


def test_an_ordinary_address_is_lower_cased() -> None:
    assert usable_email("  Jane@Example.COM ") == "jane@example.com"


@pytest.mark.parametrize(
    "email",
    [
        None,
        "",
        "[REDACTED]",
        "jane",
        "noreply@github.com",
        "no-reply@example.com",
        "583231+octocat@users.noreply.github.com",
        "12-jane@users.noreply.gitlab.example.com",
        "root@localhost",
        "jane@macbook.local",
        "jane@host.(none)",
        "@example.com",
        "jane@.",
        "ja ne@example.com",
        "jane\x00@example.com",
        "j" * 320 + "@example.com",
    ],
)
def test_shared_hidden_and_made_up_addresses_tell_nobody_apart(email: str | None) -> None:
    assert usable_email(email) is None
