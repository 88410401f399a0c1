"""A repository keeps its key through renames and transfers."""

import pytest

from storage.records import Repository
from tests.handlers.payloads import RECEIVED_AT, only, read


@pytest.mark.parametrize(
    ("name", "path"),
    [
        ("repo_created.new", "acme/api"),
        ("repo_updated.renamed", "acme/gateway"),
        ("repo_transfer.moved", "acme-inc/api"),
    ],
)
def test_a_new_name_is_an_attribute_as_of_its_receipt(name: str, path: str) -> None:
    repository = only(read("bitbucket", name), Repository)
    assert repository.key == ("bitbucket", "bitbucket.org", "610e2f4a-7c1b-4b8e-9c39-2f1d0c6a9b11")
    assert (repository.path, repository.seen_at) == (path, RECEIVED_AT)
