"""Printing: a report as PDF, with the letters of DejaVu (with matplotlib): Latin and Cyrillic, no Chinese.

What they lack comes from a font of the operator's. A report with a letter that neither has gets no PDF rather than one
with holes; the browser prints its page.
"""

import importlib.util
import logging
import struct
from pathlib import Path
from typing import Final

from fontTools.ttLib import TTLibError
from fpdf import FPDF
from fpdf.enums import WrapMode, XPos, YPos
from fpdf.fonts import TTFFont

from countenance.errors import Malformed, Refused, Unavailable
from countenance.survey import methods, report
from countenance.survey.analysis import Analysis, Answer, Found
from countenance.survey.charts import span
from countenance.survey.charts import told as share
from countenance.survey.earlier import Earlier, Figure
from countenance.survey.methods import Sponsor
from countenance.survey.wording import told

FONTS: Final = {"": "DejaVuSans.ttf", "B": "DejaVuSans-Bold.ttf"}
_LEFT: Final = 20.0
_LONGEST: Final = 130.0
"""Millimetres of a bar of 100 %."""


def pdf(found: Analysis, earlier: Earlier, sponsor: Sponsor, *, font: Path | None = None) -> bytes:
    """The report as PDF. `font`: a TrueType or OpenType font, or a collection, with the letters that ours lack.

    Raises Refused for letters that are missing, Malformed for what is no font, Unavailable without the fonts' package.
    """
    language, how = found.language, methods.of(found, sponsor)
    paper = _Paper(font, wrap=WrapMode.CHAR if language == "zh" else WrapMode.WORD)
    paper.heading(found.opened.instrument.title.said(language), 16)
    paper.words(methods.headline(how, language))
    paper.words(methods.privacy(how, language))
    for one in found.found:
        paper.item(one, earlier, language, weights=found.weights is not None)
    for what, compared in (("of_parts", found.parts), ("of_wave", found.trend)):
        rows = report.differences(compared, language)
        if compared:
            paper.heading(told(language, "differences_of", what=told(language, what)), 12)
            against = told(language, "the_wave" if what == "of_wave" else "the_others", wave=found.before)
            paper.words(report.compares(compared, against, language))
        for row in rows:
            paper.words("; ".join(row), 8)
    paper.heading(told(language, "of_2019"), 12)
    paper.words(told(language, "earlier"), 8)
    for figure in earlier.figures:
        said = "; ".join(f"{one.percent} % {one.says} ({one.report.who})" for one in figure.told)
        paper.words(f"{figure.topic}, {figure.answer}: {said}.", 8)
    paper.heading(told(language, "methods"), 12)
    for named, words in methods.box(how, language):
        paper.words(f"{named}: {words}.", 8)
    paper.heading(told(language, "does_not_say"), 12)
    for words in methods.limits(how, language):
        paper.words(words, 8)
    return paper.done()


class _Paper:
    """`wrap`: where lines may end; between any two letters in Chinese."""

    def __init__(self, font: Path | None, *, wrap: WrapMode) -> None:
        self._wrap = wrap
        found = importlib.util.find_spec("matplotlib")
        if found is None or found.origin is None:
            raise Unavailable(
                "the letters of a PDF come with matplotlib: install the extra 'survey', or print the page"
            )
        self._pdf = FPDF(unit="mm", format="A4")
        self._pdf.set_margins(_LEFT, 18)
        self._pdf.set_auto_page_break(True, 18)
        self._pdf.c_margin = 0
        for style, name in FONTS.items():
            self._pdf.add_font("said", style, Path(found.origin).parent / "mpl-data" / "fonts" / "ttf" / name)
        fonts = [one for one in self._pdf.fonts.values() if isinstance(one, TTFFont)]
        self._letters = frozenset.intersection(*(frozenset(one.cmap) for one in fonts))
        if font is not None:
            self._letters |= self._lent(font)
        self._pdf.add_page()

    def heading(self, said: str, size: float) -> None:
        self._pdf.ln(3)
        self._said(said, size, "B")

    def words(self, said: str, size: float = 10) -> None:
        self._said(said, size, "")

    def item(self, one: Found, earlier: Earlier, language: str, *, weights: bool) -> None:
        if self._pdf.get_y() > 230:
            self._pdf.add_page()
        self.heading(one.words, 11)
        for answer in one.answers:
            before = earlier.beside(one.topic, answer.id)
            beside = f"; 2019: {span(before, language)}" if before else ""
            self.words(f"{answer.words}: {share(answer.said, language)}{beside}", 9)
            self._bar(answer, before)
        if weights and not one.weighted:
            self.words(told(language, "plainly"), 8)

    def done(self) -> bytes:
        # Of a font that is lent only outlines are taken; what else it has is none of the reader's business.
        logging.getLogger("fontTools.subset").setLevel(logging.ERROR)
        return bytes(self._pdf.output())

    def _lent(self, font: Path) -> frozenset[int]:
        """Take a font that serves what ours lack; its letters."""
        try:
            for style in FONTS:
                self._pdf.add_font("lent", style, font)
            lent = self._pdf.fonts["lent"]
        except (OSError, TTLibError, struct.error, LookupError, ValueError, AssertionError) as error:
            raise Malformed(f"{font.name} is no font: give a TrueType or OpenType file, .ttf, .otf or .ttc") from error
        self._pdf.set_fallback_fonts(["lent"])
        return frozenset(lent.cmap) if isinstance(lent, TTFFont) else frozenset()

    def _bar(self, answer: Answer, before: Figure | None) -> None:
        said = answer.said
        if said.value is None or said.low is None or said.high is None:
            return
        top = self._pdf.get_y() + 0.5
        self._pdf.set_fill_color(201, 214, 218)
        self._pdf.rect(_LEFT, top, max(0.4, _LONGEST * min(1.0, max(0.0, said.value))), 3.2, "DF")
        low, high = (_LEFT + _LONGEST * one for one in (said.low, said.high))
        self._pdf.line(low, top + 1.6, high, top + 1.6)
        for at in (low, high):
            self._pdf.line(at, top + 0.4, at, top + 2.8)
        if before is not None:
            at = _LEFT + _LONGEST * sum(before.span) / 200
            corners = [(at, top - 0.6), (at + 1.6, top + 1.6), (at, top + 3.8), (at - 1.6, top + 1.6)]
            self._pdf.set_fill_color(255, 255, 255)
            self._pdf.polygon(corners, style="DF")
        self._pdf.ln(5)

    def _said(self, said: str, size: float, style: str) -> None:
        if not all(ord(letter) in self._letters for letter in said):
            raise Refused("letters for it are missing: name a font that has them by --font, or print the page")
        self._pdf.set_font("said", style, size)
        self._pdf.multi_cell(0, size * 0.5, said, new_x=XPos.LMARGIN, new_y=YPos.NEXT, align="L", wrapmode=self._wrap)
