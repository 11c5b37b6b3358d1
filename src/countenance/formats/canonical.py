"""Canonical JSON (RFC 8785), the one way records are written before they are hashed or signed.

Invariants:

* `read(write(x)) == x`, and `write(read(b)) == b` for every `b` that `read` accepts: a record has one spelling.
* Only objects, arrays, strings, true, false, null and integers of at most 53 bits. No floats: two machines must not
  disagree on a hash because of a rounding.
"""

import json
from collections.abc import Mapping, Sequence
from typing import TypeAlias

import rfc8785

from countenance.errors import Malformed

Json: TypeAlias = "None | bool | int | str | Sequence[Json] | Mapping[str, Json]"

MAXIMUM_BYTES = 16 * 1024 * 1024


def write(value: Json) -> bytes:
    """The canonical bytes of `value`. Raises Malformed for floats, large integers and lone surrogates."""
    _no_floats(value)
    try:
        return rfc8785.dumps(value)
    except (rfc8785.CanonicalizationError, UnicodeEncodeError, RecursionError) as error:
        raise Malformed("this value has no canonical JSON: use strings and whole numbers below 2^53") from error


def read(data: bytes) -> Json:
    """The value that `data` spells canonically. Raises Malformed for anything else, duplicate keys included."""
    if len(data) > MAXIMUM_BYTES:
        raise Malformed(f"this record is longer than the {MAXIMUM_BYTES} bytes allowed")
    try:
        value: Json = json.loads(data.decode("utf-8"))
    except (ValueError, RecursionError) as error:
        raise Malformed("this is not JSON") from error
    if write(value) != data:
        raise Malformed("this JSON is not in canonical form (RFC 8785)")
    return value


def _no_floats(value: Json) -> None:
    stack: list[Json] = [value]
    while stack:
        item = stack.pop()
        if isinstance(item, float):
            raise Malformed("records hold whole numbers only")
        if isinstance(item, Mapping):
            stack.extend(item.values())
        elif isinstance(item, Sequence) and not isinstance(item, str):
            stack.extend(item)
