"""Live pictures: who has the hour's footage key opens them, and nobody passes an old or another one off."""

import pytest

from countenance.crypto import live
from countenance.crypto.live import Viewer
from countenance.errors import Malformed, Refused, Tampered
from countenance.formats.live import Picture
from countenance.vocabulary.moments import Hour

KEY, OTHER = b"k" * 32, b"o" * 32
HOUR = 480_000
AT = Hour(HOUR).start


def picture(after: int = 5) -> Picture:
    return Picture(AT + after, 320, 180, b"\xff\xd8 the pixels of a covered frame \xff\xd9")


def test_the_footage_key_opens_it_and_another_does_not() -> None:
    data = live.encrypt(KEY, picture())
    assert Viewer().open({HOUR: KEY}, data) == picture()
    assert picture().jpeg not in data
    assert live.hour(data) == HOUR
    with pytest.raises(Tampered):
        Viewer().open({HOUR: OTHER}, data)
    with pytest.raises(Refused):
        Viewer().open({HOUR + 1: KEY}, data)


def test_the_same_picture_never_looks_the_same() -> None:
    first, second = live.encrypt(KEY, picture()), live.encrypt(KEY, picture())
    assert first[4:] != second[4:]
    assert len(first) == len(second)


def test_an_older_picture_is_not_taken_for_a_new_one() -> None:
    viewer, keys = Viewer(), {HOUR: KEY}
    old, new, newest = (live.encrypt(KEY, picture(after)) for after in (1, 2, 3))
    viewer.open(keys, old)
    viewer.open(keys, new)
    for again in (old, new):
        with pytest.raises(Tampered, match="older"):
            viewer.open(keys, again)
    assert viewer.open(keys, newest) == picture(3)


def test_after_a_refusal_nothing_has_changed() -> None:
    viewer, keys = Viewer(), {HOUR: KEY}
    later = live.encrypt(KEY, picture(9))
    with pytest.raises(Tampered):
        viewer.open(keys, later[:-1] + bytes([later[-1] ^ 1]))
    assert viewer.open(keys, live.encrypt(KEY, picture(8))) == picture(8)


def test_another_hour_than_its_own_is_refused() -> None:
    """With one key for two hours too: the moment is inside."""
    data = live.encrypt(KEY, picture())
    moved = (HOUR + 1).to_bytes(4) + data[4:]
    with pytest.raises(Tampered):
        Viewer().open({HOUR: KEY, HOUR + 1: KEY}, moved)


@pytest.mark.parametrize("place", [4, 40, 61, 70, -1])
def test_a_flipped_bit_is_refused(place: int) -> None:
    data = bytearray(live.encrypt(KEY, picture()))
    data[place] ^= 1
    with pytest.raises(Tampered):
        Viewer().open({HOUR: KEY}, bytes(data))


@pytest.mark.parametrize("data", [b"", b"1234", bytes(live.LARGEST + 1)])
def test_what_is_too_short_or_too_long_is_malformed(data: bytes) -> None:
    with pytest.raises(Malformed):
        Viewer().open({0: KEY}, data)


def test_the_longest_picture_fits() -> None:
    longest = Picture(AT, 960, 540, bytes(128 * 1024 - 16))
    data = live.encrypt(KEY, longest)
    assert len(data) == live.LARGEST
    assert Viewer().open({HOUR: KEY}, data) == longest
