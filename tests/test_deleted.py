"""What is deleted stays in its table for a year: whoever reads it minds `deleted_at`, or is named here with why not."""

import ast
import re
from collections.abc import Iterator
from pathlib import Path

from tests.test_structure import modules, name_of, parsed

# Tables whose rows are deleted by being marked, and their models.
MODELS = {"Repository": "repositories", "Team": "teams", "Developer": "developers", "Organization": "organizations"}
LAYERS = ("bot", "handlers", "reports", "storage")
SQL = re.compile(r"\b(?:SELECT|FROM|JOIN|USING|UPDATE|DELETE|WHERE)\b")
# In SQL, but for a row that is made and a key of a document ('teams').
TABLE = re.compile(rf"(?<!INTO )(?<!')\b({'|'.join(MODELS.values())})\b(?!')")
MARK = "deleted_at"
# Statements that are built of others mind it with them.
MINDING_ELSEWHERE = {"REACHED", "ASKABLE", "LIVING_TEAMS"}


def units(module: Path) -> Iterator[tuple[str, ast.AST]]:
    """Functions, methods and constants: as small as what is read is written."""
    for node in parsed(module).body:
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef):
            yield node.name, node
        elif isinstance(node, ast.ClassDef):
            for inner in node.body:
                if isinstance(inner, ast.FunctionDef | ast.AsyncFunctionDef):
                    yield f"{node.name}.{inner.name}", inner
        elif isinstance(node, ast.Assign | ast.AnnAssign):
            yield ast.unparse(node.targets[0] if isinstance(node, ast.Assign) else node.target), node


def texts(unit: ast.AST) -> Iterator[str]:
    """Each with what it is put together of in one place; not docstrings."""
    prose = {id(node.value) for node in ast.walk(unit) if isinstance(node, ast.Expr)}
    pieces: set[int] = set()
    for node in ast.walk(unit):
        if isinstance(node, ast.JoinedStr):
            pieces |= {id(piece) for piece in node.values}
            yield "".join(str(piece.value) if isinstance(piece, ast.Constant) else "?" for piece in node.values)
        elif isinstance(node, ast.Constant) and isinstance(node.value, str) and not {id(node)} & (prose | pieces):
            yield node.value


def models_in(module: Path) -> dict[str, str]:
    """The table of each model that it imports, by the name it has there."""
    return {
        alias.asname or alias.name: MODELS[alias.name]
        for node in parsed(module).body
        if isinstance(node, ast.ImportFrom) and str(node.module).startswith("storage.models")
        for alias in node.names
        if alias.name in MODELS
    }


def reads(called: dict[str, str], unit: ast.AST) -> set[str]:
    """The tables that it reads."""
    found = {called[node.id] for node in ast.walk(unit) if isinstance(node, ast.Name) and node.id in called}
    return found.union(*(TABLE.findall(text) for text in texts(unit) if SQL.search(text)))


def minds(unit: ast.AST) -> bool:
    named = {node.attr for node in ast.walk(unit) if isinstance(node, ast.Attribute)}
    return MARK in named or any(MARK in text for text in texts(unit))


def readers() -> Iterator[tuple[str, bool]]:
    """Each with whether it minds it: itself, or by a constant that it is built of."""
    for module in (module for layer in LAYERS for module in modules(layer)):
        if name_of(module).startswith("storage/models/"):
            continue
        source = module.read_text()
        if not any(word in source for word in (*MODELS, *MODELS.values())):
            continue
        every, called = list(units(module)), models_in(module)
        minding = MINDING_ELSEWHERE | {name for name, unit in every if name.isupper() and minds(unit)}
        for name, unit in every:
            if reads(called, unit):
                built_of = {node.id for node in ast.walk(unit) if isinstance(node, ast.Name)} - {name}
                yield f"{name_of(module)}: {name}", minds(unit) or bool(built_of & minding)


