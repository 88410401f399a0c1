"""A repository that was deleted is said to be gone, by the key that it always had."""

from storage.records import RepositoryRemoved
from tests.handlers.payloads import RECEIVED_AT, only, read


def test_it_is_gone_as_of_its_receipt() -> None:
    removed = only(read("bitbucket", "repo_deleted.gone"), RepositoryRemoved)
    assert removed.key == ("bitbucket", "bitbucket.org", "610e2f4a-7c1b-4b8e-9c39-2f1d0c6a9b11")
    assert (removed.at, removed.deleted) == (RECEIVED_AT, True)
