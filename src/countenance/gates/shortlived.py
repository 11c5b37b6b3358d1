"""Photos that live seconds: held in memory, encrypted, and gone with their keys.

Invariants:

* A photo dies `life` after it was taken in, at most LONGEST whatever is configured; read or not, it can die sooner.
* Its time is over as soon as either clock says so: the wall clock, or one that never goes back and counts sleep. A wall
  clock that is earlier than when the photo came ends it as well: a clock that jumps makes it die sooner, never later.
* Nothing is written to any disk, and a key never leaves this object, so a crash or a power cut ends every photo.
* Dying is overwriting 32 bytes; what is left in memory is ciphertext.

Who can read this process's memory meanwhile sees the photos that are alive. Python's own copies of a key are given back
to the allocator, not overwritten; whoever reads memory afterwards may find one until it is used again.
"""

import secrets
import threading
from collections.abc import Callable
from dataclasses import dataclass
from typing import Final

from countenance.crypto import segment
from countenance.errors import Refused
from countenance.gates.flights import Clock
from countenance.vocabulary.moments import MILLISECONDS_AN_HOUR, Moment

LONGEST: Final = 12 * MILLISECONDS_AN_HOUR
"""Milliseconds: the ceiling that DHS set for photos of citizens at airports; no setting goes beyond."""

USUAL: Final = 30_000
MOST: Final = 8
"""Photos at a time: a kiosk has one traveller before it, and a few frames of them."""


@dataclass(slots=True, repr=False)
class _Photo:
    key: bytearray
    ciphertext: bytes
    came: Moment
    began: int


class Photos:
    """Photos of who stands before a kiosk. `life`: milliseconds each. Threads may share it."""

    def __init__(
        self, clock: Clock, *, life: int = USUAL, random: Callable[[int], bytes] = secrets.token_bytes
    ) -> None:
        self.life = max(0, min(life, LONGEST))
        self._clock = clock
        self._random = random
        self._lock = threading.Lock()
        self._kept: dict[str, _Photo] = {}

    def keep(self, data: bytes) -> str:
        """Take a photo in; its name, for this process alone. The oldest goes if there are too many."""
        with self._lock:
            self._tidy()
            while len(self._kept) >= MOST:
                self._end(next(iter(self._kept)))
            name, key = self._random(8).hex(), bytearray(self._random(segment.KEY))
            ciphertext = segment.encrypt(bytes(key), data)
            self._kept[name] = _Photo(key, ciphertext, self._clock.now(), self._clock.passed())
            return name

    def read(self, name: str) -> bytes:
        """The photo of that name. Raises Refused if it is gone."""
        with self._lock:
            self._tidy()
            if name not in self._kept:
                raise Refused("this photo is gone: take another")
            return segment.decrypt(bytes(self._kept[name].key), self._kept[name].ciphertext)

    def forget(self, name: str) -> None:
        """End one photo now; one that is gone already is fine."""
        with self._lock:
            self._end(name)

    def tidy(self) -> None:
        """End every photo whose time is over; called at least once a second by whoever owns this."""
        with self._lock:
            self._tidy()

    def __len__(self) -> int:
        return len(self._kept)

    def _tidy(self) -> None:
        now, passed = self._clock.now(), self._clock.passed()
        for name, photo in list(self._kept.items()):
            if not 0 <= now - photo.came < self.life or not 0 <= passed - photo.began < self.life:
                self._end(name)

    def _end(self, name: str) -> None:
        photo = self._kept.pop(name, None)
        if photo is not None:
            photo.key[:] = bytes(len(photo.key))
