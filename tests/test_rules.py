"""Every rule of docs/metrics.md is proven by a story or a test: rules.yaml says by which."""

import re
from functools import cache
from pathlib import Path

import pytest
import yaml

TESTS = Path(__file__).parent
RULES: dict[str, list[list[str]]] = yaml.safe_load((TESTS / "rules.yaml").read_text(encoding="utf-8"))


@cache
def stories() -> frozenset[str]:
    files = (TESTS / "stories").glob("*.yaml")
    return frozenset(story["story"] for file in files for story in yaml.safe_load(file.read_text(encoding="utf-8")))


def exists(proof: str) -> bool:
    path, _, name = proof.partition("::")
    if not name:
        return proof in stories()
    module = TESTS / path
    return module.exists() and re.search(rf"^(?:async )?def {name}\(", module.read_text(), re.MULTILINE) is not None


@pytest.mark.parametrize("section", RULES)
def test_every_rule_has_a_proof_that_exists(section: str) -> None:
    missing = [f"{rule}: {proof}" for rule, *proofs in RULES[section] for proof in proofs if not exists(proof)]
    unproven = [rule for rule, *proofs in RULES[section] if not proofs]
    assert not missing + unproven


def test_every_rule_is_named_once() -> None:
    names = [rule for rules in RULES.values() for rule, *_ in rules]
    assert sorted(names) == sorted(set(names))


def test_every_story_has_a_title_of_its_own() -> None:
    titles = [story for file in (TESTS / "stories").glob("*.yaml") for story in yaml.safe_load(file.read_text())]
    assert len(titles) == len(stories())
