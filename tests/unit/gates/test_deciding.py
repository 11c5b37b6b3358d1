"""The gate's decisions: what passes, what calls an officer and why, and that nothing else happens."""

from pathlib import Path

import pytest

from countenance.crypto.sign import SigningKey
from countenance.errors import Malformed, Refused
from countenance.formats import records
from countenance.gates import coding
from countenance.gates.deciding import Gate
from countenance.gates.flights import Flights
from countenance.gates.passes import Passes
from countenance.vocabulary.faces import Template
from countenance.vocabulary.gates import Boarded, Checked, Flight, Lane, OfficersWord, Outcome, Reason, Word
from countenance.vocabulary.moments import MILLISECONDS_AN_HOUR as HOUR
from simulator.gate import FLIGHT, ME, OTHER_PASS, PASS, STRANGER, AtGate, face


@pytest.fixture
def at(tmp_path: Path) -> AtGate:
    return AtGate(tmp_path / "gate").begin()


def called(answered) -> list[Reason]:
    decision = answered.decision
    assert (decision.outcome is Outcome.OFFICER) == bool(decision.reasons)
    return list(decision.reasons)


def never() -> Reason:
    raise AssertionError("nobody is looked at")


def test_the_right_face_with_its_token_passes_once(at: AtGate) -> None:
    token = at.token()
    assert at.decide(token).decision.outcome is Outcome.PASS
    assert called(at.decide(token, never)) == [Reason.USED]


def test_who_was_checked_in_goes_through_once_however_many_tokens_they_have(at: AtGate) -> None:
    first, second = at.token(), at.token()
    assert at.decide(first).decision.outcome is Outcome.PASS
    assert called(at.decide(second, never)) == [Reason.USED]


def test_the_wrong_person_with_a_good_token_calls_an_officer_and_spends_nothing(at: AtGate) -> None:
    token = at.token()
    assert called(at.decide(token, STRANGER)) == [Reason.DIFFERENT]
    assert at.decide(token).decision.outcome is Outcome.PASS


def test_a_score_just_below_the_threshold_is_not_the_same_person(at: AtGate) -> None:
    token = at.token()
    enrolled = coding.decode(at.key.open(token, [at.signing.public]).code, ME.extractor)
    below, above = (face(7, like=enrolled, score=score) for score in (0.429, 0.431))
    assert called(at.gate.decide(PASS, token, lambda: below)) == [Reason.DIFFERENT]
    assert at.gate.decide(PASS, token, lambda: above).decision.outcome is Outcome.PASS


def test_a_token_is_of_one_booking(at: AtGate) -> None:
    assert called(at.decide(at.token(), never, code=OTHER_PASS)) == [Reason.BOOKING]


def test_another_flights_ticket_calls_an_officer_and_nobody_is_looked_at(at: AtGate) -> None:
    assert called(at.decide(at.token(), never, code=PASS.replace("226F", "227F"))) == [Reason.TICKET]
    assert called(at.decide(at.token(), never, code="nonsense")) == [Reason.TICKET]


@pytest.mark.parametrize("why", [Reason.NOBODY, Reason.SEVERAL, Reason.POOR, Reason.CHALLENGE])
def test_whatever_is_wrong_before_the_camera_calls_an_officer(at: AtGate, why: Reason) -> None:
    token = at.token()
    assert called(at.decide(token, lambda: why)) == [why]
    assert at.decide(token).decision.outcome is Outcome.PASS


def test_a_camera_or_network_that_fails_calls_an_officer(at: AtGate) -> None:
    def fails() -> Reason:
        raise RuntimeError("no such layer")

    assert called(at.decide(at.token(), fails)) == [Reason.POOR]


def test_enrolled_at_home_calls_an_officer_though_the_face_matches(at: AtGate) -> None:
    assert called(at.decide(at.token(checked=Checked.UNVERIFIED))) == [Reason.UNVERIFIED]


