"""One finished track on its way to a gallery custodian: a header, the coded probe, and its masked products.

Layout, little-endian: gallery (8 bytes), number u32, rows u32, moment u64, sighting (16 bytes), dimension u32, four
zero bytes; then the probe, int16 each; then the products, int32 each. All parts lie at multiples of 8 from the start.
Both ends write and read it in buffers of their own, which they wipe.
"""

import struct
from dataclasses import dataclass

from countenance.errors import Malformed
from countenance.vocabulary.moments import Moment

_HEADER = struct.Struct("<8sIIQ16sII")
HEADER = _HEADER.size

MAXIMUM_ROWS = 10_000
"""References of one gallery."""

MAXIMUM_DIMENSION = 512

LARGEST = HEADER + 2 * MAXIMUM_DIMENSION + 4 * MAXIMUM_ROWS
"""Bytes of the longest probe with its products."""


@dataclass(frozen=True, slots=True)
class Heading:
    """What the numbers belong to. `gallery` 16 and `sighting` 32 hex digits; `rows`: products, one a reference."""

    gallery: str
    number: int
    rows: int
    moment: Moment
    sighting: str
    dimension: int

    @property
    def products_at(self) -> int:
        """Where the products begin."""
        return HEADER + 2 * self.dimension

    @property
    def size(self) -> int:
        """Bytes of the whole."""
        return self.products_at + 4 * self.rows


def write_heading(heading: Heading, into: bytearray) -> None:
    """Write the header at the beginning of `into`. Raises Malformed for numbers that have no room in it."""
    try:
        _HEADER.pack_into(
            into,
            0,
            bytes.fromhex(heading.gallery),
            heading.number,
            heading.rows,
            heading.moment,
            bytes.fromhex(heading.sighting),
            heading.dimension,
            0,
        )
    except (struct.error, ValueError) as error:
        raise Malformed("this probe's heading cannot be written") from error


def read_heading(data: bytearray, size: int) -> Heading:
    """The header of the `size` bytes that begin `data`. Raises Malformed unless what follows is as long as it says."""
    if not HEADER <= size <= len(data):
        raise Malformed("this is no probe: it is shorter than its heading")
    gallery, number, rows, moment, sighting, dimension, zero = _HEADER.unpack_from(data)
    heading = Heading(gallery.hex(), number, rows, moment, sighting.hex(), dimension)
    if zero or rows > MAXIMUM_ROWS or not 0 < dimension <= MAXIMUM_DIMENSION or heading.size != size:
        raise Malformed("this is no probe: it is not as long as its heading says")
    return heading
