"""Shares: work on many pieces of memory at once: tables of them for compiled loops, and threads that take turns.

A kernel that is given a table runs through all its pieces without Python between them: for sheets of 4,096 rows that
would cost a tenth of the work, and threads would wait for each other. Invariant: who makes a table keeps what it
points to until the kernel has returned, which the functions here and in `matcher`, `fused` and `tag` do.
"""

import threading
from collections.abc import Callable, Iterable, Sequence
from ctypes import c_char_p, c_void_p
from typing import Any, TypeVar

import numpy as np
from numpy.typing import NDArray

from countenance.errors import Malformed

ROWS = 65_536
"""Rows of a share: about half a millisecond of work, so that threads end together and Python hardly counts."""

T = TypeVar("T")


def together(parts: Sequence[T], act: Callable[[T], object], *, threads: int) -> None:
    """`act` on every part, by this thread and at most `threads` - 1 others, each taking the next when it is free.

    Raises the first error of any, when all have stopped.
    """
    waiting, faults = iter(parts), list[BaseException]()

    def work() -> None:
        try:
            for part in waiting:
                act(part)
        except BaseException as error:  # noqa: BLE001 - handed to the thread that waits, which raises it
            faults.append(error)

    others = [threading.Thread(target=work) for _ in range(min(threads, len(parts)) - 1)]
    for other in others:
        other.start()
    work()
    for other in others:
        other.join()
    if faults:
        raise faults[0]


def of(counts: Sequence[int], rows: int = ROWS) -> list[range]:
    """Ranges of indices whose `counts` together reach `rows`, the last one perhaps less."""
    found, first, held = [], 0, 0
    for index, count in enumerate(counts):
        held += count
        if held >= rows:
            found.append(range(first, index + 1))
            first, held = index + 1, 0
    return [*found, range(first, len(counts))] if first < len(counts) else found


def address(memory: NDArray[Any] | bytes) -> int:
    """Where `memory` begins. It must outlive the use of this number. Raises Malformed if it is not contiguous."""
    if isinstance(memory, bytes):
        return c_void_p.from_buffer(c_char_p(memory)).value or 0
    if not memory.flags.c_contiguous:
        raise Malformed("a kernel runs through memory that lies in one piece")
    return int(memory.ctypes.data)


def table(lines: Iterable[tuple[int, ...]], width: int) -> NDArray[np.int64]:
    """`lines` of `width` numbers each, as kernels take them."""
    return np.array(list(lines), dtype=np.int64).reshape(-1, width)