def test_revoked_with_the_ticket_alone(at: AtGate) -> None:
    from countenance.gates.enrolling import revoked

    old = at.token()
    revoked(at.key, PASS, FLIGHT, at.passes, at.time.now)
    assert called(at.decide(old, never)) == [Reason.REVOKED]
    at.time.on(2_000)
    assert at.decide(at.token()).decision.outcome is Outcome.PASS


def test_renewed_without_a_face_and_the_old_one_is_dead(at: AtGate) -> None:
    old = at.token()
    new = at.enrolment.renewed(at.key, PASS, old, [at.signing.public], at.passes, at.time.now)
    assert called(at.decide(old, never)) == [Reason.REVOKED]
    assert at.decide(new).decision.outcome is Outcome.PASS
    with pytest.raises(Refused):
        at.enrolment.renewed(at.key, PASS, new, [at.signing.public], at.passes, at.time.now)
    with pytest.raises(Refused, match="another booking"):
        at.enrolment.renewed(at.key, OTHER_PASS, at.token(), [at.signing.public], at.passes, at.time.now)


def test_a_token_of_a_kiosk_that_is_not_enrolled_calls_an_officer(at: AtGate) -> None:
    at.signing = SigningKey.generate()
    assert called(at.decide(at.token(), never)) == [Reason.ALTERED]


def test_a_clock_that_went_back_closes_the_kiosk_and_spends_nothing(at: AtGate) -> None:
    token = at.token()
    at.time.now -= 120_000
    with pytest.raises(Refused, match="clock"):
        at.decide(token)
    at.time.now += 120_000
    assert at.decide(token).decision.outcome is Outcome.PASS


def test_a_token_of_another_kiosks_future_or_another_extractor_calls_an_officer(at: AtGate) -> None:
    ahead = at.enrolment.token(at.key, PASS, Checked.CHIP, ME, [face(3, like=ME)], at.time.now + 120_000)
    assert called(at.decide(ahead, never)) == [Reason.CLOCK]
    other = Template(bytes(32), ME.values)
    foreign = at.enrolment.token(at.key, PASS, Checked.CHIP, other, [other], at.time.now)
    assert called(at.decide(foreign, never)) == [Reason.EXTRACTOR]


def test_the_phones_part_is_needed(at: AtGate) -> None:
    phone = bytes(32)
    key = at.flights.key(str(FLIGHT), phone=phone)
    token = at.enrolment.token(key, PASS, Checked.CHIP, ME, [face(3, like=ME)], at.time.now)
    assert called(at.decide(token, never)) == [Reason.ALTERED]
    assert called(at.decide(token, never, phone=b"\1" * 32)) == [Reason.ALTERED]
    assert at.decide(token, phone=phone).decision.outcome is Outcome.PASS


def test_the_stop_button_stops_the_face_lane_alone(at: AtGate) -> None:
    token = at.token()
    at.gate.stop(stopped=True)
    assert called(at.decide(token, never)) == [Reason.STOPPED]
    assert at.gate.other_lane(OTHER_PASS, milliseconds=4000, through=True).decision.outcome is Outcome.PASS
    at.gate.stop(stopped=False)
    assert at.decide(token).decision.outcome is Outcome.PASS


def test_who_is_looked_at_when_the_lane_is_stopped_does_not_pass_and_a_start_finds_it_stopped(at: AtGate) -> None:
    token = at.token()

    def pressed() -> Template:
        at.gate.stop(stopped=True)
        return face(3, like=ME)

    assert called(at.decide(token, pressed)) == [Reason.STOPPED]
    at.flights.passes(str(FLIGHT)).close()
    again = Flights(at.folder, at.name, at.time.clock)
    assert again.stopped(str(FLIGHT))


def test_a_renewed_token_is_revoked_with_its_booking(at: AtGate) -> None:
    from countenance.gates.enrolling import revoked

    old = at.token()
    revoked(at.key, PASS, FLIGHT, at.passes, at.time.now)
    # At a kiosk that has not heard of it: there the list says nothing yet.
    at.time.on(5_000)
    unheard = Passes(at.folder.parent / "unheard", str(FLIGHT), "gate-b")
    new = at.enrolment.renewed(at.key, PASS, old, [at.signing.public], unheard, at.time.now)
    assert called(at.decide(new, never)) == [Reason.REVOKED]


