import pytest
from hypothesis import given
from hypothesis import strategies as st

from countenance.errors import Malformed
from countenance.formats import live
from countenance.formats.live import HEADER, LARGEST, Picture

SIDES = st.integers(1, 65535)


@given(st.integers(0, 2**53 - 1), SIDES, SIDES, st.binary(min_size=1, max_size=64))
def test_a_picture_comes_back_as_it_was(moment: int, width: int, height: int, jpeg: bytes) -> None:
    picture = Picture(moment, width, height, jpeg)
    assert live.read(live.write(picture)) == picture


def test_what_is_no_picture_is_malformed() -> None:
    good = live.write(Picture(1, 2, 2, b"jpeg"))
    wrong = [b"", good[:HEADER], bytes(HEADER) + b"x", good[:15] + b"\x01" + good[16:], b"\xff" * 8 + good[8:]]
    for data in (*wrong, good + bytes(LARGEST)):
        with pytest.raises(Malformed):
            live.read(data)
    for picture in (
        Picture(-1, 2, 2, b"x"),
        Picture(1, 70_000, 2, b"x"),
        Picture(1, 2, 0, b"x"),
        Picture(1, 2, 2, b""),
    ):
        with pytest.raises(Malformed):
            live.write(picture)


def test_a_picture_shows_only_its_size() -> None:
    assert repr(Picture(5, 320, 180, b"secret")) == "Picture(5, 320x180, 6 bytes)"
