"""Spending: which tokens of a wave are spent, looked for in its files as they lie, each in ascending order.

A batch asks for a few of what may be millions, so nothing is taken apart: a place is looked for by halving.
"""

from bisect import bisect_left
from collections.abc import Iterable

import numpy as np

from countenance.errors import Tampered
from countenance.survey.responses import SPENT


class Spent:
    """The hashes of some files' contents, and those that come now. Raises Tampered for a file that does not ascend."""

    def __init__(self, files: Iterable[bytes]) -> None:
        self._files = [data for data in files if data]
        self._new: set[bytes] = set()
        if not all(map(_ascends, self._files)):
            raise Tampered("the hashes of spent tokens are not in their order: restore this wave's files from a copy")

    def __contains__(self, one: bytes) -> bool:
        return one in self._new or any(_holds(data, one) for data in self._files)

    def add(self, one: bytes) -> None:
        """It is spent from now on."""
        self._new.add(one)


def _holds(data: bytes, one: bytes) -> bool:
    count = len(data) // SPENT
    at = SPENT * bisect_left(range(count), one, key=lambda number: data[number * SPENT : (number + 1) * SPENT])
    return data[at : at + SPENT] == one


def _ascends(data: bytes) -> bool:
    """Whether each is at least as large as the one before; by their first eight bytes, and the few equal ones whole."""
    if len(data) % SPENT:
        return False
    heads = np.frombuffer(data, ">u8").reshape(-1, SPENT // 8)[:, 0]
    if np.any(heads[1:] < heads[:-1]):
        return False
    for at in np.flatnonzero(heads[1:] == heads[:-1]):
        first, second = data[at * SPENT : (at + 1) * SPENT], data[(at + 1) * SPENT : (at + 2) * SPENT]
        if second < first:
            return False
    return True
