"""What the App proves itself with: its id and its private key."""

import base64
import binascii
from collections.abc import Mapping
from pathlib import Path
from typing import Any, NamedTuple

from cryptography.hazmat.primitives.serialization import load_pem_private_key

LONGEST_PATH = 4096


OF_ENVIRONMENT = "check GITHUB_APP_ID and GITHUB_PRIVATE_KEY."
KEPT_HERE = (
    "it is kept here, not in the environment. If the App or its key was deleted at GitHub, remove it here with "
    "`devmetrics connection remove {name}`, and register another one with `devmetrics setup github`."
)


class Credentials(NamedTuple):
    app_id: str
    # PEM
    private_key: str
    # What to do when GitHub refuses them.
    remedy: str = OF_ENVIRONMENT

    def __repr__(self) -> str:
        return f"Credentials(app_id={self.app_id!r})"


def read_private_key(value: str) -> str:
    """The PEM of a key given as PEM (also with \\n for its line ends), as the path of a file, or in base64.

    Raises ValueError with what to do.
    """
    pem = value.replace("\\n", "\n").strip()
    if "-----BEGIN" not in pem:
        pem = _from_file(pem) or _from_base64(pem)
    try:
        load_pem_private_key(pem.encode(), None)
    except Exception as problem:
        # Whatever the parser stumbled over, its words might show a part of the key.
        raise ValueError("is no private key: give the .pem file that GitHub made, its path, or its base64") from problem
    return pem + "\n"


def credentials_in(secrets: Mapping[str, Any]) -> Credentials | None:
    """Of a connection's secrets."""
    app_id, private_key = secrets.get("app_id"), secrets.get("private_key")
    if not app_id or not private_key:
        return None
    return Credentials(str(app_id), str(private_key), KEPT_HERE.format(name=secrets.get("slug", "NAME")))


def _from_file(value: str) -> str:
    if len(value) > LONGEST_PATH or "\n" in value:
        return ""
    try:
        return Path(value).expanduser().read_text().strip()
    except (OSError, ValueError, RuntimeError):
        return ""


def _from_base64(value: str) -> str:
    try:
        return base64.b64decode("".join(value.split()), validate=True).decode("ascii").strip()
    except (binascii.Error, ValueError):
        return ""
