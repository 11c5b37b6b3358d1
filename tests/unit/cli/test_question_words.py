"""What a clerk reads in a terminal of somebody's own request, and of what can be copied."""

import pytest

from countenance.cli import question
from countenance.vocabulary.warrants import Subject


@pytest.mark.parametrize(
    ("assisted", "copy", "said"),
    [
        (False, False, "approved by one clerk"),
        (True, False, "TWO clerks: they are under 18, or somebody acts for them"),
        (False, True, "TWO clerks: they ask for pictures"),
        (True, True, "TWO clerks: they are under 18, or somebody acts for them; they ask for pictures"),
    ],
)
def test_who_must_approve_and_why(assisted: bool, copy: bool, said: str) -> None:
    lines = "\n".join(question.in_words(Subject("tell", bytes(32), bytes(32), assisted, copy)))
    assert said in lines
    assert ("a copy of the pictures" in lines) is copy


def test_the_list_says_how_a_copy_is_made() -> None:
    one = {"request": "r", "wish": "tell", "warrant": "w1", "start": 0, "outcome": "met", "copied": ["s1", "s2"]}
    lines = question._line(one).splitlines()
    assert [line.split()[2:5] for line in lines[1:]] == [["disclose", "w1", "s1"], ["disclose", "w1", "s2"]]
    assert len(question._line({**one, "copied": []}).splitlines()) == 1
