"""Codes are read from pictures of a screen, whatever is in them and however large they are."""

import hashlib
import io

import pytest
import segno
from PIL import Image

from countenance.crypto import token
from countenance.errors import Malformed
from countenance.formats import base45
from countenance.web.gate import scanning


def picture(of: bytes, scale: int) -> bytes:
    data = io.BytesIO()
    segno.make_qr(base45.write(of), error="m", boost_error=False).save(data, kind="png", scale=scale, border=4)
    return data.getvalue()


@pytest.mark.parametrize("scale", [4, 5, 8])
def test_every_token_on_a_screen_is_read(scale: int) -> None:
    for number in range(30):
        one = hashlib.shake_256(number.to_bytes(2)).digest(274 if number % 2 else token.MOST)
        assert scanning.token(scanning.read(picture(one, scale))) == one


def test_what_is_no_code_says_what_to_do() -> None:
    data = io.BytesIO()
    Image.new("RGB", (64, 64), "white").save(data, "PNG")
    with pytest.raises(Malformed, match="hold it flat"):
        scanning.read(data.getvalue())
