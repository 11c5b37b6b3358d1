"""Trials: from images to templates, with as many processes as there are processors.

Invariants:

* Every row ends as `Acquired` or as `Lost`, in the order of the rows, whatever the number of processes.
* An image of exactly the extractor's input size is taken as aligned, unless its row says otherwise, and counted.
* No message names an image: in such sets its name is often a person's.
* Of several faces in an image the subject is one at least twice as large as any other, or nobody.
"""

import hashlib
import multiprocessing
import os
import signal
import threading
from collections.abc import Callable, Iterator, Mapping, Sequence
from concurrent.futures import BrokenExecutor, ProcessPoolExecutor
from dataclasses import dataclass, replace
from importlib import metadata
from pathlib import Path

from countenance import faces
from countenance.errors import Malformed, Unavailable
from countenance.evaluation.kept import Kept
from countenance.evaluation.manifest import Row
from countenance.faces import written
from countenance.faces.image import MAXIMUM_BYTES
from countenance.faces.quality import measured
from countenance.vocabulary.evaluation import Acquired, Failure, Lost

CHUNK = 16
"""Images that a process takes at once."""
LARGER = 2.0
"""Of several faces, how many times as large as the next the subject's must be."""
Progress = Callable[[int], None]
Outcome = Acquired | Lost
Cards = Sequence[faces.DetectorCard | faces.ExtractorCard]


@dataclass(frozen=True, slots=True)
class _Task:
    row: int
    path: Path
    aligned: bool | None


def extract(
    rows: Sequence[Row],
    folder: Path,
    cards: Cards = (),
    *,
    processes: int = 1,
    kept: Path | None = None,
    progress: Progress = lambda _images: None,
) -> list[Outcome]:
    """What became of each of `rows`, whose images lie below `folder`.

    `kept`: a file of templates of an earlier run, used and written again. Raises Malformed, Unavailable.
    """
    tasks = [_Task(at, folder / row.image, row.aligned) for at, row in enumerate(rows)]
    known = Kept(kept, _makers(cards))
    found: list[Outcome] = []
    seen: set[bytes] = set()
    try:
        for digests, outcomes in _worked(tasks, tuple(cards), known, processes):
            for digest, outcome in zip(digests, outcomes, strict=True):
                twice = digest in seen and isinstance(outcome, Acquired)
                found.append(Lost(outcome.row, Failure.TWICE) if twice else outcome)
                seen.add(digest)
                if isinstance(outcome, Acquired):
                    known.add(digest, outcome)
            progress(len(outcomes))
    finally:
        # Also of a run that was stopped: the next goes on from there.
        known.write()
    return found


def extractor(cards: Cards) -> faces.ExtractorCard:
    """The extractor among `cards`, or the built-in one."""
    built_in = faces.built_in("sface")
    return next(one for one in (*cards, built_in) if isinstance(one, faces.ExtractorCard))


def _makers(cards: Cards) -> bytes:
    """SHA-256 of what an image's template and quality depend on but the image: both models, and this release."""
    chosen, built_in = extractor(cards), faces.built_in("yunet")
    detector = next(one for one in (*cards, built_in) if isinstance(one, faces.DetectorCard))
    looks = (detector.file.sha256, detector.pixels, detector.multiple, detector.longest, detector.glance)
    facts = (chosen.digest, chosen.seen, *looks, detector.largest, detector.detection, detector.overlap)
    return hashlib.sha256(repr((*facts, metadata.version("countenance"))).encode()).digest()


def _worked(
    tasks: Sequence[_Task], cards: Cards, known: Kept, processes: int
) -> Iterator[tuple[list[bytes], list[Outcome]]]:
    """Digests and outcomes of chunk after chunk. Images whose template is known are not looked at again."""
    chunks = [tasks[at : at + CHUNK] for at in range(0, len(tasks), CHUNK)]
    if processes < 2 or len(chunks) < 2:
        worker = _Worker(cards, known.held)
        for chunk in chunks:
            yield worker.chunk(chunk)
        return
    context = multiprocessing.get_context("spawn")
    pool = ProcessPoolExecutor(processes, context, initializer=_start, initargs=(cards, known.held))
    try:
        yield from pool.map(_run, chunks)
    except (OSError, BrokenExecutor) as error:
        raise Unavailable("a process that extracts templates ended: there may be too little memory") from error
    finally:
        pool.shutdown(cancel_futures=True)


