"""Pads made in registers are the pads: every width that this processor has, against the cipher of `cryptography`."""

import re
from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from countenance.crypto import aes, keystream
from countenance.errors import Malformed
from countenance.matching import encode, fused, lanes, matcher, padding, registers, shares, tag, unmask

WIDTHS = [width for width in (1, 2, 4) if width <= aes.width()]
KERNELS = {width: fused.kernels(width) for width in WIDTHS}
DIMENSIONS = st.sampled_from([1, 2, 3, 7, 8, 9, 31, 33, 127, 128, 512, 1000, 4095, 4096])
CARRIES = [b"\xff" * 16, b"\xff" * 15 + b"\xfd", b"\x07" * 8 + b"\xff" * 8, b"\x07" * 8 + b"\xff" * 7 + b"\xf1"]


def cipher(key: bytes, nonces: list[bytes], dimension: int) -> np.ndarray:
    rows = [np.frombuffer(keystream.pad(key, one, 2 * dimension), dtype="<i2") for one in nonces]
    return np.array(rows, dtype=np.int16).reshape(len(nonces), dimension)


@pytest.mark.parametrize("width", WIDTHS)
@settings(max_examples=60, deadline=None)
@given(st.integers(0, 2**32 - 1), DIMENSIONS, st.integers(0, 40))
def test_pads_and_their_products_are_those_of_the_cipher(width: int, seed: int, dimension: int, count: int) -> None:
    generator = np.random.default_rng(seed)
    key, nonces = generator.bytes(32), [generator.bytes(16) for _ in range(count)]
    for at in range(0, count, 3 + seed % 40):
        # Counters that carry beside counters that do not, in every place of a group, and whole groups that do not.
        nonces[(at + seed) % count] = CARRIES[at % len(CARRIES)]
    q = generator.integers(-100, 100, dimension).astype(np.int16)
    pads, products = np.empty((count, dimension), dtype=np.int16), np.full(count + 2, 7, dtype=np.int32)
    stream = fused.Keystream(key, width, KERNELS[width])
    stream.pads(b"".join(nonces), pads)
    stream.products(q, b"".join(nonces), products[1:-1])
    expected = cipher(key, nonces, dimension)
    assert (pads == expected).all()
    assert products[1:-1].tolist() == (expected.astype(np.int64) @ q.astype(np.int64)).tolist()
    assert products[[0, -1]].tolist() == [7, 7]
    probes = np.stack([q, -q])
    each = np.empty((count, lanes.PROBES), dtype=np.int32)
    stream.products_each(stream.woven(probes), b"".join(nonces), each)
    assert (each[:, :2] == expected.astype(np.int32) @ probes.T.astype(np.int32)).all()
    assert not each[:, 2:].any()


@pytest.mark.parametrize("width", WIDTHS)
def test_several_keys_in_one_call(width: int) -> None:
    generator = np.random.default_rng(4)
    q = generator.integers(-100, 100, 128).astype(np.int16)
    keys, nonces = [generator.bytes(32) for _ in range(3)], [generator.bytes(16 * count) for count in (5, 0, 9)]
    streams = [fused.Keystream(key, width, KERNELS[width]) for key in keys]
    out = np.empty(14, dtype=np.int32)
    streams[0].products_of([(streams[0], nonces[0], 9), (streams[1], nonces[1], 0), (streams[2], nonces[2], 0)], q, out)
    first, _, last = (padding.pads(key, some, 128).astype(np.int32) @ q for key, some in zip(keys, nonces, strict=True))
    assert out.tolist() == [*last, *first]


@pytest.mark.parametrize("width", WIDTHS)
@settings(max_examples=60, deadline=None)
@given(st.integers(0, 2**32 - 1), st.lists(st.integers(0, 300), min_size=1, max_size=4))
def test_multipliers_in_registers_weigh_as_those_in_memory(width: int, seed: int, counts: list[int]) -> None:
    generator = np.random.default_rng(seed)
    total, keys = sum(counts), [generator.bytes(32) for _ in counts]
    products = generator.integers(-(2**31), 2**31, total).astype(np.int32)
    counted = generator.integers(0, 3, total).astype(np.uint8)
    places = np.cumsum([0, *counts])[:-1].tolist()
    streams = [fused.Keystream(key, width, KERNELS[width]) for key in keys]
    sums = np.full((len(counts) + 2, 3), 7, dtype=np.int64)
    streams[0].weigh_of(list(zip(streams, counts, places, strict=True)), counted, products, sums[1:-1])
    for key, count, place, found in zip(keys, counts, places, sums[1:-1], strict=True):
        some = slice(place, place + count)
        limbs = np.where(counted[some] != 0, tag.multipliers(key, count), 0).astype(np.int64)
        assert found.tolist() == (limbs * products[some]).sum(axis=1).tolist()
    assert (sums[[0, -1]] == 7).all()


