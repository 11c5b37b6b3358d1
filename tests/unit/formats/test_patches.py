import base64
import subprocess
import sys
import zlib
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from countenance.errors import Malformed
from countenance.formats import patches
from countenance.formats.patches import HEADROOM, MOST, SLOT, STILL, Piece

VECTORS = Path(__file__).parents[2] / "vectors" / "patches"
LARGEST = 2**53 - 1

sizes = st.integers(1, LARGEST)
places = st.integers(0, LARGEST)


def piece(moment: int = 5, jpeg: bytes = b"jpeg") -> Piece:
    return Piece(moment, 2, 4, 6, 8, jpeg)


@given(places, places, places, sizes, sizes, st.binary(min_size=1, max_size=SLOT - HEADROOM))
def test_what_is_written_is_read_back(moment: int, x: int, y: int, width: int, height: int, jpeg: bytes) -> None:
    one = Piece(moment, x, y, width, height, jpeg)
    assert patches.read_still(patches.write_still(one)) == one
    assert patches.read_patches(patches.write_patches([one])) == (one,)


@pytest.mark.parametrize(("count", "slots"), [(1, 1), (2, 2), (3, 4), (5, 8), (129, 256), (MOST, MOST)])
def test_lengths_tell_the_next_power_of_two_only(count: int, slots: int) -> None:
    pieces = tuple(piece(moment) for moment in range(count))
    data = patches.write_patches(pieces)
    assert len(data) == slots * SLOT
    assert patches.read_patches(data) == pieces


def test_every_still_has_one_length() -> None:
    assert {len(patches.write_still(piece(jpeg=bytes([1]) * n))) for n in (1, 5000, STILL - HEADROOM)} == {STILL}


@pytest.mark.parametrize(
    "pieces",
    [
        [],
        [piece(n) for n in range(MOST + 1)],
        [piece(2), piece(1)],
        [piece(1), piece(1)],
        [piece(jpeg=b"x" * SLOT)],
        [piece(jpeg=b"")],
        [Piece(1, -1, 0, 2, 2, b"j")],
        [Piece(1, 0, 0, 0, 2, b"j")],
        [Piece(2**53, 0, 0, 2, 2, b"j")],
    ],
)
def test_what_cannot_be_written_is_refused(pieces: list[Piece]) -> None:
    with pytest.raises(Malformed):
        patches.write_patches(pieces)


@pytest.mark.parametrize("path", sorted(VECTORS.glob("*.txt")), ids=lambda path: path.stem)
def test_vectors(path: Path) -> None:
    expect, _, spelled = path.read_text().splitlines()
    data = zlib.decompress(base64.b64decode(spelled))
    still = expect.endswith("STILL")
    if "reject" in expect:
        with pytest.raises(Malformed):
            patches.read_still(data) if still else patches.read_patches(data)
    elif still:
        assert patches.write_still(patches.read_still(data)) == data
    else:
        assert patches.write_patches(patches.read_patches(data)) == data


def test_vectors_are_what_their_maker_makes() -> None:
    assert subprocess.run([sys.executable, VECTORS / "make.py", "--check"], check=False).returncode == 0


def test_a_piece_does_not_show_its_picture() -> None:
    assert "jpeg" not in repr(piece()).replace("Piece", "")
