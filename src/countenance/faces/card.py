"""Model cards: what a program must know of a neural network before it may use it, in one TOML file.

The page docs/formats/model-card.md defines the format. Invariants:

* A card names its model file by SHA-256; a file with another hash is never loaded.
* Two extractors whose cards differ in a fact that changes templates (the file, the input, the alignment, the
  dimension) have different digests; a name, a licence or a threshold is not such a fact.
"""

import hashlib
import math
import tomllib
from collections.abc import Mapping
from dataclasses import dataclass
from enum import Enum
from importlib import resources
from pathlib import Path

from countenance.errors import Malformed
from countenance.formats import canonical
from countenance.vocabulary.faces import Point

MAXIMUM_SIDE = 4096
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
class ExtractorCard:
    """An extractor: samples of `width` x `height`, landmarks brought to `points`, templates of `dimension` numbers.

    `verification`: comparison score from which two templates are taken to be of one person, 1:1.
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


class Higher(Enum):
    """What a higher score of a PAD model means."""

    ATTACK = "attack"
    BONA_FIDE = "bona-fide"


@dataclass(frozen=True, slots=True)
class PadCard:
    """A presentation attack detector for one sample, aligned as for an extractor. None comes with the package.

    The score is number `index` of the `numbers` that the network gives, after a softmax over them if `softmax`. On the
    threshold or beyond, in the direction of an attack, is an attack.
    """

    name: str
    licence: str
    source: str
    file: ModelFile
    pixels: Pixels
    width: int
    height: int
    points: tuple[Point, ...]
    numbers: int
    index: int
    softmax: bool
    higher: Higher
    threshold: float


Card = DetectorCard | ExtractorCard | PadCard


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
    return parse(_content(path), path.parent)


def read_pad(path: Path) -> PadCard:
    """The PAD model's card at `path`; its model file is found relative to the card. Raises Malformed."""
    table = _toml(_content(path))
    if table.get("task") != "pad":
        raise Malformed("this model card is not that of a PAD model: give one with task = 'pad'")
    return _pad(table, path.parent)


def parse(text: str, folder: Path) -> DetectorCard | ExtractorCard:
    """The card that `text` spells. Raises Malformed, naming the entry to correct."""
    table = _toml(text)
    task = table.get("task")
    if task == "detector":
        return _detector(table, folder)
    if task == "extractor":
        return _extractor(table, folder)
    if task == "pad":
        raise Malformed("this model card is of a PAD model, which neither detects nor extracts: give another")
    raise Malformed("the model card needs task = 'detector' or task = 'extractor'")


def _content(path: Path) -> str:
    try:
        return path.read_text(encoding="utf-8")
    except (OSError, UnicodeDecodeError) as error:
        raise Malformed(f"the model card '{path}' cannot be read: give the path of a TOML file") from error


def _toml(text: str) -> Mapping[str, object]:
    try:
        return tomllib.loads(text)
    except (tomllib.TOMLDecodeError, RecursionError) as error:
        raise Malformed(f"the model card is not TOML: {error}") from error


def _detector(table: Mapping[str, object], folder: Path) -> DetectorCard:
    entries, limits = _table(table, "input"), _table(table, "thresholds")
    if table.get("heads", "yunet") != "yunet":
        raise Malformed("the model card's heads must be 'yunet', the only ones there is a decoder for")
    return DetectorCard(
        name=_text(table, "name"),
        licence=_text(table, "licence"),
        source=_text(table, "source"),
        file=_file(table, folder),
        pixels=_pixels(entries),
        multiple=_whole(entries, "multiple"),
        longest=_whole(entries, "longest"),
        glance=_whole(entries, "glance"),
        largest=_whole(entries, "largest"),
        detection=_number(limits, "detection", low=0.0, high=1.0),
        overlap=_number(limits, "overlap", low=0.0, high=1.0),
    )


def _extractor(table: Mapping[str, object], folder: Path) -> ExtractorCard:
    entries, limits = _table(table, "input"), _table(table, "thresholds")
    width, height = _whole(entries, "width"), _whole(entries, "height")
    return ExtractorCard(
        name=_text(table, "name"),
        licence=_text(table, "licence"),
        source=_text(table, "source"),
        file=_file(table, folder),
        pixels=_pixels(entries),
        width=width,
        height=height,
        dimension=_whole(_table(table, "output"), "dimension"),
        points=_points(_table(table, "alignment"), width, height),
        verification=_number(limits, "verification", low=-1.0, high=1.0),
    )


