"""Travellers' tokens: they open where they should, and nowhere else."""

import io

import cv2
import numpy as np
import PIL.Image
import pytest
import segno

from countenance.crypto import token
from countenance.crypto.sign import SigningKey
from countenance.crypto.token import FlightKey
from countenance.errors import Malformed, Tampered
from countenance.formats import base45
from countenance.vocabulary.gates import Checked, Sealed

SIGNING = SigningKey.generate()
KEY = FlightKey(b"k" * 32, "AC834-226-YUL-FRA")
HELD = Sealed(b"s" * 16, b"b" * 16, Checked.CHIP, 1_750_000_000_000, 1_750_014_400_000, b"e" * 8, bytes(range(128)))


def test_what_was_sealed_is_opened_and_the_size_is_as_documented() -> None:
    sealed = KEY.seal(HELD, SIGNING)
    assert KEY.open(sealed, [SigningKey.generate().public, SIGNING.public]) == HELD
    assert len(sealed) == token.OVERHEAD + 128 == 274


@pytest.mark.parametrize("checked", Checked)
def test_how_it_was_checked_survives(checked: Checked) -> None:
    held = Sealed(HELD.single, HELD.booking, checked, HELD.issued, HELD.expires, HELD.extractor, HELD.code)
    assert KEY.open(KEY.seal(held, SIGNING), [SIGNING.public]).checked is checked


@pytest.mark.parametrize(
    "other",
    [
        FlightKey(b"j" * 32, "AC834-226-YUL-FRA"),
        FlightKey(b"k" * 32, "AC834-227-YUL-FRA"),
        FlightKey(b"k" * 32, "AC834-226-YUL-FRA", phone=b"p" * 32),
    ],
)
def test_another_key_flight_or_phone_opens_nothing(other: FlightKey) -> None:
    with pytest.raises(Tampered):
        other.open(KEY.seal(HELD, SIGNING), [SIGNING.public])


def test_who_has_the_key_and_no_kiosks_signature_makes_no_token() -> None:
    forged = KEY.seal(HELD, SigningKey.generate())
    with pytest.raises(Tampered, match="enrolled"):
        KEY.open(forged, [SIGNING.public])
    with pytest.raises(Tampered):
        KEY.open(forged, [])


def test_a_template_too_long_for_a_code_is_refused() -> None:
    fits = token.MOST - token.OVERHEAD
    for size in (fits, fits + 1):
        held = Sealed(HELD.single, HELD.booking, Checked.CHIP, HELD.issued, HELD.expires, HELD.extractor, bytes(size))
        if size == fits:
            assert len(KEY.seal(held, SIGNING)) == token.MOST
            continue
        with pytest.raises(Malformed, match="other lane"):
            KEY.seal(held, SIGNING)


def test_marks_and_bookings_are_of_one_key_and_flight() -> None:
    other = FlightKey(b"j" * 32, KEY.flight)
    assert len({KEY.mark(b"1" * 16), KEY.mark(b"2" * 16), other.mark(b"1" * 16)}) == 3
    assert len({KEY.booking("A", "1"), KEY.booking("A1", ""), other.booking("A", "1")}) == 3


@pytest.mark.parametrize("size", [0, 31, 33])
def test_keys_have_their_length(size: int) -> None:
    with pytest.raises(Malformed):
        FlightKey(bytes(size), "F")
    with pytest.raises(Malformed):
        FlightKey(bytes(32), "F", phone=bytes(size))


def test_nothing_shows_what_a_token_holds() -> None:
    assert "k" * 8 not in repr(KEY)
    assert repr(HELD) == "Sealed(chip, 128 components)"


def test_the_code_is_read_back_by_another_library_and_is_of_version_13_at_most() -> None:
    """OpenCV's reader misses a few of a hundred perfect codes, so this one is always the same."""
    always = SigningKey.from_bytes(b"s" * 32)
    sealed = KEY.seal(HELD, always, random=lambda size: bytes(range(size)))
    symbol = segno.make_qr(base45.write(sealed), error="m", boost_error=False)
    assert (symbol.version, symbol.error, symbol.mode) == (12, "M", "alphanumeric")
    drawn = io.BytesIO()
    symbol.save(drawn, kind="png", scale=6, border=4)
    picture = np.asarray(PIL.Image.open(drawn).convert("L"))
    text, _, _ = cv2.QRCodeDetector().detectAndDecode(picture)
    assert base45.read(text) == sealed


def test_the_longest_token_fits_version_13() -> None:
    assert segno.make_qr(base45.write(b"\xff" * token.MOST), error="m", boost_error=False).version == 13
