from pathlib import Path

import pytest

from countenance.crypto.lease import OwnKey
from countenance.crypto.sign import SigningKey
from countenance.crypto.verify import opened
from countenance.durable import files
from countenance.durable.journal import Journal
from countenance.errors import Unavailable
from countenance.formats import records
from countenance.vocabulary.moments import MILLISECONDS_AN_HOUR
from countenance.vocabulary.requests import Signed
from countenance.vocabulary.sightings import Counters, Manifest, SegmentRecord
from countenance.zones.edge.identity import Identity
from countenance.zones.edge.ledger import MANIFEST, SEGMENT, Ledger
from countenance.zones.edge.spool import Spool

EXTRACTOR = b"e" * 32
HOUR = 480_000
NOW = HOUR * MILLISECONDS_AN_HOUR
WHO = Identity("host-1", SigningKey.generate(), OwnKey.generate())


def segment(name: str, hour: int = HOUR) -> SegmentRecord:
    return SegmentRecord(name, "host-1", "entrance", hour, NOW, NOW + 10_000, 250, 0, b"d" * 32)


class Room:
    def __init__(self, path: Path, most: int = 1 << 20) -> None:
        self.spool = Spool(path / "spool", most=most)
        self.ledger = Ledger(
            path / "spool" / "ledger", self.spool, camera="entrance", identity=WHO, extractor=EXTRACTOR
        )

    def sent(self) -> list[tuple[str, object]]:
        """Take everything out, as the uplink does, and verify it."""
        out: list[tuple[str, object]] = []
        while (found := self.spool.oldest()) is not None:
            number, item = found
            kind = {SEGMENT: SegmentRecord, MANIFEST: Manifest}[item.verb]
            out.append((item.verb, opened(kind, records.read(Signed, item.blobs[0]), WHO.signing.public)))
            self.spool.done(number)
        return out


def test_a_manifest_lists_what_counts_in_order_and_continues_the_last(tmp_path: Path) -> None:
    room = Room(tmp_path)
    made = [segment("a"), segment("b"), segment("c")]
    room.ledger.enter(made[0], (b"x",), Counters(decoded=1))
    first = room.ledger.manifest(HOUR, closed=False, made=NOW)
    for record in made[1:]:
        room.ledger.enter(record, (b"x",), Counters(decoded=9))
    second = room.ledger.manifest(HOUR, closed=True, made=NOW + 1)
    assert (first.number, first.previous, first.closed, first.segments) == (1, b"", False, (records.digest(made[0]),))
    assert (second.number, second.previous, second.closed) == (2, records.digest(first), True)
    assert second.segments == tuple(map(records.digest, made))
    assert second.counters == Counters(decoded=9)
    assert [record for _, record in room.sent()] == [made[0], first, made[1], made[2], second]


def test_manifests_go_on_across_restarts_and_a_camera_may_start_again_in_a_closed_hour(tmp_path: Path) -> None:
    room = Room(tmp_path)
    room.ledger.enter(segment("a"), (), Counters(decoded=4))
    first = room.ledger.manifest(HOUR, closed=True, made=NOW)
    again = Room(tmp_path)
    assert again.ledger.close(before=None, made=NOW) == 0
    again.ledger.enter(segment("b"), (), again.ledger.counters(HOUR))
    assert again.ledger.close(before=None, made=NOW) == 1
    third = Room(tmp_path)
    newest = third.sent()[-1][1]
    assert isinstance(newest, Manifest)
    assert (newest.number, newest.previous, newest.closed) == (2, records.digest(first), True)
    assert newest.segments == (records.digest(segment("a")), records.digest(segment("b")))
    assert newest.counters == Counters(decoded=4)


