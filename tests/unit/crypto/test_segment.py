"""segment: any range decrypts exactly; anything changed, cut, added or moved is noticed."""

import pytest
from cryptography.cobblestone import Cobblestone256Decryptor, Cobblestone256Encryptor
from hypothesis import given, settings
from hypothesis import strategies as st

from countenance.crypto import segment
from countenance.errors import Malformed, Tampered

KEY = bytes(range(32))
CHUNK = segment.CHUNK
LENGTHS = [0, 1, CHUNK - 1, CHUNK, CHUNK + 1, 3 * CHUNK]


def text(length: int) -> bytes:
    return (bytes(range(251)) * (length // 251 + 1))[:length]


@pytest.mark.parametrize("length", LENGTHS)
def test_round_trip(length: int) -> None:
    data = segment.encrypt(KEY, text(length))
    assert len(data) == 56 + length + 16 * (length // CHUNK + 1)
    assert segment.plaintext_length(data) == length
    assert segment.decrypt(KEY, data) == text(length)


@pytest.mark.parametrize("length", LENGTHS)
def test_another_implementation_reads_and_writes_the_same_format(length: int) -> None:
    reader = Cobblestone256Decryptor(KEY, b"")
    assert reader.update(segment.encrypt(KEY, text(length))) + reader.finalize() == text(length)
    writer = Cobblestone256Encryptor(KEY, b"")
    assert segment.decrypt(KEY, writer.update(text(length)) + writer.finalize()) == text(length)


@settings(max_examples=60, deadline=None)
@given(st.sampled_from(LENGTHS), st.integers(0, 4 * CHUNK), st.integers(0, 4 * CHUNK))
def test_ranges(length: int, start: int, extent: int) -> None:
    data = segment.encrypt(KEY, text(length))
    assert segment.decrypt_range(KEY, data, start, start + extent) == text(length)[start : start + extent]


@pytest.mark.parametrize("length", [0, 5, CHUNK, 2 * CHUNK + 7])
def test_every_cut_is_noticed(length: int) -> None:
    data = segment.encrypt(KEY, text(length))
    cuts = {0, 24, 55, 56, 60, 72, 56 + CHUNK, 56 + CHUNK + 16, 56 + CHUNK + 20, len(data) - 1, len(data) - 16}
    for cut in sorted(cut for cut in cuts if cut < len(data)):
        with pytest.raises(Tampered):
            segment.decrypt(KEY, data[:cut])
        with pytest.raises(Tampered):
            segment.decrypt_range(KEY, data[:cut], 0, 1)


@pytest.mark.parametrize("at", [0, 23, 24, 55, 56, 56 + CHUNK + 15, 56 + CHUNK + 16, -1])
def test_every_change_is_noticed(at: int) -> None:
    data = bytearray(segment.encrypt(KEY, text(CHUNK + 100)))
    data[at] ^= 0x80
    with pytest.raises(Tampered):
        segment.decrypt(KEY, bytes(data))


def test_moved_added_and_borrowed_chunks_are_noticed() -> None:
    data = segment.encrypt(KEY, text(3 * CHUNK))
    other = segment.encrypt(KEY, text(3 * CHUNK))
    size = CHUNK + 16
    head, chunks = data[:56], [data[56 + i * size : 56 + (i + 1) * size] for i in range(4)]
    for wrong in (
        head + chunks[1] + chunks[0] + chunks[2] + chunks[3],
        head + chunks[0] + chunks[1] + chunks[3],
        data + chunks[3],
        data + b"\0",
        head + other[56:],
        other[:56] + data[56:],
    ):
        with pytest.raises(Tampered):
            segment.decrypt(KEY, wrong)


def test_another_key_is_noticed_before_any_chunk() -> None:
    data = segment.encrypt(KEY, b"text")
    with pytest.raises(Tampered, match="under this key"):
        segment.decrypt(bytes(32), data)


def test_bad_arguments() -> None:
    with pytest.raises(Malformed):
        segment.encrypt(b"short", b"")
    data = segment.encrypt(KEY, b"text")
    for start, end in ((-1, 2), (3, 2)):
        with pytest.raises(Malformed):
            segment.decrypt_range(KEY, data, start, end)
