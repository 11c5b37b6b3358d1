"""What more could be had from the same extractor, and at what price: fusion, alignment, normalisation, margins.

    python benchmarks/accuracy.py FOLDER [--kept DIR] [--rounds N] [--json]

FOLDER holds a folder a person with aligned photographs of 112 x 112 pixels, as of Labeled Faces in the Wild. In every
round the people are split in two by lot, and drawn with replacement within each half. Thresholds are set on one half:
for an FPIR of 1 % at galleries of 500 people (one photo each, four galleries a half), and for an FMR of 1e-4. The
other half gives TPIR (mated probes of people in a gallery), FPIR (probes of people in none) and TPR; then the halves
change places. A variant is compared with the baseline in the same round, on the same people, galleries and photos; the
bounds hold 95 of 100 rounds. "photos" compares photos with photos. In "sightings" the gallery is of photos made worse
as cameras do: fewer pixels, motion, little light, noise, compression, one of them by lot for each.
"""

import argparse
import json
from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from pathlib import Path

import cv2
import numpy as np
from numpy.typing import NDArray
from rich.box import MARKDOWN
from rich.console import Console
from rich.table import Table

from countenance import faces
from countenance.faces.extractor import values
from quality import blurred, exposed, recompressed, smaller

Photo = NDArray[np.uint8]
Matrix = NDArray[np.float32]
Rows = NDArray[np.intp]
GALLERY, GALLERIES, COHORT = 500, 4, 200
FPIR, FMR = 0.01, 1e-4
MARGINS = (0.0, 0.02, 0.04, 0.06, 0.08, 0.1, 0.15)
CAMERA = (smaller(20), smaller(14), smaller(10), blurred(1), blurred(2), exposed(0.4, 2), exposed(0.15, 2),
          exposed(1, 12), exposed(1, 25), recompressed(20), recompressed(8))  # fmt: skip


def mirrored(photo: Photo) -> Photo:
    """Left for right."""
    return np.ascontiguousarray(photo[:, ::-1])


def aligned(scale: float, down: float = 0.0) -> Callable[[Photo], Photo]:
    """Cut out `scale` times as large, about the middle, and `down` pixels lower."""
    middle = 56 * (1 - scale)
    matrix = np.array([[scale, 0, middle], [0, scale, middle + down]], np.float64)
    return lambda photo: np.asarray(cv2.warpAffine(photo, matrix, (112, 112), flags=cv2.INTER_LINEAR), np.uint8)


FORMS: dict[str, Callable[[Photo], Photo]] = {
    "plain": lambda photo: photo,
    "mirrored": mirrored,
    "5 % tighter": aligned(1.05),
    "5 % looser": aligned(0.95),
    "10 % tighter": aligned(1.1),
    "10 % looser": aligned(0.9),
    "3 pixels lower": aligned(1, 3),
    "3 pixels higher": aligned(1, -3),
}
# Crops for pictures that our detector finds faces in, and the form with the same crop, whose threshold is taken.
UNCROPPED = {"as it is": (1.0, "plain"), "5 % looser": (0.95, "5 % looser"), "5 % tighter": (1.05, "5 % tighter"),
             "10 % looser": (0.9, "10 % looser"), "10 % tighter": (1.1, "10 % tighter")}  # fmt: skip
SHOTS = ("sighting", "second shot", "third shot")


@dataclass(frozen=True, slots=True, repr=False)
class People:
    """Whose each photo is, and templates by form; of sightings too, under "sighting" and "sighting mirrored"."""

    person: Rows
    forms: dict[str, Matrix]

    def photos(self) -> list[Rows]:
        """Each person's photos."""
        return [np.flatnonzero(self.person == who) for who in range(int(self.person.max()) + 1)]

    def mean(self, *names: str) -> Matrix:
        """Templates of several forms, fused."""
        return unit(np.sum([self.forms[name] for name in names], axis=0))


def unit(vectors: Matrix) -> Matrix:
    """Brought to unit length, each."""
    return vectors / np.linalg.norm(vectors, axis=-1, keepdims=True)


