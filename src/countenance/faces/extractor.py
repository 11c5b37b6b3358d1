"""Extraction: from a sample to a template, a unit vector that stands for the face.

Invariants:

* A template is finite and of unit length, and carries the digest of the extractor that made it.
* Templates of two extractors are never combined.
"""

from collections.abc import Sequence
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from countenance.errors import Malformed
from countenance.faces import weights
from countenance.faces.alignment import Sample, levels
from countenance.faces.card import ExtractorCard
from countenance.vocabulary.faces import Template


class Extractor:
    """An extractor, opened. Its methods may be called from several threads."""

    def __init__(self, card: ExtractorCard, *, threads: int = 1, cache: Path | None = None) -> None:
        self.card = card
        self.digest = card.digest
        self.dimension = card.dimension
        self._session = weights.session(card, threads=threads, cache=cache)
        self._input = self._session.get_inputs()[0].name
        self._output = self._session.get_outputs()[0].name

    def extract(self, sample: Sample) -> Template:
        """The template of one sample, uint8 (card.height, card.width, 3), red first. Raises Malformed."""
        return self.measured(sample)[0]

    def measured(self, sample: Sample) -> tuple[Template, float]:
        """The template, and how long the network's output was before it was brought to unit length.

        Networks that were trained on the hypersphere give short outputs to faces in which they see little (Meng et al.,
        "MagFace", 2021). Raises Malformed.
        """
        card = self.card
        (output,) = self._session.run([self._output], {self._input: levels(sample, card)})
        if output.size != card.dimension:
            raise Malformed(f"the model of the card '{card.name}' gives {output.size} numbers, not {card.dimension}")
        vector = np.asarray(output, np.float32).reshape(-1)
        return _template(self.digest, vector, shots=1), float(np.linalg.norm(vector.astype(np.float64)))


def values(template: Template) -> NDArray[np.float32]:
    """The template's components, float32 (dimension,)."""
    return np.frombuffer(template.values, "<f4").astype(np.float32)


def read_template(extractor: bytes, data: bytes, shots: int = 1) -> Template:
    """The template that was kept as `Template.values`. Raises Malformed if it is not finite or not of unit length."""
    if len(extractor) != 32 or not data or len(data) % 4 or shots < 1:
        raise Malformed("this is no template: it needs a digest of 32 bytes and 4 bytes for each component")
    kept = Template(extractor, data, shots)
    if not abs(float(np.linalg.norm(values(kept).astype(np.float64))) - 1.0) < 1e-3:
        raise Malformed("this template is damaged: its components do not make a unit vector")
    return kept


def combine(templates: Sequence[Template], weights: Sequence[float]) -> Template:
    """The weighted mean of several templates of one subject, brought to unit length. Raises Malformed.

    `weights`: one number above 0 each, for instance the samples' quality. `shots` are added up.
    """
    if not templates or len(templates) != len(weights) or not all(weight > 0 for weight in weights):
        raise Malformed("to combine templates, give at least one, and one weight above 0 for each")
    first = templates[0]
    if any((t.extractor, t.dimension) != (first.extractor, first.dimension) for t in templates):
        raise Malformed("templates of two extractors cannot be combined: extract them with one")
    total = sum((values(t) * np.float32(w) for t, w in zip(templates, weights, strict=True)), np.float32(0))
    return _template(first.extractor, np.asarray(total), shots=sum(t.shots for t in templates))


def _template(extractor: bytes, vector: NDArray[np.float32], *, shots: int) -> Template:
    length = float(np.linalg.norm(vector.astype(np.float64)))
    if not np.isfinite(length) or length < 1e-9:
        raise Malformed("the extractor gave no usable numbers for this sample: use another picture or model")
    return Template(extractor, (vector / np.float32(length)).astype("<f4").tobytes(), shots)
