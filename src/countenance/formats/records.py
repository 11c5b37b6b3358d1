"""Frozen dataclasses of `vocabulary` as canonical JSON, and back.

One rule for every record, so that a format is documented by its type: the object has the dataclass's fields, no more
and no fewer, and `"type"`, the class's name, so that a signature over one kind of record is never one over another.
`bytes` are lower-case hex, enums their values, tuples arrays, nested records objects with a type of their own. A field
marked `vocabulary.later.LATER` is left out where it has its default, and only there.
"""

import dataclasses
import enum
import functools
import hashlib
import json
import struct
import types
import typing
from collections.abc import Mapping

from countenance.errors import Malformed
from countenance.formats import canonical
from countenance.formats.canonical import Json

T = typing.TypeVar("T")


def write(record: object) -> bytes:
    """Canonical JSON of a frozen dataclass instance. Raises Malformed if it has none (floats, large integers)."""
    return canonical.write(_plain(record))


def read(kind: type[T], data: bytes) -> T:
    """The `kind` that `data` spells. Raises Malformed for another type, an unknown, missing or mistyped field."""
    return typing.cast(T, _typed(kind, canonical.read(data), kind.__name__))


def own(kind: type[T], data: bytes) -> T:
    """As `read`, for bytes that `write` made and that nobody else can have changed: their spelling is not checked."""
    try:
        value: Json = json.loads(data)
    except (ValueError, RecursionError) as error:
        raise Malformed("this is not JSON") from error
    return typing.cast(T, _typed(kind, value, kind.__name__))


def digest(record: object) -> bytes:
    """SHA-256 of the canonical JSON of `record`, 32 bytes."""
    return hashlib.sha256(write(record)).digest()


def plain(record: object) -> Json:
    """`record` as JSON values, for `--json` output and for nesting in other documents."""
    return _plain(record)


def _plain(value: object) -> Json:
    if isinstance(value, enum.Enum):
        return typing.cast(Json, value.value)
    if value is None or isinstance(value, bool | int | str):
        return value
    if isinstance(value, bytes):
        return value.hex()
    if isinstance(value, tuple):
        return [_plain(item) for item in value]
    if dataclasses.is_dataclass(value) and not isinstance(value, type):
        fields: dict[str, Json] = {"type": type(value).__name__}
        for name in _spelled(value):
            fields[name] = _plain(getattr(value, name))
        return fields
    raise Malformed(f"a record cannot hold a {type(value).__name__}")


@functools.cache
def _hints(kind: type) -> dict[str, typing.Any]:
    return typing.get_type_hints(kind)


@functools.cache
def _fields(kind: typing.Any) -> tuple[tuple[str, ...], dict[str, object]]:
    """Names of all fields, and the defaults of those that came later."""
    fields = dataclasses.fields(kind)
    return tuple(one.name for one in fields), {one.name: one.default for one in fields if one.metadata.get("later")}


def _typed(kind: typing.Any, value: Json, where: str) -> object:
    origin = typing.get_origin(kind)
    if origin in (typing.Union, types.UnionType):
        options = typing.get_args(kind)
        if value is None and type(None) in options:
            return None
        return _typed(next(option for option in options if option is not type(None)), value, where)
    if origin is tuple:
        return _typed_tuple(typing.get_args(kind), value, where)
    if dataclasses.is_dataclass(kind):
        return _typed_record(typing.cast(type, kind), value, where)
    if kind is bytes:
        return _bytes(value, where)
    if isinstance(kind, type) and issubclass(kind, enum.Enum):
        try:
            return kind(value)
        except ValueError as error:
            raise Malformed(f"{where} is none of the values it may have") from error
    if kind in (str, int, bool) and type(value) is kind:
        return value
    raise Malformed(f"{where} is not a {getattr(kind, '__name__', kind)}")


def _typed_tuple(arguments: tuple[typing.Any, ...], value: Json, where: str) -> tuple[object, ...]:
    if not isinstance(value, list):
        raise Malformed(f"{where} is not an array")
    if len(arguments) == 2 and arguments[1] is Ellipsis:
        if arguments[0] is bytes and (several := _digests(value)) is not None:
            return several
        return tuple(_typed(arguments[0], item, f"{where}[]") for item in value)
    if len(arguments) != len(value):
        raise Malformed(f"{where} does not have {len(arguments)} items")
    return tuple(_typed(kind, item, f"{where}[]") for kind, item in zip(arguments, value, strict=True))


def _digests(value: list[Json]) -> tuple[bytes, ...] | None:
    """Many items of one length, as digests are, read in one go; None if that is not what `value` is."""
    items = typing.cast(list[str], value)
    try:
        (size,) = set(map(len, items))
        joined = "".join(items)
        data = bytes.fromhex(joined)
    except (TypeError, ValueError):
        return None
    if not size or size % 2 or data.hex() != joined:
        return None
    return tuple(item for (item,) in struct.iter_unpack(f"{size // 2}s", data))


def _typed_record(kind: type, value: Json, where: str) -> object:
    if not isinstance(value, Mapping) or value.get("type") != kind.__name__:
        raise Malformed(f"{where} is not a {kind.__name__} record")
    hints = _hints(kind)
    every, later = _fields(kind)
    names = set(every)
    if not names - set(later) <= set(value) - {"type"} <= names:
        raise Malformed(f"{where} has a field too many or too few")
    read = {name: _typed(hints[name], value[name], f"{where}.{name}") for name in names & set(value)}
    made: object = kind(**read)
    if later and any(name not in _spelled(made) for name in read):
        raise Malformed(f"{where} spells out a field that is left out where it says nothing")
    return made


def _spelled(record: object) -> list[str]:
    """Names of the fields that are written of `record`, in order."""
    kind: typing.Any = type(record)
    names, later = _fields(kind)
    return [name for name in names if name not in later or getattr(record, name) != later[name]]


def _bytes(value: Json, where: str) -> bytes:
    if not isinstance(value, str):
        raise Malformed(f"{where} is not hex")
    try:
        data = bytes.fromhex(value)
    except ValueError as error:
        raise Malformed(f"{where} is not hex") from error
    if data.hex() != value:
        raise Malformed(f"{where} is not lower-case hex")
    return data
