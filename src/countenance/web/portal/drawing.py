"""A sign of one camera, drawn once on a sheet of A4 in millimetres, for the page, the SVG and the PDF alike.

What stands on it is the first layer of a notice (EDPB Guidelines 3/2019, section 7.1): purpose, who answers, rights,
what is striking, where the rest is. The code is a QR code (ISO/IEC 18004), vector, level M, with its quiet zone.
"""

import math
import re
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Final
from unicodedata import east_asian_width

import segno

from countenance.web.kit.pages import Words
from countenance.web.portal.configuration import PortalSettings
from countenance.web.portal.notices import Notice

WIDTH, HEIGHT, MARGIN = 210.0, 297.0, 14.0
"""Millimetres of a sheet."""

DARK, INK, PAPER, LABEL = "#12333f", "#0b0c0c", "#ffffff", "#1a6161"
QR_SIDE: Final = 70.0
"""Millimetres of the code with its quiet zone: read from about 70 cm by any phone, since ten to one is the rule."""

QUIET: Final = 4
"""Modules of white around a code that the standard asks for."""

_HEAD: Final = 62.0
_FOOT: Final = HEIGHT - QR_SIDE - 26.0
_LEAD: Final = 1.3

# Widths in ems, at least those of common sans-serif fonts.
_NARROW, _WIDE = frozenset("iljtfrI.,:;'|!()[]·- "), frozenset("mwMWШЩЖЮФЫшщжюфыДд@%—…QO")
_PIECE = re.compile(r"[^\s⺀-￯]+\s*|[⺀-￯]\s*|\s+")

Point = tuple[float, float]


@dataclass(frozen=True, slots=True)
class Shape:
    """Polygons that are filled as one; where they lie on each other twice nothing is filled."""

    polygons: tuple[tuple[Point, ...], ...]
    fill: str

    @property
    def path(self) -> str:
        """As SVG spells it."""
        return "".join("M" + "L".join(f"{x:.6g} {y:.6g}" for x, y in polygon) + "Z" for polygon in self.polygons)


@dataclass(frozen=True, slots=True)
class Style:
    """How letters look. `size`: millimetres of an em."""

    size: float
    bold: bool = False
    fill: str = INK

    @property
    def step(self) -> float:
        """Millimetres from line to line."""
        return self.size * _LEAD


@dataclass(frozen=True, slots=True)
class Line:
    """A line of text. `x`, `y`: where its baseline begins; `room`: how wide it may be at the most."""

    x: float
    y: float
    text: str
    style: Style
    room: float


@dataclass(frozen=True, slots=True)
class Sign:
    """A drawn sheet. `title`: what it is, for who does not see it."""

    title: str
    language: str
    shapes: tuple[Shape, ...]
    lines: tuple[Line, ...]


def drawn(notice: Notice, words: Words, settings: PortalSettings, address: str, *, demo: bool = False) -> Sign:
    """The sign of a camera. `address`: where its code leads; `demo`: the sign says that it is one."""
    camera, column = notice.camera, Column(MARGIN, _HEAD + 16, WIDTH - 2 * MARGIN)
    # The place is what tells this sign from others, so it may be long; the whole notice is a scan away.
    column.set(camera.place, Style(10.5, bold=True), most=2, after=5.5)
    who = ", ".join(one for one in (settings.controller, settings.contact) if one) or words.nobody
    for label, text, most in (
        (words.why, camera.purpose, 2),
        (words.who, who, 2),
        (words.how_long, words.hours.format(camera.retention_hours), 2),
        (words.faces, words.extracts if camera.extracts else words.covered_only, 3),
    ):
        column.set(label, Style(4.4, bold=True, fill=LABEL), most=1, after=1.5)
        column.set(text, Style(5.6), most=most, after=2.6)
    lines = (*_head(words), *column.lines, *_foot(words, camera.name, address, demo=demo))
    code = _code(address, MARGIN, _FOOT, QR_SIDE)
    shapes = (Shape((_box(0, 0, WIDTH, HEIGHT),), PAPER), Shape((_box(0, 0, WIDTH, _HEAD),), DARK), *_camera(), code)
    return Sign(f"{words.record}: {camera.place}", words.language, shapes, lines)


class Column:
    """Text that runs down the sheet from a first baseline."""

    def __init__(self, x: float, y: float, room: float) -> None:
        self._x, self._y, self._room = x, y, room
        self.lines: list[Line] = []

    def set(self, text: str, style: Style, *, most: int, after: float) -> None:
        """Set `text` in at most so many lines, with an ellipsis if that is not all, and room `after` it."""
        found = wrapped(text, self._room, style)
        if len(found) > most:
            found = [*found[: most - 1], f"{found[most - 1].rstrip('.,; ')} …"]
        for one in found:
            # The first line of larger letters begins lower, where the line before it was of smaller ones.
            self._y += style.step if self.lines else 0.0
            self.lines.append(Line(self._x, self._y, one, style, self._room))
        self._y += after