READERS = dict(readers())
# A deleted repository's history stays in the numbers of its teams for its year; it is suggested and asked no more.
HISTORY = "what happened in a deleted repository is counted, linked, kept and dropped as everything else"
CHOSEN = "of repositories, teams or people that the caller chose, by their ids"
REASONS: dict[str, tuple[str, ...]] = {
    HISTORY: (
        "reports/scope.py: find_everything",
        "reports/scope.py: _owned",
        "reports/scope.py: _tracked",
        "reports/team_overview.py: _owned",
        "reports/team_overview.py: _removed",
        "storage/aggregates.py: COUNTED",
        "storage/aggregates.py: LISTED",
        "storage/continuous.py: CAUGHT_UP",
        "storage/continuous.py: SETTLED",
        "storage/continuous.py: TOO_LATE",
        "storage/continuous.py: refresh_continuous",
        "storage/linking/due.py: (TAKE, TAKE_SOME)",
        "storage/linking/reader.py: INCIDENTS",
        "storage/people.py: OF_ORGANIZATION",
        "storage/people_export.py: PARTS",
        "storage/people_export.py: BY_HAND",
        "storage/recounting.py: TAKE",
        "storage/recounting.py: PROGRESS",
        "storage/retention/commits.py: OLDEST_NEEDED",
        "storage/retention/commits.py: IS_FROZEN",
        "storage/retention/facts.py: IS_FROZEN",
        "storage/retention/facts.py: FACTS",
        "storage/retention/facts.py: BEGIN_LATER",
        "storage/retention/held_back.py: BEHIND",
        "storage/retention/horizons.py: DUE",
        "storage/retention/horizons.py: _write",
    ),
    CHOSEN: (
        "reports/by_repository.py: SELECT",
        "reports/by_repository.py: LEAD_TIMES",
        "reports/deployment_search.py: SELECTS",
        "reports/deployment_story.py: tell_deployment",
        "reports/deployments.py: select_deployments",
        "reports/left_out.py: ITEMS",
        "reports/metrics/commits.py: ITEMS",
        "reports/metrics/lead_time.py: ITEMS",
        "reports/metrics/pull_requests.py: ITEMS",
        "reports/old_commits.py: HORIZON",
        "reports/sums.py: KEPT",
        "reports/team_overview.py: team_overview",
        "reports/week_in_detail.py: LARGEST",
        "storage/asking/rosters.py: LEAVE",
        "storage/asking/rosters.py: DISOWN",
        "storage/asking/rosters.py: ARCHIVE",
        "storage/digests/runs.py: RUNS",
        "storage/facts/horizons.py: read_horizons",
        "storage/facts/joining.py: join_developers",
        "storage/facts/people.py: describe_developers",
        "storage/forgetting/identities.py: keep_a_token",
        "storage/linking/__init__.py: LOCK",
        "storage/linking/__init__.py: SIZES",
        "storage/linking/homes.py: OF_REPOSITORIES",
        "storage/linking/reader.py: REPOSITORIES",
        "storage/linking/rules.py: NOTE",
        "storage/linking/standing.py: _before",
        "storage/linking/writer.py: NOT_STANDING",
        "storage/marks.py: LOCK",
        "storage/people.py: FACTS",
        "storage/people.py: _move",
        "storage/recounting.py: COUNTED",
        "storage/team_removals.py: remove_team",
        "storage/timezones.py: set_organization_timezone",
        "storage/tokens.py: create_token",
    ),
    "a part of statements whose other parts mind it": (
        "reports/waiting.py: SELECT",
        "storage/asking/rosters.py: MINE",
        "storage/subscriptions.py: list_active",
        "storage/subscriptions.py: list_in_channel",
        "storage/subscriptions.py: list_of_owner",
        "storage/subscriptions.py: find_of_owner",
        "storage/teams.py: named",
    ),
    "who was forgotten has no name by which to be found": (
        "storage/people.py: LISTED",
        "storage/people.py: CALLED",
        "storage/teams.py: find_by_username",
    ),
    "names of columns": ("storage/facts/identities.py: USERNAMES",),
    "what a provider or a person says of one that is deleted is kept: it may be restored": (
        "storage/asking/readings.py: ASK_FOR_CHOSEN",
        "storage/asking/repositories.py: DEFAULT_BRANCHES",
        "storage/incident_services.py: list_mapped",
        "storage/facts/placeholders.py: hold_place",
        "storage/repositories.py: find_or_add_repository",
    ),
    "by find_organization, which minds it": ("storage/organizations.py: remove_organization",),
}
NAMED = {name for names in REASONS.values() for name in names}


def test_whoever_reads_what_may_be_deleted_minds_it_or_says_why_not() -> None:
    """Of a deleted one: is it still counted, answered with, asked for, sent to? Then say `deleted_at` in the statement,
    or name it above."""
    assert {name for name, minding in READERS.items() if not minding} - NAMED == set()


def test_reasons_are_given_for_what_there_is() -> None:
    assert {name for name in NAMED if READERS.get(name, True)} == set(), "minds it by now: take it away"
