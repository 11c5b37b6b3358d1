"""Pads: what is held in memory of sheets under open warrants, so that a search makes nothing but products.

Held are a sheet's round keys, which make its pads and its tags' multipliers in registers. Pads themselves, 2 d bytes a
row, are held only where the processor makes them more slowly than memory brings them (`EXPANDED`), multipliers, 12
bytes a row, only where it has no AES. Invariants:

* At most `most` bytes are held; what does not fit is made anew for each search and overwritten.
* What leaves is overwritten: when other sheets need the room, when no open warrant reaches a sheet any more, when a
  row's nonce is destroyed (its whole sheet, at once), and when the custodian closes.
* A pad that is held is that of the row's nonce, or its nonce was destroyed.

Who can read this memory and the repository's rows reads the templates: it is what an open custodian is trusted with.
"""

import threading
from collections import OrderedDict
from collections.abc import Callable, Collection, Iterator, Sequence
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from itertools import accumulate
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
    """Of a sheet: `weights` of its tags; `pads`, (n, d), or None; `stream`, what makes pads, or None.

    What is made in registers is good for rows that come later too.
    """

    weights: tag.Weights
    pads: NDArray[np.int16] | None
    stream: fused.Keystream | None

    @property
    def size(self) -> int:
        """Bytes that it takes."""
        return sum(part.size if isinstance(part, fused.Keystream) else part.nbytes for part in self._parts())

    def covers(self, rows: int) -> bool:
        """Whether nothing has to be made anew for so many rows."""
        held = [self.pads.shape[0]] if self.pads is not None else []
        held += [self.weights.shape[1]] if isinstance(self.weights, np.ndarray) else []
        return rows <= min(held, default=rows)

    def weighing(self, rows: int) -> tag.Weights | None:
        """The weights of the first `rows`; None: they are not held."""
        if isinstance(self.weights, fused.Keystream):
            return self.weights
        return self.weights[:, :rows] if rows <= self.weights.shape[1] else None

    def source(self, nonces: bytes) -> NDArray[np.int16] | unmask.Making | None:
        """The pads of `nonces` (16 bytes each), or of as many as are held, or what makes them. None: it is not held."""
        if self.pads is not None:
            return self.pads[: len(nonces) // _NONCE]
        return unmask.Making(self.stream, nonces) if self.stream is not None else None

    def wipe(self) -> None:
        """Overwrite all of it."""
        for part in self._parts():
            _overwrite(part)

    def _parts(self) -> list[NDArray[np.int16] | NDArray[np.int32] | fused.Keystream]:
        return [part for part in (self.weights, self.pads, self.stream) if part is not None]


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

    def padded(
        self, sheets: Sequence["Sheet"], keys: Callable[["Sheet"], Keys], q: NDArray[np.int16], *, threads: int = 1
    ) -> NDArray[np.int32]:
        """<q, pad> for every position of `sheets`, one after the other; q: (d,). Of a destroyed nonce it means nothing.

        `keys`: called where nothing is held; pads of rows that came since are made and overwritten.
        """
        names = [sheet.name for sheet in sheets]
        rows = [sheet.rows for sheet in sheets]
        places = [0, *accumulate(rows)]
        out = np.empty(places[-1], dtype=np.int32)

        def part(indices: range) -> None:
            sources: list[NDArray[np.int16] | unmask.Making] = []
            firsts: list[int] = []
            with ExitStack() as made, self._used():
                for at in indices:
                    warm, nonces = self._held.get(names[at]), sheets[at].nonces
                    source = None if warm is None else warm.source(nonces)
                    known = 0 if source is None else len(source)
                    if source is not None:
                        sources.append(source)
                        firsts.append(places[at])
                    if known < rows[at]:
                        rest = unmask.making(keys(sheets[at]).block, nonces[_NONCE * known :])
                        made.callback(rest.stream.wipe)
                        sources.append(rest)
                        firsts.append(places[at] + known)
                unmask.padded_each(q, sources, firsts, out=out)

        shares.together(shares.of(rows), part, threads=threads)
        with self._guard:
            for name in names:
                if name in self._held:
                    self._held.move_to_end(name)
        return out

    def doubtful(
        self,
        sheets: Sequence["Sheet"],
        keys: Callable[["Sheet"], Keys],
        q: NDArray[np.int16],
        products: NDArray[np.int32],
        expected: tag.Expected,
        *,
        threads: int = 1,
    ) -> list[int]:
        """Which of `sheets` do not agree with their tags: see `tag.doubtful`. `keys`: called where nothing is held."""
        with ExitStack() as made, self._used():
            weights: list[tuple[tag.Weights, int]] = []
            for sheet in sheets:
                warm = self._held.get(sheet.name)
                found = None if warm is None else warm.weighing(sheet.rows)
                if found is None:
                    found = tag.weights(keys(sheet).tag, sheet.rows)
                    made.callback(_overwrite, found)
                weights.append((found, sheet.rows))
            return tag.doubtful(weights, expected, q, products, threads=threads)

    def warm(self, sheet: "Sheet", keys: Keys, *, spare: Collection[str] = ()) -> bool:
        """Hold the sheet's pads; those used longest ago go to make room, but not sheets whose names are in `spare`.

        Whether it is held. Who calls this sees to it that no nonce of `sheet` is destroyed meanwhile.
        """
        size = self._size(sheet)
        with self._guard:
            known = self._held.get(sheet.name)
            if known is not None and known.covers(sheet.rows):
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
        weights = tag.weights(keys.tag, sheet.rows)
        if not self._expanded:
            return Warm(weights, None, fused.keystream_of(keys.block))
        pads = padding.pads(keys.block, sheet.nonces, sheet.dimension)
        # A destroyed nonce is zeros, and so is the pad kept for it.
        pads[np.frombuffer(sheet.nonces, dtype="V16") == np.zeros((), dtype="V16")] = 0
        return Warm(weights, pads, None)

    def _size(self, sheet: "Sheet") -> int:
        weights = fused.ROUND_KEYS or _LIMB_BYTES * sheet.rows
        return weights + (2 * sheet.dimension * sheet.rows if self._expanded else fused.ROUND_KEYS)

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


def _overwrite(part: NDArray[np.int16] | NDArray[np.int32] | fused.Keystream) -> None:
    if isinstance(part, fused.Keystream):
        part.wipe()
    else:
        part.fill(0)
