"""XLSForm: out and back without a loss, and nothing that would tell on people comes in."""

import dataclasses
import io
import zipfile

import openpyxl
import pytest

from countenance.errors import Malformed
from countenance.survey import instrument, starting, xlsform
from simulator.surveys import OPEN, small

SHIPPED = starting.made_up()


def changed(sheet: str, cell: str, value: str) -> bytes:
    book = openpyxl.load_workbook(io.BytesIO(xlsform.written(small())))
    book[sheet][cell] = value
    out = io.BytesIO()
    book.save(out)
    return out.getvalue()


@pytest.mark.parametrize("source", [SHIPPED, OPEN.encode(), OPEN.replace("epsilon: 2", "privacy: central").encode()])
def test_a_questionnaire_comes_back_as_it_went(source: bytes) -> None:
    asked = instrument.read(source)
    back = instrument.read(xlsform.read(xlsform.written(asked), epsilon="9"))
    assert dataclasses.replace(back, digest=asked.digest) == asked


def test_others_find_there_what_they_know() -> None:
    book = openpyxl.load_workbook(io.BytesIO(xlsform.written(small())))
    assert book.sheetnames == ["survey", "choices", "settings"]
    assert [cell.value for cell in book["survey"][4]][:5] == [
        "select_one comfort",
        "comfort",
        "Comfort",
        "舒服",
        "Удобно",
    ]
    assert "no-answer" in [row[1].value for row in book["choices"].iter_rows()]


@pytest.mark.parametrize(
    ("cell", "value", "said"),
    [
        ("A4", "text", "row 4 of sheet 'survey': only select_one"),
        ("A4", "geopoint", "only select_one"),
        ("A4", "begin_repeat", "only select_one"),
    ],
)
def test_what_people_write_or_where_they_are_is_not_asked(cell: str, value: str, said: str) -> None:
    with pytest.raises(Malformed, match=said):
        xlsform.read(changed("survey", cell, value), epsilon="1")


@pytest.mark.parametrize("column", ["relevant", "constraint", "calculation", "choice_filter"])
def test_a_question_that_depends_on_an_answer_is_refused(column: str) -> None:
    book = openpyxl.load_workbook(io.BytesIO(xlsform.written(small())))
    book["survey"]["J1"], book["survey"]["J5"] = column, "${comfort} = 'fine'"
    out = io.BytesIO()
    book.save(out)
    with pytest.raises(Malformed, match="would tell it"):
        xlsform.read(out.getvalue(), epsilon="1")


def test_a_condition_on_a_group_is_refused_and_so_are_rows_without_end() -> None:
    book = openpyxl.load_workbook(io.BytesIO(xlsform.written(small())))
    sheet = book["survey"]
    sheet["J1"], sheet["A20"], sheet["J20"] = "relevant", "begin_group", "${comfort} = 'fine'"
    out = io.BytesIO()
    book.save(out)
    with pytest.raises(Malformed, match=r"row .* would tell it"):
        xlsform.read(out.getvalue(), epsilon="1")
    with pytest.raises(Malformed, match="more than 2000 rows"):
        xlsform.read(changed("survey", "A2500", "note"), epsilon="1")


def test_columns_without_end_are_refused_and_none_is_left_out_unread() -> None:
    """A condition far to the right would else be one that nobody sees, and each row is as wide as its sheet says."""
    with pytest.raises(Malformed, match="more than 256 columns"):
        xlsform.read(changed("survey", "XFD1", "relevant"), epsilon="1")
    # Programs leave formats there, and no name.
    wide = xlsform.read(changed("survey", "XFD3", "x"), epsilon="1")
    assert wide == xlsform.read(xlsform.written(small()), epsilon="1")


def test_an_epsilon_that_the_workbook_lacks_is_given() -> None:
    made = xlsform.read(changed("settings", "H2", ""), epsilon="1.25")
    assert instrument.read(made).epsilon == 1_250_000


def test_a_language_that_is_missing_is_named() -> None:
    with pytest.raises(Malformed, match=r"questions\[1\].text.ru"):
        instrument.read(xlsform.read(changed("survey", "E4", ""), epsilon="1"))


def test_rubbish_and_bombs_are_no_workbook() -> None:
    bomb, empty = io.BytesIO(), io.BytesIO()
    with zipfile.ZipFile(bomb, "w", zipfile.ZIP_DEFLATED) as packed:
        packed.writestr("xl/worksheets/sheet1.xml", bytes(20_000_000))
    with zipfile.ZipFile(empty, "w"):
        pass
    book = openpyxl.Workbook()
    other = io.BytesIO()
    book.save(other)
    for data in (b"", b"PK", bomb.getvalue(), empty.getvalue(), other.getvalue(), b"\x00" * 1000):
        with pytest.raises(Malformed):
            xlsform.read(data, epsilon="1")
