"""Any tool that can sign a small JSON document: incidents, and deployments of pipelines elsewhere."""

from collections.abc import Mapping
from typing import Any

from handlers.generic.signature import HOW_TO_TURN_ON, Verifier, kind_of, new_secrets
from handlers.provider import Provider

KINDS = ("incident", "deployment")


def name_event(_: str, body: bytes) -> str:
    return kind_of(body)


def recognizes(_: str, fields: Mapping[str, Any]) -> bool:
    return fields.get("type") in KINDS


def event_of_file(_: str, fields: Mapping[str, Any]) -> str:
    return str(fields.get("type"))


PROVIDER = Provider(
    word="generic",
    name="A generic connection",
    public_host="generic",
    how_to_turn_on=HOW_TO_TURN_ON,
    verifier=Verifier,
    settings=None,
    name_event=name_event,
    recognizes=recognizes,
    event_of_file=event_of_file,
    new_secrets=new_secrets,
)
