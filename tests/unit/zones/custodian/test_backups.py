"""Backing up and restoring: a round trip, every flipped bit, and what was erased since stays erased or stays locked."""

import copy
import secrets
import shutil
from dataclasses import dataclass, replace
from pathlib import Path

import pytest

from countenance.durable import journal
from countenance.errors import CountenanceError, Malformed, Refused, Tampered, Unavailable
from countenance.evaluation import sequential
from countenance.formats import records
from countenance.log import leaf
from countenance.log.audit import Journal, examine
from countenance.vocabulary.acts import Order, Restriction, Verb
from countenance.vocabulary.entries import Kind
from countenance.vocabulary.holds import HoldOrder
from countenance.vocabulary.moments import MILLISECONDS_AN_HOUR, Hour
from countenance.vocabulary.warrants import Scope
from countenance.warrants.narrowing import Standing
from countenance.zones.custodian import (
    backup_file,
    backups,
    erasure,
    holding,
    intake,
    restoring,
    restricting,
    retention,
    roster,
    witnesses,
)
from countenance.zones.custodian.backup_file import Piece
from countenance.zones.custodian.cases import WarrantState
from countenance.zones.custodian.holding import HoldState
from countenance.zones.custodian.keys import Secret
from countenance.zones.custodian.records import Place, Restricted, Row, Stage
from countenance.zones.custodian.restoring import Brought, Restored
from simulator.people import NOW, limits
from simulator.witness import admitted, made, serving
from simulator.zone import Clock, Edge, Zone, presented, sighting

HERE = Hour.of(NOW).number
STANDING = Standing(1, bytes(32), bytes(32), Scope(("hall-1",), NOW, NOW + 1), limits(uses=3))
DAY = 24 * MILLISECONDS_AN_HOUR


@dataclass
class Case:
    """A custodian with three sightings, backed up."""

    zone: Zone
    names: tuple[str, ...]
    place: Path

    @property
    def file(self) -> Path:
        return self.place / "disk" / "backup"

    @property
    def piece(self) -> Path:
        return self.place / "stick" / "piece"

    def back_up(self, days: int = backups.DEFAULT_DAYS) -> None:
        for path in (self.file, self.piece):
            path.parent.mkdir()
        backups.make(self.zone.opened, self.file, self.piece, days=days, settings="[custodian]\n")

    def restrict(self, name: str) -> str:
        body = Restriction((name,), "asked")
        return str(restricting.restrict(self.zone.opened, self.zone.ask("clerk-1", Verb.RESTRICT, body))["request"])

    def order(self, request: str) -> dict[str, object]:
        for person in ("supervisor-1", "court-b/judge-1"):
            body = Order(request, bytes.fromhex(request))
            done = erasure.order(self.zone.opened, self.zone.ask(person, Verb.ORDER, body))
        assert isinstance(done["receipt"], dict)
        return dict(done["receipt"])

    def note(self) -> str:
        """What a published copy of everything would say."""
        return self.zone.opened.sequencer.checkpoint().note

    def log(self) -> Path:
        return self.zone.directory / "log"

    def brought(self, *, log: Path | None = None, published: str = "") -> Brought:
        secret = Secret(shares=self.zone.shares)
        return Brought(self.file.read_bytes(), self.piece.read_bytes(), secret, log, published)

    def restore(self, brought: Brought, name: str = "again") -> tuple[Zone, Restored]:
        directory = self.place / "new" / name
        done = restoring.restore(directory, brought, clock=self.zone.clock, random=secrets.token_bytes)
        again = standing_at(self.zone, directory)
        again.open()
        return again, done

    def nothing_made(self) -> None:
        new = self.place / "new"
        assert not new.exists() or not list(new.iterdir())


def standing_at(zone: Zone, directory: Path) -> Zone:
    again = copy.copy(zone)
    again.directory, again.clock, again._opened = directory, Clock(zone.clock.now), None
    return again


@pytest.fixture
def case(zone: Zone, edge: Edge, tmp_path_factory: pytest.TempPathFactory) -> Case:
    lease = zone.lease(edge, "hall-1", HERE)
    every = [sighting(zone, edge, lease) for _ in range(3)]
    intake.sightings(zone.opened, presented(*every))
    return Case(zone, tuple(one.record.sighting for one in every), tmp_path_factory.mktemp("backups"))


