"""Lanes: sixteen probes at once, one in each lane of a vector, so that a row is read once and nothing is added across.

Probes are woven: two components of the first, the same two of the second, …; a pair of a row's components, broadcast,
times that is sixteen partial products. Products lie row by row, sixteen beside each other, and so do the sums of tags
and the comparison with a threshold. What is computed is what `kernels` computes.
"""

from typing import Any

import numpy as np
from llvmlite import ir
from numba import types
from numba.core import cgutils
from numba.extending import intrinsic
from numpy import int64, uint64
from numpy.typing import NDArray

from countenance.crypto import compiled
from countenance.crypto.compiled import compiled as _compiled
from countenance.errors import Malformed
from countenance.matching import kernels

PROBES = 16
TOGETHER = 8 if "avx512f" in compiled.features() else 4
"""Rows at a time: as many sums as registers hold beside the probes."""

Value = Any
_HALF, _WORD, _LONG = ir.IntType(16), ir.IntType(32), ir.IntType(64)
_SUMS = ir.VectorType(_WORD, PROBES)
WOVEN = types.Array(types.int16, 3, "C", readonly=True)
ROWS = types.Array(types.int16, 2, "C", readonly=True)
_PRODUCTS = types.Array(types.int32, 2, "C", readonly=True)
_TAGS = types.Array(types.uint64, 1, "C", readonly=True)
_PROBES = types.Array(types.int16, 2, "C", readonly=True)
_LIMBS = types.Array(types.int32, 2, "C", readonly=True)


