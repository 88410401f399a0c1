"""Small checks that whole blocks are described with. Each yields what is wrong, with where it is.

The words follow Slack's `response_metadata.messages`: `[ERROR] missing required field: text [json-pointer:/blocks/0]`.
"""

import re
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any

Check = Callable[[Any, str], Iterator[str]]


def wrong(reason: str, where: str) -> str:
    return f"[ERROR] {reason} [json-pointer:{where}]"


def string(longest: int, shortest: int = 1) -> Check:
    def check(value: Any, where: str) -> Iterator[str]:
        if not isinstance(value, str):
            yield wrong("must provide a string", where)
        elif len(value) < shortest:
            yield wrong(f"must be more than {shortest - 1} characters", where)
        elif len(value) > longest:
            yield wrong(f"must be less than {longest + 1} characters", where)

    return check


def url(longest: int = 3000) -> Check:
    def check(value: Any, where: str) -> Iterator[str]:
        yield from string(longest)(value, where)
        if isinstance(value, str) and not re.match(r"https?://\S+$", value):
            yield wrong("invalid url", where)

    return check


def boolean(value: Any, where: str) -> Iterator[str]:
    if not isinstance(value, bool):
        yield wrong("must be a boolean", where)


def number(value: Any, where: str) -> Iterator[str]:
    if isinstance(value, bool) or not isinstance(value, int | float):
        yield wrong("must be a number", where)


def one_of(*allowed: str) -> Check:
    def check(value: Any, where: str) -> Iterator[str]:
        if value not in allowed:
            yield wrong(f"must be one of {', '.join(allowed)}", where)

    return check


def many(check_one: Check, most: int, least: int = 1) -> Check:
    def check(value: Any, where: str) -> Iterator[str]:
        if not isinstance(value, list):
            yield wrong("must be an array", where)
            return
        if len(value) < least:
            yield wrong(f"no fewer than {least} items allowed", where)
        if len(value) > most:
            yield wrong(f"no more than {most} items allowed", where)
        for index, item in enumerate(value):
            yield from check_one(item, f"{where}/{index}")

    return check


@dataclass(frozen=True, slots=True)
class Shape:
    """An object with these fields and no others."""

    required: Mapping[str, Check] = field(default_factory=dict)
    optional: Mapping[str, Check] = field(default_factory=dict)
    # At least one of these must be there.
    any_of: tuple[str, ...] = ()

    def __call__(self, value: Any, where: str) -> Iterator[str]:
        if not isinstance(value, dict):
            yield wrong("must provide an object", where)
            return
        fields = {**self.required, **self.optional}
        for name in self.required:
            if name not in value:
                yield wrong(f"missing required field: {name}", where)
        if self.any_of and not any(name in value for name in self.any_of):
            yield wrong(f"missing required field: {' or '.join(self.any_of)}", where)
        for name, item in value.items():
            if name in fields:
                yield from fields[name](item, f"{where}/{name}")
            elif name != "type":
                yield wrong(f"invalid additional property: {name}", where)


def typed(shapes: Mapping[str, Check], what: str) -> Check:
    """An object whose `type` says which of the shapes it must have."""

    def check(value: Any, where: str) -> Iterator[str]:
        kind = value.get("type") if isinstance(value, dict) else None
        if not isinstance(kind, str) or kind not in shapes:
            yield wrong(f"unsupported type: {what} {kind}", where)
        else:
            yield from shapes[kind](value, where)

    return check


def text_object(longest: int, *kinds: str) -> Check:
    """https://docs.slack.dev/reference/block-kit/composition-objects/text-object"""
    shapes = {
        "plain_text": Shape({"text": string(longest)}, {"emoji": boolean}),
        "mrkdwn": Shape({"text": string(longest)}, {"verbatim": boolean}),
    }
    return typed({kind: shapes[kind] for kind in kinds or shapes}, "text")


def plain_text(longest: int) -> Check:
    return text_object(longest, "plain_text")
