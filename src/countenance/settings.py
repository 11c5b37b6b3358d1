"""Settings: `DEPLOYMENT/countenance.toml` and the environment as frozen dataclasses, one a zone.

A zone's section type lives in the zone; its fields are the settings, their defaults the defaults. `section(kind,
"repository", …)` reads the table `[repository]`, then `COUNTENANCE_REPOSITORY_<FIELD>`, which wins. Anything that is
not a field is refused by name: a misspelled setting must not silently be none.
"""

import tomllib
import typing
from collections.abc import Mapping
from pathlib import Path
from typing import Any, TypeVar

from countenance.errors import Malformed, Unavailable

T = TypeVar("T")

FILE = "countenance.toml"
_TRUE, _FALSE = ("1", "true", "yes"), ("0", "false", "no")


def section(kind: type[T], name: str, deployment: Path, environment: Mapping[str, str]) -> T:
    """The settings of one zone. `kind`: a frozen dataclass whose fields are str, int, float or bool.

    Raises Malformed, naming the setting, for an unknown one or a value of another type.
    """
    fields = typing.get_type_hints(kind)
    prefix = f"COUNTENANCE_{name.upper()}_"
    values = {key: _from_file(value, fields.get(key), f"[{name}] {key}") for key, value in _table(deployment, name)}
    for variable, text in environment.items():
        if variable.startswith(prefix):
            field = variable.removeprefix(prefix).lower()
            values[field] = _from_text(text, fields.get(field), variable)
    return kind(**values)


def _table(deployment: Path, name: str) -> list[tuple[str, Any]]:
    try:
        tables = tomllib.loads((deployment / FILE).read_text(encoding="utf-8"))
    except FileNotFoundError:
        return []
    except (tomllib.TOMLDecodeError, UnicodeDecodeError) as error:
        raise Malformed(f"{FILE} is not TOML ({error}): correct that line") from error
    except OSError as error:
        raise Unavailable(f"{FILE} cannot be read: check its owner and mode") from error
    table = tables.get(name, {})
    if not isinstance(table, dict):
        raise Malformed(f"[{name}] in {FILE} is a table of settings")
    return list(table.items())


def _from_file(value: Any, kind: Any, where: str) -> Any:
    if kind is float and type(value) is int:
        return float(value)
    if kind is None or type(value) is not kind:
        raise _unfit(kind, where)
    return value


def _from_text(text: str, kind: Any, where: str) -> Any:
    if kind is bool and text.lower() in _TRUE + _FALSE:
        return text.lower() in _TRUE
    if kind not in (str, int, float):
        raise _unfit(kind, where)
    try:
        return kind(text)
    except ValueError as error:
        raise _unfit(kind, where) from error


def _unfit(kind: Any, where: str) -> Malformed:
    if kind is None:
        return Malformed(f"there is no setting {where}: see docs/settings.md")
    return Malformed(f"the setting {where} is a {kind.__name__}: see docs/settings.md")
