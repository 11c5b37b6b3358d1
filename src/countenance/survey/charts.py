"""Charts of a report: bars that need no colour, their bounds as a line over them, and an earlier survey as a diamond.

Drawn in whole units, so that they come out the same everywhere; the table below each says all that it shows.
"""

from html import escape
from typing import Final

from countenance.survey import wording
from countenance.survey.analysis import Answer, Found, Share
from countenance.survey.earlier import Earlier, Figure

LEFT: Final = 8
LONGEST: Final = 340
"""Units of a bar of 100 %; the drawing is 400 wide, so that its letters can be read on a phone."""
WORDS: Final = 30
"""Letters of an answer that are drawn; the table has them all."""
_ROW: Final = 52
_INK: Final = "#12333f"


def chart(found: Found, earlier: Earlier, name: str, language: str) -> str:
    """One item as SVG, of class `bars`. `name`: id of the element that says what it shows."""
    rows = "".join(
        _row(number, answer, earlier.beside(found.topic, answer.id), language)
        for number, answer in enumerate(found.answers)
    )
    axis = "".join(
        f'<path d="M{LEFT + at * LONGEST // 4} 0V{_ROW * len(found.answers)}" stroke="#b1b4b6" stroke-dasharray="2 4"/>'
        for at in range(5)
    )
    return (
        f'<svg role="img" aria-labelledby="{name}" viewBox="0 0 400 {_ROW * len(found.answers)}" '
        f'class="bars" font-family="system-ui, DejaVu Sans, sans-serif" font-size="13">{axis}{rows}</svg>'
    )


def told(share: Share, language: str) -> str:
    """A share in words: 39 % (37 to 41)."""
    if share.value is None or share.low is None or share.high is None:
        return wording.told(language, "unknown")
    return wording.told(language, "share", value=100 * share.value, low=100 * share.low, high=100 * share.high)


def span(figure: Figure, language: str) -> str:
    """What an earlier survey says: 83 %, or 83 to 84 %."""
    low, high = figure.span
    return f"{low} %" if low == high else wording.told(language, "span", low=low, high=high)


def beside(one: Found, earlier: Earlier, language: str, *, weights: bool) -> str:
    """What has to be said beside an item's chart: what the diamond is, and that weights, if there are, leave it out."""
    drawn = any(earlier.beside(one.topic, answer.id) for answer in one.answers)
    said = [
        *([wording.told(language, "diamond")] if drawn else []),
        *([wording.told(language, "plainly")] if weights and not one.weighted else []),
    ]
    return " ".join(said)


def _short(words: str) -> str:
    return words if len(words) <= WORDS else words[: WORDS - 1] + "…"


def _row(number: int, answer: Answer, before: Figure | None, language: str) -> str:
    top, share = number * _ROW, answer.said
    number_said = f'<tspan font-weight="700">{escape(told(share, language))}</tspan>'
    said = f'<text x="{LEFT}" y="{top + 14}">{escape(_short(answer.words))}: {number_said}</text>'
    if share.value is None or share.low is None or share.high is None:
        return said
    middle = top + 29
    low, high = (LEFT + round(LONGEST * one) for one in (share.low, share.high))
    bar = (
        f'<rect x="{LEFT}" y="{top + 21}" width="{max(1, round(LONGEST * min(1, max(0, share.value))))}" height="16" '
        f'fill="#c9d6da" stroke="{_INK}"/>'
        f'<path d="M{low} {middle - 5}V{middle + 5}M{low} {middle}H{high}M{high} {middle - 5}V{middle + 5}" '
        f'stroke="{_INK}" stroke-width="2" fill="none"/>'
    )
    if before is None:
        return said + bar
    at = LEFT + round(LONGEST * sum(before.span) / 200)
    beside = at + 8 if at < 250 else at - 8
    diamond = (
        f'<path d="M{at} {top + 19}l6 10l-6 10l-6 -10z" fill="#fff" stroke="{_INK}" stroke-width="2"/>'
        f'<text x="{beside}" y="{top + 50}" font-size="11" text-anchor="{"start" if at < 250 else "end"}">'
        f"2019: {escape(span(before, language))}</text>"
    )
    return said + bar + diamond