def wrapped(text: str, room: float, style: Style) -> list[str]:
    """`text` in lines that are not wider than `room`, broken within a word only if that alone is wider."""
    lines, line = [], ""
    for piece in _PIECE.findall(" ".join(text.split())):
        if line and _width(line + piece.rstrip(), style) > room:
            lines.append(line.rstrip())
            line = ""
        line += piece
        while _width(line.rstrip(), style) > room and len(line) > 1:
            fits = [at for at in range(1, len(line)) if _width(line[:at], style) <= room]
            cut = fits[-1] if fits else 1
            lines.append(line[:cut])
            line = line[cut:]
    return [*lines, line.rstrip()] if line.strip() else lines


def _head(words: Words) -> list[Line]:
    left = 74.0
    column = Column(left, 23, WIDTH - left - MARGIN)
    column.set(words.record, Style(12.5, bold=True, fill=PAPER), most=2, after=1.5)
    column.set(words.covered, Style(6, fill=PAPER), most=2, after=0)
    return column.lines


def _foot(words: Words, name: str, address: str, *, demo: bool) -> list[Line]:
    left = MARGIN + QR_SIDE + 8
    column = Column(left, _FOOT + 12, WIDTH - left - MARGIN)
    column.set(words.scan, Style(8.4, bold=True), most=3, after=2)
    column.set(words.scan_how, Style(5.6), most=4, after=3)
    # Typed by hand where nobody can scan: a line ends where the address has an end of its own.
    host, _, path = address.rpartition("/c/")
    column.set(host, Style(4.6, bold=True), most=2, after=0)
    column.set(f"/c/{path}", Style(4.6, bold=True), most=2, after=0)
    under = Column(MARGIN, HEIGHT - MARGIN - 2, WIDTH - 2 * MARGIN)
    under.set(f"{words.camera}: {name}{' · ' + words.demo if demo else ''}", Style(4.4), most=2, after=0)
    return [*column.lines, *under.lines]


def _width(text: str, style: Style) -> float:
    return sum(_ems(one) for one in text) * style.size * (1.13 if style.bold else 1.0)


def _ems(letter: str) -> float:
    if east_asian_width(letter) in "WF":
        return 1.0
    if letter in _NARROW:
        return 0.37
    if letter in _WIDE:
        return 0.99
    return 0.72 if letter.isupper() else 0.62


def _box(x: float, y: float, width: float, height: float) -> tuple[Point, ...]:
    return (x, y), (x + width, y), (x + width, y + height), (x, y + height)


def _disc(x: float, y: float, radius: float) -> tuple[Point, ...]:
    turns = (2 * math.pi * part / 48 for part in range(48))
    return tuple((x + radius * math.cos(turn), y + radius * math.sin(turn)) for turn in turns)


def _camera() -> Iterable[Shape]:
    """The pictogram: a camera on its arm, which looks down to the left."""
    for part in (
        _turned(_box(-20, -8, 36, 16)),
        _turned(_box(-27, -6, 5, 12)),
        _box(60, 14, 4, 30),
        ((47, 33), (60, 40), (60, 45), (44, 37)),
    ):
        yield Shape((part,), PAPER)
    yield Shape((_turned(_disc(-12, 0, 4.4)),), DARK)
    yield Shape((_turned(_disc(-12, 0, 2)),), PAPER)


def _turned(points: Iterable[Point]) -> tuple[Point, ...]:
    turn, x, y = math.radians(-14), 41.0, 25.0
    cos, sin = math.cos(turn), math.sin(turn)
    return tuple((x + a * cos - b * sin, y + a * sin + b * cos) for a, b in points)


def _code(address: str, x: float, y: float, side: float) -> Shape:
    """The code, each run of dark modules of a row a rectangle."""
    rows = [list(map(bool, row)) for row in segno.make_qr(address, error="m").matrix]
    module = side / (len(rows) + 2 * QUIET)
    boxes = []
    for down, row in enumerate(rows):
        start = None
        for across, dark in enumerate([*row, False]):
            if dark and start is None:
                start = across
            elif not dark and start is not None:
                left, top = x + (QUIET + start) * module, y + (QUIET + down) * module
                boxes.append(_box(left, top, (across - start) * module, module))
                start = None
    return Shape(tuple(boxes), INK)
