"""Presentation attack detection (PAD) from one picture, by a model of your own with a model card.

No such model comes with the package, and without one nothing is claimed. Invariants:

* Whatever goes wrong (no numbers, a face that cannot be cut out) is *no response*, never bona fide.
* A score on the threshold is an attack.
* The model's file is the one that its card names by SHA-256.

What a model is worth is what `countenance evaluate attacks` counts, on attacks of the kind one expects.
"""

from collections.abc import Sequence
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from countenance.errors import CountenanceError
from countenance.faces import weights
from countenance.faces.alignment import align, levels
from countenance.faces.image import Image
from countenance.faces.pad_card import Higher, PadCard
from countenance.vocabulary.faces import Face
from countenance.vocabulary.liveness import Judgement, Outcome


class Pad:
    """A PAD model, opened. Raises what `weights.session` raises: without the model there is no `Pad`."""

    def __init__(self, card: PadCard, *, threads: int = 1, cache: Path | None = None) -> None:
        self.card = card
        self._session = weights.session(card, threads=threads, cache=cache)
        self._input = self._session.get_inputs()[0].name
        self._output = self._session.get_outputs()[0].name

    def judge(self, image: Image, face: Face) -> Judgement:
        """The model's word on `face` in `image`: no response, with the reason, if it gives none."""
        try:
            score = self._score(image, face)
        except CountenanceError as error:
            return Judgement(Outcome.NO_RESPONSE, str(error))
        except Exception as error:  # noqa: BLE001 - a runtime's errors are of any kind; none of them is bona fide
            return Judgement(Outcome.NO_RESPONSE, f"the PAD model failed ({type(error).__name__})")
        if score is None:
            return Judgement(Outcome.NO_RESPONSE, "the PAD model gave no usable numbers: check its card")
        limit = self.card.threshold
        attack = score >= limit if self.card.higher is Higher.ATTACK else score <= limit
        outcome = Outcome.ATTACK if attack else Outcome.BONA_FIDE
        return Judgement(outcome, f"{self.card.name}: {score:.4f}, threshold {limit}", score)

    def _score(self, image: Image, face: Face) -> float | None:
        tensor = levels(align(image, face, self.card), self.card)
        (output,) = self._session.run([self._output], {self._input: tensor})
        numbers: NDArray[np.float64] = np.asarray(output, np.float64).reshape(-1)
        if numbers.size != self.card.numbers or not np.isfinite(numbers).all():
            return None
        if self.card.softmax:
            numbers = np.exp(numbers - numbers.max())
            numbers /= numbers.sum()
        return float(numbers[self.card.index])


def together(judgements: Sequence[Judgement]) -> Judgement:
    """Of several frames of one presentation: bona fide only if more than half of all frames are.

    Frames without a response count as frames; if there is none but them, there is no response.
    """
    counts = {outcome: sum(it.outcome is outcome for it in judgements) for outcome in Outcome}
    if counts[Outcome.NO_RESPONSE] == len(judgements):
        return judgements[0] if judgements else Judgement(Outcome.NO_RESPONSE, "no face was found")
    bona_fide = 2 * counts[Outcome.BONA_FIDE] > len(judgements)
    reason = f"{counts[Outcome.BONA_FIDE]} of {len(judgements)} frames bona fide"
    return Judgement(Outcome.BONA_FIDE if bona_fide else Outcome.ATTACK, reason)