def test_a_crash_between_item_and_line_counts_the_item(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    room = Room(tmp_path)
    room.ledger.enter(segment("a"), (), Counters(decoded=4))
    with monkeypatch.context() as patch:
        patch.setattr(Journal, "append", lambda self, data: (_ for _ in ()).throw(SystemExit))
        with pytest.raises(SystemExit):
            room.ledger.enter(segment("b"), (), Counters(decoded=5))
    assert room.spool.oldest() is not None
    again = Room(tmp_path)
    manifest = again.ledger.manifest(HOUR, closed=True, made=NOW)
    assert manifest.segments == (records.digest(segment("a")), records.digest(segment("b")))
    assert [record for _, record in again.sent()] == [segment("a"), segment("b"), manifest]


def test_a_crash_between_a_manifest_and_its_line_keeps_its_number(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    room = Room(tmp_path)
    with monkeypatch.context() as patch:
        patch.setattr(Journal, "append", lambda self, data: (_ for _ in ()).throw(SystemExit))
        with pytest.raises(SystemExit):
            room.ledger.manifest(HOUR, closed=True, made=NOW, counters=Counters(decoded=3))
    second = Room(tmp_path).ledger.manifest(HOUR, closed=True, made=NOW)
    assert (second.number, second.counters.decoded) == (2, 3)


@pytest.mark.parametrize("fault", ["item", "line", "full"])
def test_what_cannot_be_kept_does_not_count(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, fault: str) -> None:
    room = Room(tmp_path, most=1000 if fault == "full" else 1 << 20)
    room.ledger.enter(segment("a"), (), Counters())

    def no_space(*given: object, **named: object) -> None:
        raise Unavailable("no space left on the disk")

    with monkeypatch.context() as patch:
        if fault == "item":
            patch.setattr(files, "write", no_space)
        elif fault == "line":
            patch.setattr(Journal, "append", no_space)
        with pytest.raises(Unavailable):
            room.ledger.enter(segment("b"), (b"x" * 900,), Counters())
    for place in (room, Room(tmp_path)):
        assert place.spool.numbers == (1,)
        assert place.ledger.manifest(HOUR, closed=False, made=NOW).segments == (records.digest(segment("a")),)
        place.spool.done(place.spool.numbers[-1])
    room = Room(tmp_path)
    room.ledger.enter(segment("c"), (), Counters())
    assert len(room.ledger.manifest(HOUR, closed=False, made=NOW).segments) == 2


def test_a_leased_hour_gets_a_manifest_even_if_nothing_happens(tmp_path: Path) -> None:
    Room(tmp_path).ledger.leased(HOUR)
    room = Room(tmp_path)
    room.ledger.leased(HOUR)
    room.ledger.leased(HOUR + 1)
    assert room.ledger.hours == (HOUR, HOUR + 1)
    assert room.ledger.close(before=HOUR + 1, made=NOW) == 1
    [(_, manifest)] = room.sent()
    assert isinstance(manifest, Manifest)
    assert (manifest.hour, manifest.closed, manifest.sightings, manifest.segments) == (HOUR, True, (), ())


def test_lines_are_dropped_only_when_old_closed_and_acknowledged(tmp_path: Path) -> None:
    room = Room(tmp_path)
    room.ledger.enter(segment("a"), (), Counters())
    later = NOW + 100 * MILLISECONDS_AN_HOUR
    room.ledger.prune(later)
    room.ledger.close(before=None, made=NOW)
    room.ledger.prune(later)
    assert room.ledger.hours == (HOUR,)
    room.sent()
    room.ledger.prune(NOW)
    assert room.ledger.hours == (HOUR,)
    room.ledger.prune(later)
    assert not room.ledger.hours
    assert not Room(tmp_path).ledger.hours


def test_a_damaged_item_without_a_line_is_set_aside(tmp_path: Path) -> None:
    room = Room(tmp_path)
    room.ledger.enter(segment("a"), (), Counters())
    (tmp_path / "spool" / "000000000002").write_bytes(b"torn")
    again = Room(tmp_path)
    assert again.spool.aside() == {"refused": 0, "damaged": 1}
    assert len(again.ledger.manifest(HOUR, closed=True, made=NOW).segments) == 1