def held(zone: Zone) -> set[str]:
    return {row.sighting for _, row in zone.opened.store.all(Row)}


def facts(zone: Zone, kind: Kind) -> list[dict[str, str]]:
    return [dict(entry.facts) for entry in zone.opened.sequencer.entries() if entry.kind is kind]


def test_a_round_trip(case: Case) -> None:
    case.back_up()
    note = case.note()
    again, done = case.restore(case.brought(published=note))
    assert held(again) == set(case.names)
    assert (done.repeated, done.settings) == (0, "[custodian]\n")
    assert again.opened.genesis == case.zone.genesis
    assert len(facts(again, Kind.RESTORED)) == 1
    assert not list((again.directory / "epochs").iterdir())
    assert backups.living(again.opened) == backups.living(case.zone.opened)
    again.crash()


def test_file_and_piece_hold_no_name_and_open_only_together(case: Case) -> None:
    case.back_up()
    for path in (case.file, case.piece):
        assert path.stat().st_mode & 0o077 == 0
        assert case.names[0].encode() not in path.read_bytes()
        assert b"hall-1" not in path.read_bytes()
    brought = case.brought(published=case.note())
    other = records.write(replace(records.read(Piece, brought.piece), piece=bytes(32)))
    with pytest.raises(Tampered, match="does not open"):
        case.restore(replace(brought, piece=other))
    with pytest.raises(Refused):
        case.restore(replace(brought, secret=Secret(shares=case.zone.shares[:1])))
    assert case.names[0] not in repr(backup_file.read(brought.file, brought.piece, brought.secret))
    case.nothing_made()


