"""Boarding passes: IATA Resolution 792 (bar coded boarding pass), the mandatory items of each leg.

What is read is what a gate needs, and no more: the name, the seat and everything conditional are passed over, checked
for their length only. A code is at most 400 letters of printable ASCII.
"""

import re
from typing import Final

from countenance.errors import Malformed
from countenance.vocabulary.gates import Flight, Ticket

MOST_LETTERS: Final = 400
MOST_LEGS: Final = 4
_HEAD: Final = 23
"""Letters before the first leg: format, number of legs, name (20), electronic ticket."""
_LEG: Final = 37
"""Letters of a leg's mandatory items, the size of what follows included."""
_PRINTABLE: Final = re.compile(r"[ -~]*")
_BOOKING: Final = re.compile(r"[A-Z0-9]{5,7}")
_PLACE: Final = re.compile(r"[A-Z]{3}")
_CARRIER: Final = re.compile(r"[A-Z0-9]{2,3}")
_NUMBER: Final = re.compile(r"[0-9]{1,4}[A-Z]?")
_DAY: Final = re.compile(r"[0-9]{3}")
_SEQUENCE: Final = re.compile(r"[0-9]{1,4}[A-Z0-9]?")
# A carrier has three letters, or two letters and digits (IATA Resolution 762, ICAO Doc 8585).
_NAME: Final = re.compile(r"([A-Z]{3}|[A-Z0-9]{2})([0-9]{1,4}[A-Z]?)-([0-9]{3})-([A-Z]{3})-([A-Z]{3})")
_SIZE: Final = re.compile(r"[0-9A-F]{2}")


def read(code: str) -> tuple[Ticket, ...]:
    """The legs of a boarding pass, one ticket each. Raises Malformed for anything else."""
    if len(code) > MOST_LETTERS or not _PRINTABLE.fullmatch(code):
        raise Malformed("this is not a boarding pass: scan the code on it again")
    if code[:1] != "M" or code[1:2] not in "1234" or len(code) < _HEAD + _LEG:
        raise Malformed("this code is not that of a boarding pass: scan another, or go to the counter")
    legs, at = [], _HEAD
    for _ in range(int(code[1])):
        ticket, size = _leg(code[at : at + _LEG])
        legs.append(ticket)
        at += _LEG + size
        if at > len(code):
            raise _cut()
    if len(code) > at and code[at] != "^":
        # Only security data may follow the last leg.
        raise Malformed("this boarding pass has letters too many: scan it again, or go to the counter")
    return tuple(legs)


def named(name: str) -> Flight:
    """The flight of that name, e.g. AC834-226-YUL-FRA. Raises Malformed."""
    found = _NAME.fullmatch(name)
    if not found or not 1 <= int(found[3]) <= 366 or found[2] != (found[2].lstrip("0") or "0"):
        raise Malformed("a flight is named as AC834-226-YUL-FRA: carrier and number, day of the year, from, to")
    return Flight(found[1], found[2], int(found[3]), found[4], found[5])


def on(code: str, flight: Flight) -> Ticket:
    """The leg of a boarding pass that is on `flight`. Raises Malformed if none is."""
    found = next((one for one in read(code) if one.flight == flight), None)
    if found is None:
        raise Malformed(f"this boarding pass is for another flight than {flight}: look at the board, or ask")
    return found


def _leg(text: str) -> tuple[Ticket, int]:
    if len(text) < _LEG:
        raise _cut()
    size = text[35:37]
    day = _item(_DAY, text[21:24])
    if not _SIZE.fullmatch(size) or not 1 <= int(day) <= 366:
        raise _unread()
    flight = Flight(
        _item(_CARRIER, text[13:16]),
        # A flight number is written with leading zeros on one pass and without on another.
        _item(_NUMBER, text[16:21]).lstrip("0") or "0",
        int(day),
        _item(_PLACE, text[7:10]),
        _item(_PLACE, text[10:13]),
    )
    return Ticket(flight, _item(_BOOKING, text[:7]), _item(_SEQUENCE, text[29:34])), int(size, 16)


def _item(pattern: re.Pattern[str], letters: str) -> str:
    word = letters.rstrip(" ")
    if not pattern.fullmatch(word):
        raise _unread()
    return word


def _cut() -> Malformed:
    return Malformed("this boarding pass ends too early: scan the whole code")


def _unread() -> Malformed:
    return Malformed("an item of this boarding pass cannot be read: scan it again, or go to the counter")
