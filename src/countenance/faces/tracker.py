"""Link the detections of consecutive frames into tracks: overlap first, templates where overlap is not enough.

Weak detections (below the recognition threshold) extend tracks and make tracks of their own, so that a face that
flickers around the threshold stays covered; only strong ones are ever compared. Invariants:

* A track holds at most one detection a frame, and a detection belongs to at most one track.
* A new track whose template is that of a track lost less than `patience` ago is that track again.
* A track whose template is suddenly another person's is parted from that face, and what was linked to it since its last
  look is reported as doubtful: neither cuts nor crossings mix two people.
* At most `most` tracks live at once; what is beyond is answered as `NO_TRACK`.

The two-step association (strong detections, then weak ones) follows ByteTrack (Zhang et al., ECCV 2022).
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from countenance.vocabulary.faces import Box, Face
from countenance.vocabulary.moments import Moment

NO_TRACK = -1

Vector = NDArray[np.float32]
# The unit template (d,) of the face at this index of the frame, or None where templates are not made.
Appearance = Callable[[int], Vector | None]


@dataclass(frozen=True, slots=True)
class Settings:
    """How tracks hold together. Times in milliseconds, scores 0 to 1, cosines -1 to 1.

    `strong`: the detector's score from which on a face is compared. `overlap`: least intersection over union. `coast`:
    how long a track is looked for where it would have moved to. `patience`: how long a lost track waits for its
    template. `same`, `other`: from which cosine on two templates link, below which they part. `every`: a track's
    template is looked at again at each so many strong detections, and at each one where another face or track overlaps
    by `near`. `most`: live tracks.
    """

    strong: float = 0.65
    overlap: float = 0.2
    coast: int = 1000
    patience: int = 2500
    same: float = 0.43
    other: float = 0.35
    every: int = 8
    near: float = 0.1
    most: int = 64


@dataclass(frozen=True, slots=True)
class Step:
    """What one frame did: the track of every face (same order) or `NO_TRACK`, and the tracks that are over.

    `parted`: tracks that were found to have another's face, each with the moment up to which they were certain.
    """

    tracks: tuple[int, ...]
    ended: tuple[int, ...]
    parted: tuple[tuple[int, Moment], ...] = ()


@dataclass(slots=True)
class _Track:
    number: int
    box: Box
    seen: Moment
    certain: Moment
    velocity: tuple[float, float] = (0.0, 0.0)
    strong: int = 0
    looks: Vector | None = None
    parted: bool = False


class _Pair(NamedTuple):
    face: int
    track: _Track
    crowded: bool


class Tracker:
    """The live tracks of one camera. Numbers count from 0 and are not used again."""

    def __init__(self, settings: Settings | None = None) -> None:
        self._settings = settings or Settings()
        self._tracks: list[_Track] = []
        self._next = 0

    def update(self, moment: Moment, faces: Sequence[Face], appearance: Appearance) -> Step:
        """Link `faces`, all those of the frame at `moment` (later than the one before)."""
        ended = self._expire(moment)
        result = [NO_TRACK] * len(faces)
        parted = []
        free = [it for it in self._tracks if moment - it.seen <= self._settings.coast and not it.parted]
        strong = [index for index, face in enumerate(faces) if face.score >= self._settings.strong]
        weak = [index for index, face in enumerate(faces) if face.score < self._settings.strong]
        for indices in (strong, weak):
            for pair in self._overlapping(moment, faces, indices, free):
                linked = self._confirmed(pair, faces[pair.face], moment, appearance)
                if linked is None:
                    pair.track.parted = True
                    parted.append((pair.track.number, pair.track.certain))
                elif linked.seen < moment:
                    self._seen(linked, faces[pair.face], moment)
                    result[pair.face] = linked.number
            free = [track for track in free if track.seen < moment and not track.parted]
        for index in (*strong, *weak):
            if result[index] == NO_TRACK:
                result[index] = self._begin(faces[index], index, moment, appearance)
        return Step(tuple(result), ended, tuple(parted))

    def finish(self) -> tuple[int, ...]:
        """End all tracks, as at the end of an hour or of the source; their numbers."""
        ended = tuple(track.number for track in self._tracks)
        self._tracks.clear()
        return ended

    def _expire(self, moment: Moment) -> tuple[int, ...]:
        over = [track for track in self._tracks if moment - track.seen > self._settings.patience]
        self._tracks = [track for track in self._tracks if moment - track.seen <= self._settings.patience]
        return tuple(track.number for track in over)

    def _overlapping(
        self, moment: Moment, faces: Sequence[Face], indices: Sequence[int], free: Sequence[_Track]
    ) -> list[_Pair]:
        """Pairs of face and track, best overlap first, each face and track once."""
        if not indices or not free:
            return []
        overlaps = overlap([faces[index].box for index in indices], [_predicted(track, moment) for track in free])
        known = np.array([track.looks is not None for track in free])
        near = (overlaps >= self._settings.near) & known
        pairs = []
        while overlaps.max() >= self._settings.overlap:
            row, column = divmod(int(overlaps.argmax()), len(free))
            crowded = bool(near[row].sum() > 1 or near[:, column].sum() > 1)
            pairs.append(_Pair(indices[row], free[column], crowded))
            overlaps[row, :] = overlaps[:, column] = -1.0
        return pairs

    def _confirmed(self, pair: _Pair, face: Face, moment: Moment, appearance: Appearance) -> _Track | None:
        """The track of a face where one is expected: mostly that, or a lost one, or None if another person's."""
        track = pair.track
        if face.score < self._settings.strong:
            return track
        looked_at = track.looks is not None
        if looked_at and not pair.crowded and track.strong % self._settings.every:
            track.strong += 1
            return track
        looks = appearance(pair.face)
        if looks is not None and not looked_at:
            track = self._lost(looks, moment) or track
        if looks is not None and track.looks is not None and float(track.looks @ looks) < self._settings.other:
            return None
        track.strong += 1
        if looks is not None:
            track.looks = looks if track.looks is None else _unit(track.looks + 0.5 * looks)
            track.certain = moment
        return track

    def _begin(self, face: Face, index: int, moment: Moment, appearance: Appearance) -> int:
        strong = face.score >= self._settings.strong
        looks = appearance(index) if strong else None
        lost = self._lost(looks, moment)
        if lost is not None:
            self._seen(lost, face, moment)
            lost.certain = moment
            return lost.number
        if len(self._tracks) >= self._settings.most:
            return NO_TRACK
        track = _Track(self._next, face.box, moment, moment, strong=int(strong), looks=looks)
        self._next += 1
        self._tracks.append(track)
        return track.number

    def _lost(self, looks: Vector | None, moment: Moment) -> _Track | None:
        """The track not seen at `moment` that looks most like `looks`, if any does enough."""
        if looks is None:
            return None
        known = [(float(t.looks @ looks), t) for t in self._tracks if t.looks is not None and t.seen < moment]
        best = max(known, key=lambda pair: pair[0], default=None)
        return best[1] if best is not None and best[0] >= self._settings.same else None

    def _seen(self, track: _Track, face: Face, moment: Moment) -> None:
        passed = moment - track.seen
        if 0 < passed <= self._settings.coast:
            moved = tuple(b - a for a, b in zip(_middle(track.box), _middle(face.box), strict=True))
            track.velocity = (
                0.5 * track.velocity[0] + 0.5 * moved[0] / passed,
                0.5 * track.velocity[1] + 0.5 * moved[1] / passed,
            )
        else:
            track.velocity = (0.0, 0.0)
        track.box = face.box
        track.seen = moment
        track.parted = False


