"""A sheet's index: the newest whole entry counts, a torn tail is written over, damage is counted and never believed."""

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from countenance.zones.repository import index
from countenance.zones.repository.index import ENTRY, Entry

ENTRIES = [
    Entry(0, "00" * 16, b"a" * 16, 1),
    Entry(7, "77" * 16, b"b" * 16, 2**32 - 1),
    Entry(0, "00" * 16, bytes(16), 0, erased=True),
    Entry(4095, "ff" * 16, b"c" * 16, 0),
]
entries = st.builds(
    Entry,
    position=st.integers(0, 4095),
    sighting=st.binary(min_size=16, max_size=16).map(bytes.hex),
    mac=st.binary(min_size=16, max_size=16),
    checksum=st.integers(0, 2**32 - 1),
    erased=st.booleans(),
)


@settings(max_examples=50, deadline=None)
@given(st.lists(entries, max_size=20))
def test_what_was_written_is_read_and_the_newest_counts(written: list[Entry]) -> None:
    found = index.read(index.write(written))
    assert found.entries == {one.position: one for one in written}
    assert found.damaged == 0
    assert [one.position for one in found.rows()] == sorted(
        one.position for one in found.entries.values() if not one.erased
    )


def test_an_entry_is_as_the_format_page_says() -> None:
    assert index.write([Entry(258, "0a" * 16, b"m" * 16, 3)])[:40] == (
        b"\x01\x00\x02\x01" + b"\x0a" * 16 + b"m" * 16 + b"\x03\x00\x00\x00"
    )
    assert ENTRY == 44


def test_every_torn_write_is_a_tail_to_be_written_over() -> None:
    whole = index.write(ENTRIES)
    for length in range(len(whole) + 1):
        kept = length // ENTRY
        found = index.read(whole[:length])
        assert found.entries == {one.position: one for one in ENTRIES[:kept]}
        assert found.damaged == 0


@pytest.mark.parametrize("tail", [bytes(4096), b"\xff" * 100, bytes(10)])
def test_a_tail_of_anything_is_torn(tail: bytes) -> None:
    assert index.read(index.write(ENTRIES) + tail) == index.read(index.write(ENTRIES))


def test_every_flipped_bit_loses_that_entry_and_no_other() -> None:
    whole = index.write(ENTRIES)
    for bit in range(8 * len(whole)):
        data = bytearray(whole)
        data[bit // 8] ^= 1 << bit % 8
        found = index.read(bytes(data))
        hit = bit // 8 // ENTRY
        assert found.entries == {one.position: one for at, one in enumerate(ENTRIES) if at != hit}
        assert found.damaged == (1 if hit < 3 else 0)
