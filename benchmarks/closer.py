"""A closer look: what it does for the templates of small faces, and what it costs.

Aligned photos beside this checkout (`../shared/faces/manifest-dev.csv`, or `--manifest FILE`), of people with at least
two, are made smaller (area), continued at their edges and put on a grey wall of 640 x 360 pixels; the face nearest to
where the photo is is taken. Both ways see the same detections. Of all pairs: the share of mated ones above the
threshold at which so many non-mated ones are (1 - FNMR at FMR), with bounds from how the people differ.
"""

import argparse
import json
import statistics
import sys
import time
from collections import Counter
from pathlib import Path

import cv2
import numpy as np
from rich.console import Console
from rich.progress import track
from rich.table import Table

from countenance import faces
from countenance.evaluation import manifest, pairs, rates, verification
from countenance.faces import closer
from countenance.faces.extractor import values

BESIDE = Path(__file__).resolve().parents[2] / "shared" / "faces" / "manifest-dev.csv"
SCALES = (0.5, 0.4, 0.3, 0.22)
WALL, AT, EDGE = (360, 640, 3), 100, 40
NEAR = 15
"""Pixels from the middle of the photo within which a face is the one that is meant."""
FMRS = (1e-2, 1e-3, 1e-4)


def main() -> None:
    """Measure and print."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--manifest", type=Path, default=BESIDE)
    parser.add_argument("--images", type=int, default=1680)
    parser.add_argument("--json", action="store_true")
    options = parser.parse_args()
    if not options.manifest.is_file():
        sys.exit("malformed: there is no such manifest: name one with --manifest (image,subject)")
    table = manifest.read(options.manifest)
    counts = Counter(row.subject for row in table.rows)
    rows = [row for row in table.rows if counts[row.subject] > 1][: options.images]
    engine = faces.Engine()
    found = [measured(engine, table.folder, rows, scale) for scale in SCALES]
    if options.json:
        print(json.dumps(found))
        return
    shown = Table("face, pixels", "found", "FMR", "first look", "closer look", "closer look / extraction, time")
    for one in found:
        for at, fmr in enumerate(FMRS):
            first, second = (one[name][at] for name in ("plain", "closer"))
            first, second = (f"{v:.3f} ({low:.3f} to {high:.3f})" for v, low, high in (first, second))
            head = (f"{one['height']:.0f}", str(one["faces"])) if not at else ("", "")
            shown.add_row(*head, f"{fmr:g}", first, second, f"{one['cost']:.2f}" if not at else "")
    Console(width=130).print(shown)


def measured(engine: faces.Engine, folder: Path, rows: list[manifest.Row], scale: float) -> dict[str, object]:
    """Both ways at one size."""
    plain, again, subjects, heights, looks, extractions = [], [], [], [], [], []
    for row in track(rows, f"scale {scale}", console=Console(stderr=True), transient=True):
        wall, middle = walled(faces.load(folder / row.image), scale)
        near = [face for face in engine.detect(wall, threshold=0.5) if distance(face, middle) < NEAR]
        if not near:
            continue
        begun = time.perf_counter()
        plain.append(values(engine.extractor.extract(faces.align(wall, near[0], engine.extractor.card))))
        between = time.perf_counter()
        sample = closer.sample(engine.detector, wall, near[0], engine.extractor.card)
        looks.append(time.perf_counter() - between)
        extractions.append(between - begun)
        again.append(values(engine.extractor.extract(sample)))
        subjects.append(row.subject)
        heights.append(near[0].box.height)
    numbers = {name: at for at, name in enumerate(dict.fromkeys(subjects))}
    codes = [numbers[name] for name in subjects]
    return {
        "height": statistics.median(heights),
        "faces": len(subjects),
        "plain": shares(np.array(plain), codes),
        "closer": shares(np.array(again), codes),
        "cost": statistics.median(looks) / statistics.median(extractions),
    }


def shares(templates: np.ndarray, subjects: list[int]) -> list[tuple[float, float, float]]:
    """1 - FNMR with bounds at each of FMRS."""
    ready = pairs.prepare(templates, subjects)
    tallied = pairs.count(ready)
    same = ready.subjects[:, np.newaxis] == ready.subjects
    np.fill_diagonal(same, val=False)
    scores = ready.values @ ready.values.T
    found = []
    for fmr in FMRS:
        threshold, _ = verification.at_fmr(tallied, fmr)
        missed = verification.by_subject(ready, (same & (scores < threshold)).sum(axis=1).astype(np.float64))
        trials = verification.by_subject(ready, same.sum(axis=1).astype(np.float64))
        rate = rates.of_subjects(missed[:, np.newaxis], trials, counted=2).at(0)
        found.append((1 - rate.value, 1 - rate.high, 1 - rate.low))
    return found


def walled(image: faces.Image, scale: float) -> tuple[faces.Image, tuple[float, float]]:
    """The photo, smaller, on a wall; and where its middle is."""
    small = cv2.resize(image, None, fx=scale, fy=scale, interpolation=cv2.INTER_AREA)
    small = cv2.copyMakeBorder(small, EDGE, EDGE, EDGE, EDGE, cv2.BORDER_REFLECT)
    wall = np.full(WALL, 128, np.uint8)
    wall[AT : AT + small.shape[0], AT : AT + small.shape[1]] = small
    return wall, (AT + small.shape[1] / 2, AT + small.shape[0] / 2)


def distance(face: faces.Face, middle: tuple[float, float]) -> float:
    """Pixels from a face's middle, along the farther axis."""
    box = face.box
    return max(abs(box.x + box.width / 2 - middle[0]), abs(box.y + box.height / 2 - middle[1]))


if __name__ == "__main__":
    main()