def _pad(table: Mapping[str, object], folder: Path) -> PadCard:
    entries, output = _table(table, "input"), _table(table, "output")
    width, height, numbers = _whole(entries, "width"), _whole(entries, "height"), _whole(output, "numbers")
    index, softmax = output.get("index"), output.get("softmax")
    if not isinstance(index, int) or isinstance(index, bool) or not 0 <= index < numbers:
        raise Malformed("the model card needs output.index, which number is the score, counted from 0")
    if not isinstance(softmax, bool):
        raise Malformed("the model card needs output.softmax = true or false")
    if softmax and numbers < 2:
        raise Malformed("the model card's softmax over one number is always 1: correct output.numbers")
    # There is no default: a score read the wrong way round would let attacks pass.
    if output.get("higher") not in {it.value for it in Higher}:
        raise Malformed("the model card needs output.higher = 'attack' or 'bona-fide', what a higher score means")
    limit = 1.0 if softmax else 1e9
    return PadCard(
        name=_text(table, "name"),
        licence=_text(table, "licence"),
        source=_text(table, "source"),
        file=_file(table, folder),
        pixels=_pixels(entries),
        width=width,
        height=height,
        points=_points(_table(table, "alignment"), width, height),
        numbers=numbers,
        index=index,
        softmax=softmax,
        higher=Higher(output.get("higher")),
        threshold=_number(_table(table, "thresholds"), "attack", low=0.0 if softmax else -limit, high=limit),
    )


def _file(table: Mapping[str, object], folder: Path) -> ModelFile:
    path, distribution = Path(_text(table, "file")), table.get("distribution", "")
    digest = _text(table, "sha256").lower()
    if len(digest) != 64 or set(digest) - set("0123456789abcdef"):
        raise Malformed("the model card's sha256 must be the 64 hexadecimal digits of the model file's SHA-256")
    if not isinstance(distribution, str) or (distribution and distribution.count("==") != 1):
        raise Malformed("the model card's distribution must be 'name==version'")
    return ModelFile(path if distribution else folder / path, distribution, digest)


def _pixels(entries: Mapping[str, object]) -> Pixels:
    order, mean, std = _text(entries, "order"), _triple(entries, "mean"), _triple(entries, "std")
    if order not in ("RGB", "BGR"):
        raise Malformed("the model card's input.order must be 'RGB' or 'BGR'")
    if min(std) <= 0:
        raise Malformed("the model card's input.std must be three numbers above 0")
    return Pixels(order, mean, std)


def _points(entries: Mapping[str, object], width: int, height: int) -> tuple[Point, ...]:
    if "points" not in entries:
        if entries.get("template") != "arcface":
            raise Malformed("the model card's [alignment] needs template = 'arcface' or five points [[x, y], …]")
        return tuple((round(x * width / 112, 4), round(y * height / 112, 4)) for x, y in ARCFACE)
    given = entries["points"]
    if not isinstance(given, list) or len(given) != len(ARCFACE):
        raise Malformed("the model card's alignment.points must be five [x, y]")
    pairs = [_numbers(pair, "alignment.points", 2) for pair in given]
    return tuple((x, y) for x, y in pairs)


def _table(table: Mapping[str, object], key: str) -> Mapping[str, object]:
    value = table.get(key)
    if not isinstance(value, dict):
        raise Malformed(f"the model card needs a section [{key}]")
    return value


def _text(table: Mapping[str, object], key: str) -> str:
    value = table.get(key)
    if not isinstance(value, str) or not value:
        raise Malformed(f"the model card needs {key} = '…'")
    return value


def _whole(table: Mapping[str, object], key: str) -> int:
    value = table.get(key)
    if not isinstance(value, int) or isinstance(value, bool) or not 0 < value <= MAXIMUM_SIDE:
        raise Malformed(f"the model card needs {key} as a whole number from 1 to {MAXIMUM_SIDE}")
    return value


def _number(table: Mapping[str, object], key: str, *, low: float, high: float) -> float:
    (value,) = _numbers([table.get(key)], key, 1)
    if not low <= value <= high:
        raise Malformed(f"the model card needs {key} as a number from {low} to {high}")
    return value


def _triple(table: Mapping[str, object], key: str) -> tuple[float, float, float]:
    red, green, blue = _numbers(table.get(key), key, 3)
    return red, green, blue


def _numbers(values: object, key: str, count: int) -> list[float]:
    if not isinstance(values, list) or len(values) != count:
        raise Malformed(f"the model card needs {key} as {count} numbers")
    found = [float(v) for v in values if isinstance(v, int | float) and not isinstance(v, bool) and math.isfinite(v)]
    if len(found) != count:
        raise Malformed(f"the model card needs {key} as {count} finite numbers")
    return found
