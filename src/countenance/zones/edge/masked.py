"""Masked galleries at the edge: the rows that stand before one camera or kiosk, and a probe's products with them.

Rows say nothing without the gallery custodian's keys, and are dropped when they stand no more. Probes are written into
buffers of the caller's, who wipes them. Who takes this host learns how many references stand here, not who is in it.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from countenance.channel.session import Session
from countenance.crypto.session import wipe
from countenance.errors import Malformed
from countenance.formats import probes
from countenance.formats.probes import HEADER, LARGEST, MAXIMUM_DIMENSION, MAXIMUM_ROWS, Heading
from countenance.vocabulary.galleries import MaskedGallery
from countenance.vocabulary.moments import Moment

Multiply = Callable[..., NDArray[np.int32]]


@dataclass(frozen=True, slots=True, repr=False)
class Held:
    """One gallery's masked rows, shape (n, d)."""

    listed: MaskedGallery
    rows: NDArray[np.int16]
    multiply: Multiply

    def __repr__(self) -> str:
        return f"Held({self.listed.gallery}, {len(self.rows)} rows)"


class Buffers:
    """Room for one probe and its products; one thread's."""

    def __init__(self) -> None:
        self._plain = bytearray(LARGEST)
        self._products = np.zeros(probes.MAXIMUM_ROWS, dtype=np.int32)

    def write(self, held: Held, q: NDArray[np.int16], sighting: str, moment: Moment) -> memoryview:
        """What goes to the gallery custodian of probe `q`, shape (d,), for one gallery; valid until `wipe`."""
        listed, dimension = held.listed, len(q)
        heading = Heading(listed.gallery, listed.number, listed.rows, moment, sighting, listed.dimension)
        products = held.multiply(q, held.rows, out=self._products[: listed.rows])
        probes.write_heading(heading, self._plain)
        np.copyto(np.frombuffer(self._plain, "<i2", dimension, HEADER), q)
        np.copyto(np.frombuffer(self._plain, "<i4", listed.rows, heading.products_at), products)
        return memoryview(self._plain)[: heading.size]

    def wipe(self) -> None:
        """Overwrite both."""
        wipe(self._plain)
        self._products.fill(0)

    def __repr__(self) -> str:
        return f"Buffers({len(self._plain)} bytes)"


def look(session: Session, before: Mapping[bytes, Held]) -> dict[bytes, Held]:
    """The galleries that stand now, by digest; rows of those in `before` do not come again."""
    listed, rows = session.galleries(tuple(before))
    held = {}
    for one in listed:
        known = before.get(one.digest)
        if known is None:
            if not (1 <= one.rows <= MAXIMUM_ROWS and 1 <= one.dimension <= MAXIMUM_DIMENSION):
                raise Malformed("the gallery custodian listed a gallery of no size; run the same version on both sides")
            if one.digest not in rows:
                raise Malformed("the gallery custodian listed a gallery and kept its rows back; try again")
            array = np.frombuffer(rows[one.digest], dtype="<i2").reshape(one.rows, one.dimension)
            known = Held(one, array, _multiplication())
        held[one.digest] = known
    return held


def _multiplication() -> Multiply:
    # Loaded with the first gallery: compiled code takes 130 MiB, which other cameras need not carry.
    from countenance.matching import matcher  # noqa: PLC0415 - see above

    return matcher.products