def woven(probes: NDArray[np.int16], components: int | None = None) -> NDArray[np.int16]:
    """`probes`, shape (p, d), as kernels take them: (m / 2, 16, 2), m being `components`, or d made even.

    What is beyond p and d is zeros. Raises Malformed for more than 16 probes.
    """
    if probes.ndim != 2 or not 1 <= len(probes) <= PROBES:
        raise Malformed(f"at most {PROBES} probes are compared at once")
    length = probes.shape[1] + probes.shape[1] % 2 if components is None else components
    wide = np.zeros((PROBES, length), dtype=np.int16)
    wide[: len(probes), : probes.shape[1]] = probes
    return np.ascontiguousarray(wide.reshape(PROBES, length // 2, 2).transpose(1, 0, 2))


@intrinsic(prefer_literal=True)
def dots(_typing, count, probes, source, out):  # type: ignore[no-untyped-def]
    """Products of woven probes with `count` rows, known when this is compiled; `source`: rows, the first row."""
    signature = types.void(count, probes, source, out)

    def emit(context, builder, _signature, arguments):  # type: ignore[no-untyped-def]
        made = (
            context.make_array(kind)(context, builder, one)
            for kind, one in ((probes, arguments[1]), (out, arguments[3]))
        )
        woven_probes, products = made
        rows = context.make_array(source.types[0])(context, builder, builder.extract_value(arguments[2], 0))
        first = builder.extract_value(arguments[2], 1)
        pairs, length = builder.extract_value(woven_probes.shape, 0), builder.extract_value(rows.shape, 1)
        factors = builder.bitcast(woven_probes.data, ir.VectorType(_HALF, 2 * PROBES).as_pointer())
        numbers = [builder.add(first, ir.Constant(_LONG, at)) for at in range(count.literal_value)]
        places = [
            builder.bitcast(builder.gep(rows.data, [builder.mul(one, length)]), _WORD.as_pointer()) for one in numbers
        ]
        totals = [cgutils.alloca_once(builder, _SUMS) for _ in numbers]
        for total in totals:
            builder.store(ir.Constant(_SUMS, [0] * PROBES), total)
        with cgutils.for_range(builder, pairs) as loop:
            factor = builder.load(builder.gep(factors, [loop.index]), align=2)
            for place, total in zip(places, totals, strict=True):
                pair = everywhere(builder, builder.load(builder.gep(place, [loop.index]), align=2), _SUMS)
                product = multiplied(builder, builder.bitcast(pair, factor.type), factor)
                builder.store(builder.add(builder.load(total), product), total)
        for number, total in zip(numbers, totals, strict=True):
            place = builder.gep(builder.bitcast(products.data, _SUMS.as_pointer()), [number])
            builder.store(builder.load(total), place, align=4)
        return context.get_dummy_value()

    return signature, emit


@intrinsic
def _weigh(_typing, limbs, products, out):  # type: ignore[no-untyped-def]
    """out[l] = sum over rows of limbs[l, k] * products[k], 16 int64 each; limbs (3, n)."""
    signature = types.void(limbs, products, out)

    def emit(context, builder, _signature, arguments):  # type: ignore[no-untyped-def]
        kinds = zip((limbs, products, out), arguments, strict=True)
        weights, rows, sums = (context.make_array(kind)(context, builder, one) for kind, one in kinds)
        wide = ir.VectorType(_LONG, PROBES)
        count = builder.extract_value(rows.shape, 0)
        totals = [cgutils.alloca_once(builder, wide) for _ in range(3)]
        for total in totals:
            builder.store(ir.Constant(wide, [0] * PROBES), total)
        with cgutils.for_range(builder, count) as loop:
            place = builder.gep(builder.bitcast(rows.data, _SUMS.as_pointer()), [loop.index])
            row = builder.sext(builder.load(place, align=4), wide)
            for limb, total in enumerate(totals):
                at = builder.add(builder.mul(ir.Constant(_LONG, limb), count), loop.index)
                weight = builder.sext(builder.load(builder.gep(weights.data, [at])), _LONG)
                product = builder.mul(row, everywhere(builder, weight, wide))
                builder.store(builder.add(builder.load(total), product), total)
        for limb, total in enumerate(totals):
            place = builder.gep(builder.bitcast(sums.data, wide.as_pointer()), [ir.Constant(_LONG, limb)])
            builder.store(builder.load(total), place, align=8)
        return context.get_dummy_value()

    return signature, emit


@intrinsic
def _reached(_typing, products, padded, row, least):  # type: ignore[no-untyped-def]
    """Which of a row's sixteen scores reach `least`, a bit each."""
    signature = types.uint16(products, padded, row, least)

    def emit(context, builder, _signature, arguments):  # type: ignore[no-untyped-def]
        found = []
        for kind, one in zip((products, padded), arguments[:2], strict=True):
            data = builder.bitcast(context.make_array(kind)(context, builder, one).data, _SUMS.as_pointer())
            found.append(builder.load(builder.gep(data, [arguments[2]]), align=4))
        halves = ir.VectorType(_HALF, PROBES)
        scores = builder.trunc(builder.sub(*found), halves)
        bound = everywhere(builder, builder.trunc(arguments[3], _HALF), halves)
        return builder.bitcast(builder.icmp_signed(">=", scores, bound), _HALF)

    return signature, emit


def multiplied(builder: Value, one: Value, other: Value) -> Value:
    """Products of 16-bit numbers, added in pairs: what x86 calls `pmaddwd`."""
    wide = ir.VectorType(_WORD, one.type.count)
    each = builder.mul(builder.sext(one, wide), builder.sext(other, wide))
    return added(builder, (each, each), (range(0, wide.count, 2), range(1, wide.count, 2)))


def added(builder: Value, two: Value, lanes: Value) -> Value:
    """Some lanes of two vectors, and as many others of them, added."""
    one, other = (ir.Constant(ir.VectorType(_WORD, len(chosen)), list(chosen)) for chosen in lanes)
    return builder.add(builder.shuffle_vector(*two, one), builder.shuffle_vector(*two, other))


def everywhere(builder: Value, value: Value, kind: Value) -> Value:
    """A vector of `kind` with `value` in every lane."""
    nothing = ir.Constant(kind, ir.Undefined)
    first = builder.insert_element(nothing, value, ir.Constant(_WORD, 0))
    return builder.shuffle_vector(first, nothing, ir.Constant(ir.VectorType(_WORD, kind.count), [0] * kind.count))


@_compiled([types.void(WOVEN, ROWS, types.int32[:, ::1])])
def multiply(probes, rows, out):  # type: ignore[no-untyped-def]
    """out[k, p] = <probes[p], rows[k]>; `probes` woven for rows of this length, which is even."""
    row, ahead = 0, 1 + kernels.AHEAD // (2 * rows.shape[1])
    while row + TOGETHER <= rows.shape[0]:
        for at in range(TOGETHER):
            kernels.fetch(rows, row + ahead + at)
        dots(TOGETHER, probes, (rows, row), out)
        row += TOGETHER
    while row < rows.shape[0]:
        dots(1, probes, (rows, row), out)
        row += 1


@_compiled([types.boolean(_LIMBS, _PRODUCTS, _TAGS, _PROBES, types.int64[:, ::1])])
def balanced(limbs, products, tags, probes, sums):  # type: ignore[no-untyped-def]
    """As `kernels.balanced` for each of `probes`, (p, d), and `products`, (n, 16). `sums`: room for (3, 16)."""
    _weigh(limbs, products, sums)
    sound = True
    for p in range(probes.shape[0]):
        low, middle, high = int64(0), int64(0), int64(0)
        for i in range(probes.shape[1]):
            factor = int64(probes[p, i])
            low += int64(tags[i] & uint64(0x1FFFFF)) * factor
            middle += int64((tags[i] >> uint64(21)) & uint64(0xFFFFF)) * factor
            high += int64((tags[i] >> uint64(41)) & uint64(0xFFFFF)) * factor
        sound &= kernels.folded(sums[0, p], sums[1, p], sums[2, p]) == kernels.folded(low, middle, high)
    return sound


@_compiled([types.int64(_PRODUCTS, _PRODUCTS, types.int64, types.int32[:, ::1])])
def surpassing(products, padded, least, out):  # type: ignore[no-untyped-def]
    """How many scores reach `least`; their rows and probes are in the front of `out`, (16 n, 2). No score is kept."""
    found = 0
    for row in range(products.shape[0]):
        reached = _reached(products, padded, row, least)
        if reached:
            for probe in range(PROBES):
                if (reached >> probe) & 1:
                    out[found, 0], out[found, 1] = row, probe
                    found += 1
    return int64(found)
