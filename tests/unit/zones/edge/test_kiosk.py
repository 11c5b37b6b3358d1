"""The kiosk: from a challenge that was answered to a request that the custodian takes, and nothing that stays."""

import dataclasses
import hashlib
from collections.abc import Iterator
from pathlib import Path

import pytest

from countenance.channel.message import Message
from countenance.crypto import keypair, segment
from countenance.crypto.seal import binding
from countenance.crypto.unseal import unseal
from countenance.errors import Malformed, Refused, Tampered
from countenance.evidence.repeat import repeat
from countenance.formats import records
from countenance.vocabulary.calibration import Source
from countenance.vocabulary.moments import Hour
from countenance.vocabulary.rights import Wish
from countenance.vocabulary.warrants import Scope, Warrant, WarrantKind
from countenance.warrants.built_in import BUILT_IN
from countenance.zones.custodian import calibrating, epochs
from countenance.zones.custodian.rights import questions
from countenance.zones.edge import capture
from countenance.zones.edge.kiosk import CASE, IDLE, Chosen
from simulator.desk import CONSENT, SCOPE, Desk, Turning, engine, jpeg, seen, shown, staffed
from simulator.people import HOUR, NOW


@pytest.fixture
def desk(tmp_path: Path) -> Iterator[Desk]:
    with staffed(tmp_path) as staffed_desk:
        yield staffed_desk


def test_who_answers_files_one_request_that_the_custodian_takes(desk: Desk) -> None:
    token = desk.visit(Wish.OBJECT, assisted=True)
    desk.answered(token)
    filed = desk.kiosk.file(token)
    (asking,) = questions.every(desk.zone.opened)
    assert (asking.request, asking.wish) == (filed.request, Wish.OBJECT)
    assert asking.code_hash == hashlib.sha256(filed.code).digest()
    assert filed.code.hex() not in repr(filed)
    opened, name = desk.zone.opened, desk.zone.genesis.deployment
    ((_, text, template, key, ciphertext),) = desk.sent
    plain = unseal(opened.sealing_private, binding("warrant", name, asking.warrant, "1"), text)
    warrant = records.read(Warrant, plain)
    assert (warrant.kind, warrant.case, warrant.requester) == (WarrantKind.SUBJECT_ACCESS, CASE, "kiosk-1")
    assert (warrant.scope, warrant.legal_basis) == (SCOPE, "GDPR Art. 21")
    assert warrant.subject is not None
    assert (warrant.subject.consent, warrant.subject.assisted) == (CONSENT, True)
    private = epochs.private_key(opened, Hour.of(desk.zone.clock()).number)
    coded = unseal(private, binding("probe", name, asking.warrant), template)
    photo = segment.decrypt(unseal(private, binding("photo", name, asking.warrant), key), ciphertext)
    assert hashlib.sha256(coded).digest() == warrant.probe.template_digest
    assert hashlib.sha256(photo).digest() == warrant.probe.image_digest
    # Whoever checks repeats the extraction, and it gives the same template.
    assert "exactly" in repeat(photo, coded, warrant.probe.extractor)
    with pytest.raises(Refused, match="over"):
        desk.kiosk.file(token)


@pytest.mark.parametrize("wrong", ["key", "hour", "least", "word"])
def test_nothing_is_sealed_to_a_key_that_the_custodian_did_not_name(desk: Desk, wrong: str) -> None:
    token = desk.visit()
    desk.answered(token)
    call = desk.kiosk._call

    def between(verb: str, body: object, blobs: tuple[bytes, ...]) -> Message:
        answer = call(verb, body, blobs)  # type: ignore[arg-type]
        if verb != "desk.key":
            return answer
        hour, least, (key, word) = answer.body["hour"], answer.body["least"], answer.blobs
        assert isinstance(hour, int)
        if wrong == "key":
            key = keypair.generate().public
        elif wrong == "hour":
            hour -= 1
        elif wrong == "least":
            least = 1000
        else:
            word = bytes(64)
        return dataclasses.replace(answer, body={"hour": hour, "least": least}, blobs=(key, word))

    desk.kiosk._call = between
    with pytest.raises(Tampered):
        desk.kiosk.file(token)
    assert desk.sent == []


def test_a_code_is_shown_only_for_what_the_custodian_took(desk: Desk) -> None:
    token = desk.visit()
    desk.answered(token)
    call = desk.kiosk._call

    def between(verb: str, body: object, blobs: tuple[bytes, ...]) -> Message:
        if verb == "desk.file":
            return Message(verb, {"request": "ab" * 8}, ())
        return call(verb, body, blobs)  # type: ignore[arg-type]

    desk.kiosk._call = between
    with pytest.raises(Tampered, match="ask the clerk"):
        desk.kiosk.file(token)


