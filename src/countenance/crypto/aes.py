"""AES-256 in registers: for kernels that use a keystream up where it is made, so that it is never in memory.

Emits LLVM code that runs the cipher (FIPS 197) on vectors of one, two or four blocks with the processor's own
instructions, whose time depends on no data. `blocks` in a signature is how many a vector holds; it is known when a
kernel is compiled. Invariants:

* Round keys are expanded with the same instructions: no table is read at a place that depends on a key.
* Nothing is emitted that the processor lacks: `width()` is 0 without the instructions, and then none of this is used.
* Round keys are read where the caller keeps them each time: no copy of them is left on the stack.

Who uses this compares a keystream with that of `keystream.pad` first (see `matching.fused`).
"""

from collections.abc import Collection, Sequence
from typing import Any

import numpy as np
from llvmlite import ir
from numba import types
from numba.core import cgutils
from numba.extending import intrinsic
from numpy import uint32
from numpy.typing import NDArray

from countenance.crypto import compiled
from countenance.errors import Malformed

KEY = 32
BLOCK = 16
ROUNDS = 14

Value = Any
"""A value of LLVM's: llvmlite says nothing of types."""

_BYTE, _WORD, _LONG = ir.IntType(8), ir.IntType(32), ir.IntType(64)
_NAMES = {4: "llvm.x86.aesni.{}.512", 2: "llvm.x86.aesni.{}.256", 1: "llvm.x86.aesni.{}"}


def width(features: Collection[str] | None = None) -> int:
    """How many blocks a vector of this processor holds: 4, 2, 1, or 0 if it has no AES. `features`: LLVM's names."""
    has = set(compiled.features() if features is None else features)
    if {"aes", "vaes", "avx512f", "avx512bw"} <= has:
        return 4
    if {"aes", "vaes", "avx2"} <= has:
        return 2
    return 1 if {"aes", "sse4.1"} <= has else 0


def blocks_type(blocks: int) -> Value:
    """The type of a vector of `blocks` blocks: two 64-bit lanes each."""
    return ir.VectorType(_LONG, 2 * blocks)


def swapped(builder: Value, vector: Value) -> Value:
    """`vector` with the bytes of each 64-bit lane in the other order."""
    count = 8 * vector.type.count
    octets = ir.VectorType(_BYTE, count)
    order = ir.Constant(ir.VectorType(_WORD, count), [at // 8 * 8 + 7 - at % 8 for at in range(count)])
    turned = builder.shuffle_vector(builder.bitcast(vector, octets), ir.Constant(octets, ir.Undefined), order)
    return builder.bitcast(turned, vector.type)


def encrypted(builder: Value, states: Sequence[Value], keys: Value) -> list[Value]:
    """The cipher on `states`, vectors of one type, side by side. `keys`: pointer to ROUNDS + 1 such vectors."""
    one = states[0].type
    # Hides from the compiler that round keys are the same each time: it would keep copies of them on the stack.
    hidden = ir.InlineAsm(ir.FunctionType(keys.type, [keys.type]), "", "=r,0", side_effect=True)
    keys = builder.call(hidden, [keys])
    blocks, kind = one.count // 2, ir.FunctionType(one, [one, one])
    inner = cgutils.get_or_insert_function(builder.module, kind, _NAMES[blocks].format("aesenc"))
    final = cgutils.get_or_insert_function(builder.module, kind, _NAMES[blocks].format("aesenclast"))
    key = _round_key(builder, keys, 0)
    found = [builder.xor(state, key) for state in states]
    for number in range(1, ROUNDS):
        key = _round_key(builder, keys, number)
        found = [builder.call(inner, [state, key]) for state in found]
    key = _round_key(builder, keys, ROUNDS)
    return [builder.call(final, [state, key]) for state in found]


def _round_key(builder: Value, keys: Value, number: int) -> Value:
    return builder.load(builder.gep(keys, [ir.Constant(_LONG, number)]), align=8)


@intrinsic
def _substituted(_typing, word):  # type: ignore[no-untyped-def]
    """SubWord: with one word in all four columns, ShiftRows changes nothing, and a last round is SubBytes alone."""

    def emit(_context, builder, _signature, arguments):  # type: ignore[no-untyped-def]
        words, block = ir.VectorType(_WORD, 4), blocks_type(1)
        state = ir.Constant(words, ir.Undefined)
        for column in range(4):
            state = builder.insert_element(state, arguments[0], ir.Constant(_WORD, column))
        kind = ir.FunctionType(block, [block, block])
        final = cgutils.get_or_insert_function(builder.module, kind, _NAMES[1].format("aesenclast"))
        done = builder.call(final, [builder.bitcast(state, block), ir.Constant(block, [0, 0])])
        return builder.extract_element(builder.bitcast(done, words), ir.Constant(_WORD, 0))

    return types.uint32(word), emit


def _expand(key, out):  # type: ignore[no-untyped-def]
    """out[r], four words: the key of round r, from `key`, eight words (FIPS 197 section 5.2), little-endian words."""
    constant = uint32(1)
    for at in range(60):
        if at < 8:
            out[at // 4, at % 4] = key[at]
            continue
        word = out[(at - 1) // 4, (at - 1) % 4]
        if at % 8 == 0:
            word = _substituted(uint32((word >> uint32(8)) | (word << uint32(24)))) ^ constant
            constant = uint32(constant << uint32(1))
        elif at % 8 == 4:
            word = _substituted(word)
        out[at // 4, at % 4] = out[(at - 8) // 4, at % 4] ^ word


_WORDS = types.Array(types.uint32, 1, "C", readonly=True)
_expanded = compiled.compiled([types.void(_WORDS, types.uint32[:, ::1])])(_expand) if width() else None


def round_keys(key: bytes, blocks: int) -> NDArray[np.uint8]:
    """The round keys of `key` (32 bytes), each `blocks` times: shape (15, 16 * blocks). The caller overwrites them.

    Raises Malformed for a key of another length. Not to be called where `width()` is 0.
    """
    if len(key) != KEY:
        raise Malformed(f"a pad takes a key of {KEY} bytes")
    assert _expanded is not None
    out = np.empty((ROUNDS + 1, blocks, BLOCK), dtype=np.uint8)
    once = np.empty((ROUNDS + 1, 4), dtype=np.uint32)
    _expanded(np.frombuffer(key, dtype=np.uint32), once)
    out[:] = once.view(np.uint8)[:, np.newaxis]
    once.fill(0)
    return out.reshape(ROUNDS + 1, BLOCK * blocks)
