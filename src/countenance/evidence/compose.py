"""Compose a disclosure in memory: pictures, page, record. Nothing of it touches a disk.

1. The photo, the best shot and the patches are fetched, held against what was signed, and opened.
2. So are the segments of footage from two seconds before the sighting until two seconds after it.
3. Frame by frame, the confirmed person's patches are put back and the copy's mark is put beneath; the frames are coded
   anew as one clip, which gets its manifest.
4. The page is written, and `disclosure.json`, which holds the digest of every other file.
5. Once the log holds the entry that names the digest of `disclosure.json`, that entry is added as `delivery.json`.
"""

import hashlib
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace

import cv2
import numpy as np
from numpy.typing import NDArray

from countenance.channel.client import Connection
from countenance.errors import Malformed, Tampered
from countenance.evidence import calibrated, figures, manifest, mark, page, sources, uncover
from countenance.evidence.entries import authorised, trail
from countenance.evidence.instructions import Task
from countenance.evidence.manifest import Signing
from countenance.faces import image
from countenance.faces.card import ExtractorCard
from countenance.formats import records
from countenance.formats.patches import Piece
from countenance.video import segments
from countenance.video.encode import Coding, SegmentEncoder
from countenance.video.frame import Frame
from countenance.vocabulary.disclosures import Composed, Disclosure, FileDigest, Logged, Model
from countenance.vocabulary.entries import Entry, Kind

VERSION = 1
# SVT-AV1's scale; finer than recording, for a face is looked at here.
QUALITY = 28
# Per cent, as JPEG counts.
QUALITY_OF_STILLS = 95
NOMINAL_RATE = 25.0
SHEET_FRAMES = 6
_MAGIC = (
    (b"\xff\xd8\xff", "jpg"),
    (b"\x89PNG", "png"),
    (b"RIFF", "webp"),
    (b"GIF8", "gif"),
    (b"BM", "bmp"),
)


@dataclass(frozen=True, slots=True, repr=False)
class Evidence:
    """A composed folder, by file name, still without `delivery.json`."""

    folder: Mapping[str, bytes]

    @property
    def digest(self) -> bytes:
        """SHA-256 of `disclosure.json`: what the log is to name."""
        return hashlib.sha256(self.folder["disclosure.json"]).digest()

    def __repr__(self) -> str:
        return f"Evidence({len(self.folder)} files)"


@dataclass(slots=True, repr=False)
class _Footage:
    """What comes of reading footage: the frames pass through, the counts stay."""

    missing: int = 0
    left_out: int = 0
    frames: int = 0
    uncovered: int = 0
    kept: list[uncover.Shown] = field(default_factory=list)


