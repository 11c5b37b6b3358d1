"""The model card of a PAD model: presentation attack detection from one aligned sample.

The page docs/formats/model-card.md defines the format. None comes with the package.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from enum import Enum
from pathlib import Path

from countenance.errors import Malformed
from countenance.faces.card import DetectorCard, ExtractorCard, ModelFile, Pixels, file_of, pixels_of, points_of
from countenance.faces.entries import content, number, section, text, toml, whole
from countenance.vocabulary.faces import Point


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


def read(path: Path) -> PadCard:
    """The PAD model's card at `path`; its model file is found relative to the card. Raises Malformed."""
    table = toml(content(path))
    if table.get("task") != "pad":
        raise Malformed("this model card is not that of a PAD model: give one with task = 'pad'")
    return _pad(table, path.parent)


def _pad(table: Mapping[str, object], folder: Path) -> PadCard:
    entries, output = section(table, "input"), section(table, "output")
    width, height, numbers = whole(entries, "width"), whole(entries, "height"), whole(output, "numbers")
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
        name=text(table, "name"),
        licence=text(table, "licence"),
        source=text(table, "source"),
        file=file_of(table, folder),
        pixels=pixels_of(entries),
        width=width,
        height=height,
        points=points_of(section(table, "alignment"), width, height),
        numbers=numbers,
        index=index,
        softmax=softmax,
        higher=Higher(output.get("higher")),
        threshold=number(section(table, "thresholds"), "attack", low=0.0 if softmax else -limit, high=limit),
    )
