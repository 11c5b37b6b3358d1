"""Records and a day's file: what may be in one, and what its bytes cannot tell."""

import json
import random
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from countenance.errors import Malformed, Tampered, Unavailable
from countenance.formats import records
from countenance.survey import counting, responses
from countenance.survey.responses import Header
from countenance.survey.spending import Spent
from countenance.vocabulary.survey import UNREPORTED, Way
from simulator.surveys import OPEN, begun, small, submission

ASKED = small(OPEN.replace("waves: 2", "waves: 2\nreported: 1"))
ROW = b"\x00\x01\xff"


def header(people: int, spent: int = 0) -> Header:
    return Header("station", 1, ASKED.digest, "2026-03-01", Way.WEB, people, spent)


def test_a_submission_has_nothing_but_answers_and_a_token(tmp_path: Path) -> None:
    said = submission(begun(tmp_path), (0, 1))
    assert set(json.loads(records.write(said))) == {
        "type", "survey", "wave", "instrument", "groups", "answers", "token", "signature",
    }  # fmt: skip
    assert "0, 1" not in repr(said)


@pytest.mark.parametrize("data", [b"", b"{}", b"[]", b"\x00" * 100, b"{" * 8000])
def test_rubbish_is_no_submission(data: bytes) -> None:
    with pytest.raises(Malformed):
        responses.submission(data)


def test_ten_megabytes_of_answers_are_refused_before_they_are_read() -> None:
    with pytest.raises(Malformed, match="larger than 8 kB"):
        responses.submission(b'{"answers":[' + b"0," * 5_000_000 + b"0]}")


@pytest.mark.parametrize(
    "answers", [(), (0,), (0, 1), (0, 0, 0), (UNREPORTED, UNREPORTED), (3, UNREPORTED), (-2, 0), (UNREPORTED, 9)]
)
def test_answers_that_the_questionnaire_does_not_have_are_malformed(answers: tuple[int, ...]) -> None:
    with pytest.raises(Malformed):
        responses.record(ASKED, (0,), answers, Way.WEB)


@pytest.mark.parametrize("groups", [(), (3,), (-1,), (0, 0)])
def test_parts_that_the_questionnaire_does_not_have_are_malformed(groups: tuple[int, ...]) -> None:
    with pytest.raises(Malformed):
        responses.record(ASKED, groups, (0, UNREPORTED), Way.WEB)


def test_everything_on_paper_is_reported() -> None:
    assert responses.record(ASKED, (2,), (0, 2), Way.PAPER) == b"\x02\x00\x02"
    with pytest.raises(Malformed):
        responses.record(ASKED, (2,), (0, UNREPORTED), Way.PAPER)


def test_the_same_answers_make_the_same_bytes_in_whatever_order_and_batches_they_came() -> None:
    dice = random.Random(3)
    rows = [bytes([dice.randrange(3), dice.randrange(3), 255]) for _ in range(200)]
    first = responses.joined(b"", b"".join(rows), 3)
    assert first == b"".join(sorted(rows))
    for batch in (1, 3, 60, 200):
        dice.shuffle(rows)
        assert list(rows) != sorted(rows)
        found = b""
        for at in range(0, 200, batch):
            found = responses.joined(found, b"".join(rows[at : at + batch]), 3)
        assert found == first


@given(st.lists(st.binary(min_size=2, max_size=2)), st.lists(st.binary(min_size=2, max_size=2)))
def test_a_batch_joins_a_day_as_if_all_were_sorted(old: list[bytes], new: list[bytes]) -> None:
    many = sorted(old * 40)
    assert responses.joined(b"".join(many), b"".join(new), 2) == b"".join(sorted([*many, *new]))


@given(st.lists(st.binary(min_size=32, max_size=32), max_size=50), st.lists(st.binary(min_size=32, max_size=32)))
def test_what_was_spent_is_found_and_nothing_else(kept: list[bytes], others: list[bytes]) -> None:
    halves = [b"".join(sorted(kept[::2])), b"".join(sorted(kept[1::2])), b""]
    spent, came = Spent(halves), list(others[:1])
    for one in came:
        spent.add(one)
    for one in (*kept, *others, bytes(32), b"\xff" * 32):
        assert (one in spent) is (one in {*kept, *came})


def test_hashes_that_do_not_ascend_are_not_trusted() -> None:
    same = [b"8 bytes " + bytes([number]) * 24 for number in range(3)]
    Spent([b"".join(same)])
    for damaged in (b"".join(same[::-1]), b"\xff" * 32 + bytes(32), same[0] + b"x"):
        with pytest.raises(Tampered):
            Spent([damaged])


def test_a_file_is_read_in_blocks_and_counted_alike(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    path = tmp_path / "day"
    cells, answers = np.arange(1000) % 3, np.column_stack([np.arange(1000) % 2, np.full(1000, 255)])
    rows = responses.packed(cells.astype(np.uint8), answers.astype(np.uint8))
    path.write_bytes(responses.written(header(1000), responses.ascending(rows, 3), b""))
    whole = counting.count(ASKED, responses.blocks(path, ASKED))
    monkeypatch.setattr(responses, "BLOCK", 7)
    pieces = counting.count(ASKED, responses.blocks(path, ASKED))
    assert (whole.reports == pieces.reports).all()
    assert whole.people.tolist() == [334, 333, 333]
    assert whole.reports.sum() == 1000
    assert whole.reports[:, 1].sum() == 0


@pytest.mark.parametrize(
    "damage",
    {
        "cut": lambda data: data[:-1],
        "longer": lambda data: data + b"x",
        "no first line": lambda data: data[data.index(b"\n") + 1 :],
        "empty": lambda data: b"",
        "of another questionnaire": lambda data: data.replace(ASKED.digest.hex().encode(), b"0" * 64),
        "an answer that is none": lambda data: data[:-3] + b"\x00\x07\xff",
        "a cell that is none": lambda data: data[:-3] + b"\x09\x00\xff",
    }.items(),
    ids=lambda case: case[0],
)
def test_a_damaged_file_is_not_counted(tmp_path: Path, damage: tuple[str, object]) -> None:
    path = tmp_path / "day"
    path.write_bytes(damage[1](responses.written(header(2), ROW + ROW, b"")))  # type: ignore[operator]
    with pytest.raises(Tampered):
        counting.count(ASKED, responses.blocks(path, ASKED))


def test_a_file_that_is_not_there_is_unavailable(tmp_path: Path) -> None:
    with pytest.raises(Unavailable):
        list(responses.blocks(tmp_path / "none", ASKED))