def test_the_key_of_another_hour_is_refused(desk: Desk) -> None:
    token = desk.visit()
    desk.answered(token)
    old = desk.call("desk.key", {"extractor": engine().extractor.digest.hex()}, ())
    desk.zone.clock.now += 2 * HOUR
    desk.kiosk._visit.acted = desk.zone.clock.now  # type: ignore[union-attr]
    desk.kiosk._call = lambda verb, body, blobs: old
    with pytest.raises(Refused, match="another hour"):
        desk.kiosk.file(token)
    assert desk.sent == []


@pytest.mark.parametrize(
    ("scope", "error"),
    [
        (Scope((), NOW - HOUR, NOW), Malformed),
        (Scope(tuple(f"c{n}" for n in range(9)), NOW - HOUR, NOW), Malformed),
        (Scope(("a", "a"), NOW - HOUR, NOW), Malformed),
        (Scope(("a",), NOW - 25 * HOUR, NOW), Refused),
        (Scope(("a",), NOW, NOW), Refused),
        (Scope(("a",), NOW, NOW + HOUR), Refused),
    ],
)
def test_more_than_a_request_may_ask_begins_no_visit(desk: Desk, scope: Scope, error: type[Exception]) -> None:
    with pytest.raises(error):
        desk.kiosk.visit(Chosen(Wish.TELL, scope, False, CONSENT))


def test_who_stops_midway_leaves_nothing(desk: Desk) -> None:
    for leaves in (desk.kiosk.end, lambda: waits(desk)):
        token = desk.visit()
        desk.kiosk.begin(token)
        desk.kiosk.frame(token, seen("d", "head", 0, 0))
        leaves()
        assert desk.kiosk._visit is None
        with pytest.raises(Refused, match="over"):
            desk.kiosk.frame(token, seen("d", "head", 0, 0))
    assert desk.calls == []


def waits(desk: Desk) -> None:
    desk.zone.clock.now += IDLE
    desk.kiosk.tidy()


def test_another_face_in_the_photo_than_the_one_that_answered_is_refused(desk: Desk) -> None:
    token = desk.visit()
    desk.answered(token)
    desk.kiosk._visit.capture._best = 100, seen("c", "head", 0, 0)  # type: ignore[union-attr]
    with pytest.raises(capture.Unfit) as refused:
        desk.kiosk.file(token)
    assert refused.value.advice == "same"
    assert desk.sent == []


@pytest.mark.parametrize("data", [b"", b"GIF89a", b"\xff\xd8\xff" + bytes(capture.LARGEST), b"\xff\xd8\xffno picture"])
def test_a_frame_is_a_jpeg_of_bounded_size(desk: Desk, data: bytes) -> None:
    token = desk.visit()
    desk.kiosk.begin(token)
    with pytest.raises(Malformed):
        desk.kiosk.frame(token, data)


def test_a_frame_of_more_pixels_is_not_decoded(desk: Desk, monkeypatch: pytest.MonkeyPatch) -> None:
    token = desk.visit()
    desk.kiosk.begin(token)
    monkeypatch.setattr(capture, "MOST_PIXELS", 480 * 480 - 1)
    with pytest.raises(Malformed, match="megapixels"):
        desk.kiosk.frame(token, jpeg(shown("d", "head", 0, 0)))


def test_frames_are_counted(desk: Desk, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(capture, "MOST_FRAMES", 1)
    token = desk.visit()
    desk.kiosk.begin(token)
    desk.kiosk.frame(token, seen("d", "head", 0, 0))
    with pytest.raises(Refused, match="more frames"):
        desk.kiosk.frame(token, seen("d", "head", 0, 0))


def test_every_reason_has_advice() -> None:
    text = Path(capture.__file__).parents[2].joinpath("faces", "challenge.py").read_text()
    for beginning in ("a second face", "no face", "nobody looked", "another person's face", "the head", "the turn"):
        assert beginning in text
        assert capture.advice(f"{beginning} …") != "again"
    assert capture.advice("the clock went back") == "again"


def test_nothing_of_a_visit_is_in_a_repr(desk: Desk) -> None:
    token = desk.visit()
    desk.attempt(token, Turning())
    assert token not in f"{desk.kiosk!r} {desk.kiosk._visit!r}"


def test_the_threshold_begins_where_the_calibrations_do(desk: Desk) -> None:
    points = tuple(one for one in BUILT_IN.points if one.threshold >= 500)
    here = dataclasses.replace(BUILT_IN, source=Source.EVALUATION, points=points)
    calibrating.set_file(desk.zone.opened, records.write(here).decode())
    token = desk.visit()
    desk.answered(token)
    desk.kiosk.file(token)
    opened, name = desk.zone.opened, desk.zone.genesis.deployment
    (asking,) = questions.every(opened)
    text = unseal(opened.sealing_private, binding("warrant", name, asking.warrant, "1"), desk.sent[0][1])
    assert records.read(Warrant, text).limits.threshold == 500
