"""Names are understood however they are written, and misspelt ones are guessed."""

from bot.commands.naming import match_path, match_team, similar, similar_path
from reports.scope import TeamListing

TEAMS = [
    TeamListing("platform", "Platform", 2),
    TeamListing("pay-core", "Payments Core", 1),
    TeamListing("pay_core", "Payments (old)", 1),
    TeamListing("platform-eu", "Platform EU", 1),
]
PATHS = ["acme/api", "acme/web", "other/web", "acme/backend/billing"]


def matched(*words: str) -> tuple[str, list[str]] | None:
    match = match_team(words, TEAMS)
    return match and (match[0].slug, match[1])


def test_a_team_is_found_by_slug_or_name_and_the_rest_is_the_period() -> None:
    assert matched("platform", "30d") == ("platform", ["30d"])
    assert matched("PLATFORM", "last", "week") == ("platform", ["last", "week"])
    assert matched("Payments", "core", "7d") == ("pay-core", ["7d"])
    assert matched("platform", "eu") == ("platform-eu", [])
    assert matched("nobody") is None
    assert match_team([], TEAMS) is None


def test_the_exact_slug_wins_over_one_that_only_looks_like_it() -> None:
    assert matched("pay-core") == ("pay-core", [])
    assert matched("pay_core") == ("pay_core", [])


def test_a_repository_is_found_by_its_path_or_the_end_of_it() -> None:
    assert match_path("ACME/api", PATHS) == ["acme/api"]
    assert match_path("/acme/api.git", PATHS) == ["acme/api"]
    assert match_path("billing", PATHS) == ["acme/backend/billing"]
    assert match_path("web", PATHS) == ["acme/web", "other/web"]
    assert match_path("ap", PATHS) == []


def test_misspelt_names_are_guessed_and_nonsense_is_not() -> None:
    assert similar("platfrom", ["platform", "payments"]) == ["platform"]
    assert similar("xyzzy", ["platform", "payments"]) == []
    assert similar_path("acme/aip", PATHS)[0] == "acme/api"
    assert similar_path("nobody/biling", PATHS) == ["acme/backend/billing"]
