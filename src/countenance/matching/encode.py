"""Encode: a unit template as whole numbers, so that a masked score is exact.

After ENCRYPTED-SEARCH section 1: `m = round(s * t)`. Invariants:

* For any two coded templates that `checked` accepts, |<q, m>| < 2^15, so a score modulo 2^16 is the score.
* The scale follows from the dimension alone; both sides need to agree on nothing else.

Why the scale is what it is: rounding moves a component by at most 1/2, so |m| <= s*|t| + sqrt(d)/2, and by
Cauchy-Schwarz |<q, m>| <= |q| * |m|. With |t| <= 1 + TOLERANCE the bound stays below 2^15 for
s < (sqrt(2^15) - sqrt(d)/2) / (1 + TOLERANCE): 175.1 at d = 128 and 169.5 at d = 512.

The norm and range check is also a defence: a hostile probe of unit vectors or of huge components would read stored
templates out of yes-or-no answers (attack A2); only vectors that a unit template can have been coded to pass.
"""

import math

import numpy as np
from numpy.typing import NDArray

from countenance.errors import Malformed

TOLERANCE = 1e-3
"""How far from 1 the length of a template may be; float32 normalisation is off by less than 1e-6."""

MAXIMUM_DIMENSION = 4096
"""Keeps the unreduced product of a coded and a masked template inside int32 for every probe that `checked` accepts."""


def scale(dimension: int) -> int:
    """The largest whole `s` with which no score of two unit templates of `dimension` components reaches 2^15."""
    if not 1 <= dimension <= MAXIMUM_DIMENSION:
        raise Malformed(f"a template has 1 to {MAXIMUM_DIMENSION} components, not {dimension}")
    return math.ceil((math.sqrt(2**15) - math.sqrt(dimension) / 2) / (1 + TOLERANCE)) - 1


SCALE = {dimension: scale(dimension) for dimension in (128, 512)}


def encode(values: NDArray[np.float32]) -> NDArray[np.int16]:
    """Code a unit template, shape (d,), as int16, shape (d,). Raises Malformed if it is not of unit length."""
    if values.ndim != 1:
        raise Malformed("a template is one row of numbers")
    exact = values.astype(np.float64)
    length = float(np.sqrt(np.dot(exact, exact)))
    if not math.isfinite(length) or abs(length - 1) > TOLERANCE:
        raise Malformed("a template has unit length; normalise it before it is coded")
    return np.rint(scale(len(exact)) * exact).astype(np.int16)


def checked(coded: NDArray[np.int16]) -> NDArray[np.int16]:
    """`coded`, if some unit template may have been coded to it. Raises Malformed if its length or range says no."""
    if coded.ndim != 1:
        raise Malformed("a coded template is one row of numbers")
    wide = coded.astype(np.int64)
    check_size(int(np.dot(wide, wide)), int(np.abs(wide).max(initial=0)), len(coded))
    return coded


def check_size(squared: int, largest: int, dimension: int) -> None:
    """Raise Malformed unless a coded template may have this squared length and this largest magnitude."""
    factor = scale(dimension)
    least = factor * (1 - TOLERANCE) - math.sqrt(dimension) / 2
    # 2^15 itself is out: |q|^2 < 2^15 for both sides is what keeps every score inside 16 bits.
    if not max(least, 0.0) ** 2 <= squared < 2**15 or squared == 0 or largest > factor + 1:
        raise Malformed("these numbers are not a coded template: its length is not that of a face template")


def to_bytes(coded: NDArray[np.int16]) -> bytes:
    """`coded` as little-endian int16, 2 * d bytes."""
    return coded.astype("<i2").tobytes()


def from_bytes(data: bytes) -> NDArray[np.int16]:
    """The checked coded template in `data` (little-endian int16). Raises Malformed."""
    if not data or len(data) % 2:
        raise Malformed("a coded template has two bytes a component")
    return checked(np.frombuffer(data, dtype="<i2").astype(np.int16))


def least_score(threshold: int, dimension: int) -> int:
    """`threshold` (comparison score in thousandths) as the least coded score that reaches it, rounded up."""
    return math.ceil(threshold * scale(dimension) ** 2 / 1000)
