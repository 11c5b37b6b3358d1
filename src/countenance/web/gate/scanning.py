"""Scanning: a code is read from a picture of it, and a token becomes the code that its holder takes along.

A picture is decoded in this process, read, and dropped. What a scanner types as a keyboard needs nothing of this.
"""

from typing import Final

import numpy as np
import segno
import zxingcpp

from countenance.errors import Malformed
from countenance.faces.image import load
from countenance.formats import base45

MOST_PIXELS: Final = 12_000_000
"""Of a picture with a code in it: a phone's photo."""

_FORMATS: Final = zxingcpp.barcode_formats_from_str("QRCode,Aztec,PDF417,DataMatrix")
"""What boarding passes are printed in (IATA Resolution 792), and codes of a gate."""


def read(data: bytes) -> str:
    """What the code in a picture says: QR, Aztec, PDF417 or Data Matrix. Raises Malformed if none can be read."""
    picture = load(data, most=MOST_PIXELS).mean(axis=2).astype(np.uint8)
    found = zxingcpp.read_barcodes(picture, _FORMATS, text_mode=zxingcpp.TextMode.Plain)
    text = next((one.text for one in found if one.text), "")
    if not text:
        raise Malformed("no code can be read in this picture: hold it flat and near, in light")
    return str(text)


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
