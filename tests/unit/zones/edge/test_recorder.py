import dataclasses
import secrets
from dataclasses import dataclass, field

import numpy as np
import pytest

from countenance.crypto import derive, segment
from countenance.crypto.verify import opened
from countenance.errors import Unavailable
from countenance.faces.card import ExtractorCard, built_in
from countenance.faces.cover import GREY, Settings, Spot, region
from countenance.faces.extractor import Extractor
from countenance.formats import records
from countenance.video import segments
from countenance.video.encode import Coding, SegmentEncoder
from countenance.video.frame import Frame
from countenance.vocabulary.faces import Box, Quality, Template
from countenance.vocabulary.live import TILE, VIEW
from countenance.vocabulary.moments import MILLISECONDS_AN_HOUR
from countenance.vocabulary.requests import Signed
from countenance.vocabulary.sightings import Counters, Manifest, SegmentRecord, SightingRecord
from countenance.zones.edge.examine import Examined, Shot
from countenance.zones.edge.leases import Issuers, Leases
from countenance.zones.edge.ledger import MANIFEST, SEGMENT, SIGHTING, Ledger
from countenance.zones.edge.recorder import Recorder, Tools
from countenance.zones.edge.sealing import Sealer
from countenance.zones.edge.spool import Spool
from countenance.zones.edge.stages import Shares
from countenance.zones.edge.tiles import scaled
from simulator.camera_host import DEPLOYMENT, KEYS, World, frame, walk

HOUR = 480_000
START = HOUR * MILLISECONDS_AN_HOUR
SIZE = (320, 240)
FINE = Quality(80, 80, 80, 80, 80, 80)
SAMPLE = np.random.default_rng(3).integers(0, 255, (112, 112, 3), dtype=np.uint8)


@pytest.fixture(scope="module")
def extractor() -> Extractor:
    card = built_in("sface")
    assert isinstance(card, ExtractorCard)
    return Extractor(card)


@dataclass
class Room:
    """A recorder, its parts, and what has come out of it."""

    world: World
    extractor: Extractor
    hours: tuple[int, ...] = (HOUR, HOUR + 1)
    most: int = 1 << 30
    said: list[str] = field(default_factory=list)
    probes: list[tuple[SightingRecord, Template]] = field(default_factory=list)

    def __post_init__(self) -> None:
        home = self.world.home
        self.spool = Spool(home / "spool", most=self.most)
        self.ledger = Ledger(
            home / "spool" / "ledger", self.spool, camera="entrance", identity=self.world.edge, extractor=b"e" * 32
        )
        self.leases = Leases(
            home / "leases", camera="entrance", identity=self.world.edge, issuers=Issuers(DEPLOYMENT), now=START
        )
        self.grant(*self.hours)
        self.recorder = Recorder(
            Tools(
                leases=self.leases,
                ledger=self.ledger,
                sealer=Sealer(DEPLOYMENT, secrets.token_bytes),
                extractor=self.extractor,
                detector=None,  # type: ignore[arg-type]
                shares=Shares(),
                coding=Coding(quality=10),
                say=self.said.append,
                clock=lambda: START + 5,
                probes=lambda record, template: self.probes.append((record, template)),
            ),
            rate=25.0,
        )

    def grant(self, *hours: int) -> None:
        self.leases.take(hours, [self.world.repository.lease(hour)[1] for hour in hours])
        for hour in hours:
            self.ledger.leased(hour)

    def out(self, verb: str) -> list[tuple[object, tuple[bytes, ...]]]:
        kind: type = {SIGHTING: SightingRecord, SEGMENT: SegmentRecord, MANIFEST: Manifest}[verb]
        items = [self.spool.read(number) for number in self.spool.numbers]
        key = self.world.edge.signing.public
        return [
            (opened(kind, records.read(Signed, item.blobs[0]), key), item.blobs[1:])
            for item in items
            if item.verb == verb
        ]

    def manifests(self) -> list[Manifest]:
        return [record for record, _ in self.out(MANIFEST) if isinstance(record, Manifest)]

    def footage(self) -> list[Frame]:
        frames = []
        for record, (data,) in self.out(SEGMENT):
            assert isinstance(record, SegmentRecord)
            lease = self.leases.get(record.hour)
            assert lease is not None
            plain = segment.decrypt(derive.subkey(lease.footage_key, record.segment), data)
            frames += list(segments.decode(plain, start_ms=record.start))
        return frames