class _Worker:
    """An engine and what it does with a task. The engine is opened when it is first needed."""

    def __init__(self, cards: Cards, held: Mapping[bytes, Acquired]) -> None:
        self._cards = cards
        self._held = held
        self._opened: faces.Engine | None = None

    def chunk(self, tasks: Sequence[_Task]) -> tuple[list[bytes], list[Outcome]]:
        """What became of each task."""
        digests: list[bytes] = []
        outcomes: list[Outcome] = []
        for task in tasks:
            try:
                # A device or a pipe would never end.
                regular = task.path.is_file() and task.path.stat().st_size <= MAXIMUM_BYTES
                data = task.path.read_bytes() if regular else None
            except (OSError, ValueError):
                data = None
            if data is None:
                digests.append(b"")
                outcomes.append(Lost(task.row, Failure.MISSING))
                continue
            digest = hashlib.sha256(data + bytes([task.aligned is not None, bool(task.aligned)])).digest()
            known = self._held.get(digest)
            digests.append(digest)
            outcomes.append(replace(known, row=task.row) if known else self._one(task, data))
        return digests, outcomes

    def _one(self, task: _Task, data: bytes) -> Outcome:
        if task.path.suffix.lower() == ".json":
            return self._template(task, data)
        engine = self._engine()
        try:
            image = faces.load(data)
        except Malformed:
            return Lost(task.row, Failure.DAMAGED)
        card = engine.extractor.card
        fits = image.shape[:2] == (card.height, card.width)
        if task.aligned and not fits:
            return Lost(task.row, Failure.SIZE)
        if fits and task.aligned is not False:
            template, quality = measured(image, _whole(card), image, engine.extractor, hidden=False)
            return Acquired(task.row, template.values, quality.value, aligned=True)
        found = engine.subjects(image)
        if not found:
            return Lost(task.row, Failure.NO_FACE)
        subject = _subject(found)
        if subject is None:
            return Lost(task.row, Failure.SEVERAL)
        template, quality = measured(image, subject, engine.sample(image, subject), engine.extractor, hidden=False)
        return Acquired(task.row, template.values, quality.value, aligned=False)

    def _template(self, task: _Task, data: bytes) -> Outcome:
        """A template that `countenance faces extract --out` wrote."""
        try:
            template = written.read(data)
        except Malformed:
            return Lost(task.row, Failure.DAMAGED)
        card = extractor(self._cards)
        if (template.extractor, template.dimension) != (card.digest, card.dimension):
            return Lost(task.row, Failure.OTHER)
        return Acquired(task.row, template.values, -1, aligned=False)

    def _engine(self) -> faces.Engine:
        if self._opened is None:
            self._opened = faces.Engine(*self._cards)
        return self._opened


def _whole(card: faces.ExtractorCard) -> faces.Face:
    """The face in an image that is a sample already: all of it, the landmarks where the card wants them."""
    right, left, nose, corner, other = card.points
    return faces.Face(faces.Box(0, 0, card.width, card.height), (right, left, nose, corner, other), 1.0)


def _subject(found: Sequence[faces.Face]) -> faces.Face | None:
    """Whom the image is of: the only face, or one twice as large as any other."""
    by_size = sorted(found, key=lambda face: -face.box.area)
    clear = len(by_size) == 1 or by_size[0].box.area >= LARGER * by_size[1].box.area
    return by_size[0] if clear else None


# A pool's process has one worker, and its tasks no other way to it.
_working: list[_Worker] = []


def _start(cards: Cards, held: Mapping[bytes, Acquired]) -> None:
    """In a new process: what it works with. Ctrl-C is the parent's to answer; when the parent is gone, so is this."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    threading.Thread(target=_follow, daemon=True).start()
    _working.append(_Worker(cards, held))


def _follow() -> None:
    """Wait for the parent's end, however it comes, and end: templates of others lie in this memory."""
    parent = multiprocessing.parent_process()
    if parent is not None:
        parent.join()
        os._exit(1)


def _run(tasks: Sequence[_Task]) -> tuple[list[bytes], list[Outcome]]:
    return _working[0].chunk(tasks)