def test_the_other_lane_leaves_a_time_and_no_face(at: AtGate) -> None:
    decision = at.gate.other_lane(PASS, milliseconds=4000, through=True).decision
    assert (decision.lane, decision.outcome, decision.milliseconds) == (Lane.OTHER, Outcome.PASS, 4000)
    assert at.gate.other_lane("?", milliseconds=1, through=True).decision.reasons == (Reason.TICKET,)


def test_an_enrolment_of_two_people_goes_to_the_staff(at: AtGate) -> None:
    with pytest.raises(Refused, match="staff"):
        at.enrolment.token(at.key, PASS, Checked.CHIP, ME, [STRANGER], at.time.now)


def test_records_that_leave_hold_no_booking_no_name_and_no_score(at: AtGate) -> None:
    answered = at.decide(at.token())
    written = records.write(answered.decision) + records.write(answered.boarded)
    for word in (b"ABC123", b"DESMARAIS", b"score", b"template"):
        assert word not in written
    assert answered.boarded.sequence == "0025"
    assert "ABC123" not in repr(answered)


def test_a_kiosk_killed_after_its_write_lets_nobody_through_twice(at: AtGate) -> None:
    token = at.token()
    at.decide(token)
    again = AtGate(at.folder, at.time, signing=at.signing)
    assert called(again.decide(token, never)) == [Reason.USED]
    assert len(again.passes.decisions()) == 2


def test_after_the_flight_nothing_opens(at: AtGate) -> None:
    token = at.token()
    at.time.on(4 * HOUR)
    with pytest.raises(Refused, match="over"):
        at.decide(token)


def test_a_gate_of_another_flight_has_no_key(at: AtGate) -> None:
    with pytest.raises(Refused):
        at.flights.key(str(Flight("LH", "1", 1, "FRA", "YUL")))


def test_nobody_goes_through_twice_whichever_way_they_went(at: AtGate) -> None:
    token = at.token()
    assert at.gate.other_lane(PASS, milliseconds=4000, through=True).decision.outcome is Outcome.PASS
    assert called(at.decide(token, never)) == [Reason.USED]
    assert called(at.gate.other_lane(PASS, milliseconds=4000, through=True)) == [Reason.USED]


def test_an_officers_word_lets_through_once_and_the_carrier_is_told(at: AtGate) -> None:
    told: list[Boarded] = []
    gate = Gate(at.gate._house, at.flights, at.time.clock, tell=told.append)
    token = at.token()
    number = gate.decide(PASS, token, lambda: Reason.POOR).decision.number
    gate.say(OfficersWord(str(FLIGHT), at.name, number, at.time.now, "officer-1", Word.THROUGH))
    assert [(one.sequence, one.outcome, one.reasons) for one in told] == [
        ("0025", Outcome.OFFICER, (Reason.POOR,)),
        ("0025", Outcome.PASS, (Reason.POOR,)),
    ]
    assert called(at.decide(token, never)) == [Reason.USED]
    with pytest.raises(Refused, match="already"):
        gate.say(OfficersWord(str(FLIGHT), at.name, number, at.time.now, "officer-1", Word.THROUGH))
    assert len(told) == 2


def test_who_an_officer_sends_back_may_come_again(at: AtGate) -> None:
    token = at.token()
    number = at.decide(token, lambda: Reason.POOR).decision.number
    at.gate.say(OfficersWord(str(FLIGHT), at.name, number, at.time.now, "officer-1", Word.BACK))
    assert at.decide(token).decision.outcome is Outcome.PASS


def test_by_the_flights_gallery_a_face_alone_passes_once_and_its_token_then_not(at: AtGate) -> None:
    token, seen = at.token(), face(3, like=ME)
    answered = at.gate.identify(lambda: seen, lambda template: "25" if template is seen else Reason.UNKNOWN)
    assert (answered.decision.outcome, answered.boarded.sequence) == (Outcome.PASS, "25")
    assert called(at.gate.identify(lambda: seen, lambda _: "0025")) == [Reason.USED]
    assert called(at.decide(token, never)) == [Reason.USED]


