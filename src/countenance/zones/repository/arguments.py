"""Reading what a message asks for: names, moments, ids and records, each checked before anything else happens."""

import re
from collections.abc import Mapping
from typing import TypeVar

from countenance.errors import Malformed
from countenance.formats import records
from countenance.formats.canonical import Json
from countenance.vocabulary.requests import Signed

T = TypeVar("T")

MAXIMUM_MOMENT = 2**53 - 1
_NAME = re.compile(r"[a-z0-9][a-z0-9.-]{0,63}")
_LONG_ID = re.compile(r"[0-9a-f]{32}")
_SHORT_ID = re.compile(r"[0-9a-f]{16}")


def name(value: Json, what: str) -> str:
    """A camera's or an edge's name."""
    return _matching(_NAME, value, f"{what} has lower-case letters, digits, dots and hyphens, at most 64")


def long_id(value: Json, what: str) -> str:
    """The 32 hex digits of a sighting or segment."""
    return _matching(_LONG_ID, value, f"{what} has 32 lower-case hex digits")


def short_id(value: Json, what: str) -> str:
    """The 16 hex digits of a warrant."""
    return _matching(_SHORT_ID, value, f"{what} has 16 lower-case hex digits")


def whole(body: Mapping[str, Json], field: str, *, default: int | None = None, most: int = MAXIMUM_MOMENT) -> int:
    """A whole number from 0 to `most`; `default` where the field is missing."""
    value = body.get(field, default)
    if isinstance(value, bool) or not isinstance(value, int) or not 0 <= value <= most:
        raise Malformed(f"'{field}' is a whole number from 0 to {most}")
    return value


def blobs(given: tuple[bytes, ...], *limits: int) -> tuple[bytes, ...]:
    """`given`, if it has as many parts as `limits` and none is longer than its limit (bytes)."""
    if len(given) != len(limits):
        raise Malformed(f"this message carries {len(limits)} binary parts, not {len(given)}")
    for number, (blob, limit) in enumerate(zip(given, limits, strict=True)):
        if len(blob) > limit:
            raise Malformed(f"part {number} of this message is longer than the {limit} bytes allowed")
    return given


def signed(data: bytes) -> Signed:
    """The signed record that `data` spells."""
    return records.read(Signed, data)


def _matching(pattern: re.Pattern[str], value: Json, rule: str) -> str:
    if not isinstance(value, str) or not pattern.fullmatch(value):
        raise Malformed(rule)
    return value
