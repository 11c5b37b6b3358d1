"""Kernels: the loops of a search, compiled with numba when this module is loaded and never after (`crypto.compiled`).

They never allocate, so nothing of a row or a product stays behind in them. A row read as signed 16-bit numbers times a
coded probe is exactly what processors multiply and add in pairs (x86: `pmaddwd`), which the plain loop below becomes.
"""

from llvmlite import ir
from numba import carray, types
from numba.core import cgutils
from numba.extending import intrinsic
from numpy import int16, int32, int64, uint64

from countenance.crypto.compiled import compiled, pointed

AHEAD = 8192
"""Bytes before its turn that a row is asked of memory: processors stop guessing at the end of a page."""

_PROBE = types.Array(types.int16, 1, "C", readonly=True)
_ROWS = types.Array(types.int16, 2, "C", readonly=True)
_PRODUCTS = types.Array(types.int32, 1, "C", readonly=True)
_LIMBS = types.Array(types.int32, 2, "C", readonly=True)
_COUNTED = types.Array(types.uint8, 1, "C", readonly=True)
_EACH_TAGS = types.Array(types.uint64, 2, "C", readonly=True)
_TAGS = types.Array(types.uint64, 1, "C", readonly=True)
_NONCES = types.Array(types.uint64, 2, "C", readonly=True)


@compiled([types.uint64(types.uint64)], inline="always")
def _swapped(value):  # type: ignore[no-untyped-def]
    """The bytes of `value` in the other order."""
    value = ((value & uint64(0x00FF00FF00FF00FF)) << uint64(8)) | ((value >> uint64(8)) & uint64(0x00FF00FF00FF00FF))
    value = ((value & uint64(0x0000FFFF0000FFFF)) << uint64(16)) | ((value >> uint64(16)) & uint64(0x0000FFFF0000FFFF))
    return (value << uint64(32)) | (value >> uint64(32))


@intrinsic
def fetch(_typing, rows, _row):  # type: ignore[no-untyped-def]
    """Ask memory for row number `row` of `rows`; beyond the end that does nothing."""

    def emit(context, builder, signature, arguments):  # type: ignore[no-untyped-def]
        array = context.make_array(signature.args[0])(context, builder, arguments[0])
        byte, word, long = ir.IntType(8), ir.IntType(32), ir.IntType(64)
        size = builder.mul(builder.extract_value(array.shape, 1), ir.Constant(long, 2))
        place = builder.gep(builder.bitcast(array.data, byte.as_pointer()), [builder.mul(arguments[1], size)])
        kind = ir.FunctionType(ir.VoidType(), [byte.as_pointer(), word, word, word])
        fetch = cgutils.get_or_insert_function(builder.module, kind, "llvm.prefetch.p0")
        with cgutils.for_range_slice(builder, ir.Constant(long, 0), size, ir.Constant(long, 64), intp=long) as (at, _):
            builder.call(fetch, [builder.gep(place, [at]), *(ir.Constant(word, one) for one in (0, 3, 1))])
        return context.get_dummy_value()

    return types.void(rows, types.int64), emit


@compiled([types.void(_PROBE, _ROWS, types.int32[:])])
def multiply(q, rows, out):  # type: ignore[no-untyped-def]
    """out[k] = <q, rows[k]>, int32."""
    ahead = 1 + AHEAD // (2 * rows.shape[1])
    for k in range(rows.shape[0]):
        fetch(rows, k + ahead)
        total = int32(0)
        for i in range(rows.shape[1]):
            total = int32(total + int32(int32(q[i]) * int32(rows[k, i])))
        out[k] = total


@compiled([types.void(_PROBE, types.int64[:, ::1], types.int32[::1])])
def multiply_pieces(q, pieces, out):  # type: ignore[no-untyped-def]
    """As `multiply` for pieces (address of rows, how many, place of the first product in `out`), one after another."""
    for p in range(pieces.shape[0]):
        address, count, place = pieces[p, 0], pieces[p, 1], pieces[p, 2]
        multiply(q, carray(pointed(address), (count, q.shape[0]), int16), out[place : place + count])