@pytest.mark.parametrize("why", [Reason.UNKNOWN, Reason.GALLERY])
def test_a_gallery_that_does_not_know_or_cannot_be_asked_calls_an_officer(at: AtGate, why: Reason) -> None:
    assert called(at.gate.identify(lambda: ME, lambda _: why)) == [why]
    assert called(at.gate.identify(lambda: Reason.SEVERAL, lambda _: "25")) == [Reason.SEVERAL]

    def fails(_: Template) -> str:
        raise RuntimeError("no such socket")

    assert called(at.gate.identify(lambda: ME, fails)) == [Reason.POOR]
    at.gate.stop(stopped=True)
    assert called(at.gate.identify(never, lambda _: "25")) == [Reason.STOPPED]
    at.gate.stop(stopped=False)
    assert at.gate.identify(lambda: ME, lambda _: "25").decision.outcome is Outcome.PASS


def test_a_token_for_paper_that_a_phone_keeps_calls_an_officer(at: AtGate) -> None:
    assert called(at.decide(at.token(), never, phone=bytes(32))) == [Reason.ALTERED]


def test_an_officers_word_about_whom_nobody_named_marks_them_if_their_pass_is_scanned(at: AtGate) -> None:
    told: list[Boarded] = []
    gate, token = Gate(at.gate._house, at.flights, at.time.clock, tell=told.append), at.token()

    def word(number: int, said: Word = Word.THROUGH) -> OfficersWord:
        return OfficersWord(str(FLIGHT), at.name, number, at.time.now, "officer-1", said)

    first, second, third, fourth = (
        gate.identify(lambda: ME, lambda _: Reason.UNKNOWN).decision.number for _ in range(4)
    )
    told.clear()
    assert gate.named() == frozenset()
    with pytest.raises(Malformed):
        gate.say(word(first), "M1NOBODY")
    gate.say(word(first), PASS)
    assert [(one.sequence, one.outcome) for one in told] == [("0025", Outcome.PASS)]
    assert called(gate.decide(PASS, token, never)) == [Reason.USED]
    assert called(gate.identify(lambda: ME, lambda _: "25")) == [Reason.USED]
    # The same pass is no other's, a word is one, and without a pass nobody is marked.
    with pytest.raises(Refused, match="already"):
        gate.say(word(second), PASS)
    with pytest.raises(Refused, match="already"):
        gate.say(word(first), OTHER_PASS)
    with pytest.raises(Refused, match="no such decision"):
        gate.say(word(99), OTHER_PASS)
    assert gate.named().isdisjoint({first, second, third, fourth, 99})
    gate.say(word(second))
    gate.say(word(third, Word.BACK), OTHER_PASS)
    assert gate.other_lane(OTHER_PASS, milliseconds=1, through=True).decision.outcome is Outcome.PASS
    # Where the kiosk read one, that one counts.
    number = gate.decide("M1NOBODY", token, never).decision.number
    assert number not in gate.named()
    number = gate.other_lane(OTHER_PASS, milliseconds=1, through=True).decision.number
    assert number in gate.named()
    gate.say(word(number), PASS)
    assert told[-1].sequence == "0031"


def test_an_officers_word_about_whom_the_gallery_did_not_name_marks_nobody(at: AtGate) -> None:
    told: list[Boarded] = []
    gate, token = Gate(at.gate._house, at.flights, at.time.clock, tell=told.append), at.token()
    number = gate.identify(lambda: ME, lambda _: Reason.UNKNOWN).decision.number
    gate.say(OfficersWord(str(FLIGHT), at.name, number, at.time.now, "officer-1", Word.THROUGH))
    assert [(one.sequence, one.outcome) for one in told] == [("", Outcome.OFFICER)]
    # So they are taken by the other lane with their boarding pass, which closes both.
    assert gate.other_lane(PASS, milliseconds=1, through=True).decision.outcome is Outcome.PASS
    assert called(gate.decide(PASS, token, never)) == [Reason.USED]
    assert called(gate.identify(lambda: ME, lambda _: "25")) == [Reason.USED]