def extracted(folder: Path, kept: Path | None) -> People:
    """All photos in all forms; from `kept`, where they are there."""
    paths = sorted(folder.glob("*/*.jpg"))
    person = np.unique([path.parent.name for path in paths], return_inverse=True)[1]
    engine, console = faces.Engine(), Console(stderr=True)
    forms: dict[str, Matrix] = {}
    for name in (*FORMS, *SHOTS, *(f"{name} mirrored" for name in SHOTS)):
        file = kept / f"{name.replace(' ', '-').replace('%', 'percent')}.npy" if kept else None
        if file is None or not file.exists():
            made = np.array([_template(engine, path, name, number) for number, path in enumerate(paths)])
            console.print(f"{name}: {len(paths)} templates")
            if file is not None:
                np.save(file, made)
        forms[name] = np.load(file) if file is not None else made
    return People(person, forms)


def _template(engine: faces.Engine, path: Path, name: str, number: int) -> Matrix:
    photo, extractor = faces.load(path), engine.extractor
    if name in FORMS:
        return values(extractor.extract(FORMS[name](photo)))
    random = np.random.default_rng(number + 100_000 * SHOTS.index(name.removesuffix(" mirrored")))
    worse = CAMERA[random.integers(len(CAMERA))](photo, random)
    sample = np.asarray(cv2.resize(worse, (112, 112), interpolation=cv2.INTER_LINEAR), np.uint8)
    return values(extractor.extract(mirrored(sample) if name.endswith("mirrored") else sample))


Normal = Callable[[Matrix, Matrix, Matrix], Matrix]


def cosine(scores: Matrix, _probes: Matrix, _references: Matrix) -> Matrix:
    """The score as it is."""
    return scores


def by_probe(scores: Matrix, probes: Matrix, _references: Matrix) -> Matrix:
    """Against the probe's scores with the cohort (t-normalisation); here as thousandths of a cosine."""
    return (scores - probes.mean(axis=1, keepdims=True)) / probes.std(axis=1, keepdims=True)


def by_reference(scores: Matrix, _probes: Matrix, references: Matrix) -> Matrix:
    """Against the reference's scores with the cohort (z-normalisation)."""
    return (scores - references.mean(axis=1)[None]) / references.std(axis=1)[None]


def by_both(scores: Matrix, probes: Matrix, references: Matrix) -> Matrix:
    """The mean of the two (s-normalisation)."""
    return (by_probe(scores, probes, references) + by_reference(scores, probes, references)) / 2


@dataclass(frozen=True, slots=True, repr=False)
class Variant:
    """One way of comparing: templates of the gallery and of probes, normalisation, margin rule, photos a probe."""

    name: str
    gallery: Matrix
    probes: Matrix
    normal: Normal = cosine
    margins: tuple[float, ...] = (0.0,)
    photos: int = 1


@dataclass(frozen=True, slots=True, repr=False)
class Trial:
    """A gallery: its photos; `mated` probes (k photos each) with the places of their mates; probes of `strangers`."""

    references: Rows
    mated: Rows
    places: Rows
    strangers: Rows


def trials(half: Rows, photos: list[Rows], most: int, random: np.random.Generator) -> Iterator[Trial]:
    """Galleries of people of this half, and probes of `most` photos of those who have them."""
    for _ in range(GALLERIES):
        inside = random.permutation(half)[:GALLERY]
        shuffled = {who: random.permutation(photos[who]) for who in half}
        mated = [(shuffled[who][1 : 1 + most], place) for place, who in enumerate(inside) if len(photos[who]) > most]
        if most == 1:
            mated = [(one[None], at) for at, who in enumerate(inside) for one in shuffled[who][1:]]
        outside = np.setdiff1d(half, inside)
        strangers = [shuffled[who][:most] for who in outside if len(photos[who]) >= most]
        if most == 1:
            strangers = [one[None] for who in outside for one in shuffled[who]]
        references = np.array([shuffled[who][0] for who in inside])
        probes, places = zip(*mated, strict=True)
        yield Trial(references, np.array(probes), np.array(places), np.array(strangers))


