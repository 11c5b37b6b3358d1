"""Registers: kernels that make pads, and multipliers of tags, in registers and multiply them there, in one pass.

What is computed is what `keystream.pad` gives: counters are 128-bit big-endian numbers that wrap. Invariant: a
keystream is never in memory, except where `expand` is asked to write it. `fused` checks each kernel before it is used.
"""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import numpy as np
from llvmlite import ir
from numba import carray, types
from numba.core import cgutils
from numba.extending import intrinsic
from numpy import int64, uint8, uint64

from countenance.crypto import aes
from countenance.crypto.compiled import compiled, pointed
from countenance.matching import lanes
from countenance.matching.lanes import added, everywhere, multiplied

TOGETHER = {1: 4, 2: 4, 4: 12}
"""Rows whose blocks are made side by side, by blocks of a vector: enough that no round waits for the one before, few
enough for the sixteen registers of narrow vectors, the thirty-two of wide ones. Multiples of FOUR.
"""

ABREAST = {1: 2, 2: 2, 4: 12}
"""Vectors of multipliers that are made side by side. Of more, sixteen registers would not hold them together with what
they are multiplied with, and some of a keystream would lie on the stack.
"""

FOUR = 4
"""Sums that are added up into one vector."""

TILE = 64
"""Rows whose pads are written before sixteen probes are multiplied with them: 16 KiB at d = 128, in the first cache."""

Value = Any
_HALF, _WORD, _LONG = ir.IntType(16), ir.IntType(32), ir.IntType(64)
_NEIGHBOURS = ((0, 2, 4, 6), (1, 3, 5, 7))
_KEYS = types.Array(types.uint8, 2, "C", readonly=True)
_NONCES = types.Array(types.uint64, 2, "C", readonly=True)
_PROBE = types.Array(types.int16, 1, "C", readonly=True)
_COUNTED = types.Array(types.uint8, 1, "C", readonly=True)
_ROW_PRODUCTS = types.Array(types.int32, 1, "C", readonly=True)
_LIMBS = ((0, 0x1FFFFF), (21, 0xFFFFF), (41, 0xFFFFF))
_PRIME = 2**61 - 1


@dataclass(frozen=True, slots=True)
class Kernels:
    """Compiled for vectors of one width.

    `multiply(pieces, q, out)`; pieces: addresses of round keys and nonces, how many nonces, and the place of the first
    product in out, (n,) int32; q: int16, a multiple of 8 * width long.
    `expand(keys, nonces, out)`; keys: (15, 16 * width) uint8; nonces: (n, 2) uint64 in memory order; out: (n, m) int16,
    m such a multiple.
    `multiply_each(keys, nonces, probes, buffer, out)`; probes: woven (`lanes`) for rows of m components; buffer:
    (TILE, m) int16, which holds pads and is the caller's to overwrite; out: (n, 16) int32.
    `weigh(pieces, counted, products, sums)`; pieces: address of round keys, how many rows, the place of the first one;
    counted: uint8, and products: int32, of all rows; sums: (pieces, 3) int64, of multipliers' limbs (`tag`) times
    products, over the rows whose place in `counted` is not zero.
    """

    multiply: Callable[..., None]
    expand: Callable[..., None]
    multiply_each: Callable[..., None]
    weigh: Callable[..., None]


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
        for first in range(0, rows, FOUR):
            place = builder.gep(products, [builder.add(streams.row, ir.Constant(_LONG, first))])
            found = _added_up(builder, [builder.load(total) for total in totals[first : first + FOUR]])
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


