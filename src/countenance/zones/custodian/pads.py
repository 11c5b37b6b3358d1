"""Pads: what is held in memory of sheets under open warrants, so that a search makes nothing but products.

Held are a sheet's tag multipliers and round keys; its pads, 2 d bytes a row, only where the processor makes pads more
slowly than memory brings them (`EXPANDED`): elsewhere they exist in registers alone. Invariants:

* At most `most` bytes are held; what does not fit is made anew for each search and overwritten.
* What leaves is overwritten: when other sheets need the room, when no open warrant reaches a sheet any more, when a
  row's nonce is destroyed (its whole sheet, at once), and when the custodian closes.
* A pad that is held is that of the row's nonce, or its nonce was destroyed.

Who can read this memory and the repository's rows reads the templates: it is what an open custodian is trusted with.
"""

import threading
from collections import OrderedDict
from collections.abc import Callable, Collection, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from countenance.matching import fused, padding, shares, tag, unmask

if TYPE_CHECKING:
    # `sheets` needs `opened`, which carries this cache: at run time the import would go in a circle.
    from countenance.zones.custodian.sheets import Sheet

DEFAULT_BYTES = 1024**3
EXPANDED = fused.WIDTH < 4
"""Whether pads are held: with four blocks a register they are made as quickly as they are read (docs/adr/0012)."""
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
    """`rows`: how many; `multipliers`: (3, n); `pads`: (n, d), or None; `stream`: what makes them, or None."""

    rows: int
    multipliers: NDArray[np.int32]
    pads: NDArray[np.int16] | None
    stream: fused.Keystream | None

    @property
    def size(self) -> int:
        """Bytes that it takes."""
        taken = self.multipliers.nbytes + (self.stream.size if self.stream is not None else 0)
        return taken + (self.pads.nbytes if self.pads is not None else 0)

    def source(self, nonces: bytes) -> NDArray[np.int16] | unmask.Making | None:
        """The pads of `nonces` (16 bytes each), those of the first rows, or what makes them. None: it is not held."""
        if self.pads is not None:
            return self.pads[: len(nonces) // _NONCE]
        return unmask.Making(self.stream, nonces) if self.stream is not None else None

    def wipe(self) -> None:
        """Overwrite all of it."""
        self.multipliers.fill(0)
        if self.pads is not None:
            self.pads.fill(0)
        if self.stream is not None:
            self.stream.wipe()


class Pads:
    """The cache. Threads may share it. `most`: bytes; `expanded`: whether pads are held, as EXPANDED if not said."""

    def __init__(self, most: int = DEFAULT_BYTES, *, expanded: bool | None = None) -> None:
        self._most = most
        self._expanded = EXPANDED if expanded is None else expanded
        self._guard = threading.Condition()
        self._using, self._overwriting = 0, 0
        self._held: OrderedDict[str, Warm] = OrderedDict()

    @property
    def bytes(self) -> int:
        """What is held now."""
        with self._guard:
            return sum(warm.size for warm in self._held.values())

    def padded(self, sheet: "Sheet", keys: Callable[[], Keys], q: NDArray[np.int16]) -> NDArray[np.int32]:
        """<q, pad> for every position of `sheet`, (n,); q: (d,). Where a nonce was destroyed it means nothing.

        `keys`: called where nothing is held; pads of rows that came since are made and overwritten.
        """
        return self.padded_each([sheet], lambda _: keys(), q)[0]

    def padded_each(
        self, sheets: Sequence["Sheet"], keys: Callable[["Sheet"], Keys], q: NDArray[np.int16], *, threads: int = 1
    ) -> list[NDArray[np.int32]]:
        """`padded` for each of `sheets`, in turn or by several threads."""
        found: dict[int, NDArray[np.int32]] = {}

        def part(indices: range) -> None:
            found.update(zip(indices, self._padded([sheets[at] for at in indices], keys, q), strict=True))

        shares.together(shares.of([sheet.rows for sheet in sheets]), part, threads=threads)
        return [found[at] for at in range(len(sheets))]

    def _padded(
        self, some: Sequence["Sheet"], keys: Callable[["Sheet"], Keys], q: NDArray[np.int16]
    ) -> list[NDArray[np.int32]]:
        sources: list[NDArray[np.int16] | unmask.Making | None] = []
        with self._used():
            for sheet in some:
                warm = self._held.get(sheet.name)
                sources.append(None if warm is None else warm.source(sheet.nonces[: _NONCE * warm.rows]))
            known = unmask.padded_each(q, [source for source in sources if source is not None])
        with self._guard:
            for sheet in some:
                if sheet.name in self._held:
                    self._held.move_to_end(sheet.name)
        found, whole = iter(known), []
        for sheet, source in zip(some, sources, strict=True):
            made = next(found) if source is not None else np.empty(0, dtype=np.int32)
            if len(made) < sheet.rows:
                rest = unmask.padded_cold(q, keys(sheet).block, sheet.nonces[_NONCE * len(made) :])
                made = np.concatenate([made, rest]) if len(made) else rest
            whole.append(made)
        return whole

    def multipliers(self, sheet: "Sheet", keys: Callable[[], Keys]) -> NDArray[np.int32]:
        """The multipliers of the sheet's tags, (3, n). `keys`: called where they are not held."""
        with self._guard:
            warm = self._held.get(sheet.name)
            if warm is not None and warm.rows >= sheet.rows:
                return warm.multipliers[:, : sheet.rows]
        return tag.multipliers(keys().tag, sheet.rows)

    def warm(self, sheet: "Sheet", keys: Keys, *, spare: Collection[str] = ()) -> bool:
        """Hold the sheet's pads; those used longest ago go to make room, but not sheets whose names are in `spare`.

        Whether it is held. Who calls this sees to it that no nonce of `sheet` is destroyed meanwhile.
        """
        size = self._size(sheet)
        with self._guard:
            known = self._held.get(sheet.name)
            if known is not None and known.rows >= sheet.rows:
                self._held.move_to_end(sheet.name)
                return True
            if size + sum(warm.size for name, warm in self._held.items() if name in spare) > self._most:
                return False
        made = self._made(sheet, keys)
        with self._alone():
            self._drop(sheet.name)
            while self._held and sum(warm.size for warm in self._held.values()) + size > self._most:
                self._drop(next((name for name in self._held if name not in spare), next(iter(self._held))))
            self._held[sheet.name] = made
        return True

    def forget(self, sheet: "Sheet") -> None:
        """Drop a sheet's pads: it was rewritten, or a nonce of it is being destroyed."""
        with self._alone():
            self._drop(sheet.name)

    def keep(self, reached: Reached) -> None:
        """Drop the pads of every camera and hour that `reached` says no to."""
        with self._alone():
            for name in list(self._held):
                camera, hour, _, _ = name.rsplit("/", 3)
                if not reached(camera, int(hour)):
                    self._drop(name)

    def wipe(self) -> None:
        """Drop everything."""
        self.keep(lambda _camera, _hour: False)

    def _made(self, sheet: "Sheet", keys: Keys) -> Warm:
        multipliers = tag.multipliers(keys.tag, sheet.rows)
        if not self._expanded:
            return Warm(sheet.rows, multipliers, None, fused.keystream_of(keys.block))
        pads = padding.pads(keys.block, sheet.nonces, sheet.dimension)
        # A destroyed nonce is zeros, and so is the pad kept for it.
        pads[np.frombuffer(sheet.nonces, dtype="V16") == np.zeros((), dtype="V16")] = 0
        return Warm(sheet.rows, multipliers, pads, None)

    def _size(self, sheet: "Sheet") -> int:
        held = 2 * sheet.dimension * sheet.rows if self._expanded else fused.ROUND_KEYS
        return _LIMB_BYTES * sheet.rows + held

    @contextmanager
    def _used(self) -> Iterator[None]:
        """Nothing that is held is overwritten meanwhile. Searches share this, so that they take all processors."""
        with self._guard:
            self._guard.wait_for(lambda: not self._overwriting)
            self._using += 1
        try:
            yield
        finally:
            with self._guard:
                self._using -= 1
                self._guard.notify_all()

    @contextmanager
    def _alone(self) -> Iterator[None]:
        """Once nobody uses what is held; who comes later waits."""
        with self._guard:
            self._overwriting += 1
            try:
                self._guard.wait_for(lambda: not self._using)
                yield
            finally:
                self._overwriting -= 1
                self._guard.notify_all()

    def _drop(self, name: str) -> None:
        warm = self._held.pop(name, None)
        if warm is not None:
            warm.wipe()
