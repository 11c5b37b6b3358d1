"""A boarding as a chart: how many people are through by when, beside the Rally's two lines. SVG, page, and plain text.

Drawn in whole units, so that it comes out the same everywhere; the page's tables say all that it shows.
"""

from dataclasses import asdict
from html import escape
from typing import Final

from countenance.gates.simulating import RALLY_GOAL, RALLY_MOST, SOURCES, Boarding, LaneTold

WIDTH, HEIGHT, LEFT, LOW = 400, 240, 36, 28
# Narrow, so that its letters can be read on a phone.
_INK: Final = "#12333f"
_LINES: Final = ((RALLY_GOAL, "Rally, goal 5 s", "2 5"), (RALLY_MOST, "Rally, 10 s", "8 5"))
_ROWS: Final = ("travellers", "longest queue", "waited: median, 95 of 100", "served: median, 95 of 100")
TEXT: Final = 40
"""Letters of the longest bar in a terminal."""


def chart(of: Boarding) -> str:
    """The people through after each minute, as SVG."""
    minutes, people = max(1, len(of.through)), of.plan.travellers
    points = " ".join(f"{_x(n, minutes)},{_y(one, people)}" for n, one in enumerate((0, *of.through)))
    lines = "".join(
        f'<path d="M{_x(0, minutes)} {_y(0, people)}L{_x(end, minutes)} {_y(round(end * rate), people)}" '
        f'stroke="{_INK}" stroke-dasharray="{dashes}" fill="none"/>'
        f'<text x="{_x(end, minutes) + (8 if end < 0.7 * minutes else 0)}" '
        f'y="{_y(round(end * rate), people) + (4 if end < 0.7 * minutes else 34)}" '
        f'text-anchor="{"start" if end < 0.7 * minutes else "end"}">{name}</text>'
        for rate, end, name, dashes in _rally(of, minutes)
    )
    return (
        f'<svg xmlns="http://www.w3.org/2000/svg" role="img" aria-labelledby="through" viewBox="0 0 {WIDTH} {HEIGHT}" '
        f'font-family="system-ui, DejaVu Sans, sans-serif" font-size="12">'
        f'<title id="through">{people} travellers: how many are through after each minute</title>'
        f'<path d="M{LEFT} 8V{HEIGHT - LOW}H{WIDTH - 8}" stroke="{_INK}" fill="none"/>{lines}'
        f'<polyline points="{points}" stroke="{_INK}" stroke-width="3" fill="none"/>'
        f'<text x="{LEFT - 6}" y="18" text-anchor="end">{people}</text>'
        f'<text x="{LEFT - 6}" y="{HEIGHT - LOW}" text-anchor="end">0</text>'
        f'<text x="{LEFT}" y="{HEIGHT - 10}">0</text>'
        f'<text x="{WIDTH - 8}" y="{HEIGHT - 10}" text-anchor="end">{minutes} minutes</text></svg>'
    )


def page(of: Boarding) -> bytes:
    """The chart, both lanes, and every number that went in with its source, as one HTML page."""
    face, other = _cells(of.face), _cells(of.other)
    rows = "".join(
        f"<tr><th scope=row>{name}<td>{one}<td>{beside}" for name, one, beside in zip(_ROWS, face, other, strict=True)
    )
    given = "".join(
        f"<tr><th scope=row>{escape(name.replace('_', ' '))}<td>{value:g}<td>{escape(SOURCES.get(name, 'chosen'))}"
        for name, value in asdict(of.plan).items()
    )
    return (
        "<!doctype html><html lang=en><meta charset=utf-8><meta name=viewport content='width=device-width'>"
        "<title>A boarding, simulated</title><style>body{font:1rem/1.5 system-ui,sans-serif;max-width:44rem;"
        "margin:1rem auto;padding:0 1rem;color:#12333f}table{border-collapse:collapse;width:100%}"
        "th,td{text-align:left;padding:.3rem;border-bottom:1px solid #b1b4b6}svg{width:100%}</style>"
        f"<h1>A boarding, simulated</h1><p>{escape(sentence(of))}</p>{chart(of)}"
        f"<table><caption>Lanes</caption><tr><td><th scope=col>face<th scope=col>other</tr>{rows}</table>"
        f"<table><caption>What went in</caption><tr><th>number<th>value<th>source</tr>{given}</table></html>"
    ).encode()


def sentence(of: Boarding) -> str:
    """What came of it, in a few sentences."""
    return (
        f"{of.plan.travellers} travellers are through after {of.last:.1f} minutes. {of.face.travellers} went by the "
        f"face lane, {of.per_minute:.1f} a minute and kiosk (the Rally's goal of 5 s is 12, its limit of 10 s is 6); "
        f"of {of.missed} no picture was good enough and {of.rejected} were falsely rejected, so an officer was called "
        f"{of.called} times. {of.other.travellers} went by the other lane. Longest queues: {of.face.queue} and "
        f"{of.other.queue}. Officers were at work {100 * of.busy:.0f} % of the time."
    )


def text(of: Boarding) -> str:
    """The chart for a terminal: one line for each tenth of the boarding."""
    step = max(1, -(-len(of.through) // 10))
    shown = [*range(step, len(of.through) + 1, step)]
    if not shown or shown[-1] != len(of.through):
        shown.append(len(of.through))
    return "\n".join(
        f"{minute:4d} min  {'█' * (TEXT * of.through[minute - 1] // of.plan.travellers):<{TEXT}} "
        f"{of.through[minute - 1]:4d} of {of.plan.travellers}"
        for minute in shown
        if minute
    )


def _rally(of: Boarding, minutes: int) -> list[tuple[float, float, str, str]]:
    """People a minute of as many kiosks at the Rally's times, up to where everybody would be through."""
    lines = []
    for seconds, name, dashes in _LINES:
        rate = 60 / seconds * of.plan.kiosks
        lines.append((rate, min(float(minutes), of.plan.travellers / rate), name, dashes))
    return lines


def _cells(lane: LaneTold) -> tuple[str, ...]:
    times = (f"{one:.1f} s, {most:.1f} s" for one, most in (lane.waited, lane.served))
    return (str(lane.travellers), str(lane.queue), *times)


def _x(minute: float, minutes: int) -> int:
    return LEFT + round((WIDTH - LEFT - 8) * minute / minutes)


def _y(people: int, of: int) -> int:
    return HEIGHT - LOW - round((HEIGHT - LOW - 16) * people / of)
