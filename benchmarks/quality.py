"""Does quality say what it claims? Error against value, against discard, and what each component tells.

    python benchmarks/quality.py FOLDER [--damages N] [--picture FILE.svg] [--json]

FOLDER holds a folder a person with aligned photographs of 112 x 112 pixels, as of Labeled Faces in the Wild; people
with one photo are left out. Every photo is assessed as it is, and N times with a damage drawn by lot; each is detected,
aligned and extracted anew, and compared with all undamaged photos of the same person (mated) and of everybody else.
The threshold is the score that 1 in 10,000 non-mated comparisons of undamaged photos reach. Bounds are 95 %, people
drawn again with replacement. The baseline of each figure is the same figure without the quality: discard by lot.
"""

import argparse
import itertools
import json
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import cv2
import numpy as np
from matplotlib import pyplot
from numpy.typing import NDArray
from rich.box import MARKDOWN
from rich.console import Console
from rich.table import Table
from scipy.stats import spearmanr

from countenance import faces
from countenance.errors import Malformed
from countenance.faces.extractor import values
from countenance.faces.quality import FAIR, PROBE, REFERENCE, Floor, assess, measured

Photo = NDArray[np.uint8]
Floats = NDArray[np.float64]
Change = Callable[[Photo, np.random.Generator], Photo]
EYES = 35.2  # Pixels between the eyes of an aligned photo.
COMPONENTS = ("size", "sharpness", "illumination", "pose", "occlusion", "detection")
NUMBERS = ("value", "pixels", "eyes", *COMPONENTS)
BINS = (0, 10, 20, 30, 40, 50, 60, 70, 80, 90, 101)
DISCARD = (0.0, 0.05, 0.1, 0.2, 0.3, 0.5)
ROUNDS = 300
FMR = 1e-4


def smaller(pixels: float) -> Change:
    """So many pixels between the eyes."""
    return lambda photo, _: np.asarray(cv2.resize(photo, None, fx=pixels / EYES, fy=pixels / EYES, interpolation=3))


def blurred(sigma: float) -> Change:
    """A Gaussian of so many pixels of the sample."""
    return lambda photo, _: np.asarray(cv2.GaussianBlur(photo, (0, 0), sigma))


def exposed(gain: float, noise: float, lift: float = 0.0) -> Change:
    """More or less light, and a sensor's noise in grey levels."""
    return lambda photo, random: _levels(photo * gain + lift + random.normal(0, noise, photo.shape))


def lit_from_a_side(low: float) -> Change:
    """A lamp on one side: `low` of its light on the other."""

    def changed(photo: Photo, random: np.random.Generator) -> Photo:
        ramp = low + (1 - low) / (1 + np.exp((56 - np.arange(photo.shape[1])) / 8))
        return _levels(photo * (ramp if random.random() < 0.5 else ramp[::-1])[None, :, None])

    return changed


def recompressed(quality: int) -> Change:
    """A JPEG of this quality."""

    def changed(photo: Photo, _: np.random.Generator) -> Photo:
        data = cv2.imencode(".jpg", photo[:, :, ::-1], [cv2.IMWRITE_JPEG_QUALITY, quality])[1]
        return np.ascontiguousarray(np.asarray(cv2.imdecode(data, cv2.IMREAD_COLOR), np.uint8)[:, :, ::-1])

    return changed


def behind(draw: Callable[[Photo], object]) -> Change:
    """Behind cloth with folds and a pattern, of the form that `draw` paints white."""

    def changed(photo: Photo, random: np.random.Generator) -> Photo:
        form, (y, x) = np.zeros_like(photo), np.mgrid[: photo.shape[0], : photo.shape[1]]
        draw(form)
        turn, width = random.uniform(0, np.pi), random.uniform(2, 6)
        folds = np.sin(x / 9 + np.sin(y / 11)) + 0.7 * np.sin((x * np.cos(turn) + y * np.sin(turn)) / width)
        noise = random.normal(0, 4, photo.shape)
        cloth = _levels(random.uniform(30, 220, 3) + random.uniform(5, 40) * folds[..., None] + noise)
        return np.where(form > 0, cloth, photo)

    return changed


