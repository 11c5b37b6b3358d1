"""Synthetic: populations made of numbers, whose truth is known, to try an evaluation on and to plan one.

No figure from here says anything about people: what differs between its groups is what was put in. A template is the
unit vector along a sum of directions drawn at random: one of its group, one of its subject, one of its image. The
larger a direction's share, the more alike are the templates that have it in common.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from countenance.errors import Malformed
from countenance.evaluation.manifest import Manifest, Row
from countenance.evaluation.results import Extractor
from countenance.vocabulary.evaluation import Acquired

DIMENSION = 128
LABEL = "SYNTHETIC, no real person"
EXTRACTOR = Extractor(f"a recogniser that does not exist ({LABEL})", bytes(32))
COLUMN = "synthetic group"
MOST = 20_000


@dataclass(frozen=True, slots=True)
class Group:
    """So many `subjects` with so many `images` each. Two of the group score about `alike`, one person `same`.

    `twins`: the share of subjects that have a twin, who has nine tenths of their direction in common with them.
    """

    name: str
    subjects: int
    images: int = 2
    alike: float = 0.08
    same: float = 0.65
    twins: float = 0.0


ADULTS, CHILDREN = Group("adults", 500), Group("children", 500, alike=0.2, same=0.55)
"""Presets: children in this model resemble each other more, and themselves less. An assumption, not a finding."""


def draw(groups: Sequence[Group], seed: int) -> tuple[Manifest, list[Acquired]]:
    """Templates and the manifest that goes with them. The same seed draws the same. Raises Malformed."""
    if not groups or len({group.name for group in groups} - {""}) < len(groups):
        raise Malformed("name each synthetic group once, and at least one")
    if sum(group.subjects * group.images for group in groups) > MOST:
        raise Malformed(f"a synthetic population has at most {MOST} images")
    random = np.random.default_rng(seed)
    rows: list[Row] = []
    found: list[Acquired] = []
    for group in groups:
        for number, values in enumerate(_templates(group, random)):
            subject = f"{group.name}-{number // group.images}"
            found.append(Acquired(len(rows), values.astype("<f4").tobytes(), -1, aligned=False))
            rows.append(Row(f"synthetic/{subject}/{number % group.images}", subject, None, (group.name,)))
    return Manifest(Path(), tuple(rows), (COLUMN,), {}), found


def _templates(group: Group, random: np.random.Generator) -> NDArray[np.float32]:
    if not (0 <= group.alike < group.same < 1 and 0 <= group.twins <= 1 and group.subjects > 0 and group.images > 0):
        raise Malformed(
            f"synthetic group '{group.name[:40]}': 0 <= alike < same < 1, and a subject and an image at least"
        )
    common = _directions(1, random)
    subjects = _directions(group.subjects, random)
    pairs = int(group.twins * group.subjects / 2)
    subjects[1 : 2 * pairs : 2] = _unit(0.9**0.5 * subjects[: 2 * pairs : 2] + 0.1**0.5 * _directions(pairs, random))
    images = _directions(group.subjects * group.images, random)
    parts = (group.alike, group.same - group.alike, 1 - group.same)
    each = np.repeat(subjects, group.images, axis=0)
    mixed = parts[0] ** 0.5 * common + parts[1] ** 0.5 * each + parts[2] ** 0.5 * images
    return _unit(mixed).astype(np.float32)


def _directions(count: int, random: np.random.Generator) -> NDArray[np.float64]:
    return _unit(random.normal(size=(count, DIMENSION)))


def _unit(vectors: NDArray[np.float64]) -> NDArray[np.float64]:
    return np.asarray(vectors / np.linalg.norm(vectors, axis=1, keepdims=True), np.float64)
