"""Paper: answers from a CSV that somebody typed in from sheets, or that a kiosk saved. They are not randomised.

One line a person, one column an item (`comfort`, `trust.station`) and a group, in any order, by their ids. An empty
field is *no answer*, or *not said*; a line with nothing in it is nobody. What programs save that ask with our XLSForm
is read as well: a question with several in one column (`station shop`), semicolons; their own columns of times, devices
and keys are left out. A file is taken in whole or not at all; a fault is named with its line and column, never with the
person's answer.
"""

import csv
import io
from collections.abc import Iterator, Sequence
from typing import Final

from countenance.errors import Malformed
from countenance.survey import responses
from countenance.vocabulary.survey import CHOSEN, NO_ANSWER, NONE_OF_THESE, NOT_SAID, Instrument, Item, Kind, Way

MAXIMUM_BYTES: Final = 256 * 1024 * 1024

_OTHERS: Final = frozenset(
    (
        "intro", "SubmissionDate", "KEY", "SubmitterID", "SubmitterName", "AttachmentsPresent", "AttachmentsExpected",
        "Status", "ReviewState", "DeviceID", "Edits", "FormVersion", "isValidated", "instanceID", "start", "end",
        "today", "deviceid", "username",
    )
)  # fmt: skip
"""Columns that ODK, KoboToolbox and others add: our note, and of their own when, by whom, with what. None is kept."""
_THEIRS: Final = ("_", "meta-", "meta/", "formhub/")
"""What others of them begin with."""


def rows(instrument: Instrument, data: bytes, way: Way) -> bytes:
    """Records of everybody in the file. Raises Malformed for a file with a fault, and for an empty one."""
    try:
        text = io.TextIOWrapper(io.BytesIO(data), "utf-8-sig", newline="")
        # Some programs, and spreadsheets in many languages, separate by semicolons; no name has one.
        separator = ";" if ";" in text.readline() else ","
        text.seek(0)
        found = b"".join(_records(instrument, csv.reader(text, strict=True, delimiter=separator), way))
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
    _check(instrument, names)
    of_item = [(names.index(item.id if item.id in names else item.question.id), item) for item in instrument.items]
    of_group = [(names.index(group.id), group.id, [part.id for part in group.parts]) for group in instrument.groups]
    for number, line in enumerate(lines, 2):
        if not any(field.strip() for field in line):
            continue
        if len(line) != len(names):
            raise Malformed(f"line {number} has {len(line)} fields, and the line of names {len(names)}")
        answers = tuple(_answer(item, names[at], line[at], f"line {number}, {names[at]}") for at, item in of_item)
        groups = tuple(
            _place(line[at], (*ids, NOT_SAID), len(ids), f"line {number}, {name}") for at, name, ids in of_group
        )
        yield responses.record(instrument, groups, answers, way)


def _check(instrument: Instrument, names: Sequence[str]) -> None:
    """Raise Malformed unless every item and group has one column, and what is left is of programs we know."""
    whole = {one.id for one in instrument.questions if one.kind is Kind.SEVERAL and one.id in names}
    wanted = whole | {item.id for item in instrument.items if item.question.id not in whole}
    wanted |= {group.id for group in instrument.groups}
    left = {name for name in set(names) - wanted if name not in _OTHERS and not name.startswith(_THEIRS)}
    # With `trust` programs also save `trust/station`, which says the same.
    odd = sorted((wanted - set(names)) | {name for name in left if name.partition("/")[0] not in whole})
    if odd or any(names.count(name) > 1 for name in wanted):
        raise Malformed(
            f"the first line must name every item and group once; look at: {', '.join(odd)[:200] or 'twice'}"
        )


def _answer(item: Item, name: str, field: str, where: str) -> int:
    silent = len(item.answers) - 1
    if name == item.id:
        return _place(field, item.answers, silent, where)
    options = [option.id for option in item.question.options]
    words = field.split()
    if not set(words) <= {*options, NONE_OF_THESE, NO_ANSWER}:
        raise Malformed(f"{where}: must be empty or some of {', '.join((*options, NONE_OF_THESE, NO_ANSWER))}")
    # Who ticks something and says that they do not is not counted as saying either.
    if not words or NO_ANSWER in words or (NONE_OF_THESE in words and len(words) > 1):
        return silent
    return item.answers.index(CHOSEN[item.id.removeprefix(f"{name}.") not in words])


def _place(field: str, ids: Sequence[str], empty: int, where: str) -> int:
    word = field.strip()
    if not word:
        return empty
    if word not in ids:
        raise Malformed(f"{where}: must be empty or one of {', '.join(ids)}")
    return ids.index(word)
