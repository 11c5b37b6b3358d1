"""Fused: pads made in registers and multiplied there, in one pass, from a key and the rows' nonces.

Invariants:

* A keystream is never in memory, except where `pads` is asked to write it. Round keys are, while a `Keystream` lasts.
* What is computed is what `keystream.pad` gives: counters are 128-bit big-endian numbers that wrap. When this module is
  loaded it makes known pads and compares them; if one differs, or the processor has no AES, `WIDTH` is 0 and pads are
  made through `crypto.keystream` as elsewhere. There is no slower path inside, and no wrong one.

Who may reach this with a block key can take pads off rows: import contracts keep it from the repository.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from llvmlite import ir
from numba import carray, types
from numba.core import cgutils
from numba.extending import intrinsic
from numpy import uint8, uint64
from numpy.typing import NDArray

from countenance.crypto import aes, keystream
from countenance.crypto.compiled import compiled, pointed
from countenance.errors import Malformed
from countenance.matching import lanes, shares
from countenance.matching.lanes import added, multiplied

TOGETHER = 4
"""Rows whose blocks are made side by side: enough to wait for none, few enough for sixteen registers."""

TILE = 64
"""Rows whose pads are written before sixteen probes are multiplied with them: 16 KiB at d = 128, in the first cache."""

Value = Any
_HALF, _WORD, _LONG = ir.IntType(16), ir.IntType(32), ir.IntType(64)
_NEIGHBOURS = ((0, 2, 4, 6), (1, 3, 5, 7))
_KEYS = types.Array(types.uint8, 2, "C", readonly=True)
_NONCES = types.Array(types.uint64, 2, "C", readonly=True)
_PROBE = types.Array(types.int16, 1, "C", readonly=True)


@dataclass(frozen=True, slots=True)
class Kernels:
    """Compiled for vectors of one width.

    `multiply(pieces, q, out)`; pieces: addresses of round keys and nonces, how many nonces, and the place of the first
    product in out, (n,) int32; q: int16, a multiple of 8 * width long.
    `expand(keys, nonces, out)`; keys: (15, 16 * width) uint8; nonces: (n, 2) uint64 in memory order; out: (n, m) int16,
    m such a multiple.
    `multiply_each(keys, nonces, probes, buffer, out)`; probes: woven (`lanes`) for rows of m components; buffer:
    (TILE, m) int16, which holds pads and is the caller's to overwrite; out: (n, 16) int32.
    """

    multiply: Callable[..., None]
    expand: Callable[..., None]
    multiply_each: Callable[..., None]


@intrinsic(prefer_literal=True)
def _products(_typing, shape, source, q, out):  # type: ignore[no-untyped-def]
    """The products of some rows. `shape`: blocks of a register, and rows, known when this is compiled; `source`: round
    keys, nonces, the first row.
    """
    signature = types.void(shape, source, q, out)
    blocks, rows = (one.literal_value for one in shape.types)

    def emit(context, builder, _signature, arguments):  # type: ignore[no-untyped-def]
        streams = _Streams(context, builder, (blocks, rows), (source, arguments[1]))
        probe, products = (_pointer(context, builder, signature.args[at], arguments[at]) for at in (2, 3))
        sums = ir.VectorType(_WORD, 4 * blocks)
        totals = [cgutils.alloca_once_value(builder, ir.Constant(sums, [0] * sums.count)) for _ in range(rows)]
        length = context.make_array(q)(context, builder, arguments[2]).nitems
        with cgutils.for_range(builder, builder.udiv(length, ir.Constant(_LONG, 8 * blocks))) as loop:
            components = ir.VectorType(_HALF, 8 * blocks)
            place = builder.gep(builder.bitcast(probe, components.as_pointer()), [loop.index])
            factors = builder.load(place, align=2)
            for total, stream in zip(totals, streams.next(), strict=True):
                product = multiplied(builder, builder.bitcast(stream, components), factors)
                builder.store(builder.add(builder.load(total), product), total)
        place = builder.gep(products, [streams.row])
        found = _added_up(builder, [builder.load(total) for total in totals])
        builder.store(found, builder.bitcast(place, found.type.as_pointer()), align=4)
        return context.get_dummy_value()

    return signature, emit


@intrinsic(prefer_literal=True)
def _pads(_typing, shape, source, out):  # type: ignore[no-untyped-def]
    """The pads of some rows into `out`; as `_products` otherwise."""
    signature = types.void(shape, source, out)
    blocks, rows = (one.literal_value for one in shape.types)

    def emit(context, builder, _signature, arguments):  # type: ignore[no-untyped-def]
        streams = _Streams(context, builder, (blocks, rows), (source, arguments[1]))
        vector = aes.blocks_type(blocks).as_pointer()
        pads = builder.bitcast(_pointer(context, builder, out, arguments[2]), vector)
        shape = context.make_array(out)(context, builder, arguments[2]).shape
        each = builder.udiv(builder.extract_value(shape, 1), ir.Constant(_LONG, 8 * blocks))
        with cgutils.for_range(builder, each) as loop:
            for at, stream in enumerate(streams.next()):
                before = builder.mul(builder.add(streams.row, ir.Constant(_LONG, at)), each)
                builder.store(stream, builder.gep(pads, [builder.add(before, loop.index)]), align=2)
        return context.get_dummy_value()

    return signature, emit


class _Streams:
    """The keystreams of some rows, a vector of each at a time. `shape`: blocks a vector holds, and rows.

    `source`: type and value of (round keys, nonces, first row). One row's counter may carry from its lower 64 bits into
    its upper ones; of several at once the lower must not (`_calm`).
    """

    def __init__(self, context: Value, builder: Value, shape: tuple[int, int], source: tuple[Value, Value]) -> None:
        (self._blocks, rows), self._builder = shape, builder
        self._carry = rows == 1
        self._type = aes.blocks_type(self._blocks)
        kinds, value = source
        keys, nonces, self.row = (builder.extract_value(value, at) for at in range(3))
        keys = _pointer(context, builder, kinds.types[0], keys)
        nonces = _pointer(context, builder, kinds.types[1], nonces)
        self._keys = builder.bitcast(keys, self._type.as_pointer())
        counted = [lane // 2 * (lane % 2) for lane in range(2 * self._blocks)]
        self._counted = cgutils.alloca_once(builder, self._type)
        builder.store(ir.Constant(self._type, counted), self._counted)
        pairs = builder.bitcast(nonces, aes.blocks_type(1).as_pointer())
        self._first = [self._nonce(pairs, builder.add(self.row, ir.Constant(_LONG, at))) for at in range(rows)]

    def next(self) -> list[Value]:
        """The next vector of each row's keystream."""
        builder = self._builder
        counted = builder.load(self._counted)
        step = [self._blocks * (lane % 2) for lane in range(2 * self._blocks)]
        builder.store(builder.add(counted, ir.Constant(self._type, step)), self._counted)
        return aes.encrypted(builder, [aes.swapped(builder, self._up(one, counted)) for one in self._first], self._keys)

    def _nonce(self, pairs: Value, row: Value) -> Value:
        """A row's nonce in every block of a vector, as two numbers each."""
        builder, order = self._builder, [lane % 2 for lane in range(2 * self._blocks)]
        pair = builder.load(builder.gep(pairs, [row]), align=8)
        nothing = ir.Constant(pair.type, ir.Undefined)
        every = builder.shuffle_vector(pair, nothing, ir.Constant(ir.VectorType(_WORD, len(order)), order))
        return aes.swapped(builder, every)

    def _up(self, nonce: Value, counted: Value) -> Value:
        builder, lanes = self._builder, range(2 * self._blocks)
        total = builder.add(nonce, counted)
        if not self._carry:
            return total
        over = builder.zext(builder.icmp_unsigned("<", total, counted), self._type)
        moved = ir.Constant(ir.VectorType(_WORD, len(lanes)), [len(lanes) if lane % 2 else lane + 1 for lane in lanes])
        none = ir.Constant(self._type, [0] * len(lanes))
        return builder.add(total, builder.shuffle_vector(over, none, moved))


