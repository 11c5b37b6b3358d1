"""witnesses: the log says who; an answer leaves after what is required; a custodian behind them stays locked."""

import shutil
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from countenance.channel.message import Message
from countenance.crypto.sign import SigningKey
from countenance.errors import Malformed, Refused, Tampered, Unavailable
from countenance.formats import records
from countenance.log import asking
from countenance.log.checkpoint import read_note
from countenance.log.witness import Reply
from countenance.log.witness import Witness as Running
from countenance.log.witnesses import cosignatures, standing
from countenance.vocabulary.acts import Look, Named, Verb
from countenance.vocabulary.assurance import Assurance
from countenance.vocabulary.entries import Cosignature, Kind, Witness
from countenance.zones.custodian import publication, service, ticks, witnesses
from countenance.zones.custodian.opened import Opened
from countenance.zones.custodian.witnesses import Cosigned
from simulator.court import LAST_HOUR, Court, evidence_process, sitting
from simulator.people import SUBJECT, limits, person
from simulator.witness import admitted, made, serving
from simulator.zone import Zone

AWAY = "http://127.0.0.1:9"


def one(name: str = "w.example", organisation: str = "press", url: str = AWAY) -> Witness:
    return Witness(name, organisation, url, SigningKey.generate().public)


def test_each_change_is_an_entry_and_the_log_alone_says_who(zone: Zone) -> None:
    opened = zone.opened
    first, second = one(), one("v.example", "university")
    for witness in (first, second):
        witnesses.add(opened, witness)
    witnesses.require(opened, 2)
    witnesses.require(opened, 1)
    witnesses.remove(opened, "w.example")
    again = standing(opened.sequencer.entries())
    assert (again.witnesses, again.required) == ((second,), 1)
    assert opened.desk.standing == again
    assert zone.reopen().desk.standing == again
    assert zone.kinds().count(Kind.WITNESS) == 3
    assert dict(zone.last(Kind.WITNESSES_REQUIRED).facts) == {"required": "1"}


def test_what_is_no_witness_is_refused(zone: Zone) -> None:
    zone.admit("officer-1")
    opened = zone.opened
    known = one()
    witnesses.add(opened, known)
    before = opened.sequencer.size
    for wrong in (
        Witness("two words", "press", AWAY, known.key),
        Witness("v", "", AWAY, known.key),
        Witness("v", "press", "ftp://x", known.key),
        Witness("v", "press", "http://", known.key),
        Witness("v", "press", "http://x:0/?q", known.key),
        Witness("v", "press", AWAY, b"short"),
    ):
        with pytest.raises(Malformed):
            witnesses.add(opened, wrong)
    for refused in (known, Witness("v", "press", AWAY, known.key), one("v", person("officer-1").organisation)):
        with pytest.raises(Refused):
            witnesses.add(opened, refused)
    for act in (lambda: witnesses.remove(opened, "v"), lambda: witnesses.require(opened, 2)):
        with pytest.raises(Refused):
            act()
    witnesses.require(opened, 1)
    with pytest.raises(Refused):
        witnesses.remove(opened, "w.example")
    assert opened.sequencer.size == before + 1


@pytest.fixture
def running(zone: Zone, tmp_path: Path) -> Iterator[tuple[Zone, Running]]:
    this = made(tmp_path / "w", "w.example", zone.genesis, zone.clock)
    with serving(this) as url:
        admitted(zone.opened, this, url)
        yield zone, this


def test_a_checkpoint_is_cosigned_kept_and_published(running: tuple[Zone, Running]) -> None:
    zone, this = running
    zone.enrol("edge-9")
    assert ticks.tick(zone.opened)
    _, note, _ = publication.since(zone.opened, 0)
    found, wrong = cosignatures(note, zone.opened.desk.standing.witnesses)
    assert [line.witness for line in found] == ["w.example"]
    assert wrong == ()
    assert read_note(note, zone.genesis.log_origin, zone.genesis.log_key).size == this.logs()[0].size
    proof = witnesses.proof(zone.opened, 3)
    assert len(cosignatures(proof.checkpoint, zone.opened.desk.standing.witnesses)[0]) == 1


def test_growth_goes_on_from_what_the_witness_knows(running: tuple[Zone, Running]) -> None:
    zone, this = running
    for number in range(3):
        zone.enrol(f"edge-{number}")
        with zone.opened.desk.asking:
            witnesses.gather(zone.opened, zone.opened.sequencer.checkpoint())
        # Even what the custodian forgot: the witness says what it knows.
        zone.opened.store.drop(Cosigned, "w.example")
    assert this.logs()[0].size == zone.opened.sequencer.size
    assert Kind.LOG_ALARMED not in zone.kinds()


