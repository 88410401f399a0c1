"""Which stored deliveries mention a person."""

import pytest

from handlers.inbox.mentions import mention_pattern

UUID = "00000022-1111-4111-8111-111111111111"


@pytest.mark.parametrize(
    ("said", "mentions"),
    [
        ('{"uuid": "{PERSON}"}', True),
        ('{"account_id": 77, "id":4711}', True),
        ('{"id": 47110}', False),
        ('{"size": 4711}', False),
        ('{"name": "J\\u00f6rg W\\u00e4ldin"}', True),
        ('{"name": "Jörg Wäldin"}', True),
        ('{"ref": "jwaldin2"}', False),
        ('{"nickname": "jwaldin"}', True),
    ],
)
def test_names_and_accounts_are_found_as_providers_write_them(said: str, mentions: bool) -> None:
    pattern = mention_pattern(["Jörg Wäldin", "jwaldin"], ["4711", UUID])
    assert bool(pattern.search(said.replace("PERSON", UUID).encode())) is mentions
