import hashlib
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest
from cryptography import x509
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.asymmetric.utils import encode_dss_signature
from cryptography.hazmat.primitives.hashes import SHA256

from countenance.channel.message import Message
from countenance.crypto import derive
from countenance.errors import CountenanceError, Malformed, Refused, Tampered, Unavailable
from countenance.evidence import instructions as evidence_instructions
from countenance.evidence.entries import trail
from countenance.formats import canonical, records
from countenance.log import rules
from countenance.vocabulary.acts import Restriction, Verb
from countenance.vocabulary.disclosures import Instructions
from countenance.vocabulary.entries import Kind
from countenance.vocabulary.warrants import Verdict, Warrant
from simulator.court import BUNDLE, BUNDLE_KEY, EVIDENCE, LAST_HOUR, PHOTO_KEY, Court, evidence_process, sitting
from simulator.people import HOUR, SUBJECT, TEMPLATE, limits, near, unit
from simulator.second import Pair
from simulator.zone import Zone, only


@pytest.fixture(params=[Zone, Pair])
def court(request: pytest.FixtureRequest) -> Iterator[Court]:
    with sitting(kind=request.param) as court:
        yield court


@pytest.fixture
def process(tmp_path: Path) -> Iterator[tuple[Path, list[Message]]]:
    with evidence_process(tmp_path / "evidence") as heard:
        yield tmp_path / "evidence", heard


def confirmed(court: Court) -> tuple[Warrant, str]:
    court.pass_by(near(SUBJECT, 0.9, 50))
    other = court.pass_by(near(SUBJECT, 0.7, 51))
    court.pass_by(unit(60))
    court.tell()
    text = court.approved()
    candidates = court.search(text)["candidates"]
    candidate = next(one for one in candidates if one != other)
    court.confirm(text, candidate)
    return text, candidate


def refused(court: Court, act, match: str | None = None) -> None:
    entries = court.zone.opened.sequencer.size
    with pytest.raises(Refused, match=match):
        act()
    assert court.zone.opened.sequencer.size == entries + 1
    assert court.zone.kinds()[-1] is Kind.REFUSED


def test_from_draft_to_disclosure_and_the_log_is_regular(court, process):
    path, heard = process
    text, candidate = confirmed(court)
    answer, bundle = court.disclose(text, candidate, path)
    assert (bundle, answer["key"]) == (BUNDLE, BUNDLE_KEY.hex())
    assert (answer["evidence"], answer["copy"]) == (EVIDENCE.hex(), 1)
    entry = court.zone.opened.sequencer.entry(answer["entry"])
    assert entry.kind is Kind.DELIVERED
    assert dict(entry.facts)["evidence"] == EVIDENCE.hex()
    assert [message.verb for message in heard] == ["compose", "deliver"]
    found, _ = rules.check(tuple(court.zone.opened.sequencer.entries()), court.zone.genesis)
    assert not found


def test_what_the_evidence_process_is_given(court, process):
    path, heard = process
    text, candidate = confirmed(court)
    court.disclose(text, candidate, path)
    task = evidence_instructions.read(heard[0].body["instructions"], heard[0].blobs)
    told = task.instructions
    made = court.rows["hall-east", LAST_HOUR][0].sighting
    values = court.zone.values(court.edge, court.leases["hall-east", LAST_HOUR])
    assert task.keys.photo == PHOTO_KEY
    assert task.keys.still == derive.combined(
        *(derive.still_key(one.block_key, made.nonce, candidate) for one in values)
    )
    assert task.keys.patches == derive.combined(
        *(derive.patches_key(one.block_key, made.nonce, candidate) for one in values)
    )
    assert dict(task.keys.footage) == {LAST_HOUR: derive.combined(*(one.footage_key for one in values))}
    assert (task.text, task.template) == (records.write(text), TEMPLATE)
    assert task.sighting == made.record
    assert {person.name for person in told.persons} == {
        "officer-1",
        "supervisor-1",
        "court-b/judge-1",
        "reviewer-1",
        "reviewer-2",
    }
    assert (told.not_confirmed, told.searches_without_candidate, told.threshold) == (1, 0, 440)
    kinds = [line.kind for line in trail(told).entries]
    assert kinds[:3] == [Kind.GENESIS, Kind.CALIBRATION, Kind.DRAFTED]
    assert kinds[-1] is Kind.AUTHORISED
    assert kinds.count(Kind.APPROVED) == 2
    assert kinds.count(Kind.REVIEWED) == 3
    assert kinds.count(Kind.DELIVERED) == 1


def test_the_evidence_process_is_shown_the_entry_before_it_hands_over(court, process):
    path, heard = process
    text, candidate = confirmed(court)
    answer, _ = court.disclose(text, candidate, path)
    body = heard[1].body
    assert body["entry"] == answer["entry"]
    assert EVIDENCE.hex() in bytes.fromhex(body["preimage"]["entry"]).decode()
    assert body["proof"]["index"] == answer["entry"]


