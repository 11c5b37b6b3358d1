"""Budget: what one person's answers may tell altogether, and the randomisation that keeps to it.

k-ary randomised response (Warner 1965; Kairouz, Bonawitz and Ramage 2016): with a chance `keep` an answer is reported
as it is, else one of all k, each as likely. Whoever sees a report, knowing everything else, learns of the answer behind
it no more than a factor e^epsilon. Invariants:

* What a person reports in all waves together tells at most `Instrument.epsilon`: the items they report share it evenly,
  rounded down; which items those are is drawn by chance, whatever they answered.
* The chance is a whole number of 2^53 parts, rounded down: 1 + k * keep / (1 - keep) <= e^epsilon, exactly.
* Paper and kiosk are not randomised, and are named so.
"""

import secrets
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from decimal import ROUND_FLOOR, Decimal, localcontext
from functools import cache
from typing import Final

import numpy as np
from numpy.typing import NDArray

from countenance.survey import wording
from countenance.vocabulary.survey import MILLIONTHS, UNREPORTED, Instrument, Privacy, Way

PARTS: Final = 1 << 53
"""Of which a chance is a whole number: what a browser's random double has, too."""

Bytes = NDArray[np.uint8]

ABSENT: Final = 255
"""In records: an item that chance did not take into what this person reports."""


@dataclass(frozen=True, slots=True)
class Channel:
    """How an item of `size` answers is randomised: `kept` of PARTS are reported as they are."""

    size: int
    kept: int

    @property
    def keep(self) -> float:
        """The chance that an answer is reported as it is, whatever the draw among all."""
        return self.kept / PARTS

    @property
    def weight(self) -> float:
        """How many honest reports one forged report weighs: (e^epsilon + k - 1) / (e^epsilon - 1)."""
        return PARTS / self.kept


@cache
def channel(size: int, epsilon: int | None) -> Channel:
    """The randomisation of `size` answers under `epsilon` millionths; None: none at all."""
    if epsilon is None:
        return Channel(size, PARTS)
    with localcontext() as context:
        context.prec = 60
        grown = (Decimal(epsilon) / MILLIONTHS).exp() - 1
        kept = (grown / (grown + size) * PARTS).to_integral_value(ROUND_FLOOR)
    return Channel(size, int(kept))


def of_item(instrument: Instrument) -> int | None:
    """Millionths of epsilon that one reported item has; None where nothing is randomised."""
    if instrument.privacy is Privacy.CENTRAL:
        return None
    return instrument.epsilon // (instrument.waves * instrument.reported)


def channels(instrument: Instrument, way: Way = Way.WEB) -> tuple[Channel, ...]:
    """How each item is randomised where answers come this way."""
    epsilon = of_item(instrument) if way is Way.WEB else None
    return tuple(channel(len(item.answers), epsilon) for item in instrument.items)


def as_given(instrument: Instrument, way: Way) -> bool:
    """Whether answers that came this way are kept as they were given."""
    return all(how.kept == PARTS for how in channels(instrument, way))


def forged(instrument: Instrument) -> float:
    """How many honest people one forger outweighs at most: who forges picks the item, which chance does for others."""
    return max(how.weight for how in channels(instrument)) * len(instrument.items) / instrument.reported


def label(instrument: Instrument, way: Way) -> str:
    """What is said of the privacy of answers that came this way."""
    return wording.label(instrument.privacy, instrument.epsilon, way)


def randomised(answer: int, how: Channel, below: Callable[[int], int] = secrets.randbelow) -> int:
    """One answer as it is reported. `below(n)`: a random number below n, from the operating system by default."""
    return answer if below(PARTS) < how.kept else below(how.size)


def reported(
    instrument: Instrument, truths: Sequence[int], below: Callable[[int], int] = secrets.randbelow
) -> tuple[int, ...]:
    """What one person reports of their true answers: some items by chance, each randomised, the others UNREPORTED."""
    waiting = list(range(len(truths)))
    taken = {waiting.pop(below(len(waiting))) for _ in range(instrument.reported)}
    return tuple(
        randomised(truth, how, below) if at in taken else UNREPORTED
        for at, (truth, how) in enumerate(zip(truths, channels(instrument), strict=True))
    )


def randomise(instrument: Instrument, truths: Bytes, draw: np.random.Generator) -> Bytes:
    """As `reported`, of many people at once: (people, items) places of true answers; ABSENT where not reported.

    For simulations: `draw` need not be one that nobody can guess.
    """
    people, items = truths.shape
    out = np.empty_like(truths)
    for at, how in enumerate(channels(instrument)):
        if how.kept == PARTS:
            out[:, at] = truths[:, at]
            continue
        any_of_all = draw.integers(how.size, size=people, dtype=np.uint8)
        out[:, at] = np.where(draw.random(people) < how.keep, truths[:, at], any_of_all)
    if instrument.reported < items:
        order = draw.random((people, items), dtype=np.float32).argpartition(instrument.reported, axis=1)
        np.put_along_axis(out, order[:, instrument.reported :], ABSENT, axis=1)
    return out
