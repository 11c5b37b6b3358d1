"""At home: two pictures of one person become a reference, and a token of it never opens a gate alone. SYNTHETIC."""

from pathlib import Path

import numpy as np
import pytest

from countenance.errors import Malformed, Refused, Tampered
from countenance.faces.comparison import compare
from countenance.gates import at_home, coding
from countenance.gates.enrolling import Unlike
from countenance.vocabulary.gates import Checked, HomeReference, Reason
from simulator import desk
from simulator.gate import FLIGHT, ME, OTHER_PASS, PASS, AtGate, face

NAME = str(FLIGHT)


@pytest.fixture
def at(tmp_path: Path) -> AtGate:
    return AtGate(tmp_path / "gate").begin()


def document(name: str) -> bytes:
    return desk.jpeg(desk.shown(name, "head", 0, 0))


def test_two_pictures_of_one_person_become_what_opens_with_their_secret() -> None:
    carried, secret = at_home.made(desk.engine(), document("d"), desk.shown("d", "head", 0, 0))
    reference = at_home.opened(carried, secret)
    found = coding.decode(reference.code, desk.engine().extractor.digest)
    assert reference.extractor == desk.engine().extractor.digest[:8]
    assert compare(found, desk.engine().extract(desk.shown("d", "head", 0, 0))) > 0.9
    with pytest.raises(Tampered):
        at_home.opened(carried, bytes(16))


def test_of_two_people_of_nobody_and_of_a_poor_picture_there_is_none() -> None:
    dark = np.asarray(desk.shown("d", "head", 0, 0) * 0.02, np.uint8)
    with pytest.raises(Unlike, match="take another picture"):
        at_home.made(desk.engine(), document("b"), desk.shown("d", "head", 0, 0))
    for photo, live in ((b"", desk.shown("d", "head", 0, 0)), (document("d"), np.full((480, 640, 3), 96, np.uint8))):
        with pytest.raises(Malformed):
            at_home.made(desk.engine(), photo, live)
    with pytest.raises((Refused, Malformed)):
        at_home.made(desk.engine(), document("d"), dark)


def test_a_token_of_it_is_of_one_booking_and_calls_an_officer_whatever_the_score(at: AtGate) -> None:
    reference = HomeReference(ME.extractor[:8], coding.encode(ME))
    token = at_home.token(at.enrolment, at.key, PASS, reference, ME.extractor, at.time.now)
    held = at.key.open(token, [at.signing.public])
    assert (held.checked, held.code) == (Checked.UNVERIFIED, reference.code)
    assert at.decide(token, ME).decision.reasons == (Reason.UNVERIFIED,)
    assert at.decide(token, face(5)).decision.reasons == (Reason.DIFFERENT,)
    assert at.decide(token, code=OTHER_PASS).decision.reasons == (Reason.BOOKING,)


def test_renewed_it_stays_unverified(at: AtGate) -> None:
    reference = HomeReference(ME.extractor[:8], coding.encode(ME))
    old = at_home.token(at.enrolment, at.key, PASS, reference, ME.extractor, at.time.now)
    passes = at.flights.passes(NAME)
    new = at.enrolment.renewed(at.key, PASS, old, [at.signing.public], passes, at.time.now)
    assert at.key.open(new, [at.signing.public]).checked is Checked.UNVERIFIED


def test_another_flights_pass_another_extractor_and_what_is_no_template_give_no_token(at: AtGate) -> None:
    code = coding.encode(ME)
    for reference, ticket, kind in (
        (HomeReference(bytes(8), code), PASS, Malformed),
        (HomeReference(ME.extractor[:8], bytes(128)), PASS, Tampered),
        (HomeReference(ME.extractor[:8], code), PASS.replace("226F", "227F"), Malformed),
    ):
        with pytest.raises(kind):
            at_home.token(at.enrolment, at.key, ticket, reference, ME.extractor, at.time.now)