def test_a_sighting_at_the_edge_of_the_hour_brings_both_hours_footage(court, process):
    path, heard = process
    end = (LAST_HOUR + 1) * HOUR
    candidate = court.pass_by(SUBJECT, start=end - 3000, end=end - 1000)
    court.tell()
    text = court.approved()
    assert court.search(text)["candidates"] == [candidate]
    court.confirm(text, candidate)
    court.disclose(text, candidate, path)
    told = records.read(Instructions, canonical.write(heard[0].body["instructions"]))
    assert told.hours == (LAST_HOUR, LAST_HOUR + 1)
    assert len(heard[0].blobs) == 3 + 2 + 2


def test_what_is_not_confirmed(court, process):
    path, heard = process
    court.pass_by(SUBJECT)
    court.tell()
    text = court.approved()
    (candidate,) = court.search(text)["candidates"]
    refused(court, lambda: court.disclose(text, candidate, path), "must say")
    for name in ("reviewer-1", "reviewer-2"):
        court.look(name, text, candidate)
    court.judge("reviewer-1", text, candidate)
    refused(court, lambda: court.disclose(text, candidate, path), "must say")
    court.judge("reviewer-2", text, candidate, Verdict.DIFFERENT)
    refused(court, lambda: court.disclose(text, candidate, path), "must say")
    assert not heard


def test_who_may_not(court, process):
    path, heard = process
    text, candidate = confirmed(court)
    for name in ("officer-2", "supervisor-1", "reviewer-1", "clerk-1"):
        refused(court, lambda name=name: court.disclose(text, candidate, path, name))
    assert not heard


def test_an_officer_whose_camera_it_is_no_more(court, process):
    path, heard = process
    text, candidate = confirmed(court)
    only(court.zone.opened, "officer-1", "yard")
    refused(court, lambda: court.disclose(text, candidate, path), "not among those")
    assert not heard
    only(court.zone.opened, "officer-1", "hall-east", "hall-west")
    court.disclose(text, candidate, path)
    assert [message.verb for message in heard] == ["compose", "deliver"]


def test_what_changed_since(court, process):
    path, heard = process
    text, candidate = confirmed(court)
    court.say("supervisor-1", text, approves=False)
    refused(court, lambda: court.disclose(text, candidate, path), "1 of the 2")
    court.say("supervisor-2", text)
    refused(court, lambda: court.disclose(text, candidate, path), "taken back")
    court.say("supervisor-1", text)
    court.ask("clerk-1", Verb.RESTRICT, Restriction((candidate,), "asked to"))
    refused(court, lambda: court.disclose(text, candidate, path), "deleted")
    court.zone.clock.now = text.limits.expires
    refused(court, lambda: court.disclose(text, candidate, path))
    assert not heard


def test_narrowing_ends_it(court, process):
    path, _ = process
    text, candidate = confirmed(court)
    court.file(replace(text, number=2, narrowed_from=records.digest(text), limits=limits(candidates=1)))
    refused(court, lambda: court.disclose(text, candidate, path), "another version")


def asking(*blobs: bytes):
    """An evidence process that has something signed while it composes."""
    return lambda _: Message("sign", {}, blobs)


def test_every_copy_is_numbered_and_an_entry_of_its_own(court, process):
    path, heard = process
    text, candidate = confirmed(court)
    for _ in range(2):
        court.disclose(text, candidate, path)
    for kind in (Kind.AUTHORISED, Kind.DELIVERED):
        copies = [facts for facts in court.facts(kind) if facts["act"] == "disclosure"]
        assert [(one["copy"], one["candidate"]) for one in copies] == [("1", candidate), ("2", candidate)]
    named = {one["authority"] for one in court.facts(Kind.AUTHORISED) if one["act"] == "disclosure"}
    certificates = [message.body["authority"] for message in heard if message.verb == "compose"]
    assert named == {hashlib.sha256(one.encode()).hexdigest() for one in certificates}
    assert len({message.body["credential"] for message in heard if message.verb == "compose"}) == 2
    found, _ = rules.check(tuple(court.zone.opened.sequencer.entries()), court.zone.genesis)
    assert not found


def test_a_copy_of_unknown_outcome_counts(court, tmp_path):
    text, candidate = confirmed(court)
    with evidence_process(tmp_path / "evidence", compose=failing(Unavailable("busy"))), pytest.raises(Unavailable):
        court.disclose(text, candidate, tmp_path / "evidence")
    with evidence_process(tmp_path / "evidence"):
        court.disclose(text, candidate, tmp_path / "evidence")
    assert court.facts(Kind.DELIVERED)[-1]["copy"] == "2"


