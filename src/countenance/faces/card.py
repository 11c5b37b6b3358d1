"""Model cards: what a program must know of a neural network before it may use it, in one TOML file.

The page docs/formats/model-card.md defines the format. Invariants:

* A card names its model file by SHA-256; a file with another hash is never loaded.
* Two extractors whose cards differ in a fact that changes templates (the file, the input, the alignment, the
  dimension) have different digests; a name, a licence or a threshold is not such a fact.
"""

import hashlib
from collections.abc import Mapping
from dataclasses import dataclass
from importlib import resources
from pathlib import Path

from countenance.errors import Malformed
from countenance.faces.entries import content, number, numbers, rising, section, text, toml, triple, whole
from countenance.formats import canonical
from countenance.vocabulary.faces import Point

# Where the subject's right eye, left eye, nose tip and mouth corners lie in a sample of 112 x 112 pixels (insightface,
# arcface_torch; the same five points in OpenCV's alignCrop for SFace).
ARCFACE: tuple[Point, ...] = (
    (38.2946, 51.6963),
    (73.5318, 51.5014),
    (56.0252, 71.7366),
    (41.5493, 92.3655),
    (70.7299, 92.2041),
)


@dataclass(frozen=True, slots=True)
class ModelFile:
    """Where the model's bytes lie. With `distribution` ("name==version"), `path` is inside that installed package."""

    path: Path
    distribution: str
    sha256: str


@dataclass(frozen=True, slots=True)
class Pixels:
    """How uint8 pixels become numbers: channels in `order` ("RGB" or "BGR"), then (value - mean) / std each."""

    order: str
    mean: tuple[float, float, float]
    std: tuple[float, float, float]


@dataclass(frozen=True, slots=True)
class DetectorCard:
    """A detector with YuNet's heads. `longest`: pictures with a longer side are shrunk to it before detection;
    `glance`: the size of the form in which large faces are looked for first, when only large ones matter;
    `largest`: faces taller than this (in the network's input) are looked for again in a smaller form of the picture.

    `detection`: default score threshold; `overlap`: of two boxes with a larger intersection over union one stays.
    """

    name: str
    licence: str
    source: str
    file: ModelFile
    pixels: Pixels
    multiple: int
    longest: int
    glance: int
    largest: int
    detection: float
    overlap: float


@dataclass(frozen=True, slots=True)
class Seen:
    """What an extractor gives when it sees much or little of a face; measured once, for quality.

    `lengths`: of its output, for nothing that it knows and for the best faces. `upper`: of the change that hiding the
    eyes and hiding the mouth make together, the eyes' part, from 0 to 1: least, usual and most of whole faces. `sides`:
    by how much the scores differ that either half alone gives with the whole face: usual and most of whole faces.
    """

    lengths: tuple[float, float]
    upper: tuple[float, float, float]
    sides: tuple[float, float]


@dataclass(frozen=True, slots=True)
class ExtractorCard:
    """An extractor: samples of `width` x `height`, landmarks brought to `points`, templates of `dimension` numbers.

    `verification`: comparison score from which two templates are taken to be of one person, 1:1. `seen`: None where
    nobody has measured it; quality then rests on pixels alone.
    """

    name: str
    licence: str
    source: str
    file: ModelFile
    pixels: Pixels
    width: int
    height: int
    dimension: int
    points: tuple[Point, ...]
    verification: float
    seen: Seen | None = None

    @property
    def digest(self) -> bytes:
        """SHA-256 of the canonical facts that change templates; part of every template. 32 bytes."""
        facts: dict[str, canonical.Json] = {
            "type": "Extractor",
            "model": self.file.sha256,
            "order": self.pixels.order,
            "mean": [repr(value) for value in self.pixels.mean],
            "std": [repr(value) for value in self.pixels.std],
            "width": self.width,
            "height": self.height,
            "dimension": self.dimension,
            "points": [[repr(x), repr(y)] for x, y in self.points],
        }
        return hashlib.sha256(canonical.write(facts)).digest()


def built_in(name: str) -> DetectorCard | ExtractorCard:
    """The card "yunet" or "sface" that comes with the package."""
    place = resources.files("countenance.faces") / "cards" / f"{name}.toml"
    if not place.is_file():
        raise Malformed(f"there is no built-in model card '{name[:40]}': yunet and sface are")
    return parse(place.read_text(encoding="utf-8"), Path())


def place(deployment: Path) -> Path:
    """Where the card of a deployment's own extractor lies, if it has one.

    Not in a zone's folder: edge and evidence process both read it, under accounts that cannot enter each other's.
    """
    return deployment / "extractor.toml"