def box(number: int) -> Box:
    """Where the portrait's face is in picture `number` of `walk`."""
    return Box(10.0 + 6 * number + 28, 30, 46, 60)


def examined(number: int, *, moment: int = START, track: int = 0, found: bool = True, checked: bool = True) -> Examined:
    picture = walk(number + 1)[number]
    spots = (Spot(track, box(number), True),) if found and checked else ()
    shots = (Shot(track, FINE, SAMPLE, None),) if spots else ()
    return Examined(frame(moment + 40 * number, picture), spots if checked else None, shots, ())


def covered(shown: Frame, at: Box) -> bool:
    part = region(at, *SIZE, Settings())
    assert part is not None
    inside = shown.planes[0][part.y + 2 : part.y + part.height - 2, part.x + 2 : part.x + part.width - 2]
    return bool(np.abs(inside.astype(int) - GREY[0]).max() <= 8)


def test_a_pass_becomes_one_sighting_and_covered_footage_and_a_closed_manifest(
    world: World, extractor: Extractor
) -> None:
    room = Room(world, extractor)
    for number in range(12):
        room.recorder.keep(examined(number, found=number not in (4, 5, 6)))
    room.recorder.finish()
    footage = room.footage()
    assert [shown.moment_ms for shown in footage] == [START + 40 * n for n in range(12)]
    assert all(covered(shown, box(number)) for number, shown in enumerate(footage))
    assert not any(covered(shown, Box(240, 180, 30, 30)) and shown.planes[0][0, 0] < 90 for shown in footage)
    [(sighting, parts)] = room.out(SIGHTING)
    assert isinstance(sighting, SightingRecord)
    assert (sighting.start, sighting.end, sighting.hour) == (START, START + 440, HOUR)
    assert len(parts) == 4
    newest = room.manifests()[-1] if room.manifests()[-1].hour == HOUR else room.manifests()[0]
    assert (newest.closed, newest.sightings) == (True, (records.digest(sighting),))
    assert newest.counters == Counters(decoded=12)
    assert {manifest.hour for manifest in room.manifests()} == {HOUR, HOUR + 1}


def test_an_unchecked_frame_is_covered_whole_and_counted(world: World, extractor: Extractor) -> None:
    room = Room(world, extractor)
    for number in range(4):
        room.recorder.keep(examined(number, checked=number != 2))
    room.recorder.finish()
    spread = [int(np.ptp(shown.planes[0].astype(int))) for shown in room.footage()]
    assert [value < 16 for value in spread] == [False, False, True, False]
    assert room.recorder.counters.covered_whole == 1
    [(record, _)] = room.out(SEGMENT)
    assert isinstance(record, SegmentRecord)
    assert (record.frames, record.covered_whole) == (4, 1)


def test_without_a_lease_nothing_is_kept_and_it_is_counted(world: World, extractor: Extractor) -> None:
    room = Room(world, extractor, hours=())
    for number in range(6):
        room.recorder.keep(examined(number))
    room.recorder.finish()
    assert room.recorder.counters == Counters(decoded=6, without_lease=6, sightings_without_template=1)
    assert room.spool.numbers == ()
    assert room.leases.missing() == (HOUR, HOUR + 1)


def test_where_templates_are_not_allowed_there_is_covered_footage_alone(world: World, extractor: Extractor) -> None:
    world.repository.extracts = False
    room = Room(world, extractor)
    for number in range(4):
        room.recorder.keep(examined(number))
    room.recorder.finish()
    assert room.out(SIGHTING) == []
    assert all(covered(shown, box(number)) for number, shown in enumerate(room.footage()))
    assert room.recorder.counters.sightings_without_template == 1