def test_one_signature_by_a_key_of_this_copy(court, tmp_path):
    text, candidate = confirmed(court)
    signed = list[bytes]()

    def take(message: Message) -> Message:
        signed.extend(message.blobs)
        return Message("composed", {"evidence": EVIDENCE.hex()})

    with evidence_process(tmp_path / "evidence", compose=asking(b"a claim"), signed=take) as heard:
        court.disclose(text, candidate, tmp_path / "evidence")
    assert [message.verb for message in heard] == ["compose", "signed", "deliver"]
    certificate = x509.load_pem_x509_certificate(heard[0].body["credential"].encode())
    authority = x509.load_pem_x509_certificate(heard[0].body["authority"].encode())
    certificate.verify_directly_issued_by(authority)
    *_, delivered = court.zone.opened.sequencer.entries()
    assert certificate.serial_number == delivered.of
    r, s = (int.from_bytes(signed[0][half : half + 32], "big") for half in (0, 32))
    certificate.public_key().verify(encode_dss_signature(r, s), b"a claim", ec.ECDSA(SHA256()))
    assert not certificate.extensions.get_extension_for_class(x509.BasicConstraints).value.ca


@pytest.mark.parametrize("blobs", [(), (b"one", b"two")], ids=["nothing", "two at once"])
def test_a_process_that_wants_something_else_signed(court, tmp_path, blobs):
    text, candidate = confirmed(court)
    with (
        evidence_process(tmp_path / "evidence", compose=asking(*blobs)) as heard,
        pytest.raises(Unavailable),
    ):
        court.disclose(text, candidate, tmp_path / "evidence")
    assert [message.verb for message in heard] == ["compose"]
    assert court.zone.kinds()[-1] is Kind.OUTCOME_UNKNOWN


def test_a_second_signature_is_not_given(court, tmp_path):
    text, candidate = confirmed(court)
    again = asking(b"another claim")
    with (
        evidence_process(tmp_path / "evidence", compose=asking(b"a claim"), signed=again) as heard,
        pytest.raises(Unavailable),
    ):
        court.disclose(text, candidate, tmp_path / "evidence")
    assert [message.verb for message in heard] == ["compose", "signed"]
    assert court.zone.kinds()[-1] is Kind.OUTCOME_UNKNOWN


def failing(error: CountenanceError):
    def act(_: Message) -> Message:
        raise error

    return act


@pytest.mark.parametrize(
    ("raised", "seen"),
    [(Tampered("altered"), Tampered), (Malformed("cannot"), Unavailable), (Unavailable("busy"), Unavailable)],
)
def test_a_process_that_fails(court, tmp_path, raised, seen):
    text, candidate = confirmed(court)
    with evidence_process(tmp_path / "evidence", compose=failing(raised)) as heard, pytest.raises(seen):
        court.disclose(text, candidate, tmp_path / "evidence")
    assert len(heard) == 1
    assert court.zone.kinds().count(Kind.OUTCOME_UNKNOWN) == 1
    assert not [facts for facts in court.facts(Kind.DELIVERED) if facts["act"] == "disclosure"]
    with evidence_process(tmp_path / "evidence"):
        assert court.disclose(text, candidate, tmp_path / "evidence")[1] == BUNDLE


def test_no_process(court, tmp_path):
    text, candidate = confirmed(court)
    with pytest.raises(Unavailable):
        court.disclose(text, candidate, tmp_path / "nowhere")
    assert court.zone.kinds()[-1] is Kind.OUTCOME_UNKNOWN


def test_an_erasure_while_the_process_works(court, tmp_path):
    text, candidate = confirmed(court)

    def compose(_: Message) -> Message:
        court.ask("clerk-1", Verb.RESTRICT, Restriction((candidate,), "asked to"))
        return Message("composed", {"evidence": EVIDENCE.hex()})

    with evidence_process(tmp_path / "evidence", compose=compose) as heard, pytest.raises(Refused, match="deleted"):
        court.disclose(text, candidate, tmp_path / "evidence")
    assert [message.verb for message in heard] == ["compose"]
    assert Kind.OUTCOME_UNKNOWN in court.zone.kinds()


def test_a_process_that_dies_after_the_entry(court, tmp_path):
    text, candidate = confirmed(court)
    with (
        evidence_process(tmp_path / "evidence", deliver=failing(Unavailable("gone"))),
        pytest.raises(Unavailable),
    ):
        court.disclose(text, candidate, tmp_path / "evidence")
    assert court.facts(Kind.DELIVERED)[-1]["evidence"] == EVIDENCE.hex()
    found, _ = rules.check(tuple(court.zone.opened.sequencer.entries()), court.zone.genesis)
    assert not found


def test_no_key_in_a_repr(court, process):
    path, heard = process
    text, candidate = confirmed(court)
    court.disclose(text, candidate, path)
    assert hashlib.sha256(b"photo key").hexdigest() not in repr(heard)
