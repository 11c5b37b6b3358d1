"""Scoring: one probe against one gallery, in buffers of this process's own that are overwritten at once.

Invariants:

* Probe, products and scores exist in these buffers and nowhere else in this process: a probe is decrypted into the
  first, and every step after it writes into the next. None of them is kept from one probe to the next.
* `wipe` overwrites all of them before the next probe and before the thread sleeps.
* What leaves is which references are candidates; for a non-mated probe that is nothing.
* A probe that no unit template can have been coded to is not compared (attack A2).
"""

import numpy as np
from numpy.typing import NDArray

from countenance.crypto.session import Receiving, wipe
from countenance.errors import Malformed
from countenance.formats import probes
from countenance.formats.probes import HEADER, LARGEST, MAXIMUM_DIMENSION, MAXIMUM_ROWS, Heading
from countenance.matching import encode, matcher
from countenance.zones.custodian.gallery.standing import Live


class Workspace:
    """Buffers for one probe at a time; one thread's."""

    def __init__(self) -> None:
        self._plain = bytearray(LARGEST)
        self._wide = np.zeros(MAXIMUM_DIMENSION, dtype=np.int64)
        self._padded = np.zeros(MAXIMUM_ROWS, dtype=np.int32)
        self._scores = np.zeros(MAXIMUM_ROWS, dtype=np.int32)
        self._reached = np.zeros(MAXIMUM_ROWS, dtype=np.bool_)

    def receive(self, session: Receiving, data: bytes) -> Heading:
        """Decrypt a probe; its heading. Raises Tampered or Malformed."""
        return probes.read_heading(self._plain, session.decrypt_into(data, self._plain))

    def candidates(self, heading: Heading, live: Live) -> list[int]:
        """Positions of the references whose score is above the threshold, at most as many as the gallery allows.

        Where more are, those with the highest scores, in no order. Raises Malformed for a probe of another gallery.
        """
        rows, dimension = live.pads.shape
        if (heading.rows, heading.dimension) != (rows, dimension):
            raise Malformed("this probe is not as long as the gallery it names")
        q = np.frombuffer(self._plain, dtype="<i2", count=dimension, offset=HEADER)
        self._check(q)
        scores, padded = self._scores[:rows], self._padded[:rows]
        matcher.products(q, live.pads, out=padded, threads=1)
        np.copyto(scores, np.frombuffer(self._plain, dtype="<i4", count=rows, offset=heading.products_at))
        # Modulo 2^16 and signed, in place: a score is what is left of the difference in its lower half.
        np.subtract(scores, padded, out=scores)
        np.left_shift(scores, 16, out=scores)
        np.right_shift(scores, 16, out=scores)
        reached = np.greater_equal(scores, live.least, out=self._reached[:rows])
        np.logical_and(reached, live.present, out=reached)
        found = [int(row) for row in np.flatnonzero(reached)]
        most = live.permission.standing.limits.candidates
        return sorted(sorted(found, key=lambda row: -int(scores[row]))[:most])

    def wipe(self) -> None:
        """Overwrite every buffer."""
        wipe(self._plain)
        buffers: tuple[NDArray[np.generic], ...] = (self._wide, self._padded, self._scores, self._reached)
        for buffer in buffers:
            buffer.fill(0)

    def _check(self, q: NDArray[np.int16]) -> None:
        """As `encode.checked`, without copies that outlive this probe."""
        wide = self._wide[: len(q)]
        np.copyto(wide, q)
        squared = int(np.dot(wide, wide))
        encode.check_size(squared, max(int(wide.max()), -int(wide.min())), len(q))

    def __repr__(self) -> str:
        return f"Workspace({len(self._plain)} bytes)"
