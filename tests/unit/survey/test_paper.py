"""Answers typed in from paper: all of a file or nothing, and every fault with its place."""

import io

import openpyxl
import pytest

from countenance.errors import Malformed
from countenance.survey import paper, xlsform
from countenance.vocabulary.survey import Way
from simulator.surveys import OPEN, small

ASKED = small()
HEAD = "comfort,trust.shop,age\n"


def rows(text: str) -> bytes:
    return paper.rows(ASKED, text.encode(), Way.PAPER)


def test_a_line_is_a_person_and_an_empty_field_no_answer() -> None:
    assert paper.template(ASKED) == HEAD
    assert rows(HEAD + "fine,chosen,young\n,,old\n,,\n\nuncomfortable,not-chosen,old\n") == bytes(
        [0, 1, 0, 1, 2, 2, 1, 0, 1]
    )


def test_columns_may_stand_in_any_order_as_spreadsheets_save_them() -> None:
    assert rows("\ufeffage,comfort,trust.shop\r\nold,fine,chosen\r\n") == bytes([1, 1, 0])


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("", "first line must name"),
        (HEAD, "no answer in this file"),
        (HEAD + "\n\n", "no answer in this file"),
        ("comfort,age\nfine,old\n", "trust.shop"),
        (HEAD.replace("age", "age,name") + "fine,chosen,old,x\n", "name"),
        ("comfort,comfort,trust.shop,age\n", "twice"),
        (HEAD + "fine,chosen,old\nfine,chosen\n", "line 3 has 2 fields"),
        (HEAD + "fine,chosen,old\nFINE,chosen,old\n", "line 3, comfort: must be empty or one of uncomfortable, fine"),
        (HEAD + "fine,chosen,middle\n", "line 2, age"),
        (HEAD + '"fine,chosen,old\n', "no CSV"),
    ],
)
def test_a_fault_is_named(text: str, said: str) -> None:
    with pytest.raises(Malformed) as caught:
        rows(text)
    assert said in str(caught.value)


def test_a_fault_never_says_what_somebody_answered() -> None:
    with pytest.raises(Malformed) as caught:
        rows(HEAD + "my own words,chosen,old\n")
    assert "my own words" not in str(caught.value)


FORM = "age,comfort,trust"
CENTRAL = (
    "SubmissionDate,intro,{},meta-instanceID,KEY,SubmitterID,SubmitterName,AttachmentsPresent,AttachmentsExpected,"
    "Status,ReviewState,DeviceID,Edits,FormVersion\n"
)
KOBO = "start;end;{};trust/shop;trust/none-of-these;__version__;_id;_uuid;_submission_time;_submitted_by;_index\n"


@pytest.mark.parametrize("saved", ["central", "kobo"])
def test_whatever_our_own_form_gives_comes_back(saved: str) -> None:
    """Every choice that the workbook offers, in the columns that programs save which ask with it."""
    book = openpyxl.load_workbook(io.BytesIO(xlsform.written(ASKED)))
    offered: dict[str, list[str]] = {}
    for name, choice, *_ in list(book["choices"].values)[1:]:
        offered.setdefault(name, []).append(choice)
    assert offered == {
        "age": ["young", "old", "not-said"],
        "comfort": ["uncomfortable", "fine", "no-answer"],
        "trust": ["shop", "none-of-these", "no-answer"],
    }
    assert [row[1] for row in list(book["survey"].values)[1:]] == ["intro", *offered]
    lines = list(zip(*offered.values(), strict=True))
    if saved == "central":
        text = CENTRAL.format(FORM)
        text += "".join(f"2026-03-01T08:00Z,,{','.join(line)},uuid:1,uuid:1,1,Desk,0,0,,,phone,0,1\n" for line in lines)
    else:
        text = KOBO.format(FORM.replace(",", ";"))
        text += "".join(f"08:00;08:01;{';'.join(line)};1;0;v;1;uuid;2026;desk;1\n" for line in lines)
    assert rows(text) == bytes([0, 0, 0, 1, 1, 1, 2, 2, 2])


@pytest.mark.parametrize(
    ("field", "answer"),
    [("shop", 0), ("none-of-these", 1), ("no-answer", 2), ("", 2), ("shop no-answer", 2), ("none-of-these shop", 2)],
)
def test_who_ticks_something_and_that_they_do_not_says_neither(field: str, answer: int) -> None:
    assert rows(f"{FORM}\nyoung,fine,{field}\n") == bytes([0, 1, answer])


def test_options_of_a_question_in_one_column_are_told_apart() -> None:
    asked = small(OPEN.replace("shop, text", "stop, text: {en: S, zh: 车, ru: С}}\n      - {id: shop, text"))
    data = "age,comfort,trust\n,,stop\n,,shop stop\n,,none-of-these\n,fine,\n"
    found = paper.rows(asked, data.encode(), Way.KIOSK)
    assert [found[at : at + 4] for at in range(0, 16, 4)] == [
        bytes([2, *said]) for said in ((2, 0, 1), (2, 0, 0), (2, 1, 1), (1, 2, 2))
    ]


@pytest.mark.parametrize(
    ("text", "said"),
    [
        (f"{FORM},trust.shop\nyoung,fine,shop,chosen\n", "look at: trust.shop"),
        (f"{FORM},comfort/fine\nyoung,fine,shop,1\n", "look at: comfort/fine"),
        (f"{FORM},name\nyoung,fine,shop,x\n", "look at: name"),
        (f"{FORM}\nyoung,fine,shops\n", "line 2, trust: must be empty or some of shop, none-of-these, no-answer"),
        (f"{FORM}\nyoung,not-said,shop\n", "line 2, comfort"),
    ],
)
def test_a_column_that_is_no_programs_and_a_word_that_is_no_option_are_named(text: str, said: str) -> None:
    with pytest.raises(Malformed, match=said):
        rows(text)


@pytest.mark.parametrize("data", [b"\xff\xfe\x00", b"\x00" * 50, b"a" * 200_000])
def test_rubbish_is_no_csv(data: bytes) -> None:
    with pytest.raises(Malformed):
        paper.rows(ASKED, data, Way.PAPER)
