"""What covering leaves behind: faces still to be found in stored footage, and what the picture outside lost.

    python benchmarks/redaction.py [--clips DIR] [--every N] [--frames N] [--json]

Each clip runs through the edge as in `countenance watch`: detected, tracked, covered, encoded, encrypted into a spool.
The spool's segments are then decrypted and decoded, and frame by frame held against the source:

* *found* are faces that our detector (YuNet, at its recognition threshold) or an independent one (dlib's HOG, which saw
  other training data and works differently) finds in the source frame;
* of these, *left* are the ones that either detector finds at that place in the stored frame. Each is counted by who
  found it in the source; what only the independent one found is told apart, since no cover can rest on it, and some of
  it is no face. `new` are findings in stored frames where the source had none;
* SSIM (luma) is taken outside covered boxes, covered area over frames not covered whole.

Without `--clips` the demo's footage is made, and held against its ground truth too: which faces, by how much of them is
to be seen, had more than a third of their box left open. Every frame is covered; every `--every`th is compared.
"""

import argparse
import dataclasses
import json
import sys
import tempfile
import time
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from pathlib import Path

import dlib
import numpy as np
from numpy.typing import NDArray
from rich.console import Console
from rich.table import Table
from skimage.metrics import structural_similarity

from countenance import faces
from countenance.cli.demo import footage, ground_truth, portraits
from countenance.crypto import derive, segment
from countenance.errors import Malformed
from countenance.faces import cover
from countenance.faces.detector import Detector
from countenance.formats import records
from countenance.video import segments
from countenance.video.decode import Reader, Source
from countenance.video.frame import Frame
from countenance.vocabulary.faces import Box
from countenance.vocabulary.requests import Signed
from countenance.vocabulary.sightings import SegmentRecord
from countenance.zones.edge.examine import Examined, Examiner, covering_card
from countenance.zones.edge.recorder import Recorder
from countenance.zones.edge.spool import Spool
from edge import START, workshop

SUFFIXES = {".mp4", ".mkv", ".mov", ".avi", ".webm", ".ts"}
# Pixels on the longer side up to which dlib gets the picture doubled, as face_recognition does: faces from 40 pixels.
DOUBLED = 1920
# Of one place: this much overlap (intersection over union), or the middle of the one inside the other.
SAME_PLACE = 0.3
# Pixels that SSIM's window reaches across the border of a covered box.
WINDOW = 4
# Share of a face's box, within the picture, from which on it counts as left open.
OPEN = 1 / 3


@dataclass(slots=True)
class Count:
    """Sums over the compared frames of one or more clips."""

    frames: int = 0
    compared: int = 0
    whole: int = 0
    found: dict[str, int] = field(default_factory=lambda: dict.fromkeys(("both", "ours", "independent"), 0))
    left: dict[str, int] = field(default_factory=lambda: dict.fromkeys(("both", "ours", "independent"), 0))
    new: int = 0
    similarity: list[float] = field(default_factory=list)
    area: list[float] = field(default_factory=list)
    where: list[str] = field(default_factory=list)
    truth: dict[str, list[int]] = field(default_factory=dict)

    def add(self, other: "Count") -> None:
        """Sum."""
        for name in ("frames", "compared", "whole", "new"):
            setattr(self, name, getattr(self, name) + getattr(other, name))
        for name in self.found:
            self.found[name] += other.found[name]
            self.left[name] += other.left[name]
        self.similarity += other.similarity
        self.area += other.area
        self.where += other.where
        for band, (faces_in_it, still_open) in other.truth.items():
            self.note(band, faces_in_it, still_open)

    def note(self, band: str, faces_in_it: int, still_open: int) -> None:
        """Faces of the ground truth, by how much of them is shown, and how many of these were left open."""
        before = self.truth.get(band, [0, 0])
        self.truth[band] = [before[0] + faces_in_it, before[1] + still_open]

    def plain(self) -> dict[str, object]:
        """The benchmark's JSON."""
        return {
            "frames": self.frames,
            "faces_in_source": sum(self.found.values()),
            "faces_in_stored": sum(self.left.values()),
            "ssim_outside": round(float(np.mean(self.similarity)), 4) if self.similarity else None,
            "covered_area": round(float(np.mean(self.area)), 4) if self.area else None,
            "covered_whole": round(self.whole / max(1, self.frames), 4),
            "frames_compared": self.compared,
            "ssim_outside_least": round(min(self.similarity), 4) if self.similarity else None,
            "source_found_by": self.found,
            "stored_found_by": self.left,
            "new_in_stored": self.new,
            "residue": self.where,
            "ground_truth": self.truth,
        }


class Watched(Recorder):
    """A recorder that notes which boxes it covers, frame by frame; it covers exactly as its parent does."""

    covered: list[list[cover.Region] | None]

    def _leave(self, planned: "cover.Planned[Examined]") -> None:
        self.covered.append(None if planned.whole else self._regions(planned.boxes))
        super()._leave(planned)


