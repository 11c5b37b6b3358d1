"""Stills and patches: pieces of one person's pictures, padded so that their lengths say nothing.

A *slot* of fixed size is: length of the header (2 bytes, big-endian), header (canonical JSON of the whole numbers
`height`, `jpeg`, `moment`, `width`, `x`, `y`), the JPEG (`jpeg` bytes), zeros to the end. A still is one slot of
64 KiB. Patches are slots of 16 KiB, as many as the next power of two, the rest dummies of zeros only. Invariants:

* One sequence of pieces has one spelling: dummies come last and are fewer than the pieces, padding is zero.
* Pieces are in order of time, no two of one moment.
"""

import itertools
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from countenance.errors import Malformed
from countenance.formats import canonical
from countenance.vocabulary.moments import Moment

# Sizes in bytes.
STILL = 64 * 1024
SLOT = 16 * 1024
# What a slot may need beside the JPEG: 2 bytes and a header whose numbers are as long as they get.
HEADROOM = 128
# Pieces kept of one sighting; 256 slots are 4 MiB.
MOST = 256
_FIELDS = ("height", "jpeg", "moment", "width", "x", "y")


@dataclass(frozen=True, slots=True, repr=False)
class Piece:
    """A rectangle of one frame, in pixels of the stored frame, as a JPEG that may have been scaled down."""

    moment: Moment
    x: int
    y: int
    width: int
    height: int
    jpeg: bytes

    def __repr__(self) -> str:
        return f"Piece({len(self.jpeg)} bytes)"


def write_still(piece: Piece) -> bytes:
    """One slot of 64 KiB. Raises Malformed if the JPEG does not fit (STILL - HEADROOM always does)."""
    return _slot(piece, STILL)


def read_still(data: bytes) -> Piece:
    """The piece that `data` spells. Raises Malformed."""
    piece = _piece(data, STILL)
    if piece is None:
        raise Malformed("this still is empty")
    return piece


def write_patches(pieces: Sequence[Piece]) -> bytes:
    """Slots for 1 to 256 pieces in order of time, filled up with dummies to a power of two. Raises Malformed."""
    if not 1 <= len(pieces) <= MOST:
        raise Malformed(f"a sighting keeps 1 to {MOST} patches")
    _ordered(pieces)
    data = b"".join(_slot(piece, SLOT) for piece in pieces)
    return data.ljust(SLOT << (len(pieces) - 1).bit_length(), b"\0")


def read_patches(data: bytes) -> tuple[Piece, ...]:
    """The pieces that `data` spells, dummies left out. Raises Malformed."""
    slots = len(data) // SLOT
    if len(data) % SLOT or not 1 <= slots <= MOST or slots & (slots - 1):
        raise Malformed("patches fill a power of two of slots; this is something else")
    read = [_piece(data[start : start + SLOT], SLOT) for start in range(0, len(data), SLOT)]
    pieces = tuple(piece for piece in read if piece is not None)
    if not pieces or None in read[: len(pieces)] or 1 << (len(pieces) - 1).bit_length() != slots:
        raise Malformed("dummies stand in the wrong place or are too many")
    _ordered(pieces)
    return pieces


def _ordered(pieces: Sequence[Piece]) -> None:
    if any(later.moment <= earlier.moment for earlier, later in itertools.pairwise(pieces)):
        raise Malformed("patches are written in order of time, one a moment")


def _slot(piece: Piece, size: int) -> bytes:
    _checked(piece)
    numbers = (piece.height, len(piece.jpeg), piece.moment, piece.width, piece.x, piece.y)
    header = canonical.write(dict(zip(_FIELDS, numbers, strict=True)))
    if 2 + len(header) + len(piece.jpeg) > size:
        raise Malformed(f"this picture does not fit a slot of {size} bytes; make it smaller")
    return (len(header).to_bytes(2, "big") + header + piece.jpeg).ljust(size, b"\0")


def _piece(slot: bytes, size: int) -> Piece | None:
    if len(slot) != size:
        raise Malformed(f"this is not a slot of {size} bytes")
    length = int.from_bytes(slot[:2], "big")
    if length == 0:
        if slot.strip(b"\0"):
            raise Malformed("a dummy holds something")
        return None
    value = canonical.read(slot[2 : 2 + length])
    if not isinstance(value, Mapping) or tuple(sorted(value)) != _FIELDS:
        raise Malformed("the header of a slot has a field too many or too few")
    numbers = {}
    for name in _FIELDS:
        number = value[name]
        if type(number) is not int:
            raise Malformed("the header of a slot holds whole numbers only")
        numbers[name] = number
    end = 2 + length + numbers["jpeg"]
    if not 0 < numbers["jpeg"] <= size - 2 - length or slot[end:].strip(b"\0"):
        raise Malformed("a slot's picture is longer than the slot, or padded with something")
    piece = Piece(
        numbers["moment"], numbers["x"], numbers["y"], numbers["width"], numbers["height"], slot[2 + length : end]
    )
    _checked(piece)
    return piece


def _checked(piece: Piece) -> None:
    if min(piece.moment, piece.x, piece.y) < 0 or min(piece.width, piece.height) <= 0 or not piece.jpeg:
        raise Malformed("a piece of a picture has no area, no picture or a place outside the frame")
