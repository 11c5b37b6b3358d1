"""What a traveller's codes carry: read as written, whatever their length, and nothing is read as two things."""

import os

import pytest

from countenance.crypto import token
from countenance.errors import Malformed
from countenance.formats import base45, carried
from countenance.vocabulary.gates import Carried

FLIGHT, OTHER = "AC834-226-YUL-FRA", "AC834-227-YUL-FRA"
VERSION_13_M = 483
"""Letters of a QR code of version 13 at level M (ISO/IEC 18004 table 7)."""


def test_bytes_of_every_length_and_kind_are_read_as_one_thing() -> None:
    for length in range(360):
        for first in range(5):
            data = bytes([first]) + os.urandom(length)
            assert carried.write(carried.read(data)) == data
            assert (carried.read(data).part is None) == (first != 3 or length <= 32)
    assert carried.read(b"") == Carried(b"")


def test_a_token_is_read_with_its_part_or_alone() -> None:
    part = os.urandom(32)
    for length in range(token.OVERHEAD + 1, token.MOST + 1):
        one = bytes([token.VERSION]) + os.urandom(length - 1)
        assert carried.read(one) == Carried(one)
        assert carried.read(carried.write(Carried(one, part))) == Carried(one, part)


def test_both_of_the_built_in_extractor_fit_the_version_that_is_promised() -> None:
    both = carried.write(Carried(bytes(token.OVERHEAD + 128), bytes(32)))
    assert (len(both), len(base45.write(both))) == (307, 461)
    assert len(base45.write(both)) <= VERSION_13_M < len(base45.write(bytes(323)))


def test_a_part_is_of_one_flight_and_whole() -> None:
    part = os.urandom(32)
    shown = carried.write_part(part, FLIGHT)
    assert carried.read_part(shown, FLIGHT) == part
    assert carried.write_part(part, OTHER)[:5] != shown[:5]
    wrong = [shown[:length] for length in range(len(shown))] + [shown + b"\0", bytes([1]) + shown[1:]]
    wrong += [shown[:at] + bytes([shown[at] ^ 1]) + shown[at + 1 :] for at in range(5)]
    for one in [*wrong, carried.write_part(part, OTHER), carried.write(Carried(bytes(274), part))]:
        with pytest.raises(Malformed, match="choose this flight on its page"):
            carried.read_part(one, FLIGHT)


@pytest.mark.parametrize("length", [0, 31, 33])
def test_what_is_no_part_is_not_written(length: int) -> None:
    with pytest.raises(Malformed, match="32 bytes"):
        carried.write_part(bytes(length), FLIGHT)
    with pytest.raises(Malformed, match="32 bytes"):
        carried.write(Carried(bytes(274), bytes(length)))


def test_a_part_and_a_token_are_not_in_what_is_printed_of_them() -> None:
    part, one = os.urandom(32), os.urandom(274)
    said = repr(Carried(one, part))
    assert said == "Carried(274 bytes, with a part)"
    assert repr(Carried(one)) == "Carried(274 bytes)"
