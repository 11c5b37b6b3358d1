"""Phones: what a traveller's phone shows a kiosk, once where a token is made and once at the gate.

A part is taken for the flight that boards here; whoever shows another's is told at once, for nothing would open what is
sealed with it. Nothing of a part is kept or logged.
"""

import segno

from countenance.formats import base45, carried
from countenance.vocabulary.gates import Carried, Flight
from countenance.web.gate import scanning


def brought(letters: str) -> Carried:
    """What a scanned code carries at the gate; what spells nothing is no token."""
    return carried.read(scanning.token(letters))


def part(letters: str, flight: Flight) -> bytes | None:
    """The part that a phone shows; None from whoever brings none. Raises Malformed for anything else."""
    return carried.read_part(base45.read(letters), str(flight)) if letters.strip() else None


def way(origin: str, language: str) -> tuple[str, str]:
    """Where the page for phones is, and that as a QR code, as SVG for a page."""
    address = f"{origin}/{language}/phone"
    return address, segno.make_qr(address, error="m").svg_inline(border=4, omitsize=True, title="QR")