def test_a_flipped_bit_in_any_part_is_refused(case: Case) -> None:
    case.back_up()
    brought = case.brought(published=case.note())
    size = len(brought.file)
    header = brought.file.index(b"}") + 200
    places = {*range(0, min(header, 900), 7), *range(header, size, max(1, size // 60)), size - 1}
    for at in sorted(places):
        with pytest.raises(CountenanceError):
            backup_file.read(flipped(brought.file, at), brought.piece, brought.secret)
    for at in range(0, len(brought.piece), 3):
        with pytest.raises(CountenanceError):
            backup_file.read(brought.file, flipped(brought.piece, at), brought.secret)
    for cut in (0, 10, 40, size // 2, size - 1):
        with pytest.raises(CountenanceError):
            backup_file.read(brought.file[:cut], brought.piece, brought.secret)
    with pytest.raises(CountenanceError):
        backup_file.read(brought.file + b"\0", brought.piece, brought.secret)


def flipped(data: bytes, at: int) -> bytes:
    return data[:at] + bytes([data[at] ^ 1]) + data[at + 1 :]


def test_a_receipt_counts_the_backup_that_lives(case: Case) -> None:
    before = case.order(case.restrict(case.names[0]))
    case.back_up(days=40)
    after = case.order(case.restrict(case.names[1]))
    assert before["gone_by"] == (HERE + 49) * MILLISECONDS_AN_HOUR
    assert after["gone_by"] == case.zone.clock() + 40 * DAY


def test_an_older_backup_alone_stays_locked_and_with_the_log_repeats_the_erasure(case: Case) -> None:
    case.back_up()
    case.order(case.restrict(case.names[0]))
    waiting = case.restrict(case.names[1])
    with pytest.raises(Refused, match="audit --export"):
        case.restore(case.brought(published=case.note()))
    with pytest.raises(Refused, match="newer log or the published one"):
        case.restore(case.brought())
    case.nothing_made()
    again, done = case.restore(case.brought(log=case.log(), published=case.note()))
    assert (done.repeated, held(again)) == (2, {case.names[2]})
    assert again.opened.store.get(Place, case.names[0]) is None
    assert again.opened.store.generation > case.zone.opened.store.generation
    assert waiting in {one["request"] for one in facts(again, Kind.RESTRICTED)}
    assert regular(again)
    again.crash()


def test_an_erasure_asked_for_before_the_backup_and_done_after_is_repeated(case: Case) -> None:
    request = case.restrict(case.names[0])
    case.back_up()
    receipt = case.order(request)
    again, done = case.restore(case.brought(log=case.log()))
    state = again.opened.store.get(Restricted, request)
    assert state is not None
    assert (state.stage, state.erased_entry) == (Stage.ERASED, receipt["erased_entry"])
    assert (done.repeated, held(again)) == (1, set(case.names[1:]))
    assert regular(again)
    again.crash()


def test_an_order_that_the_lost_custodian_had_not_carried_out_is(case: Case, monkeypatch: pytest.MonkeyPatch) -> None:
    case.back_up()
    request = case.restrict(case.names[0])
    with monkeypatch.context() as patched:
        patched.setattr(erasure, "finish", killed)
        with pytest.raises(Unavailable):
            case.order(request)
    again, _ = case.restore(case.brought(log=case.log()))
    assert held(again) == set(case.names[1:])
    assert [one["request"] for one in facts(again, Kind.ERASED)] == [request]
    assert regular(again)
    again.crash()


def test_what_is_held_is_not_erased_by_restoring(case: Case) -> None:
    until = case.zone.clock.now + 3_600_000
    order = HoldOrder(case.zone.genesis.deployment, "ab" * 8, "", case.names[:2], "officer-1", 0, until, "appeal")
    case.zone.opened.store.put(HoldState(order, (), (), holding.Stage.HELD, 0, 0), order.hold)
    case.back_up()
    for name in (case.names[0], case.names[2]):
        case.restrict(name)
    again, done = case.restore(case.brought(log=case.log()))
    assert (done.repeated, held(again)) == (1, set(case.names[:2]))
    again.crash()


def killed(*_: object) -> None:
    raise Unavailable("killed")


def regular(zone: Zone) -> bool:
    folder = zone.directory / "log"
    every = tuple(map(leaf.from_bytes, journal.contents(folder / "journal")))
    report = examine(
        lambda _: None,
        zone.genesis,
        None,
        Journal(every, (folder / "checkpoint").read_text()),
        beyond=sequential.beyond,
    )
    return not report.irregularities


def test_a_log_without_names_of_what_it_restricts_keeps_it_locked(case: Case, monkeypatch: pytest.MonkeyPatch) -> None:
    case.back_up()
    monkeypatch.setattr(restricting, "short_hash", lambda *_: "")
    case.order(case.restrict(case.names[0]))
    monkeypatch.undo()
    with pytest.raises(Refused, match="without saying which"):
        case.restore(case.brought(log=case.log()))
    case.nothing_made()


def test_uses_spent_since_stay_spent_and_who_was_revoked_stays_revoked(case: Case) -> None:
    zone = case.zone
    state = WarrantState("w", "officer-1", STANDING, (), 3, 0, b"", b"")
    zone.opened.store.put(state, "w")
    case.back_up()
    for act in ("search", "still", "search"):
        entry = zone.opened.sequencer.append(Kind.AUTHORISED, {"warrant": "w", "act": act})
        zone.opened.sequencer.append(Kind.DELIVERED, {"warrant": "w", "act": act}, of=entry)
    roster.revoke(zone.opened, "clerk-1")
    again, _ = case.restore(case.brought(log=case.log()))
    kept = again.opened.store.get(WarrantState, "w")
    assert kept is not None
    assert kept.uses_left == 1
    assert [one.person.name for one in roster.members(again.opened) if one.revoked] == ["clerk-1"]
    again.crash()


def test_a_restored_custodian_drops_what_retention_ended_meanwhile(case: Case) -> None:
    case.back_up()
    case.zone.clock.now += 80 * MILLISECONDS_AN_HOUR
    again, done = case.restore(case.brought(log=case.log()))
    assert (done.repeated, held(again)) == (0, set())
    again.crash()


def test_another_log_a_cut_one_and_a_forged_tail_are_refused(case: Case, tmp_path: Path) -> None:
    case.zone.enrol("edge-2")
    early = tmp_path / "early"
    shutil.copytree(case.log(), early)
    case.back_up()
    with pytest.raises(Refused, match="older"):
        case.restore(case.brought(log=early))
    case.order(case.restrict(case.names[0]))
    late = tmp_path / "late"
    shutil.copytree(case.log(), late)
    data = bytearray((late / "journal").read_bytes())
    data[len(data) // 2] ^= 1
    (late / "journal").write_bytes(data)
    with pytest.raises(Tampered):
        case.restore(case.brought(log=late))
    shutil.copy(early / "journal", late / "journal")
    with pytest.raises(Tampered, match="checkpoint"):
        case.restore(case.brought(log=late))
    case.nothing_made()


def test_a_backup_that_has_ended_is_dead(case: Case) -> None:
    case.back_up(days=1)
    brought = case.brought(published=case.note())
    case.zone.clock.now += DAY
    with pytest.raises(Refused, match="ended"):
        case.restore(brought)
    retention.tick(case.zone.opened)
    assert not case.piece.exists()
    assert [one["destroyed"] for one in facts(case.zone, Kind.BACKUP_ENDED)] == ["true"]
    assert not backups.living(case.zone.opened)
    # The clock set back does not help where the log says so.
    case.zone.clock.now -= 1
    with pytest.raises((Refused, Unavailable)):
        case.restore(replace(brought, log=case.log(), published=""))
    case.nothing_made()


def test_a_piece_that_is_elsewhere_is_said_and_looked_for(case: Case) -> None:
    case.back_up(days=1)
    away = case.piece.with_name("away")
    case.piece.rename(away)
    case.zone.clock.now += DAY
    for _ in range(2):
        retention.tick(case.zone.opened)
    assert [one["destroyed"] for one in facts(case.zone, Kind.BACKUP_ENDED)] == ["false"]
    away.rename(case.piece)
    retention.tick(case.zone.opened)
    assert not case.piece.exists()
    assert [one["destroyed"] for one in facts(case.zone, Kind.BACKUP_ENDED)] == ["false", "true"]


def test_something_else_at_the_piece_s_place_is_left(case: Case) -> None:
    case.back_up(days=1)
    case.piece.write_bytes(b"a letter")
    case.zone.clock.now += DAY
    retention.tick(case.zone.opened)
    assert case.piece.read_bytes() == b"a letter"


def test_witnesses_must_answer_and_a_log_behind_them_stays_locked(case: Case, tmp_path: Path) -> None:
    zone = case.zone
    this = made(tmp_path / "w", "w.example", zone.genesis, zone.clock)
    with serving(this) as url:
        admitted(zone.opened, this, url)
        case.back_up()
        published = case.note()
        zone.enrol("edge-7")
        witnesses.show(zone.opened)
        with pytest.raises(Tampered, match="has seen"):
            case.restore(case.brought(published=published))
        case.nothing_made()
        again, _ = case.restore(case.brought(log=case.log(), published=published))
        again.crash()
    with pytest.raises(Unavailable, match="none of them answers"):
        case.restore(case.brought(log=case.log(), published=published), "third")
    assert not (case.place / "new" / "third").exists()


def test_refused_before_anything_is_written(case: Case) -> None:
    before = case.zone.opened.sequencer.size
    opened = case.zone.opened
    (case.place / "disk").mkdir()
    with pytest.raises(Malformed, match="1 to 90"):
        backups.make(opened, case.file, case.piece, days=91)
    with pytest.raises(Malformed, match="whole paths"):
        backups.make(opened, Path("backup"), case.piece)
    with pytest.raises(Refused, match="one directory"):
        backups.make(opened, case.file, case.file.with_name("piece"))
    case.file.write_bytes(b"")
    with pytest.raises(Refused, match="overwrites nothing"):
        backups.make(opened, case.file, case.piece)
    assert opened.sequencer.size == before
    assert not backups.living(opened)
    directory = case.place / "full"
    (directory / "x").mkdir(parents=True)
    with pytest.raises(Refused, match="empty directory"):
        restoring.restore(directory, Brought(b"", b"", Secret()), clock=case.zone.clock, random=secrets.token_bytes)