def _added_up(builder: Value, sums: Value) -> Value:
    """The sum of the lanes of each of four vectors, or of one, in one vector."""
    while sums[0].type.count > 4:
        half = sums[0].type.count // 2
        sums = [added(builder, (one, one), (range(half), range(half, 2 * half))) for one in sums]
    if len(sums) == 1:
        sums = added(builder, sums * 2, ((0, 2), (1, 3)))
        return added(builder, (sums, sums), ((0,), (1,)))
    # Twice, neighbouring lanes of two vectors: the lanes of one vector come to lie beside each other.
    pairs = [added(builder, sums[at : at + 2], _NEIGHBOURS) for at in (0, 2)]
    return added(builder, pairs, _NEIGHBOURS)


def _pointer(context: Value, builder: Value, kind: Value, array: Value) -> Value:
    return context.make_array(kind)(context, builder, array).data


@compiled([types.boolean(_NONCES, types.int64)], inline="always")
def _calm(nonces, row):  # type: ignore[no-untyped-def]
    """Whether none of TOGETHER rows' counters can carry out of its lower half, whose upper 32 bits are not all ones."""
    calm = True
    for at in range(row, row + TOGETHER):
        calm &= nonces[at, 1] & uint64(0xFFFFFFFF) != uint64(0xFFFFFFFF)
    return calm


