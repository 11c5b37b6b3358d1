"""Record: let frames wait for their covers, cover them, encode them, and turn tracks and segments into sealed items.

Invariants:

* No frame is encoded before it is covered; one that could not be checked is covered whole, and counted.
* Without the hour's lease nothing of a frame is kept, and it is counted. Without `extracts` covered footage alone is.
* Tracks and segments belong to the hour they start in; at its end both are cut and the hour's manifest is closed.
* Bounded: at most `cover.Settings.most` frames and `WAITING_BYTES` of them wait, at most `tracker.Settings.most`
  tracks live, each within `shots`' bounds, and one segment is open.
* When spool or disk is full, what does not fit is refused and counted, and recording goes on.
"""

import dataclasses
from collections.abc import Callable, Iterable
from dataclasses import dataclass

from countenance.errors import CountenanceError, Malformed, Unavailable
from countenance.faces import cover
from countenance.faces.cover import Plan, Planned, Region
from countenance.faces.detector import Detector
from countenance.faces.extractor import Extractor
from countenance.faces.tracker import NO_TRACK
from countenance.video.encode import Coding, SegmentEncoder
from countenance.video.frame import Frame
from countenance.vocabulary.faces import Box
from countenance.vocabulary.moments import Hour, Moment
from countenance.vocabulary.sightings import Counters, SegmentRecord, SightingRecord
from countenance.zones.edge import shots
from countenance.zones.edge.examine import Examined
from countenance.zones.edge.leases import Leases
from countenance.zones.edge.ledger import Ledger
from countenance.zones.edge.sealing import Sealer, Sighting
from countenance.zones.edge.shots import Collected
from countenance.zones.edge.stages import Shares
from countenance.zones.edge.standing import Probes, nobody
from countenance.zones.edge.tiles import Covered, unseen

# Milliseconds of footage in one segment.
SEGMENT = 10_000
# Bytes of frames that may wait for their covers: fewer than 32 frames of more than 2.7 megapixels.
WAITING_BYTES = 128 * 1024 * 1024
# Strong detections that make a track a sighting. One may be a pattern on a wall.
SIGHTED = 2
# Least quality, 0 to 100, of the best shot: below, a template says more about the camera than about the face.
WORTH = 10
# How much of the picture around the best shot a still shows, in parts of the face's longer side.
AROUND = cover.Settings(side=0.8, above=0.8, below=0.8)


@dataclass(frozen=True, slots=True)
class Tools:
    """What a recorder works with."""

    leases: Leases
    ledger: Ledger
    sealer: Sealer
    extractor: Extractor
    detector: Detector
    shares: Shares
    coding: Coding
    say: Callable[[str], None]
    clock: Callable[[], Moment]
    probes: Probes = nobody
    covered: Covered = unseen


