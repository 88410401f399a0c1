"""Bots are left out of people's numbers, and an address joins accounts only when it is one person's."""

import pytest

from storage.linking.people import is_bot, usable_email


@pytest.mark.parametrize(
    ("username", "name"),
    [
        ("dependabot[bot]", None),
        ("project_42_bot", None),
        ("project_42_bot_0f3a9c", None),
        ("group_7_bot_1", "deploy token"),
        ("project_42_bot0f3a9c", None),
        ("acme-bot", None),
        ("bot", None),
        ("release_bot_two", None),
        ("quarry", "Release Bot"),
        (None, "renovate bot"),
        (None, "dependabot[bot]"),
        ("Copilot", None),
        ("coderabbitai", None),
        ("github-actions", "GitHub Actions"),
    ],
)
def test_a_machine_is_known_by_its_name(username: str | None, name: str | None) -> None:
    assert is_bot(username, name)


@pytest.mark.parametrize(
    ("username", "name"),
    [
        ("john_doe", "John Doe"),
        ("robotics_expert", None),
        ("abot", None),
        ("cubot", None),
        ("bottega", "Ada Abbot"),
        ("bot3", None),
        (None, None),
    ],
)
def test_people_whose_names_merely_contain_the_letters_are_people(username: str | None, name: str | None) -> None:
    assert not is_bot(username, name, "User")


def test_an_account_of_type_bot_is_one_whatever_its_name() -> None:
    assert is_bot("quarry", None, "Bot")


def test_an_address_is_lower_cased_and_trimmed() -> None:
    assert usable_email(" Ada@Quarry.Example ") == "ada@quarry.example"


@pytest.mark.parametrize(
    "email",
    [
        None,
        "",
        "[REDACTED]",
        "ada",
        "ada@",
        "ada@quarry@example",
        "ada lovelace@quarry.example",
        "noreply@github.com",
        "no-reply@quarry.example",
        "donotreply@quarry.example",
        "ci.noreply@quarry.example",
        "12345+ada@users.noreply.github.com",
        "ada@users.noreply.github.com",
        "7-ada@users.noreply.gitlab.com",
        "7-ada@users.noreply.git.quarry.example",
        "root@localhost",
        "jane@macbook.local",
        "a@" + "b" * 400,
    ],
)
def test_an_address_that_is_not_one_persons_joins_nobody(email: str | None) -> None:
    assert usable_email(email) is None


def test_a_person_may_be_called_noreplyson() -> None:
    assert usable_email("noreplyson@quarry.example") == "noreplyson@quarry.example"