def kernels(width: int) -> Kernels:
    """The kernels for vectors of `width` blocks, compiled or fetched now."""

    def multiply(pieces, q, out):  # type: ignore[no-untyped-def]
        for piece in range(pieces.shape[0]):
            rows, row, place = pieces[piece, 2], 0, pieces[piece, 3]
            keys = carray(pointed(pieces[piece, 0]), (aes.ROUNDS + 1, aes.BLOCK * width), uint8)
            nonces, products = carray(pointed(pieces[piece, 1]), (rows, 2), uint64), out[place : place + rows]
            while row < rows:
                if row + TOGETHER <= rows and _calm(nonces, row):
                    _products((width, TOGETHER), (keys, nonces, row), q, products)
                    row += TOGETHER
                else:
                    _products((width, 1), (keys, nonces, row), q, products)
                    row += 1

    def expand(keys, nonces, out):  # type: ignore[no-untyped-def]
        rows, row = nonces.shape[0], 0
        while row < rows:
            if row + TOGETHER <= rows and _calm(nonces, row):
                _pads((width, TOGETHER), (keys, nonces, row), out)
                row += TOGETHER
            else:
                _pads((width, 1), (keys, nonces, row), out)
                row += 1

    def multiply_each(keys, nonces, probes, buffer, out):  # type: ignore[no-untyped-def]
        for first in range(0, nonces.shape[0], TILE):
            some = nonces[first : first + TILE]
            rows, row = some.shape[0], 0
            while row < rows:
                if row + TOGETHER <= rows and _calm(some, row):
                    _pads((width, TOGETHER), (keys, some, row), buffer)
                    row += TOGETHER
                else:
                    _pads((width, 1), (keys, some, row), buffer)
                    row += 1
            lanes.multiply(probes, buffer[:rows], out[first : first + rows])

    return Kernels(
        compiled([types.void(types.int64[:, ::1], _PROBE, types.int32[::1])])(multiply),
        compiled([types.void(_KEYS, _NONCES, types.int16[:, ::1])])(expand),
        compiled([types.void(_KEYS, _NONCES, lanes.WOVEN, types.int16[:, ::1], types.int32[:, ::1])])(multiply_each),
    )