def _glasses(form: Photo) -> None:
    for x in (38, 74):
        cv2.ellipse(form, (x, 53), (17, 12), 0, 0, 360, (255, 255, 255), -1)
    cv2.line(form, (50, 50), (62, 50), (255, 255, 255), 3)


def _mask(form: Photo) -> None:
    corners = [[20, 66], [56, 62], [92, 66], [88, 100], [70, 112], [42, 112], [24, 100]]
    cv2.fillPoly(form, [np.array(corners, np.int32)], (255, 255, 255))


def _half(form: Photo) -> None:
    form[:, :54] = 255


def _fringe(form: Photo) -> None:
    form[:62, :70] = 255


def _cap(form: Photo) -> None:
    form[:44] = 255


def _levels(pixels: NDArray[np.floating]) -> Photo:
    return np.clip(pixels, 0, 255).astype(np.uint8)


# Name, the component it is about, the change.
DAMAGES: tuple[tuple[str, str, Change], ...] = (
    *((f"{pixels} pixels between the eyes", "size", smaller(pixels)) for pixels in (20, 14, 10, 8, 6)),
    *((f"blurred by {sigma}", "sharpness", blurred(sigma)) for sigma in (1, 2, 3, 4.5)),
    *((f"{gain:.0%} of the light", "illumination", exposed(gain, 2)) for gain in (0.4, 0.15, 0.06)),
    *((f"{gain} times the light", "illumination", exposed(gain, 0, 20)) for gain in (1.8, 2.6)),
    *((f"noise of {noise}", "illumination", exposed(1, noise)) for noise in (12, 25, 45)),
    *((f"lit from a side, {low:.0%}", "illumination", lit_from_a_side(low)) for low in (0.3, 0.08)),
    *((f"JPEG of quality {quality}", "", recompressed(quality)) for quality in (20, 8)),
    ("sunglasses", "occlusion", behind(_glasses)),
    ("mask", "occlusion", behind(_mask)),
    ("half hidden", "occlusion", behind(_half)),
    ("fringe", "occlusion", behind(_fringe)),
    ("cap to the brows", "occlusion", behind(_cap)),
)
AS_IT_IS = len(DAMAGES)


@dataclass(frozen=True, slots=True, repr=False)
class Shots:
    """Every photo that was looked at, a row each: which photo, whose, with which damage, and what was seen of it.

    `numbers`: by name, NaN where no face was found or a component was not looked for; "pixels" is the value without
    the extractor. `templates`: zeros where no face was found.
    """

    photo: Floats
    person: Floats
    damage: Floats
    numbers: dict[str, Floats]
    templates: NDArray[np.float32]


def looked_at(folder: Path, damages: int, seed: int = 1) -> Shots:
    """Assess everything; says how far it is on stderr."""
    engine, random, console = faces.Engine(), np.random.default_rng(seed), Console(stderr=True)
    people = [sorted(path.glob("*.jpg")) for path in sorted(folder.iterdir()) if path.is_dir()]
    listed = [(who, path) for who, photos in enumerate(p for p in people if len(p) > 1) for path in photos]
    rows: list[tuple[int, int, int]] = []
    seen: list[dict[str, float]] = []
    templates: list[NDArray[np.float32]] = []
    for number, (who, path) in enumerate(listed):
        whole = faces.load(path)
        for damage in (AS_IT_IS, *random.choice(AS_IT_IS, damages, replace=False)):
            photo = whole if damage == AS_IT_IS else np.ascontiguousarray(DAMAGES[damage][2](whole, random))
            numbers, template = taken(engine, photo)
            rows.append((number, who, int(damage)))
            seen.append(numbers)
            templates.append(template)
        if number % 100 == 99:
            console.print(f"{number + 1} of {len(listed)} photos")
    photo_, person, damage_ = (np.array(column, np.float64) for column in zip(*rows, strict=True))
    found = {name: np.array([one.get(name, np.nan) for one in seen]) for name in NUMBERS}
    return Shots(photo_, person, damage_, found, np.array(templates, np.float32))