def compose(task: Task, repository: Connection, signing: Signing, *, own: ExtractorCard | None = None) -> Evidence:
    """The folder for `task`. `own`: the deployment's extractor, if it is not the built-in one.

    Raises Tampered for anything the repository altered, Unavailable if it is not there or nobody signs the clip.
    """
    entry = authorised(task.instructions)
    if hashlib.sha256(signing.authority.encode()).hexdigest() != entry.facts.get("authority"):
        raise Tampered("the log names another evidence authority than the custodian gave; the disclosure stops here")
    words = mark.words(task.instructions, entry)
    photo = sources.photo(task, repository)  # (1)
    still = sources.still(task, repository)
    pieces = sources.pieces(task, repository)
    image.load(photo)
    listed = sources.segments(task, repository)  # (2)
    footage = _Footage()
    clip = _clip(footage, _frames(task, repository, listed, footage), pieces, words)  # (3)
    models = figures.models(task.warrant.probe.extractor, own)
    folder = {
        "warrant.json": task.text,
        f"probe.{_kind(photo)}": photo,
        "probe-template.bin": task.template,
        "still.jpg": _jpeg(mark.picture(image.load(still.jpeg), words)),
    }
    if clip is not None:
        folder["clip.mp4"] = manifest.put(clip, manifest.stated(task.instructions, entry, models), signing)
        folder[manifest.AUTHORITY] = signing.authority.encode()
    if footage.kept:
        folder["frame.jpg"] = _jpeg(mark.picture(footage.kept[len(footage.kept) // 2].frame.rgb(), words))
        folder["sheet.jpg"] = _jpeg(mark.picture(uncover.sheet(footage.kept), words))
    start, end = sources.span(task)
    composed = Composed(
        start=start,
        end=end,
        frames=footage.frames,
        uncovered=footage.uncovered,
        left_out=footage.left_out,
        patches_without_frame=len(pieces) - footage.uncovered,
        segments_missing=footage.missing,
    )
    disclosure = _record(task, composed, listed, folder, models)
    folder["index.html"] = page.write(disclosure, task.warrant)  # (4)
    disclosure = replace(disclosure, files=_digests(folder))
    folder["disclosure.json"] = records.write(disclosure)
    return Evidence(folder)


def delivered(evidence: Evidence, entry: Logged) -> dict[str, bytes]:
    """The complete folder. Raises Tampered if the entry is not the delivery of this very disclosure."""
    logged = records.read(Entry, entry.preimage.entry)  # (5)
    if logged.kind is not Kind.DELIVERED or dict(logged.facts).get("evidence") != evidence.digest.hex():
        raise Tampered("the entry does not name this disclosure; nothing is handed over")
    return {**evidence.folder, "delivery.json": records.write(entry)}


def _record(
    task: Task,
    composed: Composed,
    listed: Sequence[sources.Listed],
    folder: Mapping[str, bytes],
    models: tuple[Model, ...],
) -> Disclosure:
    told = task.instructions
    return Disclosure(
        version=VERSION,
        demo=told.genesis.demo,
        instructions=told,
        composed=composed,
        segments=tuple(item.signed for item in listed),
        models=models,
        errors=figures.known_errors(task.warrant.probe.extractor, told.threshold, calibrated.used(trail(told))),
        files=_digests(folder),
    )


def _digests(folder: Mapping[str, bytes]) -> tuple[FileDigest, ...]:
    return tuple(FileDigest(name, hashlib.sha256(folder[name]).digest()) for name in sorted(folder))


def _frames(task: Task, repository: Connection, listed: Sequence[sources.Listed], footage: _Footage) -> Iterator[Frame]:
    start, end = sources.span(task)
    size: tuple[int, int] | None = None
    for item in listed:
        data = sources.footage(task, repository, item)
        if data is None:
            footage.missing += 1
            continue
        for frame in segments.decode(data, start_ms=item.record.start):
            # A clip has one size; frames from after a camera changed its own are left out.
            size = size or (frame.width, frame.height)
            if start <= frame.moment_ms <= end and (frame.width, frame.height) == size:
                yield frame


def _clip(footage: _Footage, frames: Iterator[Frame], pieces: Sequence[Piece], words: str) -> bytes | None:
    chosen = {pieces[number * (len(pieces) - 1) // max(1, SHEET_FRAMES - 1)].moment for number in range(SHEET_FRAMES)}
    encoder: SegmentEncoder | None = None
    strip = np.zeros((0, 0), np.uint8)
    for shown in uncover.uncover(frames, pieces):
        frame = shown.frame
        if shown.gap:
            footage.left_out += 1
            continue
        if encoder is None:
            strip = mark.strip(frame.width, words)
            size = (frame.width, frame.height + len(strip))
            encoder = SegmentEncoder(*size, rate=NOMINAL_RATE, coding=Coding(quality=QUALITY))
        encoder.add(mark.frame(frame, strip))
        footage.frames += 1
        footage.uncovered += shown.uncovered
        if shown.uncovered and any(abs(frame.moment_ms - moment) <= uncover.TOLERANCE for moment in chosen):
            footage.kept.append(shown)
    finished = encoder.finish() if encoder else None
    return finished.data if finished else None


def _kind(photo: bytes) -> str:
    return next((kind for magic, kind in _MAGIC if photo.startswith(magic)), "img")


def _jpeg(pixels: NDArray[np.uint8]) -> bytes:
    done, data = cv2.imencode(".jpg", pixels[:, :, ::-1], [cv2.IMWRITE_JPEG_QUALITY, QUALITY_OF_STILLS])
    if not done:
        raise Malformed("the contact sheet could not be written as a picture")
    return data.tobytes()