@pytest.mark.parametrize("width", WIDTHS)
def test_a_multiplier_that_is_the_modulus_counts_as_zero(width: int) -> None:
    stream = fused.Keystream(bytes(32), width, KERNELS[width])
    first = np.frombuffer(keystream.pad(bytes(32), bytes(16), 16), dtype=np.uint8)
    # The last round only adds its key: with this one the first block is all ones, and so are its two multipliers.
    keys = stream._keys.reshape(15, width, 16)
    keys[14] ^= ~first
    sums, ones = np.empty((1, 3), dtype=np.int64), np.ones(2, dtype=np.int32)
    stream.weigh_of([(stream, 2, 0)], np.ones(2, dtype=np.uint8), ones, sums)
    assert not sums.any()


@pytest.mark.parametrize("width", WIDTHS)
def test_round_keys_are_those_of_the_standard(width: int) -> None:
    """FIPS 197, appendix A.3: the expansion of a 256-bit key."""
    key = bytes.fromhex("603deb1015ca71be2b73aef0857d77811f352c073b6108d72d9810a30914dff4")
    made = aes.round_keys(key, width).reshape(15, width, 16)
    assert (made == made[:, :1]).all()
    assert made[2, 0].tobytes().hex() == "9ba354118e6925afa51a8b5f2067fcde"
    assert made[14, 0].tobytes().hex() == "fe4890d1e6188d0b046df344706c631e"