def test_tracks_and_segments_are_cut_at_the_hour_and_its_manifest_is_closed(world: World, extractor: Extractor) -> None:
    room = Room(world, extractor)
    before = START + MILLISECONDS_AN_HOUR - 4 * 40
    for number in range(8):
        room.recorder.keep(examined(number, moment=before, track=number // 4))
    [closed] = [manifest for manifest in room.manifests() if manifest.hour == HOUR]
    assert (closed.closed, len(closed.sightings), len(closed.segments)) == (True, 1, 1)
    room.recorder.finish()
    cut = [record for record, _ in room.out(SEGMENT)]
    hours = [(record.hour, record.frames) for record in cut if isinstance(record, SegmentRecord)]
    assert hours == [(HOUR, 4), (HOUR + 1, 4)]
    assert [getattr(record, "hour", 0) for record, _ in room.out(SIGHTING)] == [HOUR, HOUR + 1]
    assert room.recorder.counters == Counters(decoded=4)


def test_one_glimpse_is_no_sighting_and_a_poor_one_is_counted(world: World, extractor: Extractor) -> None:
    room = Room(world, extractor)
    room.recorder.keep(examined(0, track=1))
    poor = Quality(9, 9, 9, 9, 9, 9)
    for number in range(1, 4):
        it = examined(number, track=2)
        room.recorder.keep(Examined(it.frame, it.seen, (Shot(2, poor, SAMPLE, None),), ()))
    room.recorder.finish()
    assert room.out(SIGHTING) == []
    assert room.recorder.counters.sightings_without_template == 1


def test_a_full_spool_is_said_once_counted_and_recording_goes_on(world: World, extractor: Extractor) -> None:
    room = Room(world, extractor, most=1000)
    for number in range(4):
        room.recorder.keep(examined(number))
    room.recorder.flush()
    assert room.recorder.counters.spool_refused == 2
    assert len(room.said) == 1
    room.spool._most = 1 << 30
    for number in range(4, 8):
        room.recorder.keep(examined(number, track=1))
    room.recorder.finish()
    assert len(room.out(SIGHTING)) == 1
    manifest = next(manifest for manifest in room.manifests() if manifest.hour == HOUR)
    assert manifest.counters.spool_refused == 2


def test_an_encoder_that_fails_costs_its_frames_and_no_more(
    world: World, extractor: Extractor, monkeypatch: pytest.MonkeyPatch
) -> None:
    room = Room(world, extractor)
    with monkeypatch.context() as patch:
        patch.setattr(SegmentEncoder, "add", lambda self, frame: (_ for _ in ()).throw(Unavailable("broken")))
        for number in range(3):
            room.recorder.keep(examined(number))
        room.recorder.flush()
    assert room.recorder.counters.dropped == 3
    for number in range(3, 6):
        room.recorder.keep(examined(number, track=1))
    room.recorder.finish()
    assert len(room.footage()) == 3


def test_a_picture_that_changes_its_size_begins_a_segment(world: World, extractor: Extractor) -> None:
    room = Room(world, extractor)
    for number in range(4):
        size = (320, 240) if number < 2 else (160, 122)
        picture = np.full((size[1], size[0], 3), 90, np.uint8)
        room.recorder.keep(Examined(frame(START + 40 * number, picture), (), (), ()))
    room.recorder.finish()
    assert [(shown.width, shown.height) for shown in room.footage()] == [(320, 240)] * 2 + [(160, 122)] * 2


def test_long_footage_comes_in_segments_and_waiting_frames_are_bounded(world: World, extractor: Extractor) -> None:
    room = Room(world, extractor)
    picture = np.full((240, 320, 3), 90, np.uint8)
    for number in range(60):
        room.recorder.keep(Examined(frame(START + 500 * number, picture), (), (), ()))
        assert len(room.recorder._plan._waiting) <= 3
    room.recorder.finish()
    lengths = [record.frames for record, _ in room.out(SEGMENT) if isinstance(record, SegmentRecord)]
    assert lengths == [20, 20, 20]


def test_dropped_frames_are_counted(world: World, extractor: Extractor) -> None:
    room = Room(world, extractor)
    room.recorder.keep(examined(0), dropped=3)
    room.recorder.keep(examined(1))
    assert room.recorder.counters == Counters(decoded=2, dropped=3)


def test_the_probe_of_a_sighting_goes_to_the_galleries_and_of_only_what_was_kept(
    world: World, extractor: Extractor
) -> None:
    room = Room(world, extractor, most=1000)
    for number in range(4):
        room.recorder.keep(examined(number))
    room.recorder.flush()
    assert room.probes == []
    room.spool._most = 1 << 30
    for number in range(4, 8):
        room.recorder.keep(examined(number, track=1))
    room.recorder.finish()
    [(sighting, _)] = room.out(SIGHTING)
    [(record, template)] = room.probes
    assert record == sighting
    assert template.dimension == 128


def shown(room: Room) -> list[tuple[Frame, bool, int]]:
    """Frames offered for live pictures, copied as they were: with the hour of the lease they were covered under."""
    frames: list[tuple[Frame, bool, int]] = []
    room.recorder._tools = dataclasses.replace(
        room.recorder._tools,
        covered=lambda it, lease: frames.append((it.copy(), lease.footage_key == KEYS["footage"], lease.hour)),
    )
    return frames


def test_only_covered_frames_are_seen_live(world: World, extractor: Extractor) -> None:
    room = Room(world, extractor)
    frames = shown(room)
    for number in range(12):
        room.recorder.keep(examined(number, found=number not in (4, 5, 6), checked=number != 9))
    room.recorder.finish()
    assert [it.moment_ms for it, _, _ in frames] == [START + 40 * n for n in range(12)]
    assert all(key and hour == HOUR for _, key, hour in frames)
    for number, (it, _, _) in enumerate(frames):
        part = region(box(number), *SIZE, Settings())
        assert part is not None
        for plane, colour, divisor in zip(it.planes, GREY, (1, 2, 2), strict=True):
            top, left = part.y // divisor, part.x // divisor
            inside = plane[top : top + part.height // divisor, left : left + part.width // divisor]
            assert (inside == colour).all()
        assert (number == 9) == bool((it.planes[0] == GREY[0]).all())


def test_no_pixel_of_a_face_is_in_a_tile(world: World, extractor: Extractor) -> None:
    """Two recordings that differ only in what the cover hides give the same live pictures, byte for byte."""
    pictures: list[list[bytes]] = []
    for hidden in (False, True):
        room = Room(world, extractor)
        frames = shown(room)
        for number in range(6):
            it = examined(number)
            if hidden:
                part = region(box(number), *SIZE, Settings())
                assert part is not None
                for plane, divisor in zip(it.frame.planes, (1, 2, 2), strict=True):
                    top, left = part.y // divisor, part.x // divisor
                    plane[top : top + part.height // divisor, left : left + part.width // divisor] = 7
            room.recorder.keep(it)
        room.recorder.flush()
        pictures.append([scaled(it, size).jpeg for it, _, _ in frames for size in (TILE, VIEW)])
    assert pictures[0] == pictures[1]
    assert len(pictures[0]) == 12


def test_without_a_lease_nothing_is_seen_live(world: World, extractor: Extractor) -> None:
    room = Room(world, extractor, hours=())
    frames = shown(room)
    for number in range(6):
        room.recorder.keep(examined(number))
    room.recorder.finish()
    assert frames == []
    assert room.recorder.counters.without_lease == 6


def test_at_the_hour_the_key_is_the_frames_own(world: World, extractor: Extractor) -> None:
    room = Room(world, extractor)
    frames = shown(room)
    before = START + MILLISECONDS_AN_HOUR - 2 * 40
    for number in range(4):
        room.recorder.keep(examined(number, moment=before))
    room.recorder.finish()
    assert [(it.moment_ms // MILLISECONDS_AN_HOUR, hour) for it, _, hour in frames] == [
        (HOUR, HOUR),
        (HOUR, HOUR),
        (HOUR + 1, HOUR + 1),
        (HOUR + 1, HOUR + 1),
    ]