@dataclass(frozen=True, slots=True, repr=False)
class Seen:
    """What a half gave. Mated probes: the mate's score, its lead, weight. Strangers: best score, its lead, weight."""

    mate: Matrix
    lead: Matrix
    weight: Matrix
    stranger: Matrix
    gap: Matrix
    heft: Matrix

    def rates(self, threshold: float, margin: float) -> tuple[float, float]:
        """TPIR and FPIR."""
        hit = (self.mate >= threshold) & ((margin == 0) | (self.lead >= margin))
        false = (self.stranger >= threshold) & (self.gap >= margin)
        return float(self.weight @ hit / self.weight.sum()), float(self.heft @ false / self.heft.sum())

    def setting(self, margins: tuple[float, ...]) -> tuple[float, float]:
        """The threshold and margin with the highest TPIR at the FPIR allowed."""
        best = (-1.0, 1.0, 0.0)
        for margin in margins:
            threshold = weighted(np.where(self.gap >= margin, self.stranger, -9), self.heft, FPIR)
            best = max(best, (self.rates(threshold, margin)[0], threshold, margin))
        return best[1], best[2]


def weighted(scores: Matrix, weights: Matrix, share: float, total: float | None = None) -> float:
    """The least threshold that at most `share` of the weight reaches."""
    order = np.argsort(-scores)
    reached = np.cumsum(weights[order]) / (weights.sum() if total is None else total)
    first = int(np.searchsorted(reached, share, side="right"))
    return float(np.nextafter(scores[order][min(first, len(order) - 1)], np.float32(9)))


def seen(variant: Variant, people: People, held: list[Trial], weight: Matrix, cohort: Rows) -> Seen:
    """All trials of a half."""
    parts: list[tuple[Matrix, ...]] = []
    for trial in held:
        references = variant.gallery[trial.references]
        columns = []
        for rows in (trial.mated, trial.strangers):
            probes = unit(variant.probes[rows[:, : variant.photos]].sum(axis=1))
            with_cohort = (probes @ variant.gallery[cohort].T, references @ variant.probes[cohort].T)
            columns.append(variant.normal(probes @ references.T, *with_cohort))
        mates, strangers = columns
        mate = mates[np.arange(len(mates)), trial.places]
        mates[np.arange(len(mates)), trial.places] = -9
        two = np.partition(strangers, -2, axis=1)[:, -2:]
        parts.append((mate, mate - mates.max(axis=1), weight[people.person[trial.mated[:, 0]]], two[:, 1],
                      two[:, 1] - two[:, 0], weight[people.person[trial.strangers[:, 0]]]))  # fmt: skip
    return Seen(*(np.concatenate(column) for column in zip(*parts, strict=True)))


@dataclass(frozen=True, slots=True, repr=False)
class Pairs:
    """One half for 1:1: its photos and their weights, which pairs are of one person, the weight of all others."""

    rows: Rows
    heft: Matrix
    same: NDArray[np.bool_]
    one: Rows
    other: Rows
    share: Matrix
    total: float

    @classmethod
    def of(cls, people: People, half: Rows, weight: Matrix) -> "Pairs":
        """All pairs of photos of these people."""
        rows = np.flatnonzero(np.isin(people.person, half))
        person, heft = people.person[rows], weight[people.person[rows]]
        same = person[:, None] == person[None]
        one, other = np.nonzero(same)
        one, other = one[one != other], other[one != other]
        share = heft[one] / (np.bincount(person)[person[one]] - 1)
        total = float(heft.sum() ** 2 - np.sum(np.bincount(person, heft) ** 2))
        return cls(rows, heft, same, one, other, share, total)

    def scores(self, variant: Variant, cohort: Rows) -> tuple[float, Matrix]:
        """The threshold for the FMR, and mated scores."""
        gallery, probes = variant.gallery[self.rows], variant.probes[self.rows]
        with_cohort = (probes @ variant.gallery[cohort].T, gallery @ variant.probes[cohort].T)
        scores = variant.normal(probes @ gallery.T, *with_cohort)
        strangers = scores[::16][~self.same[::16]]
        most = int(8 * FMR * strangers.size)  # Some more than can be needed, judged by a sixteenth.
        floor = np.partition(strangers, -most)[-most]
        one, other = np.divmod(np.flatnonzero(scores.ravel() >= floor), len(self.rows))
        apart = ~self.same[one, other]
        one, other = one[apart], other[apart]
        threshold = weighted(scores[one, other], self.heft[one] * self.heft[other], FMR, self.total)
        return threshold, scores[self.one, self.other]


