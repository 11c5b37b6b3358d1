"""Entries of a model card's TOML, each checked as it is taken out; a faulty one is named.

Every function raises Malformed.
"""

import math
import tomllib
from collections.abc import Mapping
from itertools import pairwise
from pathlib import Path

from countenance.errors import Malformed

MAXIMUM_SIDE = 4096


def content(path: Path) -> str:
    """The text of the file at `path`."""
    try:
        return path.read_text(encoding="utf-8")
    except (OSError, UnicodeDecodeError) as error:
        raise Malformed(f"the model card '{path}' cannot be read: give the path of a TOML file") from error


def toml(written: str) -> Mapping[str, object]:
    """The table that a text spells."""
    try:
        return tomllib.loads(written)
    except (tomllib.TOMLDecodeError, RecursionError) as error:
        raise Malformed(f"the model card is not TOML: {error}") from error


def section(table: Mapping[str, object], key: str) -> Mapping[str, object]:
    """The section [key]."""
    value = table.get(key)
    if not isinstance(value, dict):
        raise Malformed(f"the model card needs a section [{key}]")
    return value


def text(table: Mapping[str, object], key: str) -> str:
    """A text, not empty."""
    value = table.get(key)
    if not isinstance(value, str) or not value:
        raise Malformed(f"the model card needs {key} = '…'")
    return value


def whole(table: Mapping[str, object], key: str) -> int:
    """A whole number from 1 to MAXIMUM_SIDE."""
    value = table.get(key)
    if not isinstance(value, int) or isinstance(value, bool) or not 0 < value <= MAXIMUM_SIDE:
        raise Malformed(f"the model card needs {key} as a whole number from 1 to {MAXIMUM_SIDE}")
    return value


def number(table: Mapping[str, object], key: str, *, low: float, high: float) -> float:
    """A number from `low` to `high`."""
    (value,) = numbers([table.get(key)], key, 1)
    if not low <= value <= high:
        raise Malformed(f"the model card needs {key} as a number from {low} to {high}")
    return value


def triple(table: Mapping[str, object], key: str) -> tuple[float, float, float]:
    """Three numbers."""
    red, green, blue = numbers(table.get(key), key, 3)
    return red, green, blue


def numbers(values: object, key: str, count: int) -> list[float]:
    """`count` finite numbers."""
    if not isinstance(values, list) or len(values) != count:
        raise Malformed(f"the model card needs {key} as {count} numbers")
    found = [float(v) for v in values if isinstance(v, int | float) and not isinstance(v, bool) and math.isfinite(v)]
    if len(found) != count:
        raise Malformed(f"the model card needs {key} as {count} finite numbers")
    return found


def rising(table: Mapping[str, object], key: str, count: int) -> list[float]:
    """`count` numbers above 0, each above the one before."""
    found = numbers(table.get(key), key, count)
    if not all(one < other for one, other in pairwise([0.0, *found])):
        raise Malformed(f"the model card needs quality.{key} as {count} numbers above 0, each above the one before")
    return found