class Finders:
    """The two detectors."""

    def __init__(self) -> None:
        self._ours = Detector(covering_card(faces.built_in("yunet")))
        self._independent = dlib.get_frontal_face_detector()

    def ours(self, picture: NDArray[np.uint8]) -> list[Box]:
        """By YuNet at its recognition threshold."""
        return [face.box for face in self._ours.detect(picture)]

    def independent(self, picture: NDArray[np.uint8]) -> list[Box]:
        """By dlib's HOG detector at its own default threshold."""
        doubled = 1 if max(picture.shape) <= DOUBLED else 0
        found = self._independent(picture, doubled)
        return [Box(r.left(), r.top(), r.width(), r.height()) for r in found]


def measure(clips: Sequence[Path], *, every: int = 3, most: int = 0) -> tuple[Count, dict[str, Count]]:
    """All clips together, and by name. `most`: frames of each clip, 0 for all."""
    finders, total, by_clip = Finders(), Count(), {}
    for clip in clips:
        with tempfile.TemporaryDirectory() as scratch:
            stored, covered = _record(clip, Path(scratch), most)
            by_clip[clip.name] = _compare(clip, stored, covered, finders, every)
            by_clip[clip.name].add(_against_truth(clip, covered))
        total.add(by_clip[clip.name])
    return total, by_clip


def _record(clip: Path, scratch: Path, most: int) -> tuple[list[tuple[int, bytes]], list[list[cover.Region] | None]]:
    """The stored segments, decrypted, and what was covered in each frame."""
    tools = workshop(scratch, "av1")
    detector = Detector(covering_card(faces.built_in("yunet")))
    with Reader(Source(str(clip))) as reader:
        examiner = Examiner(detector, tools.extractor, extracts=lambda _hour: True, shares=tools.shares)
        recorder = Watched(tools, rate=reader.rate)
        recorder.covered = []
        for frame in reader:
            recorder.keep(examiner.examine(dataclasses.replace(frame, moment_ms=START + frame.moment_ms)))
            if frame.index + 1 == most:
                break
        recorder.finish()
    spool = Spool(scratch / "spool", most=1 << 40)
    pieces = []
    for item in (spool.read(number) for number in spool.numbers):
        if item.verb != "edge.segment":
            continue
        record = records.read(SegmentRecord, records.read(Signed, item.blobs[0]).body)
        lease = tools.leases.get(record.hour)
        assert lease is not None
        key = derive.subkey(lease.footage_key, record.segment)
        pieces.append((record.start, segment.decrypt(key, item.blobs[1])))
    return sorted(pieces), recorder.covered


def _compare(
    clip: Path,
    pieces: list[tuple[int, bytes]],
    covered: list[list[cover.Region] | None],
    finders: Finders,
    every: int,
) -> Count:
    count = Count(frames=len(covered), whole=sum(regions is None for regions in covered))
    for source, stored in _pairs(clip, pieces, len(covered)):
        if source.index % every:
            continue
        regions = covered[source.index]
        count.compared += 1
        count.add(_residue(clip, source, stored, finders))
        if regions is not None:
            outside = _outside(source.width, source.height, regions)
            count.area.append(1 - float(outside.mean()))
            count.similarity.append(_similarity(source, stored, outside))
    return count


def _pairs(clip: Path, pieces: list[tuple[int, bytes]], frames: int) -> Iterator[tuple[Frame, Frame]]:
    read = 0
    with Reader(Source(str(clip))) as reader:
        for source, stored in zip(reader, segments.decode_all(pieces), strict=False):
            if abs(stored.moment_ms - START - source.moment_ms) > 1:
                raise Malformed(f"{clip.name}: stored frame {stored.index} is not of the moment of the source's")
            read += 1
            yield source, stored
    if read != frames:
        raise Malformed(f"{clip.name}: {frames} frames went in, {read} are stored")


def _residue(clip: Path, source: Frame, stored: Frame, finders: Finders) -> Count:
    count = Count()
    before, after = source.rgb(), stored.rgb()
    ours, independent = finders.ours(before), finders.independent(before)
    left = finders.ours(after) + finders.independent(after)
    in_source = [("both" if _any(box, independent) else "ours", box) for box in ours]
    in_source += [("independent", box) for box in independent if not _any(box, ours)]
    for who, box in in_source:
        count.found[who] += 1
        if _any(box, left):
            count.left[who] += 1
            count.where.append(
                f"{clip.name} frame {source.index} by {who} at {box.x:.0f},{box.y:.0f} {box.width:.0f} px"
            )
    new = [box for box in left if not _any(box, [place for _, place in in_source])]
    count.new = len(new)
    count.where += [f"{_place(clip, source, box)} only in the stored frame" for box in new]
    return count


def _place(clip: Path, frame: Frame, box: Box) -> str:
    return f"{clip.name} frame {frame.index} at {box.x:.0f},{box.y:.0f}, {box.width:.0f} wide:"


