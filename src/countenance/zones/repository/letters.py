"""Letters: what the kiosks of a gate leave for each other, in memory, for a minute. Nobody here can read one.

An address is 16 bytes that only the kiosks of a flight can work out; whoever knows one may leave a letter there. So who
has no flight's key can fill this up, and then new kiosks wait, but takes no kiosk's place. Invariants:

* Nothing of it is ever on a disk; of each address the newest letter alone is here, and for a minute.
* Bounded: `MOST` letters of at most `LARGEST` bytes. Those that are here are not put out by others.

Who controls this sees that so many kiosks speak, and since when. They can hold letters back or give old ones; kiosks
notice both (`gates.rounds`).
"""

import threading
from collections.abc import Callable
from dataclasses import dataclass
from typing import Final

from countenance.errors import Unavailable
from countenance.vocabulary.moments import Moment

MOST: Final = 256
LARGEST: Final = 256 * 1024
FORGOTTEN: Final = 60_000
"""Milliseconds after which a letter is gone."""


@dataclass(frozen=True, slots=True, repr=False)
class _Letter:
    arrived: Moment
    data: bytes


class Letters:
    """The letters that lie here. Threads share it. `clock`: UTC milliseconds."""

    def __init__(self, clock: Callable[[], Moment]) -> None:
        self._clock = clock
        self._lock = threading.Lock()
        self._kept: dict[tuple[str, str], _Letter] = {}

    def leave(self, gate: str, kiosk: str, data: bytes) -> list[tuple[str, bytes]]:
        """Keep a letter in place of the kiosk's last; what lies here of the gate's others. Raises Unavailable."""
        with self._lock:
            if (gate, kiosk) not in self._kept and len(self._kept) >= MOST:
                raise Unavailable(f"{MOST} kiosks leave letters here already; let another repository have the rest")
            self._kept[gate, kiosk] = _Letter(self._clock(), data)
            return [(other, one.data) for (of, other), one in self._kept.items() if of == gate and other != kiosk]

    def forget(self) -> None:
        """Drop letters that are over a minute old."""
        now = self._clock()
        with self._lock:
            self._kept = {at: one for at, one in self._kept.items() if 0 <= now - one.arrived < FORGOTTEN}
