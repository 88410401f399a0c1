"""The layout is the architecture: who may import whom, how large a module may be, and where its test is."""

import ast
from collections.abc import Iterator
from fnmatch import fnmatch
from functools import cache
from pathlib import Path

import pytest

PROJECT = Path(__file__).parent.parent
# Whom each layer may import, besides itself.
MAY_IMPORT = {
    "bot": {"reports", "handlers", "storage"},
    "reports": {"storage"},
    "handlers": {"storage"},
    "storage": {"migrations"},
    "migrations": {"storage"},
}
LONGEST_MODULE = 250
LONGEST_TEST = 400
TOP_LEVEL = {
    *("bot", "handlers", "storage", "reports", "migrations", "tests", "docs"),
    *("app.json", "pyproject.toml", "requirements.lock", "Makefile", "Dockerfile", "compose.yaml"),
    *("README.md", "LICENSE", "CONTRIBUTING.md", "SECURITY.md"),
}
# Where a file is one thing (with the name by which it is found; None: every file), with a test at the same place.
PROVIDERS = sorted(path.parent.name for path in (PROJECT / "handlers").glob("*/provider.py"))
MIRRORED = {
    **{f"handlers/{provider}/events": "EVENT" for provider in PROVIDERS},
    "bot/commands": "COMMAND",
    "bot/operator": "register",
    "reports/metrics": None,
}


def modules(layer: str) -> list[Path]:
    return sorted((PROJECT / layer).rglob("*.py"))


ALL = [module for layer in MAY_IMPORT for module in modules(layer)]


def name_of(path: Path) -> str:
    return path.relative_to(PROJECT).as_posix()


@cache
def parsed(module: Path) -> ast.Module:
    return ast.parse(module.read_text())


def imported(module: Path) -> set[str]:
    """The first parts of everything that a module imports, anywhere in it."""
    names = set()
    for node in ast.walk(parsed(module)):
        if isinstance(node, ast.Import):
            names |= {alias.name.partition(".")[0] for alias in node.names}
        elif isinstance(node, ast.ImportFrom):
            assert node.level == 0, f"{name_of(module)} imports relatively: write the whole name"
            names.add(str(node.module).partition(".")[0])
    return names


def test_imports_go_down_only() -> None:
    """bot -> reports -> storage and bot -> handlers -> storage; nothing imports bot or tests."""
    upwards = {}
    for module in ALL:
        layer = name_of(module).partition("/")[0]
        forbidden = {*MAY_IMPORT, "tests"} - MAY_IMPORT[layer] - {layer}
        if found := imported(module) & forbidden:
            upwards[name_of(module)] = found
    assert not upwards


def test_modules_stay_small() -> None:
    """One module, one thing."""
    long = {}
    for module in [*ALL, *modules("tests")]:
        lines = len(module.read_text().splitlines())
        longest = LONGEST_TEST if name_of(module).startswith("tests/") else LONGEST_MODULE
        if "migrations/versions" not in name_of(module) and lines > longest:
            long[name_of(module)] = lines
    assert not long, "split them"


def defined(module: Path) -> set[str]:
    """The names that a module itself defines at its top level."""
    names: set[str] = set()
    for node in parsed(module).body:
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef | ast.ClassDef):
            names.add(node.name)
        elif isinstance(node, ast.AnnAssign | ast.Assign):
            targets = [node.target] if isinstance(node, ast.AnnAssign) else node.targets
            names |= {target.id for target in targets if isinstance(target, ast.Name)}
    return names


def mirrored() -> Iterator[Path]:
    for folder, mark in MIRRORED.items():
        for module in sorted((PROJECT / folder).glob("*.py")):
            if module.stem != "__init__" and (mark is None or mark in defined(module)):
                yield module


@pytest.mark.parametrize("module", list(mirrored()), ids=name_of)
def test_an_event_a_command_or_a_metric_has_its_test_at_the_same_place(module: Path) -> None:
    mirror = PROJECT / "tests" / module.relative_to(PROJECT).parent / f"test_{module.stem}.py"
    assert mirror.exists(), f"{name_of(mirror)} is missing"


def test_only_settings_read_the_environment() -> None:
    readers = [
        name_of(module)
        for module in ALL
        for node in ast.walk(parsed(module))
        if (isinstance(node, ast.Attribute) and node.attr in {"environ", "getenv"})
    ]
    # The supervisor of the embedded database gets the environment that its starter has.
    assert {*readers} <= {"bot/settings.py", "storage/embedded/__init__.py"}


def test_the_top_level_holds_what_every_project_has() -> None:
    ignored = [pattern.rstrip("/") for pattern in (PROJECT / ".gitignore").read_text().split()]
    names = {path.name for path in PROJECT.iterdir() if not any(fnmatch(path.name, pattern) for pattern in ignored)}
    assert {name for name in names if not name.startswith(".")} <= TOP_LEVEL


def test_every_test_folder_is_a_package() -> None:
    """Two tests of one name would hide each other."""
    for module in modules("tests"):
        assert (module.parent / "__init__.py").exists(), f"{name_of(module.parent)} has no __init__.py"


# Outside its own folder a provider's name is said only here, and for these reasons.
MAY_NAME_PROVIDERS = {
    "bot/demo/": "the sample company is on two providers",
    "bot/github_setup/": "pages that register GitHub's App, which no other provider has",
    "bot/app.py": "mounts those pages",
    "bot/operator/serve.py": "says where those pages are",
    "bot/operator/setup": "each provider is connected in its own way",
    "bot/operator/manifest.py": "prints the manifests that two platforms have",
    "migrations/versions/": "columns that the data model names",
    "storage/models/people.py": "columns that the data model names",
    "storage/linking/people.py": "names of machines' accounts",
    "storage/facts/tables.py": "a word of Python's own: typing.Generic",
    "reports/snapshot.py": "a word of PostgreSQL: a plan for whatever is asked",
}


@cache
def said(module: Path) -> str:
    """Names and texts of a module's code, in small letters; not its comments and docstrings, which say why."""
    return "\n".join(words(module)).lower()


def words(module: Path) -> Iterator[str]:
    tree = parsed(module)
    prose = {id(node.value) for node in ast.walk(tree) if isinstance(node, ast.Expr)}
    for node in ast.walk(tree):
        if isinstance(node, ast.Constant) and isinstance(node.value, str) and id(node) not in prose:
            yield node.value
        elif isinstance(node, ast.Name | ast.Attribute):
            yield node.id if isinstance(node, ast.Name) else node.attr
        elif isinstance(node, ast.ImportFrom):
            yield str(node.module)
        elif isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef | ast.ClassDef | ast.alias):
            yield node.name
        elif isinstance(node, ast.keyword | ast.arg) and node.arg:
            yield node.arg


@pytest.mark.parametrize("provider", PROVIDERS)
def test_a_provider_is_named_in_its_own_folder_only(provider: str) -> None:
    """Another provider is one new folder: nothing else has to change for it."""
    own = (f"handlers/{provider}/", *MAY_NAME_PROVIDERS)
    naming = {name_of(module) for module in ALL if not name_of(module).startswith(own) and provider in said(module)}
    assert not naming


def test_what_may_name_providers_still_does() -> None:
    for place in MAY_NAME_PROVIDERS:
        modules_there = [module for module in ALL if name_of(module).startswith(place)]
        assert any(provider in said(module) for provider in PROVIDERS for module in modules_there), (
            f"{place} needs no exception"
        )