def test_another_witness_under_the_same_name_begins_with_nothing(running: tuple[Zone, Running]) -> None:
    zone, _ = running
    cosign(zone)
    witnesses.remove(zone.opened, "w.example")
    witnesses.add(zone.opened, one("w.example"))
    assert witnesses.kept(zone.opened)[0][1] is None


def test_witnesses_of_what_is_published_are_named_and_make_no_second_host(
    running: tuple[Zone, Running], tmp_path: Path
) -> None:
    zone, _ = running
    second = made(tmp_path / "v", "v.example", zone.genesis, zone.clock)
    with serving(second) as url:
        admitted(zone.opened, second, url, "university")
        assert ticks.assurance(zone.opened) == (Assurance.SINGLE_HOST, ())
        ticks.tick(zone.opened)
        assert ticks.assurance(zone.opened) == (Assurance.SINGLE_HOST, ("w.example", "v.example"))
        apart = replace(zone.opened, genesis=replace(zone.genesis, assurance=Assurance.SEPARATED))
        assert ticks.assurance(apart)[0] is Assurance.WITNESSED


def test_two_witnesses_of_one_organisation_are_one(zone: Zone, tmp_path: Path) -> None:
    first = made(tmp_path / "a", "a.example", zone.genesis, zone.clock)
    second = made(tmp_path / "b", "b.example", zone.genesis, zone.clock)
    with serving(first) as url, serving(second) as other:
        admitted(zone.opened, first, url)
        admitted(zone.opened, second, other)
        witnesses.add(zone.opened, one("away.example", "university"))
        witnesses.require(zone.opened, 2)
        with pytest.raises(Unavailable, match="2 organisations"):
            witnesses.cover(zone.opened, zone.opened.sequencer.size - 1)
        witnesses.require(zone.opened, 1)
        witnesses.cover(zone.opened, zone.opened.sequencer.size - 1)


def test_a_witness_that_is_slow_holds_up_nobody(running: tuple[Zone, Running]) -> None:
    zone, _ = running
    silent, answered = one("slow.example", "university"), threading.Event()
    witnesses.add(zone.opened, silent)
    witnesses.require(zone.opened, 1)
    real = asking.cosigned

    def slow(witness: Witness, *rest: Any) -> Cosignature:
        if witness.name == "slow.example":
            answered.wait(60)
        return real(witness, *rest)

    with pytest.MonkeyPatch.context() as patched:
        patched.setattr(asking, "cosigned", slow)
        witnesses.cover(zone.opened, zone.opened.sequencer.size - 1)
        assert not answered.is_set()
        answered.set()


class Behind:
    """The relay socket's handlers without the socket."""

    def __init__(self, zone: Zone) -> None:
        self.zone = zone

    def used(self) -> None:
        """Nobody asks here how long it is."""

    @contextmanager
    def acting(self) -> Iterator[Opened]:
        yield self.zone.opened

    def warm(self) -> None:
        pass


@pytest.fixture
def court(tmp_path: Path) -> Iterator[tuple[Court, Running]]:
    with sitting() as court:
        this = made(tmp_path / "w", "w.example", court.zone.genesis, court.zone.clock)
        yield court, this


def test_no_answer_leaves_unwitnessed_and_nothing_is_lost(court: tuple[Court, Running], tmp_path: Path) -> None:
    court, this = court
    sighting = court.pass_by(SUBJECT)
    court.tell()
    handlers = service.handlers(Behind(court.zone), tmp_path / "evidence")
    text = court.approved(limits=limits(uses=1))
    with serving(this) as url:
        admitted(court.zone.opened, this, url)
        place = url
    witnesses.require(court.zone.opened, 1)
    letter = court.letter("officer-1", Verb.SEARCH, Named(text.warrant, text.number, records.digest(text)))
    asked = Message("search.begin", {}, (letter.sealed, *court.filed[text.warrant, 1][:2]))
    with pytest.raises(Unavailable, match="cosigned"):
        handlers["search.begin"](asked)
    assert Kind.AUTHORISED not in court.zone.kinds()
    look = Look("hall-east", LAST_HOUR, LAST_HOUR, "a fight")
    with pytest.raises(Unavailable):
        court.ask("operator-1", Verb.LOOK, look)
    assert court.zone.kinds()[-1] is Kind.LOOKED

    with serving(this, place):
        begun = handlers["search.begin"](asked)
        products = court.products(court.named(begun))
    question = Message("search.finish", {"search": begun.body["search"], "missing": []}, (products,))
    with pytest.raises(Unavailable, match="nothing has left"):
        handlers["search.finish"](question)
    assert not {Kind.DELIVERED, Kind.OUTCOME_UNKNOWN} & set(court.zone.kinds())
    with serving(this, place):
        # The same search, the same products, the use that was spent.
        assert letter.read(handlers["search.finish"](question))["candidates"] == [sighting]
        assert court.ask("operator-1", Verb.LOOK, look)["keys"]
        court.confirm(text, sighting)
    evidence = tmp_path / "evidence"
    with evidence_process(evidence) as heard:
        with pytest.raises(Unavailable):
            court.disclose(text, sighting, evidence)
        assert heard == []
        assert court.zone.kinds()[-1] is Kind.OUTCOME_UNKNOWN
        with serving(this, place):
            court.disclose(text, sighting, evidence)
        assert len(cosignatures(heard[-1].body["checkpoint"], court.zone.opened.desk.standing.witnesses)[0]) == 1


