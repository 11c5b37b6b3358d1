"""XLSForm: a questionnaire as the workbook that ODK, KoboToolbox and others read, and back.

What they do not have stands in columns of ours, which they leave alone: epsilon and its kin on `settings`, topics on
`survey`, people of parts on `choices`. Coming back, what would tell on people is refused: a question asked only after
some answer, text that somebody writes, places, pictures, the phone's number and the time.
"""

import io
import zipfile
from collections.abc import Iterator, Sequence
from typing import Any, Final

import openpyxl
import yaml

from countenance.errors import Malformed
from countenance.survey.reading import MAXIMUM_BYTES
from countenance.vocabulary.survey import (
    LANGUAGES,
    MILLIONTHS,
    NO_ANSWER,
    NONE_OF_THESE,
    NOT_SAID,
    Instrument,
    Kind,
    Privacy,
    Text,
)

UNPACKED: Final = 16 * MAXIMUM_BYTES
"""Bytes that a workbook may unpack to."""
MOST_ROWS: Final = 2000
_LOOKED_AT: Final = 50_000
"""Rows: programs leave many empty ones behind the last."""
_WIDEST: Final = 256
"""Columns with a name. A few bytes can say that a sheet has thousands without any, and each row is as wide."""

_NAMES: Final = {"en": "English (en)", "zh": "中文 (zh)", "ru": "Русский (ru)"}
_LABELS: Final = tuple(f"label::{_NAMES[language]}" for language in LANGUAGES)
_TITLES: Final = tuple(f"form_title::{_NAMES[language]}" for language in LANGUAGES)
_OURS: Final = ("privacy", "epsilon", "waves", "reported", "admission", "kiosk", "order")
_SILENT: Final = Text("I do not want to answer this", "我不想回答", "Не хочу отвечать")
_NONE: Final = Text("None of these", "以上都不是", "Ничего из этого")
_UNSAID: Final = Text("I do not want to say", "我不想说", "Не хочу говорить")
_GROUP: Final = "group"
_IGNORED: Final = ("", "note", "start", "end", "today", "deviceid", "username", "begin_group", "begin group",
                   "end_group", "end group")  # fmt: skip
_ASKS: Final = {"select_one": Kind.CHOICE, "select_multiple": Kind.SEVERAL}
_OWN: Final = {"select_multiple": NONE_OF_THESE}
_LOGIC: Final = ("relevant", "constraint", "calculation", "choice_filter", "trigger", "repeat_count")

Row = dict[str, str]


def written(asked: Instrument) -> bytes:
    """The workbook."""
    book = openpyxl.Workbook()
    survey = book.active
    survey.title = "survey"
    survey.append(["type", "name", *_LABELS, "required", "appearance", "parameters", "topic"])
    choices = book.create_sheet("choices")
    choices.append(["list_name", "name", *_LABELS, "people"])
    settings = book.create_sheet("settings")
    settings.append(["form_title", "form_id", "version", *_TITLES, *_OURS])
    epsilon = "" if asked.privacy is Privacy.CENTRAL else f"{asked.epsilon / MILLIONTHS:.6f}".rstrip("0").rstrip(".")
    own = (
        asked.privacy.value,
        epsilon,
        str(asked.waves),
        str(asked.reported),
        asked.admission.value,
        asked.kiosk.value,
    )
    order = "random" if asked.shuffled else "fixed"
    settings.append([asked.title.en, asked.survey, str(asked.version), *_in_all(asked.title), *own, order])
    survey.append(["note", "intro", *_in_all(asked.intro)])
    for group in asked.groups:
        survey.append([f"select_one {group.id}", group.id, *_in_all(group.text), "yes", "", "", _GROUP])
        for part in group.parts:
            choices.append([group.id, part.id, *_in_all(part.text), str(part.people)])
        choices.append([group.id, NOT_SAID, *_in_all(_UNSAID)])
    for question in asked.questions:
        kind = "select_multiple" if question.kind is Kind.SEVERAL else "select_one"
        look = "likert" if question.kind is Kind.LIKERT else ""
        mixed = "randomize=true" if question.shuffled else ""
        survey.append(
            [f"{kind} {question.id}", question.id, *_in_all(question.text), "yes", look, mixed, question.topic]
        )
        for option in question.options:
            choices.append([question.id, option.id, *_in_all(option.text)])
        if question.kind is Kind.SEVERAL:
            choices.append([question.id, NONE_OF_THESE, *_in_all(_NONE)])
        choices.append([question.id, NO_ANSWER, *_in_all(_SILENT)])
    out = io.BytesIO()
    book.save(out)
    return out.getvalue()