def _any(box: Box, others: Sequence[Box]) -> bool:
    return any(_same_place(box, other) for other in others)


def _same_place(a: Box, b: Box) -> bool:
    across = min(a.x + a.width, b.x + b.width) - max(a.x, b.x)
    down = min(a.y + a.height, b.y + b.height) - max(a.y, b.y)
    shared = max(0.0, across) * max(0.0, down)
    return shared > SAME_PLACE * (a.area + b.area - shared) or _holds(a, b) or _holds(b, a)


def _holds(outer: Box, inner: Box) -> bool:
    x, y = inner.x + inner.width / 2, inner.y + inner.height / 2
    return outer.x < x < outer.x + outer.width and outer.y < y < outer.y + outer.height


def _outside(width: int, height: int, regions: Sequence[cover.Region]) -> NDArray[np.bool_]:
    outside = np.ones((height, width), bool)
    for part in regions:
        outside[part.y : part.y + part.height, part.x : part.x + part.width] = False
    return outside


def _against_truth(clip: Path, covered: list[list[cover.Region] | None]) -> Count:
    count, path = Count(), clip.parent / footage.TRUTH
    if not path.exists():
        return count
    camera = ground_truth.read(path).cameras[clip.stem]
    for seen, regions in zip(camera.frames, covered, strict=False):
        outside = _outside(camera.width, camera.height, regions or ())
        for it in seen:
            band = "over 60 %" if it.shown >= 0.6 else "20 to 60 %" if it.shown >= 0.2 else "under 20 %"
            left, top = max(0, round(it.box.x)), max(0, round(it.box.y))
            place = outside[top : round(it.box.y + it.box.height), left : round(it.box.x + it.box.width)]
            count.note(band, 1, int(regions is not None and place.size > 0 and place.mean() > OPEN))
    return count


def _similarity(source: Frame, stored: Frame, outside: NDArray[np.bool_]) -> float:
    """Mean SSIM of luma where no covered pixel is in the window (7 pixels, so 3 on each side)."""
    _, everywhere = structural_similarity(source.planes[0], stored.planes[0], full=True, data_range=255)
    kept = _eroded(outside)
    return float(everywhere[kept].mean()) if kept.any() else 1.0


def _eroded(mask: NDArray[np.bool_]) -> NDArray[np.bool_]:
    whole = np.pad(mask, WINDOW, mode="edge")
    rows = np.lib.stride_tricks.sliding_window_view(whole, 2 * WINDOW + 1, axis=0).all(axis=-1)
    return np.asarray(np.lib.stride_tricks.sliding_window_view(rows, 2 * WINDOW + 1, axis=1).all(axis=-1), bool)


def main() -> int:
    """Measure and print."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--clips", type=Path, help="a folder of videos, or one video")
    parser.add_argument("--every", type=int, default=3, help="compare every Nth frame (default 3)")
    parser.add_argument("--frames", type=int, default=0, help="at most so many frames of each clip")
    parser.add_argument("--json", action="store_true")
    arguments = parser.parse_args()
    with tempfile.TemporaryDirectory() as scratch:
        clips = _clips(arguments.clips, Path(scratch))
        started = time.monotonic()
        total, by_clip = measure(clips, every=max(1, arguments.every), most=arguments.frames)
    if arguments.json:
        print(json.dumps({**total.plain(), "clips": {name: count.plain() for name, count in by_clip.items()}}))
        return 0
    _print({**by_clip, "all": total})
    for band, (faces_in_it, still_open) in sorted(total.truth.items()):
        print(f"  faces of which {band} is to be seen: {faces_in_it}, left open: {still_open}")
    for line in total.where:
        print(f"  {line}", file=sys.stderr)
    print(f"{time.monotonic() - started:.0f} s, every {arguments.every}. frame compared", file=sys.stderr)
    return 0


def _clips(given: Path | None, scratch: Path) -> list[Path]:
    if given is None:
        footage.render(scratch, portraits.read())
        given = scratch
    clips = [given] if given.is_file() else sorted(p for p in given.glob("*") if p.suffix.lower() in SUFFIXES)
    if not clips:
        raise Malformed("there are no videos in that folder; give one with MP4 or Matroska files")
    return clips


def _print(counts: dict[str, Count]) -> None:
    table = Table(title="Covering: faces found in the source / still found in the stored frame")
    names = ("clip", "frames", "by both", "by ours only", "by dlib only", "new", "SSIM outside", "area", "whole")
    for name in names:
        table.add_column(name, justify="left" if name == "clip" else "right")
    for name, count in counts.items():
        plain = count.plain()
        found = [f"{count.found[who]} / {count.left[who]}" for who in ("both", "ours", "independent")]
        rest = [plain["ssim_outside"], plain["covered_area"], plain["covered_whole"]]
        table.add_row(name, str(count.frames), *found, str(count.new), *map(str, rest))
    Console(width=120).print(table)


if __name__ == "__main__":
    raise SystemExit(main())