def cosign(zone: Zone) -> None:
    with zone.opened.desk.asking:
        witnesses.gather(zone.opened, zone.opened.sequencer.checkpoint())


def test_a_custodian_behind_a_witness_stays_locked(running: tuple[Zone, Running], tmp_path: Path) -> None:
    zone, _ = running
    cosign(zone)
    zone.crash()
    older = zone.copied(tmp_path / "older")
    zone.open()
    zone.enrol("edge-9")
    cosign(zone)
    with pytest.raises(Tampered, match=r"has seen \d+ entries"):
        older.open()


def test_a_log_older_than_its_own_store_stays_shut(running: tuple[Zone, Running], tmp_path: Path) -> None:
    zone, _ = running
    log, older = zone.directory / "log", tmp_path / "older-log"
    shutil.copytree(log, older)
    zone.enrol("edge-9")
    cosign(zone)
    zone.crash()
    shutil.rmtree(log)
    shutil.copytree(older, log)
    with pytest.raises(Tampered, match=r"w\.example cosigned"):
        zone.open()


def test_a_forked_log_stays_shut(running: tuple[Zone, Running], tmp_path: Path) -> None:
    zone, _ = running
    cosign(zone)
    zone.crash()
    fork = zone.copied(tmp_path / "fork")
    zone.open()
    zone.enrol("edge-9")
    cosign(zone)
    # Nobody reaches the witness while the fork grows; afterwards it is longer than what the witness saw.
    with pytest.MonkeyPatch.context() as patched:
        patched.setattr("countenance.log.asking._posted", unreachable)
        fork.open()
        for number in range(9):
            fork.enrol(f"edge-{number}")
        fork.crash()
    with pytest.raises(Tampered, match="another log"):
        fork.open()


def unreachable(*_: object) -> tuple[int, str]:
    raise Unavailable("away")


def test_a_witness_that_is_away_keeps_nobody_locked(zone: Zone) -> None:
    witnesses.add(zone.opened, one())
    zone.reopen()
    assert ticks.tick(zone.opened)


def test_a_clock_before_a_cosignature_stays_locked(running: tuple[Zone, Running]) -> None:
    zone, _ = running
    zone.clock.now += 60 * 60_000
    cosign(zone)
    zone.crash()
    zone.clock.now -= 59 * 60_000
    with pytest.raises(Unavailable, match="clock"):
        zone.open()
    zone.clock.now += 59 * 60_000
    zone.open()


def test_a_witness_that_contradicts_is_an_alarm_once(running: tuple[Zone, Running]) -> None:
    zone, _ = running
    with pytest.MonkeyPatch.context() as patched:
        for status, body in ((409, "99999"), (422, ""), (409, str(zone.opened.sequencer.size))):
            patched.setattr("countenance.log.asking._posted", lambda *_, s=status, b=body: (s, b))
            cosign(zone)
    assert zone.kinds().count(Kind.LOG_ALARMED) == 1
    assert witnesses.kept(zone.opened)[0][1] is None


@pytest.mark.parametrize("answer", [(200, ""), (200, "nonsense\n"), (200, "— w.example AAAA\n"), (500, ""), (409, "x")])
def test_nonsense_is_as_good_as_no_answer(running: tuple[Zone, Running], answer: tuple[int, str]) -> None:
    zone, _ = running
    with pytest.MonkeyPatch.context() as patched:
        patched.setattr("countenance.log.asking._posted", lambda *_: answer)
        cosign(zone)
    assert witnesses.kept(zone.opened)[0][1] is None
    assert Kind.LOG_ALARMED not in zone.kinds()


def test_a_cosignature_of_the_future_is_an_alarm(running: tuple[Zone, Running]) -> None:
    zone, _ = running
    zone.clock.now += 60 * 60_000
    cosign_later = zone.clock.now
    zone.clock.now -= 60 * 60_000
    with pytest.MonkeyPatch.context() as patched:
        patched.setattr(Running, "add_checkpoint", ahead(Running.add_checkpoint, cosign_later))
        cosign(zone)
    assert zone.kinds().count(Kind.LOG_ALARMED) == 1


def ahead(real: Callable[[Running, bytes], Reply], later: int) -> Callable[[Running, bytes], Reply]:
    def act(self: Running, request: bytes) -> Reply:
        self._clock = lambda: later
        return real(self, request)

    return act
