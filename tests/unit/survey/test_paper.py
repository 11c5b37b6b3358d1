"""Answers typed in from paper: all of a file or nothing, and every fault with its place."""

import pytest

from countenance.errors import Malformed
from countenance.survey import paper
from countenance.vocabulary.survey import Way
from simulator.surveys import small

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


@pytest.mark.parametrize("data", [b"\xff\xfe\x00", b"\x00" * 50, b"a" * 200_000])
def test_rubbish_is_no_csv(data: bytes) -> None:
    with pytest.raises(Malformed):
        paper.rows(ASKED, data, Way.PAPER)
