"""Codes are read from pictures of a screen, whatever is in them and however large they are."""

import hashlib
import io

import numpy as np
import pytest
import segno
import zxingcpp
from PIL import Image

from countenance.crypto import token
from countenance.errors import Malformed
from countenance.formats import base45
from countenance.web.gate import scanning
from simulator.gate import PASS


def picture(of: bytes, scale: int) -> bytes:
    data = io.BytesIO()
    segno.make_qr(base45.write(of), error="m", boost_error=False).save(data, kind="png", scale=scale, border=4)
    return data.getvalue()


@pytest.mark.parametrize("scale", [4, 5, 8])
def test_every_token_on_a_screen_is_read(scale: int) -> None:
    for number in range(30):
        one = hashlib.shake_256(number.to_bytes(2)).digest(274 if number % 2 else token.MOST)
        assert scanning.token(scanning.read(picture(one, scale))) == one


@pytest.mark.parametrize("kind", ["QRCode", "Aztec", "PDF417", "DataMatrix"])
def test_a_boarding_pass_is_read_in_whatever_it_is_printed(kind: str) -> None:
    drawn = zxingcpp.write_barcode_to_image(zxingcpp.create_barcode(PASS, zxingcpp.barcode_format_from_str(kind)), 4)
    sheet = Image.new("L", (900, 400), 235)
    sheet.paste(Image.fromarray(np.array(drawn)), (60, 60))
    data = io.BytesIO()
    sheet.rotate(2, fillcolor=235, resample=Image.Resampling.BICUBIC).save(data, "JPEG", quality=85)
    assert scanning.read(data.getvalue()) == PASS


def test_what_is_no_code_says_what_to_do() -> None:
    data = io.BytesIO()
    Image.new("RGB", (64, 64), "white").save(data, "PNG")
    with pytest.raises(Malformed, match="hold it flat"):
        scanning.read(data.getvalue())