def taken(engine: faces.Engine, photo: Photo) -> tuple[dict[str, float], NDArray[np.float32]]:
    """What is seen of a photo: numbers and template. The picture goes on around it, as detectors expect."""
    around = round(0.4 * photo.shape[1])
    picture = np.asarray(cv2.copyMakeBorder(photo, *4 * (around,), cv2.BORDER_REPLICATE), np.uint8)
    # Lower than anything in the product, so that what it refuses is seen too.
    found = engine.detect(picture, threshold=0.3)
    if not found:
        return {}, np.zeros(engine.extractor.dimension, np.float32)
    face = max(found, key=lambda one: one.box.area)
    sample = engine.sample(picture, face)
    (template, quality), pixels = measured(picture, face, sample, engine.extractor), assess(picture, face, sample)
    numbers = {name: getattr(quality, name) for name in ("value", "eyes", *COMPONENTS)}
    numbers["pixels"] = pixels.value
    return {name: float(n) for name, n in numbers.items() if n is not None}, values(template)


def refused(shots: Shots, least: Floor, rows: NDArray[np.bool_]) -> float:
    """The share of these rows that is not taken; no face is none."""
    numbers = shots.numbers
    taken_ = [numbers[name] >= getattr(least, name) for name in ("value", "eyes", "detection")]
    return 1 - float(np.all(taken_, axis=0)[rows].mean())


@dataclass(frozen=True, slots=True, repr=False)
class Compared:
    """The rows with a face, against all undamaged photos: `missed`, how many of each row's mated comparisons."""

    threshold: float
    rows: NDArray[np.intp]
    mated: Floats
    mates: Floats
    missed: Floats

    @classmethod
    def of(cls, shots: Shots) -> "Compared":
        """Compare everything."""
        rows = np.flatnonzero(~np.isnan(shots.numbers["value"]))
        whole = rows[shots.damage[rows] == AS_IT_IS]
        scores = shots.templates[rows] @ shots.templates[whole].T
        same = shots.person[rows][:, None] == shots.person[whole][None]
        other = same & (shots.photo[rows][:, None] != shots.photo[whole][None])
        plain = np.isin(rows, whole)
        threshold = float(np.quantile(scores[plain][~same[plain]], 1 - FMR))
        mates = other.sum(axis=1).astype(np.float64)
        mated = np.where(other, scores, 0).sum(axis=1) / mates
        return cls(threshold, rows, mated, mates, (other & (scores < threshold)).sum(axis=1).astype(np.float64))


def missed(shots: Shots, found: Compared, kept: NDArray[np.bool_]) -> tuple[float, float, float]:
    """FNMR of the rows `kept`, each row's mates counting as one, and its bounds."""
    who, rate = shots.person[found.rows][kept].astype(int), (found.missed / found.mates)[kept]
    if not who.size:
        return float("nan"), float("nan"), float("nan")
    wrong, of = np.bincount(who, rate), np.bincount(who).astype(np.float64)
    drawn = np.random.default_rng(2).multinomial(len(of), np.full(len(of), 1 / len(of)), ROUNDS)
    with np.errstate(invalid="ignore"):
        low, high = np.nanpercentile(drawn @ wrong / (drawn @ of), (2.5, 97.5))
    return float(wrong.sum() / of.sum()), float(low), float(high)


def alike(shots: Shots, found: Compared, kept: NDArray[np.bool_]) -> float:
    """FMR of the rows `kept` among themselves, different people: how much strangers' photos as bad look alike."""
    rows = found.rows[kept]
    scores, who = shots.templates[rows] @ shots.templates[rows].T, shots.person[rows]
    strangers = who[:, None] != who[None]
    return float(np.mean(scores[strangers] >= found.threshold)) if strangers.any() else float("nan")


