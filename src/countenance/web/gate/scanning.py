"""Scanning: a code is read from a picture of it, and a token becomes the code that its holder takes along.

A picture is decoded in this process, read, and dropped. What a scanner types as a keyboard needs nothing of this.
"""

import itertools
from typing import Final

import cv2
import segno

from countenance.errors import Malformed
from countenance.faces.image import load
from countenance.formats import base45

MOST_PIXELS: Final = 12_000_000
"""Of a picture with a code in it: a phone's photo."""

_SMALL: Final = 900


def read(data: bytes) -> str:
    """What the QR code in a picture says. Raises Malformed if there is none that can be read."""
    picture = cv2.cvtColor(load(data, most=MOST_PIXELS), cv2.COLOR_RGB2GRAY)
    sizes = [1.0] if max(picture.shape) > _SMALL else [1.0, 2.0]
    # Each finds codes that the other does not.
    for scale, finder in itertools.product(sizes, (cv2.QRCodeDetectorAruco, cv2.QRCodeDetector)):
        shown = picture if scale == 1.0 else cv2.resize(picture, None, fx=scale, fy=scale)
        try:
            text, _, _ = finder().detectAndDecode(shown)
        except cv2.error:
            continue
        if text:
            return str(text)
    raise Malformed("no code can be read in this picture: hold it flat and near, in light")


def token(text: str) -> bytes:
    """The token that a scanned code spells; what spells none is none, and the gate says so. Empty then."""
    try:
        return base45.read(text.strip("\r\n"))
    except Malformed:
        return b""


def drawn(sealed: bytes) -> str:
    """The QR code of a token, as SVG for a page."""
    symbol = segno.make_qr(base45.write(sealed), error="m", boost_error=False)
    return symbol.svg_inline(border=4, omitsize=True, title="QR")
