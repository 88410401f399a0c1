"""The App's key is taken as PEM, as a path or in base64; anything else is refused without showing it."""

import base64
from pathlib import Path

import pytest

from handlers.github.credentials import credentials_in, read_private_key
from tests.fakes.github.server import pem


def test_the_key_is_read_in_every_form(tmp_path: Path) -> None:
    path = tmp_path / "app.pem"
    path.write_text(pem())
    encoded = base64.b64encode(pem().encode()).decode()
    for value in (pem(), pem().replace("\n", "\\n"), str(path), encoded, f"{encoded[:60]}\n{encoded[60:]}"):
        assert read_private_key(value).strip() == pem().strip()


@pytest.mark.parametrize("value", ["secret", "/nowhere/app.pem", pem()[:200], base64.b64encode(b"secret").decode()])
def test_what_is_no_key_is_refused_and_not_shown(value: str) -> None:
    with pytest.raises(ValueError, match=r"give the \.pem file") as told:
        read_private_key(value)
    assert value not in str(told.value)


def test_a_connection_has_both_or_nothing() -> None:
    found = credentials_in({"app_id": 5, "private_key": "pem", "slug": "x"})
    assert found is not None
    assert (found.app_id, found.private_key) == ("5", "pem")
    assert credentials_in({"app_id": "5"}) is None