def rank(one: Floats, other: Floats) -> float:
    """Spearman's rank correlation, of the pairs in which both are numbers."""
    both = ~(np.isnan(one) | np.isnan(other))
    return float(spearmanr(one[both], other[both])[0]) if np.unique(one[both]).size > 2 else float("nan")


def figures_of(shots: Shots) -> dict[str, object]:
    """Every figure that is printed."""
    found = Compared.of(shots)
    damage = shots.damage[found.rows].astype(int)
    numbers = {name: column[found.rows] for name, column in shots.numbers.items()}
    plain, everything = damage == AS_IT_IS, np.ones(len(damage), bool)
    value = numbers["value"]
    bins = []
    for low, high in itertools.pairwise(BINS):
        kept = (value >= low) & (value < high)
        bins.append([f"{low} to {min(high - 1, 100)}", int(kept.sum()), *missed(shots, found, kept),
                     alike(shots, found, kept)])  # fmt: skip
    discard = []
    for share in DISCARD:
        row: list[object] = [share]
        for name, part in (("value", everything), ("pixels", everything), ("value", plain), ("pixels", plain)):
            # Whoever is equal goes by lot, as rows are in no order.
            order = np.argsort(np.argsort(numbers[name][part], kind="stable"))
            kept = part.copy()
            kept[part] = order >= share * part.sum()
            row.append(missed(shots, found, kept))
        discard.append(row)
    ranks = []
    for name in ("value", "pixels", *COMPONENTS):
        own = plain | np.isin(damage, [index for index, (_, about, _) in enumerate(DAMAGES) if about == name])
        parts = (everything, plain) if name in ("value", "pixels", "detection", "pose") else (everything, plain, own)
        ranks.append([name, *(rank(numbers[name][part], found.mated[part]) for part in parts)])
    kinds = []
    for index, name in enumerate([*(name for name, _, _ in DAMAGES), "as it is"]):
        those, all_ = damage == index, shots.damage == index
        hidden = numbers["occlusion"][those]
        kinds.append([
            name, int(all_.sum()), 1 - float(those.sum() / all_.sum()), *missed(shots, found, those),
            alike(shots, found, those), float(np.median(value[those])) if those.any() else float("nan"),
            refused(shots, REFERENCE, all_), refused(shots, PROBE, all_),
            float(np.mean(hidden < FAIR)) if those.any() else float("nan"),
        ])  # fmt: skip
    hidden = plain & (numbers["occlusion"] < FAIR)
    natural = [hidden.sum() / plain.sum(), *(found.mated[part].mean() for part in (hidden, plain & ~hidden))]
    return {"threshold": found.threshold, "people": len(np.unique(shots.person)), "hidden": list(map(float, natural)),
            "bins": bins, "discard": discard, "rank": ranks, "damages": kinds}  # fmt: skip


def tables(figures: dict[str, object]) -> list[Table]:
    """The figures as tables, in Markdown's form."""
    heads: dict[str, tuple[str, ...]] = {
        "bins": ("value", "photos", "FNMR", "low", "high", "FMR among themselves"),
        "discard": ("share discarded", "by value", "by pixels alone", "undamaged, by value", "undamaged, by pixels"),
        "rank": ("rank correlation with the mated score", "all", "undamaged", "undamaged and own damage"),
        "damages": ("damage", "photos", "no face", "FNMR", "low", "high", "FMR among themselves", "value, median",
                    "refused as reference", "as probe", "called hidden"),
    }  # fmt: skip
    made = []
    for name, head in heads.items():
        table = Table(*head, box=MARKDOWN)
        for row in figures[name]:  # type: ignore[attr-defined]
            table.add_row(*map(_cell, row))
        made.append(table)
    return made


def _cell(value: object) -> str:
    if isinstance(value, tuple):
        return "{:.3f} ({:.3f} to {:.3f})".format(*value)
    if isinstance(value, float) and np.isnan(value):
        return ""
    if isinstance(value, float):
        return f"{value:.1e}" if 0 < value < 0.002 else f"{value:.3f}"
    return str(value)