@intrinsic(prefer_literal=True)
def _weighed(_typing, shape, keys, rows, first, groups, sums):  # type: ignore[no-untyped-def]
    """Add multipliers' limbs times products to `sums`, (3, 2 * blocks), lane by lane. `shape`: blocks of a vector, and
    vectors made side by side: a group; `rows`: `counted` and products of whole groups; `first`: number of their first
    block in the keystream under `keys`.
    """
    signature = types.void(shape, keys, rows, first, groups, sums)
    blocks, side = (one.literal_value for one in shape.types)
    kind, lanes_of = aes.blocks_type(blocks), range(2 * blocks)

    def constant(numbers: Any) -> Value:
        return ir.Constant(kind, list(numbers))

    def emit(context, builder, _signature, arguments):  # type: ignore[no-untyped-def]
        round_keys = builder.bitcast(_pointer(context, builder, keys, arguments[1]), kind.as_pointer())
        held = [_pointer(context, builder, rows.types[at], builder.extract_value(arguments[2], at)) for at in (0, 1)]
        flags, products = (
            builder.bitcast(one, ir.VectorType(ir.IntType(bits), len(lanes_of)).as_pointer())
            for one, bits in zip(held, (8, 32), strict=True)
        )
        totals = builder.bitcast(_pointer(context, builder, sums, arguments[5]), kind.as_pointer())
        places = [builder.gep(totals, [ir.Constant(_LONG, limb)]) for limb in range(len(_LIMBS))]
        kept = [cgutils.alloca_once_value(builder, builder.load(place, align=8)) for place in places]
        # Counters are numbers below 2^64 in the odd lanes; even ones, the upper halves of nonces of zero, stay zero.
        start = builder.mul(everywhere(builder, arguments[3], kind), constant(lane % 2 for lane in lanes_of))
        start = builder.add(start, constant(lane // 2 * (lane % 2) for lane in lanes_of))
        counter = cgutils.alloca_once_value(builder, start)
        with cgutils.for_range(builder, arguments[4]) as loop:
            states = []
            for _ in range(side):
                counted = builder.load(counter)
                states.append(aes.swapped(builder, counted))
                builder.store(builder.add(counted, constant(blocks * (lane % 2) for lane in lanes_of)), counter)
            for at, stream in enumerate(aes.encrypted(builder, states, round_keys)):
                place = builder.add(builder.mul(loop.index, ir.Constant(_LONG, side)), ir.Constant(_LONG, at))
                flag = builder.load(builder.gep(flags, [place]), align=1)
                product = builder.sext(builder.load(builder.gep(products, [place]), align=4), kind)
                word = builder.and_(stream, constant([_PRIME] * len(lanes_of)))
                counts = builder.and_(
                    builder.icmp_unsigned("!=", flag, ir.Constant(flag.type, [0] * len(lanes_of))),
                    builder.icmp_unsigned("!=", word, constant([_PRIME] * len(lanes_of))),
                )
                word = builder.select(counts, word, constant([0] * len(lanes_of)))
                for total, (shift, mask) in zip(kept, _LIMBS, strict=True):
                    limb = builder.lshr(word, constant([shift] * len(lanes_of)))
                    limb = builder.and_(limb, constant([mask] * len(lanes_of)))
                    builder.store(builder.add(builder.load(total), builder.mul(limb, product)), total)
        for place, total in zip(places, kept, strict=True):
            builder.store(builder.load(total), place, align=8)
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


@compiled([types.boolean(_NONCES, types.int64, types.int64)], inline="always")
def _calm(nonces, row, rows):  # type: ignore[no-untyped-def]
    """Whether none of `rows` rows' counters can carry out of its lower half, whose upper 32 bits are not all ones."""
    calm = True
    for at in range(row, row + rows):
        calm &= nonces[at, 1] & uint64(0xFFFFFFFF) != uint64(0xFFFFFFFF)
    return calm


def _weighing(width: int) -> Callable[..., None]:
    """`Kernels.weigh` before it is compiled."""
    side = ABREAST[width]

    def weigh(pieces, counted, products, sums):  # type: ignore[no-untyped-def]
        group = 2 * width * side
        lanes = np.empty((3, 2 * width), dtype=np.int64)
        some, few = np.empty(group, dtype=np.uint8), np.empty(group, dtype=np.int32)
        for piece in range(pieces.shape[0]):
            rows, place = pieces[piece, 1], pieces[piece, 2]
            keys = carray(pointed(pieces[piece, 0]), (aes.ROUNDS + 1, aes.BLOCK * width), uint8)
            groups, last = rows // group, place + rows
            first = last - rows % group
            lanes[:] = 0
            _weighed((width, side), keys, (counted[place:last], products[place:last]), int64(0), groups, lanes)
            if first < last:
                some[:], few[:] = 0, 0
                for row in range(first, last):
                    some[row - first], few[row - first] = counted[row], products[row]
                _weighed((width, side), keys, (some, few), groups * (group // 2), int64(1), lanes)
            for limb in range(3):
                sums[piece, limb] = lanes[limb].sum()

    return weigh


def kernels(width: int) -> Kernels:
    """The kernels for vectors of `width` blocks, compiled or fetched now."""

    together = TOGETHER[width]

    def multiply(pieces, q, out):  # type: ignore[no-untyped-def]
        for piece in range(pieces.shape[0]):
            rows, row, place = pieces[piece, 2], 0, pieces[piece, 3]
            keys = carray(pointed(pieces[piece, 0]), (aes.ROUNDS + 1, aes.BLOCK * width), uint8)
            nonces, products = carray(pointed(pieces[piece, 1]), (rows, 2), uint64), out[place : place + rows]
            while row < rows:
                if row + together <= rows and _calm(nonces, row, together):
                    _products((width, together), (keys, nonces, row), q, products)
                    row += together
                else:
                    _products((width, 1), (keys, nonces, row), q, products)
                    row += 1

    def expand(keys, nonces, out):  # type: ignore[no-untyped-def]
        rows, row = nonces.shape[0], 0
        while row < rows:
            if row + together <= rows and _calm(nonces, row, together):
                _pads((width, together), (keys, nonces, row), out)
                row += together
            else:
                _pads((width, 1), (keys, nonces, row), out)
                row += 1

    def multiply_each(keys, nonces, probes, buffer, out):  # type: ignore[no-untyped-def]
        for first in range(0, nonces.shape[0], TILE):
            some = nonces[first : first + TILE]
            rows, row = some.shape[0], 0
            while row < rows:
                if row + together <= rows and _calm(some, row, together):
                    _pads((width, together), (keys, some, row), buffer)
                    row += together
                else:
                    _pads((width, 1), (keys, some, row), buffer)
                    row += 1
            lanes.multiply(probes, buffer[:rows], out[first : first + rows])

    return Kernels(
        compiled([types.void(types.int64[:, ::1], _PROBE, types.int32[::1])])(multiply),
        compiled([types.void(_KEYS, _NONCES, types.int16[:, ::1])])(expand),
        compiled([types.void(_KEYS, _NONCES, lanes.WOVEN, types.int16[:, ::1], types.int32[:, ::1])])(multiply_each),
        compiled([types.void(types.int64[:, ::1], _COUNTED, _ROW_PRODUCTS, types.int64[:, ::1])])(_weighing(width)),
    )
