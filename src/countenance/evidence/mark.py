"""The visible mark of a copy: for whom it was made, as a strip of text beneath the picture, so that it hides nothing.

Who cuts the strip off has a picture without it, and a clip whose manifest does not hold.
"""

import textwrap

import cv2
import numpy as np
from numpy.typing import NDArray

from countenance.log.trail import Line
from countenance.video.frame import Frame
from countenance.vocabulary.disclosures import Instructions
from countenance.vocabulary.moments import written

SMALLEST = 10
"""Pixels of a line's letters, at least; wide pictures have larger ones."""

_LETTERS_A_WIDTH = 60
_INSET = 4
# Limited range (ITU-R BT.601-7): black and white of luma, and no colour.
_BLACK, _RANGE, _GREY = 16, 219, 128


def words(told: Instructions, authorised: Line) -> str:
    """What the mark says. `authorised`: the entry of this copy."""
    said = (
        f"Copy {authorised.facts.get('copy', '')} for {told.request.signer}",
        f"warrant {told.warrant} version {told.number}",
        f"entry {authorised.index}",
        f"{written(authorised.made).replace('T', ' ').replace('Z', ' UTC')}",
        *(("DEMO, not evidence",) if told.genesis.demo else ()),
    )
    return " - ".join(said)


def strip(width: int, text: str) -> NDArray[np.uint8]:
    """The text, white (255) on black (0), as (height, `width`); the height is a multiple of four."""
    size, font = max(SMALLEST, width // _LETTERS_A_WIDTH), cv2.FontFace("sans")
    lines = _lines(text, width - 2 * _INSET, size)
    step = size * 3 // 2
    out = np.zeros((-(-(len(lines) * step + _INSET) // 4) * 4, width), np.uint8)
    for number, line in enumerate(lines):
        cv2.putText(out, line, (_INSET, number * step + size + _INSET // 2), (255,), font, size)
    return out


def picture(rgb: NDArray[np.uint8], text: str) -> NDArray[np.uint8]:
    """An RGB picture (height, width, 3) with the mark beneath it."""
    return np.concatenate([rgb, np.repeat(strip(rgb.shape[1], text)[..., None], 3, axis=2)])


def frame(shown: Frame, beneath: NDArray[np.uint8]) -> Frame:
    """A frame with the strip of `strip`, of its own width, beneath it."""
    luma = (_BLACK + beneath.astype(np.uint16) * _RANGE // 255).astype(np.uint8)
    colour = np.full(luma.size // 4, _GREY, np.uint8)
    y, u, v = (plane.reshape(-1) for plane in shown.planes)
    packed = np.concatenate([y, luma.reshape(-1), u, colour, v, colour])
    return Frame(shown.index, shown.moment_ms, packed.reshape(-1, shown.width), shown.matrix)


def _lines(text: str, width: int, size: int) -> list[str]:
    """The text in as few lines as fit into `width` pixels."""
    font, lines = cv2.FontFace("sans"), [text]
    for columns in range(len(text), 0, -1):
        lines = textwrap.wrap(text, columns, break_on_hyphens=False)
        if all(cv2.getTextSize((1, 1), line, (0, 0), font, size)[2] <= width for line in lines):
            break
    return lines
