"""Pads: those of sheets under open warrants, expanded and kept in memory, so that a search costs one product a row.

Invariants:

* At most `most` bytes are held; what does not fit is made anew for each search and overwritten.
* What leaves is overwritten: when other sheets need the room, when no open warrant reaches a sheet any more, when a
  row's nonce is destroyed (its whole sheet, at once), and when the custodian closes.
* A pad that is held is that of the row's nonce, or its nonce was destroyed.

Who can read this memory and the repository's rows reads the templates: it is what an open custodian is trusted with.
"""

import threading
from collections import OrderedDict
from collections.abc import Callable, Collection
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from countenance.matching import matcher, padding, tag, unmask

if TYPE_CHECKING:
    # `sheets` needs `opened`, which carries this cache: at run time the import would go in a circle.
    from countenance.zones.custodian.sheets import Sheet

DEFAULT_BYTES = 1024**3
_LIMB_BYTES = 12
_NONCE = 16

Reached = Callable[[str, int], bool]


@dataclass(frozen=True, slots=True, repr=False)
class Keys:
    """What one sheet's pads and tag multipliers are made of, 32 bytes each."""

    block: bytes
    tag: bytes

    def __repr__(self) -> str:
        return "Keys(2 keys)"


@dataclass(frozen=True, slots=True, repr=False, eq=False)
class Warm:
    """`pads`: (n, d); `multipliers`: (3, n)."""

    pads: NDArray[np.int16]
    multipliers: NDArray[np.int32]

    @property
    def bytes(self) -> int:
        """What it takes."""
        return self.pads.nbytes + self.multipliers.nbytes

    def wipe(self) -> None:
        """Overwrite both."""
        self.pads.fill(0)
        self.multipliers.fill(0)


class Pads:
    """The cache. Threads may share it. `most`: bytes."""

    def __init__(self, most: int = DEFAULT_BYTES) -> None:
        self._most = most
        self._guard = threading.Lock()
        self._held: OrderedDict[str, Warm] = OrderedDict()

    @property
    def bytes(self) -> int:
        """What is held now."""
        with self._guard:
            return sum(warm.bytes for warm in self._held.values())

    def padded(self, sheet: "Sheet", keys: Callable[[], Keys], q: NDArray[np.int16]) -> NDArray[np.int32]:
        """<q, pad> for every position of `sheet`, (n,); q: (d,). Where a nonce was destroyed it means nothing.

        `keys`: called where pads are not held; those of rows that came since are made and overwritten.
        """
        out = np.empty(sheet.rows, dtype=np.int32)
        held = 0
        with self._guard:
            warm = self._held.get(sheet.name)
            if warm is not None:
                self._held.move_to_end(sheet.name)
                held = min(len(warm.pads), sheet.rows)
                # Inside the guard: nobody overwrites a pad while it is being multiplied.
                matcher.products(q, warm.pads[:held], out=out[:held])
        if held < sheet.rows:
            rest = unmask.padded_cold(q, keys().block, sheet.nonces[_NONCE * held :])
            out[held:] = rest
            rest.fill(0)
        return out

    def multipliers(self, sheet: "Sheet", keys: Callable[[], Keys]) -> NDArray[np.int32]:
        """The multipliers of the sheet's tags, (3, n). `keys`: called where they are not held."""
        with self._guard:
            warm = self._held.get(sheet.name)
            if warm is not None and len(warm.pads) >= sheet.rows:
                return warm.multipliers[:, : sheet.rows]
        return tag.multipliers(keys().tag, sheet.rows)

    def warm(self, sheet: "Sheet", keys: Keys, *, spare: Collection[str] = ()) -> bool:
        """Hold the sheet's pads; those used longest ago go to make room, but not sheets whose names are in `spare`.

        Whether it is held. Who calls this sees to it that no nonce of `sheet` is destroyed meanwhile.
        """
        size = sheet.rows * (2 * sheet.dimension + _LIMB_BYTES)
        with self._guard:
            known = self._held.get(sheet.name)
            if known is not None and len(known.pads) >= sheet.rows:
                self._held.move_to_end(sheet.name)
                return True
            if size + sum(warm.bytes for name, warm in self._held.items() if name in spare) > self._most:
                return False
        made = Warm(padding.pads(keys.block, sheet.nonces, sheet.dimension), tag.multipliers(keys.tag, sheet.rows))
        # A destroyed nonce is zeros, and so is the pad kept for it.
        made.pads[np.frombuffer(sheet.nonces, dtype="V16") == np.zeros((), dtype="V16")] = 0
        with self._guard:
            self._drop(sheet.name)
            while self._held and sum(warm.bytes for warm in self._held.values()) + size > self._most:
                self._drop(next((name for name in self._held if name not in spare), next(iter(self._held))))
            self._held[sheet.name] = made
        return True

    def forget(self, sheet: "Sheet") -> None:
        """Drop a sheet's pads: it was rewritten, or a nonce of it is being destroyed."""
        with self._guard:
            self._drop(sheet.name)

    def keep(self, reached: Reached) -> None:
        """Drop the pads of every camera and hour that `reached` says no to."""
        with self._guard:
            for name in list(self._held):
                camera, hour, _, _ = name.rsplit("/", 3)
                if not reached(camera, int(hour)):
                    self._drop(name)

    def wipe(self) -> None:
        """Drop everything."""
        self.keep(lambda _camera, _hour: False)

    def _drop(self, name: str) -> None:
        warm = self._held.pop(name, None)
        if warm is not None:
            warm.wipe()
