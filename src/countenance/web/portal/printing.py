"""A drawn sign as PDF, whose letters lie in the file.

A PDF has the letters of DejaVu (with matplotlib, whose package they ship in): Latin, Cyrillic, Greek and more. They
have no Chinese. A sheet with a letter that they lack gets no PDF, rather than one with holes; the browser prints it.
"""

import importlib.util
from pathlib import Path
from typing import Final

from fpdf import FPDF
from fpdf.drawing import PaintedPath
from fpdf.enums import IntersectionRule, PathPaintRule
from fpdf.fonts import TTFFont

from countenance.errors import Refused
from countenance.web.portal.drawing import Shape, Sign

KEPT: Final = 256
"""Sheets whose PDF is kept, at about 30 kB each: making one is the dearest thing that anybody may ask for here."""

FONTS: Final = {"": "DejaVuSans.ttf", "B": "DejaVuSans-Bold.ttf"}
POINTS_A_MM: Final = 72 / 25.4


class Printer:
    """Makes PDFs with the fonts of an installed package, read once. Without the package it makes none."""

    def __init__(self) -> None:
        found = importlib.util.find_spec("matplotlib")
        folder = Path(found.origin).parent / "mpl-data" / "fonts" / "ttf" if found and found.origin else None
        self._fonts = {style: folder / name for style, name in FONTS.items()} if folder else {}
        covered = [frozenset(font.cmap) for font in self._paper().fonts.values() if isinstance(font, TTFFont)]
        self._made: dict[Sign, bytes] = {}
        self._letters: frozenset[int] = frozenset.intersection(*covered) if covered else frozenset()

    def can(self, sign: Sign) -> bool:
        """Whether there is a letter for all that stands on the sheet."""
        return all(ord(letter) in self._letters for line in sign.lines for letter in line.text)

    def pdf(self, sign: Sign) -> bytes:
        """The sheet as a PDF. Raises Refused if a letter is missing."""
        if not self.can(sign):
            raise Refused("no letters for this text are here for a PDF: print the page itself, or save the SVG")
        found = self._made.get(sign)
        if found is None:
            if len(self._made) >= KEPT:
                self._made.clear()
            found = self._made[sign] = self._drawn(sign)
        return found

    def _drawn(self, sign: Sign) -> bytes:
        paper = self._paper()
        paper.set_title(sign.title)
        paper.set_lang(sign.language)
        paper.add_page()
        for shape in sign.shapes:
            with paper.drawing_context() as drawing:
                drawing.add_item(_painted(shape))
        for line in sign.lines:
            size = line.style.size * POINTS_A_MM
            paper.set_font("sign", "B" if line.style.bold else "", size)
            wide = paper.get_string_width(line.text)
            if wide > line.room:
                paper.set_font_size(size * line.room / wide)
            paper.set_text_color(*bytes.fromhex(line.style.fill.removeprefix("#")))
            paper.text(line.x, line.y, line.text)
        return bytes(paper.output())

    def _paper(self) -> FPDF:
        paper = FPDF(unit="mm", format="A4")
        paper.set_auto_page_break(False)
        for style, file in self._fonts.items():
            paper.add_font("sign", style, file)
        return paper


def _painted(shape: Shape) -> PaintedPath:
    path = PaintedPath()
    for (x, y), *others in shape.polygons:
        path.move_to(x, y)
        for point in others:
            path.line_to(*point)
        path.close()
    path.style.fill_color = shape.fill
    path.style.paint_rule = PathPaintRule.FILL_EVENODD
    path.style.intersection_rule = IntersectionRule.EVENODD
    return path