Figures = dict[str, NDArray[np.float64]]


def run(people: People, variants: list[Variant], most: int, rounds: int, *, pairs: bool) -> Figures:
    """For each variant: TPIR, FPIR, TPR, threshold, margin in each round."""
    random, photos = np.random.default_rng(5), people.photos()
    found: dict[str, list[NDArray[np.float64]]] = {variant.name: [] for variant in variants}
    for _ in range(rounds):
        order = random.permutation(len(photos))
        single = [who for who in order if len(photos[who]) == 1][:COHORT]
        cohort = np.concatenate([photos[who] for who in single])
        rest = np.setdiff1d(order, single)
        random.shuffle(rest)
        halves = (rest[: len(rest) // 2], rest[len(rest) // 2 :])
        weight = np.zeros(len(photos), np.float32)
        for half in halves:
            weight[half] = random.multinomial(len(half), np.full(len(half), 1 / len(half)))
        held = [list(trials(half, photos, most, random)) for half in halves]
        couples = [Pairs.of(people, half, weight) for half in halves] if pairs else []
        for variant in variants:
            both = [seen(variant, people, one, weight, cohort) for one in held]
            ones = [half.scores(variant, cohort) for half in couples]
            rows = []
            for here, there in ((0, 1), (1, 0)):
                setting = both[here].setting(variant.margins)
                tpr = float("nan")
                if pairs:
                    share = couples[there].share
                    tpr = float(share @ (ones[there][1] >= ones[here][0]) / share.sum())
                rows.append((*both[there].rates(*setting), tpr, *setting))
            found[variant.name].append(np.mean(rows, axis=0))
    return {name: np.array(rows) for name, rows in found.items()}


def bounds(rounds: NDArray[np.float64]) -> tuple[float, float, float]:
    """Mean and the bounds of 95 of 100 rounds."""
    low, high = np.percentile(rounds, (2.5, 97.5))
    return float(rounds.mean()), float(low), float(high)


def sides(people: People, gallery: str) -> list[Variant]:
    """The variants with one photo a probe, on galleries of "plain" photos or of "sighting"."""
    twin = "mirrored" if gallery == "plain" else f"{gallery} mirrored"
    plain, rows, both = people.forms["plain"], people.forms[gallery], people.mean("plain", "mirrored")
    made = [
        Variant("as it is", rows, plain),
        Variant("probe and its mirror image", rows, both),
        Variant("both sides and their mirror images", people.mean(gallery, twin), both),
        Variant("normalised by probe", rows, plain, by_probe),
        Variant("normalised by reference", rows, plain, by_reference),
        Variant("normalised by both", rows, plain, by_both),
        Variant("margin to the next", rows, plain, margins=MARGINS),
    ]
    if gallery == "sighting":
        made.append(Variant("three shots a sighting", people.mean(*SHOTS), plain))
    if gallery == "plain":
        others = [name for name in FORMS if name not in ("plain", "mirrored")]
        made += [Variant(name, people.forms[name], people.forms[name]) for name in others]
        crops = people.mean("plain", "10 % tighter", "10 % looser")
        made.append(Variant("three crops fused, both sides", crops, crops))
    return made


def main() -> None:
    """Measure and print."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("folder", type=Path)
    parser.add_argument("--kept", type=Path, help="folder for templates, kept between runs")
    parser.add_argument("--uncropped", type=Path, nargs="*", default=[], help="folders of pictures not yet aligned")
    parser.add_argument("--rounds", type=int, default=200)
    parser.add_argument("--json", action="store_true")
    chosen = parser.parse_args()
    people, found = extracted(chosen.folder, chosen.kept), {}
    for gallery in ("plain", "sighting"):
        title = "photos" if gallery == "plain" else "sightings"
        found[title] = run(people, sides(people, gallery), 1, chosen.rounds, pairs=True)
        for most in (2, 3, 5):
            rows, plain = people.forms[gallery], people.forms["plain"]
            several = [Variant("as it is", rows, plain), Variant(f"{most} photos a probe", rows, plain, photos=most)]
            fused = run(people, several, most, chosen.rounds, pairs=False)
            found[f"{title}, {most + 1} or more a person"] = fused
    track, mirrors = people.mean(*SHOTS), people.mean(*SHOTS, *(f"{name} mirrored" for name in SHOTS))
    plain, both = people.forms["plain"], people.mean("plain", "mirrored")
    tracks = [Variant("as it is", track, plain), Variant("probe and its mirror image", track, both),
              Variant("both sides and their mirror images", mirrors, both)]  # fmt: skip
    found["sightings of three shots"] = run(people, tracks, 1, chosen.rounds, pairs=True)
    said = [(title, name, *_figures(rows, figures["as it is"])) for title, figures in found.items()
            for name, rows in figures.items()]  # fmt: skip
    others = [row for folder in chosen.uncropped for row in uncropped(folder, people)]
    if chosen.json:
        print(json.dumps({"aligned": [dict(zip(HEAD, row, strict=True)) for row in said], "uncropped": others}))
        return
    for head, rows in ((HEAD, said), (("pictures", "", "crop", "FNMR", "more FNMR"), others)):
        table = Table(*head, box=MARKDOWN)
        for row in rows:
            table.add_row(*map(_cell, row))
        Console(width=260).print(table)


def uncropped(folder: Path, people: People) -> list[tuple[str, ...]]:
    """For each crop: FNMR of a folder of uncropped pictures at the threshold for the FMR of aligned ones, and more."""
    engine, random = faces.Engine(), np.random.default_rng(5)
    pictures, who = [], []
    for number, person in enumerate(sorted(path for path in folder.iterdir() if path.is_dir())):
        for path in sorted(person.iterdir()):
            image = faces.load(path)
            if found := engine.detect(image):
                pictures.append((image, max(found, key=lambda one: one.box.area)))
                who.append(number)
    owner, card = np.array(who), engine.extractor.card
    mated = np.triu(owner[:, None] == owner[None], 1)
    rows, base = [], np.zeros(0)
    for name, (scale, form) in UNCROPPED.items():
        points = tuple((56 + (x - 56) * scale, 56 + (y - 56) * scale) for x, y in card.points)
        samples = [faces.align(image, face, replace(card, points=points)) for image, face in pictures]
        templates = np.array([values(engine.extractor.extract(sample)) for sample in samples])
        aligned_scores = people.forms[form] @ people.forms[form].T
        strangers = aligned_scores[people.person[:, None] != people.person[None]]
        most = int(FMR * strangers.size)
        missed = (templates @ templates.T < np.partition(strangers, -most)[-most]) & mated
        pairs = np.bincount(owner, mated.sum(axis=1))
        rates = np.bincount(owner, missed.sum(axis=1))[pairs > 0] / pairs[pairs > 0]
        base = base if base.size else rates
        drawn = random.integers(0, len(rates), (2000, len(rates)))
        more = bounds((rates - base)[drawn].mean(axis=1))
        rows.append((folder.name, f"{len(owner)} photos of {len(rates)} people", name,
                     _cell(bounds(rates[drawn].mean(axis=1))), _cell(more)))  # fmt: skip
    return rows


HEAD = ("", "variant", "TPIR", "more TPIR", "FPIR", "TPR", "more TPR", "threshold", "margin")


def _figures(rows: NDArray[np.float64], base: NDArray[np.float64]) -> list[object]:
    more = rows - base
    return [bounds(rows[:, 0]), bounds(more[:, 0]), bounds(rows[:, 1]), bounds(rows[:, 2]), bounds(more[:, 2]),
            float(rows[:, 3].mean()), float(rows[:, 4].mean())]  # fmt: skip


def _cell(value: object) -> str:
    if isinstance(value, tuple):
        return "" if np.isnan(value[0]) else "{:.2f} ({:.2f} to {:.2f})".format(*(100 * part for part in value))
    return f"{value:.3f}" if isinstance(value, float) else str(value)


if __name__ == "__main__":
    main()
