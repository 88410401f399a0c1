"""JSON Schemas of the answers, read off the dataclasses: what is added there is described here."""

import types
from dataclasses import fields
from typing import Any, Union, get_args, get_origin, get_type_hints

from reports.numbers import METRICS
from reports.report import DataQuality, Numbers, RepositorySubject, TeamSubject

Schema = dict[str, Any]

PRIMITIVES: dict[type, str] = {int: "integer", float: "number", str: "string", bool: "boolean", types.NoneType: "null"}
WINDOW: Schema = {
    "description": "Half-open: `to` does not belong to it. Cut to the day on which tracking began.",
    "properties": {
        "from": {"type": "string", "format": "date-time"},
        "to": {"type": "string", "format": "date-time"},
        "timezone": {"type": "string", "description": "IANA name."},
        "days": {"type": "number", "description": "Local calendar days; of an odd window seconds / 86400."},
    },
}
ERROR: Schema = {
    "properties": {
        "error": {
            "type": "object",
            "properties": {
                "code": {"type": "string", "description": "For programs."},
                "message": {"type": "string", "description": "For people: what to do."},
            },
            "required": ["code", "message"],
        }
    },
}


ITEM: Schema = {
    "description": "One deployment, change, recovery, pull request or commit that was counted.",
    "properties": {
        "repository": {"type": "string", "description": "Its path."},
        "subject": {
            "type": "string",
            "description": "The provider's key, as deployment:12, pull_request:7 or commit:<sha>.",
        },
        "title": {"type": "string"},
        "url": {"type": ["string", "null"], "description": "On the provider's site."},
        "at": {"type": "string", "format": "date-time", "description": "The moment that puts it in the window."},
        "counted_as": {"type": "string", "description": "How it was counted, and why."},
        "seconds": {"type": ["number", "null"], "description": "The duration that it adds to the number."},
        "parts": {
            "type": "object",
            "description": "The parts of `seconds`, by name.",
            "additionalProperties": {"type": "number"},
        },
        "chain": {
            "type": "array",
            "description": "Of a deployment: all that says that it failed or did not, strongest first.",
            "items": {"$ref": "#/components/schemas/Link"},
        },
    },
}
LINK: Schema = {
    "description": "Something that says that a deployment failed, or that it did not.",
    "properties": {
        "kind": {"type": "string", "description": "mark, status, rollback, revert, hotfix or incident."},
        "source": {
            "type": "string",
            "description": "What says so: a deployment's key, pull_request:12, an incident's key, a person (slack:U1).",
        },
        "at": {"type": "string", "format": "date-time"},
        "url": {"type": ["string", "null"], "description": "On the provider's site."},
        "decides": {"type": "boolean", "description": "The first that speaks decides the outcome."},
    },
}
PAGE: Schema = {
    "metric": {"type": "string", "enum": list(METRICS)},
    "definition": {"type": "string"},
    "source": {"type": "string", "format": "uri"},
    "total": {"type": "integer", "description": "Items on all pages."},
    "as_of": {"type": "string", "format": "date-time", "description": "When the first page was asked for."},
    "changed": {"type": "boolean", "description": "True: the total is another than on the first page; begin again."},
    "next": {"type": ["string", "null"], "description": "Address of the next page; null: this is the last."},
}


def schemas() -> dict[str, Schema]:
    """Every schema, by the name of its dataclass."""
    found: dict[str, Schema] = {"Window": _closed(WINDOW), "Error": _closed(ERROR)}
    found |= {"Evidence": _closed(ITEM), "Link": _closed(LINK)}
    numbers = {
        name: {**_of(hint, found), "description": f"{METRICS[name].DEFINITION} ({METRICS[name].SOURCE})"}
        for name, hint in get_type_hints(Numbers).items()
    }
    for name, key, subject in (
        ("TeamMetrics", "team", TeamSubject),
        ("RepositoryMetrics", "repository", RepositorySubject),
    ):
        one_window = {
            key: _of(subject, found),
            "window": _reference("Window"),
            **numbers,
            "data_quality": _of(tuple[DataQuality, ...], found),
        }
        found[f"{name}Before"] = _closed({"properties": one_window})
        previous = {
            "description": "The same for the window before; null when not all of it was tracked.",
            "oneOf": [_reference(f"{name}Before"), {"type": "null"}],
        }
        found[name] = _closed({"properties": {**one_window, "previous": previous}})
        behind = {
            key: _of(subject, found),
            "window": _reference("Window"),
            **PAGE,
            "number": {"oneOf": [_of(hint, found) for hint in get_type_hints(Numbers).values()]},
            "items": {"type": "array", "items": _reference("Evidence")},
            "data_quality": _of(tuple[DataQuality, ...], found),
        }
        found[name.replace("Metrics", "Evidence")] = _closed({"properties": behind})
    return dict(sorted(found.items()))


def _of(hint: Any, found: dict[str, Schema]) -> Schema:
    """The schema of a type; dataclasses are put into `found` and referred to."""
    if hint in PRIMITIVES:
        return {"type": PRIMITIVES[hint]}
    if get_origin(hint) in (Union, types.UnionType):
        return {"type": [PRIMITIVES[member] for member in get_args(hint)]}
    if get_origin(hint) is tuple:
        return {"type": "array", "items": _of(get_args(hint)[0], found)}
    hints = get_type_hints(hint)
    properties = {field.name: _of(hints[field.name], found) for field in fields(hint)}
    found[hint.__name__] = _closed({"properties": properties})
    return _reference(hint.__name__)


def _closed(schema: Schema) -> Schema:
    """An object that has all of its properties and no others."""
    return {"type": "object", **schema, "required": list(schema["properties"]), "additionalProperties": False}


def _reference(name: str) -> Schema:
    return {"$ref": f"#/components/schemas/{name}"}