def own_extractor(own: Path | None) -> ExtractorCard:
    """The extractor whose card lies at `own`, or the built-in one if nothing lies there. Raises Malformed."""
    found = read(own) if own is not None and own.exists() else built_in("sface")
    if not isinstance(found, ExtractorCard):
        raise Malformed("this model card is not that of an extractor: give one with task = 'extractor'")
    return found


def read(path: Path) -> DetectorCard | ExtractorCard:
    """The card at `path`; its model file is found relative to the card. Raises Malformed."""
    return parse(content(path), path.parent)


def parse(written: str, folder: Path) -> DetectorCard | ExtractorCard:
    """The card that `written` spells. Raises Malformed, naming the entry to correct."""
    table = toml(written)
    task = table.get("task")
    if task == "detector":
        return _detector(table, folder)
    if task == "extractor":
        return _extractor(table, folder)
    if task == "pad":
        raise Malformed("this model card is of a PAD model, which neither detects nor extracts: give another")
    raise Malformed("the model card needs task = 'detector' or task = 'extractor'")


def _detector(table: Mapping[str, object], folder: Path) -> DetectorCard:
    entries, limits = section(table, "input"), section(table, "thresholds")
    if table.get("heads", "yunet") != "yunet":
        raise Malformed("the model card's heads must be 'yunet', the only ones there is a decoder for")
    return DetectorCard(
        name=text(table, "name"),
        licence=text(table, "licence"),
        source=text(table, "source"),
        file=file_of(table, folder),
        pixels=pixels_of(entries),
        multiple=whole(entries, "multiple"),
        longest=whole(entries, "longest"),
        glance=whole(entries, "glance"),
        largest=whole(entries, "largest"),
        detection=number(limits, "detection", low=0.0, high=1.0),
        overlap=number(limits, "overlap", low=0.0, high=1.0),
    )


def _extractor(table: Mapping[str, object], folder: Path) -> ExtractorCard:
    entries, limits = section(table, "input"), section(table, "thresholds")
    width, height = whole(entries, "width"), whole(entries, "height")
    return ExtractorCard(
        name=text(table, "name"),
        licence=text(table, "licence"),
        source=text(table, "source"),
        file=file_of(table, folder),
        pixels=pixels_of(entries),
        width=width,
        height=height,
        dimension=whole(section(table, "output"), "dimension"),
        points=points_of(section(table, "alignment"), width, height),
        verification=number(limits, "verification", low=-1.0, high=1.0),
        seen=_seen(section(table, "quality")) if "quality" in table else None,
    )


def _seen(entries: Mapping[str, object]) -> Seen:
    nothing, best = rising(entries, "lengths", 2)
    least, usual, most = rising(entries, "upper", 3)
    near, far = rising(entries, "sides", 2)
    return Seen((nothing, best), (least, usual, most), (near, far))


def file_of(table: Mapping[str, object], folder: Path) -> ModelFile:
    """The model file that a card names, relative to the card's `folder`. Raises Malformed."""
    path, distribution = Path(text(table, "file")), table.get("distribution", "")
    digest = text(table, "sha256").lower()
    if len(digest) != 64 or set(digest) - set("0123456789abcdef"):
        raise Malformed("the model card's sha256 must be the 64 hexadecimal digits of the model file's SHA-256")
    if not isinstance(distribution, str) or (distribution and distribution.count("==") != 1):
        raise Malformed("the model card's distribution must be 'name==version'")
    return ModelFile(path if distribution else folder / path, distribution, digest)


def pixels_of(entries: Mapping[str, object]) -> Pixels:
    """How the card's network takes pixels. Raises Malformed."""
    order, mean, std = text(entries, "order"), triple(entries, "mean"), triple(entries, "std")
    if order not in ("RGB", "BGR"):
        raise Malformed("the model card's input.order must be 'RGB' or 'BGR'")
    if min(std) <= 0:
        raise Malformed("the model card's input.std must be three numbers above 0")
    return Pixels(order, mean, std)


def points_of(entries: Mapping[str, object], width: int, height: int) -> tuple[Point, ...]:
    """Where the card's section on alignment wants the five points. Raises Malformed."""
    if "points" not in entries:
        if entries.get("template") != "arcface":
            raise Malformed("the model card's [alignment] needs template = 'arcface' or five points [[x, y], …]")
        return tuple((round(x * width / 112, 4), round(y * height / 112, 4)) for x, y in ARCFACE)
    given = entries["points"]
    if not isinstance(given, list) or len(given) != len(ARCFACE):
        raise Malformed("the model card's alignment.points must be five [x, y]")
    pairs = [numbers(pair, "alignment.points", 2) for pair in given]
    return tuple((x, y) for x, y in pairs)