def drawn(figures: dict[str, object], path: Path) -> None:
    """Error against value, and against the share discarded, as an SVG."""
    figure, (left, right) = pyplot.subplots(1, 2, figsize=(9, 3.4), layout="constrained")
    bins = [row for row in figures["bins"] if row[1] >= 20]  # type: ignore[attr-defined]
    middle = [float(row[0].split(" to ")[0]) + 5 for row in bins]
    rate = np.array([row[2:5] for row in bins])
    left.errorbar(middle, rate[:, 0], np.abs(rate[:, 1:] - rate[:, :1]).T, marker="o", capsize=3)
    left.set(xlabel="quality, unified value", ylabel="FNMR at an FMR of 1e-4", ylim=(0, 1), xlim=(0, 100))
    shares = [row[0] for row in figures["discard"]]  # type: ignore[attr-defined]
    for column, name in ((1, "by value"), (2, "by pixels alone"), (3, "undamaged photos, by value")):
        rate = np.array([row[column] for row in figures["discard"]])  # type: ignore[attr-defined]
        right.errorbar(shares, rate[:, 0], np.abs(rate[:, 1:] - rate[:, :1]).T, marker="o", capsize=3, label=name)
    right.set(xlabel="share of photos discarded", ylabel="FNMR of the rest", ylim=(0, None))
    right.legend(frameon=False)
    figure.savefig(path, metadata={"Date": None})


def main() -> None:
    """Measure and print."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("folder", type=Path)
    parser.add_argument("--damages", type=int, default=2, help="damages a photo")
    parser.add_argument("--crops", type=Path, help="folder of folders of tiny crops: how many are taken")
    parser.add_argument("--kept", type=Path, help="NumPy file: what was seen, kept between runs")
    parser.add_argument("--picture", type=Path, help="also draw the figures into this SVG")
    parser.add_argument("--json", action="store_true")
    chosen = parser.parse_args()
    shots = read(chosen.kept) if chosen.kept and chosen.kept.exists() else looked_at(chosen.folder, chosen.damages)
    if chosen.kept and not chosen.kept.exists():
        np.savez(chosen.kept, photo=shots.photo, person=shots.person, damage=shots.damage, templates=shots.templates,
                 **{f"n_{name}": column for name, column in shots.numbers.items()})  # fmt: skip
    figures = figures_of(shots)
    if chosen.picture:
        drawn(figures, chosen.picture)
    if chosen.json:
        print(json.dumps(figures))
        return
    print(f"{figures['people']} people, threshold {figures['threshold']:.3f}")
    print("undamaged: {:.1%} called hidden, mean mated score {:.2f}, of the rest {:.2f}".format(*figures["hidden"]))
    if chosen.crops:
        print("crops: {} pictures, {} of them taken as a reference, {} as a probe".format(*crops(chosen.crops)))
    console = Console(width=200)
    for table in tables(figures):
        console.print(table)


def crops(folder: Path) -> tuple[int, int, int]:
    """How many pictures there are below `folder`, and how many are taken as a reference and as a probe."""
    engine, counts, names = faces.Engine(), [0, 0, 0], ("value", "eyes", "detection")
    for path in sorted(path for path in folder.glob("*/*") if path.is_file()):
        counts[0] += 1
        try:
            found = engine.quality(path)
        except Malformed:
            continue
        for place, least in ((1, REFERENCE), (2, PROBE)):
            counts[place] += all(getattr(found, name) >= getattr(least, name) for name in names)
    return counts[0], counts[1], counts[2]


def read(path: Path) -> Shots:
    """What was kept."""
    held = np.load(path)
    numbers = {name[2:]: held[name] for name in held.files if name.startswith("n_")}
    return Shots(held["photo"], held["person"], held["damage"], numbers, held["templates"])


if __name__ == "__main__":
    main()