class Keystream:
    """The keystream under one block key (32 bytes), made by `made_by`. Raises Malformed for a key that is none."""

    def __init__(self, block_key: bytes, width: int, made_by: Kernels) -> None:
        self._kernels = made_by
        self._vector = 8 * width
        self._keys = aes.round_keys(block_key, width)

    def __repr__(self) -> str:
        return f"Keystream({self._keys.nbytes} bytes)"

    @property
    def size(self) -> int:
        """Bytes that the round keys take."""
        return self._keys.nbytes

    def products(self, q: NDArray[np.int16], nonces: bytes, out: NDArray[np.int32]) -> None:
        """<q, pad> of each row into `out`, (n,); `nonces`: 16 bytes each; q: (d,)."""
        self.products_of([(self, nonces, 0)], q, out)

    def products_of(
        self, pieces: Sequence[tuple["Keystream", bytes, int]], q: NDArray[np.int16], out: NDArray[np.int32]
    ) -> None:
        """As `products` for pieces (keystream, nonces, place of the first product in `out`), one after another.

        Raises Malformed if `out` has no room for one.
        """
        probe = np.zeros(-(-len(q) // self._vector) * self._vector, dtype=np.int16)
        probe[: len(q)] = q
        pairs = [_pairs(nonces) for _, nonces, _ in pieces]
        lines = [
            (shares.address(stream._keys), shares.address(pair), len(pair), place)
            for (stream, _, place), pair in zip(pieces, pairs, strict=True)
        ]
        # The kernel writes where it is told: a check that `python -O` leaves out would not do.
        if any(place < 0 or place + count > len(out) for _, _, count, place in lines):
            raise Malformed("there must be room for one product a row")
        self._kernels.multiply(shares.table(lines, 4), probe, out)
        probe.fill(0)

    def products_each(self, probes: NDArray[np.int16], nonces: bytes) -> NDArray[np.int32]:
        """<q, pad> of each row and each of at most 16 probes, (p, d): shape (n, 16). Raises Malformed for more."""
        length = -(-probes.shape[1] // self._vector) * self._vector
        woven = lanes.woven(probes, length)
        pairs, buffer = _pairs(nonces), np.empty((TILE, 2 * len(woven)), dtype=np.int16)
        out = np.empty((len(pairs), lanes.PROBES), dtype=np.int32)
        self._kernels.multiply_each(self._keys, pairs, woven, buffer, out)
        buffer.fill(0)
        return out

    def pads(self, nonces: bytes, out: NDArray[np.int16]) -> None:
        """The pads into `out`, shape (n, d)."""
        rows, dimension = out.shape
        if dimension % self._vector == 0:
            self._kernels.expand(self._keys, _pairs(nonces), out)
            return
        wide = np.empty((rows, -(-dimension // self._vector) * self._vector), dtype=np.int16)
        self._kernels.expand(self._keys, _pairs(nonces), wide)
        out[:] = wide[:, :dimension]
        wide.fill(0)

    def wipe(self) -> None:
        """Overwrite the round keys."""
        self._keys.fill(0)


def _pairs(nonces: bytes) -> NDArray[np.uint64]:
    return np.frombuffer(nonces, dtype=np.uint64).reshape(-1, 2)


def _sound(width: int) -> Kernels | None:
    """The kernels, if what they make is what `keystream.pad` makes: also where counters carry, and in a last row."""
    if not width:
        return None
    made_by, key = kernels(width), bytes(range(32))
    nonces = [bytes([at]) * 8 + bytes([at]) * 8 for at in range(TOGETHER + 1)] + [b"\xff" * 16, bytes(8) + b"\xff" * 8]
    known = np.frombuffer(b"".join(keystream.pad(key, one, 256) for one in nonces), dtype="<i2").reshape(-1, 128)
    q = np.arange(-64, 64, dtype=np.int16)
    pads, products = np.empty(known.shape, dtype=np.int16), np.empty(len(known), dtype=np.int32)
    stream = Keystream(key, width, made_by)
    stream.pads(b"".join(nonces), pads)
    stream.products(q, b"".join(nonces), products)
    expected = known.astype(np.int32) @ q.astype(np.int32)
    return made_by if (pads == known).all() and (products == expected).all() else None


_KERNELS = _sound(aes.width())
WIDTH = aes.width() if _KERNELS else 0
"""Blocks a vector holds here; 0 if pads are made in another way."""
ROUND_KEYS = (aes.ROUNDS + 1) * aes.BLOCK * WIDTH
"""Bytes that a `Keystream` keeps."""


def keystream_of(block_key: bytes) -> Keystream | None:
    """The keystream under `block_key`, or None where WIDTH is 0."""
    return Keystream(block_key, WIDTH, _KERNELS) if _KERNELS else None
