import dataclasses

import pytest
from hypothesis import given
from hypothesis import strategies as st

from countenance.errors import Malformed
from countenance.formats import probes
from countenance.formats.probes import HEADER, LARGEST, MAXIMUM_DIMENSION, MAXIMUM_ROWS, Heading

HEADINGS = st.builds(
    Heading,
    gallery=st.binary(min_size=8, max_size=8).map(bytes.hex),
    number=st.integers(0, 2**32 - 1),
    rows=st.integers(0, MAXIMUM_ROWS),
    moment=st.integers(0, 2**53),
    sighting=st.binary(min_size=16, max_size=16).map(bytes.hex),
    dimension=st.integers(1, MAXIMUM_DIMENSION),
)
ONE = Heading("ab" * 8, 1, 3, 99, "cd" * 16, 128)


@given(HEADINGS)
def test_what_is_written_is_read(heading: Heading) -> None:
    plain = bytearray(LARGEST)
    probes.write_heading(heading, plain)
    assert probes.read_heading(plain, heading.size) == heading


def test_the_bytes_are_these() -> None:
    plain = bytearray(ONE.size)
    probes.write_heading(ONE, plain)
    assert plain[:HEADER].hex() == ("abababababababab01000000030000006300000000000000" + "cd" * 16 + "8000000000000000")
    assert (HEADER, ONE.products_at, ONE.size) == (48, 304, 316)


@pytest.mark.parametrize("size", [0, HEADER - 1, HEADER, ONE.size - 1, ONE.size + 1, LARGEST + 1])
def test_a_length_that_is_not_the_headings_is_refused(size: int) -> None:
    plain = bytearray(LARGEST)
    probes.write_heading(ONE, plain)
    with pytest.raises(Malformed):
        probes.read_heading(plain, size)


@pytest.mark.parametrize(
    "changed", [{"rows": MAXIMUM_ROWS + 1}, {"dimension": 0}, {"dimension": MAXIMUM_DIMENSION + 1}]
)
def test_bounds(changed: dict[str, int]) -> None:
    heading = dataclasses.replace(ONE, **changed)
    plain = bytearray(2 * LARGEST)
    probes.write_heading(heading, plain)
    with pytest.raises(Malformed):
        probes.read_heading(plain, heading.size)


def test_what_has_no_room_is_malformed() -> None:
    for changed in ({"gallery": "xy"}, {"number": -1}, {"moment": 2**64}):
        with pytest.raises(Malformed):
            probes.write_heading(dataclasses.replace(ONE, **changed), bytearray(LARGEST))
    with pytest.raises(Malformed):
        probes.write_heading(ONE, bytearray(10))
