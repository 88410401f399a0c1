"""What differs in its time alone is said by the first and the last."""

from collections.abc import Iterable
from dataclasses import replace
from datetime import datetime, timedelta
from random import Random
from uuid import UUID

from hypothesis import given
from hypothesis import strategies as st

from storage.facts.identities import identity_rows, key_of, merge_identities
from storage.facts.registers import fold
from storage.facts.repeats import first_and_last, newest
from storage.facts.repositories import merge_repositories, repository_row
from storage.records import Person, Repository
from tests.storage.facts.samples import API, NOON, account, repository

ORGANIZATION = UUID(int=1)
times = st.lists(st.none() | st.integers(0, 5).map(lambda hours: NOON + timedelta(hours=hours)), min_size=1, max_size=8)


@given(times=times, seed=st.integers(0, 100))
def test_a_repository_merges_to_the_same_row(times: list[datetime | None], seed: int) -> None:
    random = Random(seed)
    told = [repository(API, path=random.choice(["acme/api", "acme/old"]), seen_at=at) for at in times]

    def merged(seen: list[Repository]) -> object:
        return fold(
            (repository_row(one, ORGANIZATION) for one in seen), lambda row: row.provider_id, merge_repositories
        )

    assert merged(first_and_last(told)) == merged(told)


@given(times=times, seed=st.integers(0, 100))
def test_a_person_merges_to_the_same_identity(times: list[datetime | None], seed: int) -> None:
    random = Random(seed)
    told = [replace(account("7", random.choice(["jane", "jane-doe"])), seen_at=at) for at in times]

    def merged(persons: Iterable[Person]) -> object:
        return fold((row for one in persons for row in identity_rows(one)), key_of, merge_identities)

    assert merged(newest(told)) == merged(told)


def test_of_a_thousand_deliveries_few_are_looked_at() -> None:
    moments = [NOON + timedelta(seconds=number) for number in range(1000)]
    assert len(first_and_last(repository(seen_at=at) for at in moments)) == 2
    assert len(newest(replace(account("7", "jane"), seen_at=at) for at in moments)) == 1