class Recorder:
    """Records one camera; one thread at a time. `rate`: nominal frames a second."""

    def __init__(self, tools: Tools, *, rate: float) -> None:
        self._tools = tools
        self._rate = rate
        # At least two frames beyond a track's ends, however slow the source is.
        self._settings = cover.Settings(beyond=max(cover.Settings().beyond, round(2000 / rate)))
        self._plan: Plan[Examined] = Plan(self._settings)
        self._size = (0, 0)
        self._encoder: SegmentEncoder | None = None
        self._whole = 0
        self._tracks: dict[int, Collected] = {}
        self._hour = -1
        self._counts: dict[str, int] = {}
        self._refused = False
        self.frames = 0
        self.sightings = 0

    @property
    def people(self) -> int:
        """Tracks that are live now."""
        return len(self._tracks)

    @property
    def size(self) -> tuple[int, int]:
        """Width and height of the camera's picture, in pixels; zeros before there is one."""
        return self._size

    @property
    def counters(self) -> Counters:
        """Of the hour that is being recorded."""
        return Counters(**self._counts)

    def keep(self, examined: Examined, *, dropped: int = 0) -> None:
        """Take in an examined frame; `dropped`: how many were dropped just before it."""
        with self._tools.shares.of("other"):
            frame = examined.frame
            hour = Hour.of(frame.moment_ms).number
            if hour != self._hour:
                self.flush()
                self._begin(hour)
            if (frame.width, frame.height) != self._size:
                self._resize(frame)
            self.frames += 1
            self._count("decoded")
            self._count("dropped", dropped)
            self._collect(examined)
            for planned in self._plan.add(examined, frame.moment_ms, examined.seen):
                self._leave(planned)
            for track in examined.ended:
                self._end(track)

    def flush(self) -> None:
        """Let everything out that waits: at the end of an hour, or when the camera is gone."""
        for planned in self._plan.finish():
            self._leave(planned)
        for track in list(self._tracks):
            self._end(track)
        self._finish_segment()

    def finish(self) -> None:
        """The camera stops: flush, and sign closed manifests for every hour that lacks one. Raises Unavailable."""
        self.flush()
        self._close(None)

    def _begin(self, hour: int) -> None:
        try:
            self._close(hour)
        except Unavailable as error:
            self._tools.say(f"a manifest must wait: {error}")
        self._hour = hour
        self._counts = dataclasses.asdict(self._tools.ledger.counters(hour))
        self._tools.leases.want(hour, hour + 1)

    def _close(self, before: int | None) -> None:
        ledger, now = self._tools.ledger, self._tools.clock()
        if self._hour in ledger.hours:
            ledger.manifest(self._hour, closed=True, made=now, counters=self.counters)
        ledger.close(before=before, made=now)

    def _resize(self, frame: Frame) -> None:
        """The first frame, or a camera that changed its picture size."""
        self.flush()
        self._size = (frame.width, frame.height)
        most = max(2, min(self._settings.most, WAITING_BYTES // frame.packed.nbytes))
        self._plan = Plan(dataclasses.replace(self._settings, most=most))
        self._encoder = SegmentEncoder(frame.width, frame.height, rate=self._rate, coding=self._tools.coding)

    def _collect(self, examined: Examined) -> None:
        moment = examined.frame.moment_ms
        for it in examined.seen or ():
            if it.track == NO_TRACK:
                continue
            track = self._tracks.setdefault(it.track, Collected(moment, moment))
            track.end = moment
            track.strong += it.strong
        for number, certain in examined.parted:
            if number in self._tracks:
                self._tracks[number].doubt(certain, moment)
        for shot in examined.shots:
            self._tracks[shot.track].offer(moment, shot)

    def _leave(self, planned: Planned[Examined]) -> None:
        """Cut out what the tracks keep, cover, show, encode."""
        frame, lease = planned.frame.frame, self._tools.leases.get(self._hour)
        if lease is None:
            self._count("without_lease")
            return
        with self._tools.shares.of("cover"):
            if planned.whole:
                self._count("covered_whole")
                self._whole += 1
                cover.paint_whole(frame.planes)
            else:
                if lease.extracts:
                    self._cut_out(planned)
                cover.paint(frame.planes, self._regions(planned.boxes))
        self._tools.covered(frame, lease)
        self._encode(frame)

    def _encode(self, frame: Frame) -> None:
        encoder = self._encoder
        if encoder is None:
            return
        if encoder.start_ms is not None and frame.moment_ms - encoder.start_ms >= SEGMENT:
            self._finish_segment()
        begun = encoder.frames
        with self._tools.shares.of("encode"):
            try:
                encoder.add(frame)
            except CountenanceError as error:
                self._lose(begun + 1, error)

    def _finish_segment(self) -> None:
        encoder = self._encoder
        if encoder is None:
            return None
        begun, whole, self._whole = encoder.frames, self._whole, 0
        with self._tools.shares.of("encode"):
            try:
                segment = encoder.finish()
            except CountenanceError as error:
                return self._lose(begun, error)
        lease = self._tools.leases.get(self._hour)
        if segment is not None and lease is not None:
            with self._tools.shares.of("seal"):
                record, data = self._tools.sealer.footage(segment, whole, lease)
                self._enter(record, (data,))
        return None

    def _lose(self, frames: int, error: CountenanceError) -> None:
        self._count("dropped", frames)
        self._tools.say(f"{frames} frames were lost: {error}")

    def _cut_out(self, planned: Planned[Examined]) -> None:
        for number, box in planned.tracks.items():
            track, part = self._tracks.get(number), self._region(box)
            if track is None or part is None or track.doubtful(planned.moment):
                continue
            others = self._regions(planned.others(number))
            if track.wants_patch():
                track.add_patch(shots.patch(planned.frame.frame, part, others))
            around = cover.region(box, *self._size, AROUND)
            if track.still_of == planned.moment and around is not None:
                track.still = shots.still(planned.frame.frame, around, others)

    def _end(self, number: int) -> None:
        """A track is over: a sighting, if there is enough of it and a lease that allows it."""
        track = self._tracks.pop(number, None)
        if track is None or track.strong < SIGHTED:
            return
        lease = self._tools.leases.get(self._hour)
        sighting = self._sighting(track) if lease is not None and lease.extracts else None
        if lease is None or sighting is None:
            self._count("sightings_without_template")
            return
        with self._tools.shares.of("seal"):
            record, blobs = self._tools.sealer.sighting(sighting, lease)
            if self._enter(record, blobs):
                self.sightings += 1
                self._tools.probes(record, sighting.template)

    def _sighting(self, track: Collected) -> Sighting | None:
        if track.quality < WORTH or not track.patches:
            return None
        with self._tools.shares.of("extract"):
            try:
                template = track.template(self._tools.extractor, self._tools.detector)
            except Malformed:
                # The network gave no usable numbers: no template is better than a wrong one.
                template = None
        if template is None:
            return None
        still = track.still or track.patches[len(track.patches) // 2]
        return Sighting(track.start, track.end, track.quality, template, still, tuple(track.patches))

    def _enter(self, record: SightingRecord | SegmentRecord, blobs: tuple[bytes, ...]) -> bool:
        """Whether the record is durably in the spool."""
        try:
            self._tools.ledger.enter(record, blobs, self.counters)
        except Unavailable as error:
            self._count("spool_refused")
            if not self._refused:
                self._tools.say(f"something was not kept: {error}")
            self._refused = True
            return False
        self._refused = False
        return True

    def _count(self, name: str, by: int = 1) -> None:
        self._counts[name] = self._counts.get(name, 0) + by

    def _region(self, box: Box) -> Region | None:
        return cover.region(box, *self._size, self._settings)

    def _regions(self, boxes: Iterable[Box]) -> list[Region]:
        return [part for box in boxes if (part := self._region(box)) is not None]
