"""What leaves a gate: signed, canonical, and without a face."""

import json
from pathlib import Path

import pytest

from countenance.crypto.verify import opened
from countenance.errors import Malformed, Refused
from countenance.formats import records
from countenance.gates import telling
from countenance.vocabulary.gates import Boarded, Departed, OfficersWord, Reason, Word
from countenance.vocabulary.requests import Signed
from simulator.gate import FLIGHT, AtGate

NAME = str(FLIGHT)


@pytest.fixture
def at(tmp_path: Path) -> AtGate:
    return AtGate(tmp_path / "gate").begin()


def test_the_carrier_is_told_of_its_own_number_and_nothing_else(at: AtGate) -> None:
    signed = records.read(Signed, telling.sent(at.decide(at.token()).boarded, at.name, at.signing))
    assert opened(Boarded, signed, at.signing.public).sequence == "0025"
    assert set(json.loads(signed.body)) == {"type", "flight", "sequence", "moment", "lane", "outcome", "reasons"}


def test_an_exit_record_has_a_document_and_no_face_and_no_lane(at: AtGate) -> None:
    found = telling.departed(at.decide(at.token()).decision, None, "UTO", "L898902C3", at.time.now)
    assert found == Departed(NAME, "UTO", "L898902C3", at.time.now)
    assert set(json.loads(records.write(found))) == {"type", "flight", "state", "document", "moment"}
    assert "L898902C3" not in repr(found)


def test_nobody_departs_whom_the_officer_did_not_let_through(at: AtGate) -> None:
    answered = at.decide(at.token(), lambda: Reason.NOBODY)
    back, through, other = (
        OfficersWord(NAME, "gate-a", number, at.time.now, "officer-1", word)
        for number, word in ((0, Word.BACK), (0, Word.THROUGH), (1, Word.THROUGH))
    )
    for word in (None, back, other):
        with pytest.raises(Refused):
            telling.departed(answered.decision, word, "UTO", "L898902C3", at.time.now)
    assert telling.departed(answered.decision, through, "D", "L898902C3", at.time.now).state == "D"


@pytest.mark.parametrize(
    ("state", "document"), [("UT", "L1"), ("uto", "L1"), ("UTO", ""), ("UTO", "L1\n"), ("UTO", "L" * 21)]
)
def test_a_document_is_written_as_documents_are(at: AtGate, state: str, document: str) -> None:
    with pytest.raises(Malformed):
        telling.departed(at.decide(at.token()).decision, None, state, document, at.time.now)