@compiled([types.void(_TAGS, types.int32[:, ::1])])
def split(words, out):  # type: ignore[no-untyped-def]
    """out[:, k] are the limbs, 21, 20 and 20 bits, of the lowest 61 bits of words[k]; 2^61 - 1 counts as 0."""
    for k in range(words.shape[0]):
        word = words[k] & uint64(0x1FFFFFFFFFFFFFFF)
        if word == uint64(0x1FFFFFFFFFFFFFFF):
            word = uint64(0)
        out[0, k] = word & uint64(0x1FFFFF)
        out[1, k] = (word >> uint64(21)) & uint64(0xFFFFF)
        out[2, k] = (word >> uint64(41)) & uint64(0xFFFFF)


@compiled([types.int64(_PRODUCTS, _COUNTED, _PRODUCTS)])
def _weigh(limbs, counted, products):  # type: ignore[no-untyped-def]
    total = int64(0)
    for k in range(products.shape[0]):
        limb = limbs[k] if counted[k] else int32(0)
        total += int64(limb) * int64(products[k])
    return total


@compiled([types.int64(types.int64, types.int64, types.int64)])
def folded(low, middle, high):  # type: ignore[no-untyped-def]
    """low + 2^21 middle + 2^41 high modulo 2^61 - 1, where a power of two turns a number's 61 bits round."""
    prime = int64(0x1FFFFFFFFFFFFFFF)
    middle, high = middle % prime, high % prime
    middle = ((middle << int64(21)) & prime) | (middle >> int64(40))
    high = ((high << int64(41)) & prime) | (high >> int64(20))
    return int64((low % prime + middle + high) % prime)


@compiled([types.void(types.int64[:, ::1], _COUNTED, _PRODUCTS, types.int64[:, ::1])])
def weigh(pieces, counted, products, sums):  # type: ignore[no-untyped-def]
    """sums[p], (3,): limbs of piece p (their address, how many, their first product) times products, added up.

    Of limbs, (3, n) each, and products count those whose place in `counted` is not zero.
    """
    for p in range(pieces.shape[0]):
        rows, first = pieces[p, 1], pieces[p, 2]
        limbs, last = carray(pointed(pieces[p, 0]), (3, rows), int32), first + rows
        for limb in range(3):
            sums[p, limb] = _weigh(limbs[limb], counted[first:last], products[first:last])


@compiled([types.void(types.int64[:, ::1], _EACH_TAGS, _PROBE, types.boolean[::1])])
def balanced(sums, tags, q, out):  # type: ignore[no-untyped-def]
    """out[p]: whether sums[p] of multipliers times products are tags[p] times q, modulo 2^61 - 1.

    Exact for 4,096 limbs below 2^21.
    """
    for p in range(sums.shape[0]):
        low, middle, high = int64(0), int64(0), int64(0)
        for i in range(q.shape[0]):
            low += int64(tags[p, i] & uint64(0x1FFFFF)) * int64(q[i])
            middle += int64((tags[p, i] >> uint64(21)) & uint64(0xFFFFF)) * int64(q[i])
            high += int64((tags[p, i] >> uint64(41)) & uint64(0xFFFFF)) * int64(q[i])
        out[p] = folded(sums[p, 0], sums[p, 1], sums[p, 2]) == folded(low, middle, high)


@compiled([types.int64(_PRODUCTS, _PRODUCTS, types.int64, types.int32[::1])])
def surpassing(products, padded, least, out):  # type: ignore[no-untyped-def]
    """How many scores reach `least`; their positions are in the front of `out`. A score is never kept."""
    found = 0
    for k in range(products.shape[0]):
        if int16(products[k] - padded[k]) >= least:
            out[found] = k
            found += 1
    return found


@compiled([types.void(_NONCES, types.uint64[:, :, ::1])])
def count_up(nonces, out):  # type: ignore[no-untyped-def]
    """out[k, j] = nonces[k] + j as 128-bit big-endian numbers: the counter blocks of the rows' keystreams.

    Each number is two uint64 in memory order, so on a little-endian machine each with its bytes swapped.
    """
    blocks = out.shape[1]
    for k in range(nonces.shape[0]):
        high, low = nonces[k, 0], nonces[k, 1]
        for j in range(blocks):
            out[k, j, 0] = high
        if int64(low >> uint64(56)) + blocks <= 256:
            # The last byte alone counts, and it is the highest of the word as it lies in memory.
            for j in range(blocks):
                out[k, j, 1] = low + (uint64(j) << uint64(56))
            continue
        swapped = _swapped(low)
        for j in range(blocks):
            counted = swapped + uint64(j)
            out[k, j, 1] = _swapped(counted)
            if counted < swapped:
                out[k, j, 0] = _swapped(_swapped(high) + uint64(1))