@pytest.mark.parametrize("width", WIDTHS)
def test_blocks_are_those_of_the_standards(width: int) -> None:
    """FIPS 197, appendix C.3 (one block), and NIST SP 800-38A, F.5.5 (counter mode, four blocks)."""
    known = [
        (bytes(range(32)), bytes.fromhex("00112233445566778899aabbccddeeff"), "8ea2b7ca516745bfeafc49904b496089"),
        (
            bytes.fromhex("603deb1015ca71be2b73aef0857d77811f352c073b6108d72d9810a30914dff4"),
            bytes.fromhex("f0f1f2f3f4f5f6f7f8f9fafbfcfdfeff"),
            "0bdf7df1591716335e9a8b15c860c502"
            "5a6e699d536119065433863c8f657b94"
            "1bc12c9c01610d5d0d8bd6a3378eca62"
            "2956e1c8693536b1bee99c73a31576b6",
        ),
    ]
    for key, counter, stream in known:
        pads = np.empty((1, len(stream) // 4), dtype=np.int16)
        fused.Keystream(key, width, KERNELS[width]).pads(counter, pads)
        assert pads.tobytes().hex() == stream


@pytest.mark.skipif(not WIDTHS, reason="this processor has no AES")
def test_nothing_is_made_by_kernels_that_make_other_pads(monkeypatch: pytest.MonkeyPatch) -> None:
    assert fused._sound(WIDTHS[-1]) is not None
    real = aes.round_keys
    monkeypatch.setattr(aes, "round_keys", lambda key, blocks: real(key, blocks) ^ np.uint8(1))
    assert fused._sound(WIDTHS[-1]) is None


@pytest.mark.parametrize("width", WIDTHS)
@pytest.mark.parametrize("name", ["multiply", "expand", "multiply_each", "weigh"])
def test_each_kernel_is_checked_before_it_is_used(width: int, name: str) -> None:
    """Also one that is wrong only where there are more than two whole groups of rows."""
    made, group = KERNELS[width], 2 * width * registers.ABREAST[width]

    def wrong(*given: np.ndarray) -> None:
        getattr(made, name)(*given)
        if name != "weigh" or given[0][0, 1] >= 2 * group:
            given[-1].reshape(-1)[-1] += 1

    assert fused._alike(made, width) is made
    assert fused._alike(replace(made, **{name: wrong}), width) is None


def test_without_aes_the_cipher_makes_the_same(monkeypatch: pytest.MonkeyPatch) -> None:
    generator = np.random.default_rng(8)
    values = generator.standard_normal(128)
    q = encode.encode((values / np.linalg.norm(values)).astype(np.float32))
    key, nonces = generator.bytes(32), generator.bytes(16 * 700)
    pads, padded, limbs = padding.pads(key, nonces, 128), unmask.padded_cold(q, key, nonces), tag.multipliers(key, 700)
    monkeypatch.setattr(fused, "_KERNELS", None)
    assert fused.keystream_of(key) is None
    assert (padding.pads(key, nonces, 128) == pads).all()
    assert (unmask.padded_cold(q, key, nonces) == padded).all()
    assert (tag.multipliers(key, 700) == limbs).all()


@pytest.mark.parametrize(
    ("features", "width"),
    [
        ({"aes", "vaes", "avx2", "avx512f", "avx512bw", "sse4.1"}, 4),
        ({"aes", "vaes", "avx2", "avx512f", "sse4.1"}, 2),
        ({"aes", "vaes", "avx2", "sse4.1"}, 2),
        ({"aes", "avx2", "avx512f", "avx512bw", "sse4.1"}, 1),
        ({"avx2", "sse4.1"}, 0),
        ({"neon"}, 0),
    ],
)
def test_the_width_is_what_the_processor_has(features: set[str], width: int) -> None:
    assert aes.width(features) == width


@pytest.mark.skipif(not WIDTHS, reason="this processor has no AES")
def test_round_keys_are_overwritten_and_never_spelled() -> None:
    stream = fused.keystream_of(b"k" * 32)
    assert stream is not None
    assert stream._keys.any()
    assert re.fullmatch(r"Keystream\(\d+ bytes\)", repr(stream))
    stream.wipe()
    assert not stream._keys.any()
    with pytest.raises(Malformed):
        fused.keystream_of(b"short")


@settings(max_examples=30, deadline=None)
@given(st.integers(0, 2**32 - 1), st.sampled_from([1, 2, 17, 128, 512]), st.integers(1, 16))
def test_sixteen_probes_score_as_one_by_one(seed: int, dimension: int, count: int) -> None:
    generator = np.random.default_rng(seed)
    values = generator.standard_normal((40, dimension))
    coded = np.stack([encode.encode((one / np.linalg.norm(one)).astype(np.float32)) for one in values])
    key, tag_key, nonces = generator.bytes(32), generator.bytes(32), generator.bytes(16 * len(coded))
    rows, probes = padding.masked(coded, key, nonces), coded[:count]
    products = matcher.batch(probes, rows)
    multipliers = tag.multipliers(tag_key, len(rows))
    tag.check_batch(multipliers, tag.tags(multipliers, rows), probes, products)
    plain = coded.astype(np.int64) @ probes.T.astype(np.int64)
    least = int(np.median(plain))
    expected = sorted((int(plain[at, probe]), at, probe) for at, probe in np.argwhere(plain >= least).tolist())
    stream = fused.keystream_of(key)
    sources = [padding.pads(key, nonces, dimension)] + ([unmask.Making(stream, nonces)] if stream else [])
    chunks = [unmask.Making(unmask.Chunks(key), nonces)]
    for some in (sources, chunks):
        for padded in unmask.padded_batch(probes, some):
            assert sorted(unmask.surpassing_batch(products, padded, least, count)) == expected
        assert not padded.any(), "overwritten at the end"
    altered = products.copy()
    altered[generator.integers(len(rows)), generator.integers(count)] += 1
    with pytest.raises(Exception, match="not those of the rows"):
        tag.check_batch(multipliers, tag.tags(multipliers, rows), probes, altered)


def test_more_than_sixteen_probes_are_refused() -> None:
    with pytest.raises(Malformed):
        lanes.woven(np.zeros((17, 4), dtype=np.int16))


def test_products_are_written_inside_their_array_only() -> None:
    stream, q = fused.keystream_of(bytes(32)), np.zeros(128, dtype=np.int16)
    if stream is None:
        pytest.skip("this processor makes no pads in registers")
    out = np.zeros(3, dtype=np.int32)
    for place in (-1, 2):
        with pytest.raises(Malformed):
            stream.products_of([(stream, bytes(32), place)], q, out)
    assert not out.any()
    coded = encode.encode((np.ones(128) / np.sqrt(128)).astype(np.float32))
    for made in (stream, unmask.Chunks(bytes(32))):
        for place in (2, -1):
            with pytest.raises(Malformed):
                unmask.padded_each(coded, [unmask.Making(made, bytes(48))], [place], out=out)
        with pytest.raises(Malformed):
            made.products(coded, bytes(64), out)
    assert not out.any()
    counted, sums = np.ones(3, dtype=np.uint8), np.zeros((1, 3), dtype=np.int64)
    for rows, place, room in ((2, 2, sums), (2, -1, sums), (-1, 0, sums), (1, 0, sums[:0])):
        with pytest.raises(Malformed):
            stream.weigh_of([(stream, rows, place)], counted, out, room)
    with pytest.raises(Malformed):
        stream.weigh_of([(stream, 2, 0)], counted[:2], out, sums)
    with pytest.raises(Malformed):
        stream.products_each(stream.woven(q[None]), bytes(32), np.zeros((1, lanes.PROBES), dtype=np.int32))
    assert not sums.any()
    with pytest.raises(Malformed):
        shares.address(np.zeros((4, 4))[:, ::2])
