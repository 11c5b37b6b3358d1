"""Paper: answers from a CSV that somebody typed in from sheets, or that a kiosk saved. They are not randomised.

One line a person, one column an item (`comfort`, `trust.station`) and a group, in any order, by their ids. An empty
field is *no answer*, or *not said*; a line with nothing in it is nobody. A file is taken in whole or not at all; a
fault is named with its line and column, never with the person's answer.
"""

import csv
import io
from collections.abc import Iterator, Sequence
from typing import Final

from countenance.errors import Malformed
from countenance.survey import responses
from countenance.vocabulary.survey import Instrument, Way

MAXIMUM_BYTES: Final = 256 * 1024 * 1024


def rows(instrument: Instrument, data: bytes, way: Way) -> bytes:
    """Records of everybody in the file. Raises Malformed for a file with a fault, and for an empty one."""
    try:
        text = io.TextIOWrapper(io.BytesIO(data), "utf-8-sig", newline="")
        found = b"".join(_records(instrument, csv.reader(text, strict=True), way))
    except (UnicodeDecodeError, csv.Error) as error:
        raise Malformed("this is no CSV in UTF-8: save it as 'CSV UTF-8' and try again") from error
    if not found:
        raise Malformed("there is no answer in this file: one line a person below the line of names")
    return found


def template(instrument: Instrument) -> str:
    """The line of names that such a file begins with."""
    names = [*(item.id for item in instrument.items), *(group.id for group in instrument.groups)]
    return ",".join(names) + "\n"


def _records(instrument: Instrument, lines: Iterator[list[str]], way: Way) -> Iterator[bytes]:
    names = [name.strip() for name in next(lines, [])]
    wanted = template(instrument).strip().split(",")
    if sorted(names) != sorted(wanted):
        odd = sorted(set(names) ^ set(wanted))
        raise Malformed(
            f"the first line must name every item and group once; look at: {', '.join(odd)[:200] or 'twice'}"
        )
    of_item = [(names.index(item.id), item.id, item.answers) for item in instrument.items]
    of_group = [(names.index(group.id), group.id, [part.id for part in group.parts]) for group in instrument.groups]
    for number, line in enumerate(lines, 2):
        if not any(field.strip() for field in line):
            continue
        if len(line) != len(names):
            raise Malformed(f"line {number} has {len(line)} fields, and the line of names {len(names)}")
        answers = tuple(_place(line[at], ids, len(ids) - 1, f"line {number}, {name}") for at, name, ids in of_item)
        groups = tuple(_place(line[at], ids, len(ids), f"line {number}, {name}") for at, name, ids in of_group)
        yield responses.record(instrument, groups, answers, way)


def _place(field: str, ids: Sequence[str], empty: int, where: str) -> int:
    word = field.strip()
    if not word:
        return empty
    if word not in ids:
        raise Malformed(f"{where}: must be empty or one of {', '.join(ids)}")
    return ids.index(word)
