"""Streams of searches of known truth, to find how often the test of `sequential` is wrong and how soon it is right.

Synthetic: numbers from a generator, no face, no score. A stream is searches one after the other, each with what it was
to expect at most and with a stranger or none; the stop is the custodian's (`zones.custodian.strangers`).
"""

import numpy as np
from numpy.typing import NDArray

from countenance.evaluation import sequential

_TOGETHER = 500


def stops(
    stated: NDArray[np.float64], ratio: float, limit: float, *, streams: int, seed: int, late: int = 0
) -> NDArray[np.int64]:
    """After how many searches each of `streams` streams is stopped, 0 for never; (streams,).

    `stated`: (searches,) strangers that each search is to expect; truly it shows one with `ratio` times that
    probability. `limit`: the policy's for the widest. `late`: outcomes come so many searches after their search.
    """
    chance = np.random.default_rng(seed)
    truly = np.minimum(1.0, ratio * stated)
    expected, widest = np.cumsum(stated), np.maximum.accumulate(stated)
    # `sequential.beyond`, turned round: stopped where the least that so many strangers prove is above the bar.
    bar = np.divide(expected * limit, widest, out=np.full_like(expected, np.inf), where=widest > 0)
    least = [0.0]
    while least[-1] <= bar[np.isfinite(bar)].max(initial=0.0):
        least.append(sequential.least(len(least)))
    found = np.zeros(streams, np.int64)
    for start in range(0, streams, _TOGETHER):
        here = min(_TOGETHER, streams - start)
        shown = chance.random((here, len(stated))) < truly
        known = np.zeros_like(shown)
        known[:, late:] = shown[:, : len(stated) - late]
        strangers = np.minimum(np.cumsum(known, axis=1), len(least) - 1)
        over = np.take(least, strangers) > bar
        found[start : start + here] = np.where(over.any(axis=1), over.argmax(axis=1) + 1, 0)
    return found
