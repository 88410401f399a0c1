"""Every sentence of docs/metrics.md is proven by stories or tests: rules.yaml says by which."""

import re
from collections.abc import Iterator
from functools import cache
from pathlib import Path

import pytest

from tests.stories.files import NAMES, read_yaml, stories_of

TESTS = Path(__file__).parent
PAGE = TESTS.parent / "docs" / "metrics.md"
# Section of the page -> its sentences, each with its proofs.
RULES: dict[str, list[dict[str, list[str]]]] = read_yaml(TESTS / "rules.yaml")
ITEM = re.compile(r"\s*(?:-|\d+\.) (.*)")
END_OF_SENTENCE = re.compile(r"(?<=[.!?])\s+(?=[A-Z`\[*])")


def sentences(page: str) -> Iterator[tuple[str, str]]:
    """Section and text of each sentence, item and row of a table; not of examples, which other tests run."""
    section, gathered = "", [""]

    def gathered_sentences() -> Iterator[tuple[str, str]]:
        text = " ".join(gathered).strip()
        gathered.clear()
        yield from ((section, one) for one in END_OF_SENTENCE.split(text) if one)

    for line in page.splitlines():
        item = ITEM.fullmatch(line)
        if line.startswith("    ") and not gathered:
            continue
        if item or not line or line.startswith(("#", "|")):
            yield from gathered_sentences()
        if line.startswith("#"):
            section = line.lstrip("# ")
        elif line.startswith("|"):
            if set(line) - set("|- "):
                yield section, line
        elif line:
            gathered.append(item[1] if item else line.strip())
    yield from gathered_sentences()


@cache
def stories() -> frozenset[str]:
    return frozenset(story["story"] for story in stories_of(*NAMES))


def exists(proof: str) -> bool:
    path, _, name = proof.partition("::")
    if not name:
        return proof in stories()
    module = TESTS / path
    return module.exists() and re.search(rf"^(?:async )?def {name}\(", module.read_text(), re.MULTILINE) is not None


def test_every_sentence_is_there_word_for_word() -> None:
    """In the page's own order: what is new there, or says something else, needs a proof of its own."""
    proven = [(section, sentence) for section, rules in RULES.items() for rule in rules for sentence in rule]
    told = list(sentences(PAGE.read_text(encoding="utf-8")))
    assert [one for one in told if one not in proven] == [], "name the proofs of these sentences in tests/rules.yaml"
    assert [one for one in proven if one not in told] == [], "the page does not say this (any more)"
    assert proven == told


@pytest.mark.parametrize("section", RULES)
def test_every_sentence_has_a_proof_and_every_proof_exists(section: str) -> None:
    proofs = {sentence: proofs for rule in RULES[section] for sentence, proofs in rule.items()}
    assert [sentence for sentence, named in proofs.items() if not named] == []
    assert [f"{sentence}: {one}" for sentence, named in proofs.items() for one in named if not exists(one)] == []


def test_sentences_items_and_rows_are_told_apart() -> None:
    page = "# A\n\nOne. `Two`\ngoes on.\n\n    an example\n\n- three\n  more\n1. four\n\n| x | y |\n|---|---|\n"
    page += "\n## B\nFive.\n"
    assert list(sentences(page)) == [
        *(("A", "One."), ("A", "`Two` goes on."), ("A", "three more"), ("A", "four"), ("A", "| x | y |")),
        ("B", "Five."),
    ]


def test_every_story_has_a_title_of_its_own() -> None:
    assert len(stories_of(*NAMES)) == len(stories())
