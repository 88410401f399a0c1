"""Finds what a name means among the names there are, and what it may have meant."""

from collections.abc import Iterable, Sequence

from rapidfuzz import fuzz, process

from reports.scope import TeamListing

# Below this likeness (of 100) a suggestion is a guess.
LIKELY = 60
SUGGESTIONS = 3


def match_team(words: Sequence[str], teams: Sequence[TeamListing]) -> tuple[TeamListing, list[str]] | None:
    """The team that the first words name, by slug or by name, and the words left: `payments core 30d`."""
    exact = {team.slug.casefold(): team for team in teams}
    loose = {_key(team.name): team for team in teams} | {_key(team.slug): team for team in teams}
    for length in range(len(words), 0, -1):
        said = " ".join(words[:length])
        if team := exact.get(said.casefold()) or loose.get(_key(said)):
            return team, list(words[length:])
    return None


def match_path(path: str, paths: Sequence[str]) -> list[str]:
    """The repositories that a path may mean: itself in any case, or every one whose path ends with it."""
    wanted = path.strip("/").removesuffix(".git").lower()
    same = [known for known in paths if known.lower() == wanted]
    return same or [known for known in paths if known.lower().endswith(f"/{wanted}")]


def similar(word: str, names: Iterable[str]) -> list[str]:
    """The names that `word` may have meant, the likeliest first."""
    choices = {name: name.lower() for name in names}
    found = process.extract(word.lower(), choices, scorer=fuzz.ratio, score_cutoff=LIKELY, limit=SUGGESTIONS)
    return [str(name) for _, _, name in found]


def similar_path(path: str, paths: Sequence[str]) -> list[str]:
    """By the whole path, else by the repository's own name."""
    last = path.rpartition("/")[2].lower()
    by_name = {known: known.rpartition("/")[2].lower() for known in paths}
    found = process.extract(last, by_name, scorer=fuzz.ratio, score_cutoff=LIKELY, limit=SUGGESTIONS)
    return similar(path, paths) or [str(known) for _, _, known in found]


def _key(name: str) -> str:
    return " ".join(name.replace("-", " ").replace("_", " ").split()).casefold()