def read(data: bytes, *, epsilon: str) -> bytes:
    """The questionnaire's file, YAML, of a workbook; `epsilon` where it has none. Raises Malformed, with sheet and row.

    The file is still to be read by `instrument`, which holds it to its rules.
    """
    sheets = _sheets(data)
    lists: dict[str, list[Row]] = {}
    for row in sheets["choices"]:
        lists.setdefault(row.get("list_name", "") or row.get("list name", ""), []).append(row)
    settings = next(iter(sheets["settings"]), {})
    made: dict[str, Any] = {
        "format": "1",
        "survey": settings.get("form_id", ""),
        "version": settings.get("version", "") or "1",
        "title": _texts(settings, _TITLES) or dict.fromkeys(LANGUAGES, settings.get("form_title", "")),
        "intro": dict.fromkeys(LANGUAGES, ""),
        **{key: settings[key] for key in _OURS if settings.get(key)},
    }
    if made.get("privacy") != Privacy.CENTRAL.value:
        made.setdefault("epsilon", epsilon)
    questions: list[dict[str, Any]] = []
    groups: list[dict[str, Any]] = []
    for number, row in enumerate(sheets["survey"], 2):
        kind, _, name = row.get("type", "").partition(" ")
        where = f"row {number} of sheet 'survey'"
        _unconditional(row, where)
        if row.get("type", "") in _IGNORED:
            if kind == "note" and not made["intro"]["en"]:
                made["intro"] = _texts(row, _LABELS)
            continue
        if kind not in _ASKS:
            raise Malformed(f"{where}: only select_one and select_multiple are asked; what people write may name them")
        asked = {"id": row.get("name", ""), "text": _texts(row, _LABELS)}
        own = NOT_SAID if row.get("topic") == _GROUP else _OWN.get(kind)
        options = [one for one in lists.get(name, []) if one.get("name") not in (NO_ANSWER, own)]
        if row.get("topic") == _GROUP:
            parts = [{**_option(one), "people": one.get("people", "")} for one in options]
            groups.append({**asked, "parts": parts})
            continue
        questions.append({**asked, **_question(row, kind), "options": [_option(one) for one in options]})
    made |= {"questions": questions} | ({"groups": groups} if groups else {})
    return str(yaml.safe_dump(made, allow_unicode=True, sort_keys=False, width=120)).encode()


def _question(row: Row, kind: str) -> dict[str, str]:
    likert = kind == "select_one" and row.get("appearance") == "likert"
    found = {"kind": (Kind.LIKERT if likert else _ASKS[kind]).value}
    if "randomize=true" in row.get("parameters", "").replace(" ", ""):
        found["order"] = "random"
    return {**found, "topic": row["topic"]} if row.get("topic") else found


def _unconditional(row: Row, where: str) -> None:
    """A condition on a group is one on every question in it."""
    for key in _LOGIC:
        if row.get(key):
            raise Malformed(
                f"{where}: '{key}' makes what is asked depend on an answer, which would tell it: leave it out"
            )


def _option(row: Row) -> dict[str, Any]:
    return {"id": row.get("name", ""), "text": _texts(row, _LABELS)}


def _texts(row: Row, columns: Sequence[str]) -> dict[str, str]:
    """Words in every language: the column whose name ends with it in brackets; empty if there is none."""
    stem = columns[0].partition("::")[0]
    found: dict[str, str] = {}
    for language in LANGUAGES:
        named = (key for key in row if key.startswith(f"{stem}::") and key.lower().endswith(f"({language})"))
        found[language] = row.get(next(named, ""), "")
    return found if any(found.values()) else {}


def _in_all(text: Text) -> list[str]:
    return [text.said(language) for language in LANGUAGES]


def _sheets(data: bytes) -> dict[str, list[Row]]:
    try:
        with zipfile.ZipFile(io.BytesIO(data)) as packed:
            if sum(one.file_size for one in packed.infolist()) > UNPACKED:
                raise Malformed("this workbook is too large for a questionnaire")
        book = openpyxl.load_workbook(io.BytesIO(data), read_only=True, data_only=True)
        found = {name: list(_rows(book[name])) for name in ("survey", "choices", "settings") if name in book.sheetnames}
    except Malformed:
        raise
    except Exception as error:  # a stranger's file, and the library raises whatever its parts raise
        raise Malformed("this is no workbook (.xlsx): save the form as XLSX and try again") from error
    if len(found) < len(("survey", "choices", "settings")):
        raise Malformed("an XLSForm has the sheets 'survey', 'choices' and 'settings'")
    return found


def _rows(sheet: Any) -> Iterator[Row]:
    names = [str(name or "").strip() for name in next(sheet.iter_rows(values_only=True, max_row=1), ())]
    wide = max((at for at, name in enumerate(names, 1) if name), default=1)
    if wide > _WIDEST:
        raise Malformed(f"sheet '{sheet.title}' has more than {_WIDEST} columns: a questionnaire has fewer")
    lines = sheet.iter_rows(values_only=True, min_row=2, max_row=_LOOKED_AT, max_col=wide)
    for number, line in enumerate(lines, 2):
        row = {name: _word(value) for name, value in zip(names, line, strict=False) if name}
        if any(row.values()):
            if number > MOST_ROWS:
                raise Malformed(f"sheet '{sheet.title}' has more than {MOST_ROWS} rows: a questionnaire has fewer")
            yield row


def _word(value: object) -> str:
    # Spreadsheets make 1.0 of 1.
    if isinstance(value, float) and value.is_integer():
        return str(int(value))
    return "" if value is None else str(value).strip()