def overlap(left: Sequence[Box], right: Sequence[Box]) -> NDArray[np.float64]:
    """Intersection over union of every pair, (len(left), len(right)), 0 to 1."""
    a, b = _corners(left)[:, None, :], _corners(right)[None, :, :]
    sides = np.minimum(a[..., 2:], b[..., 2:]) - np.maximum(a[..., :2], b[..., :2])
    shared = np.prod(np.clip(sides, 0.0, None), axis=-1)
    areas = np.prod(a[..., 2:] - a[..., :2], axis=-1) + np.prod(b[..., 2:] - b[..., :2], axis=-1)
    result: NDArray[np.float64] = shared / np.maximum(areas - shared, 1e-9)
    return result


def _corners(boxes: Sequence[Box]) -> NDArray[np.float64]:
    return np.array([(b.x, b.y, b.x + max(b.width, 0.0), b.y + max(b.height, 0.0)) for b in boxes]).reshape(-1, 4)


def _middle(box: Box) -> tuple[float, float]:
    return box.x + box.width / 2, box.y + box.height / 2


def _predicted(track: _Track, moment: Moment) -> Box:
    """Where the track would be now. It coasts for at most 300 ms: people stop and turn."""
    passed = min(moment - track.seen, 300)
    box = track.box
    return Box(box.x + track.velocity[0] * passed, box.y + track.velocity[1] * passed, box.width, box.height)


def _unit(vector: Vector) -> Vector:
    result: Vector = vector / np.linalg.norm(vector)
    return result
