"""Flights' galleries: what the text of one must say beside what any standing gallery's must.

Invariants:

* It is of one flight, stands no longer than that flight's key may, and ends with it: there is none across flights.
* It stands before kiosks alone, where people present themselves in a marked zone; no camera is one of them.
* Who is in it may know: it has no secrecy beyond its end.
"""

from typing import Final

from countenance.errors import Malformed, Refused
from countenance.formats import boarding
from countenance.vocabulary.galleries import StandingGallery, sequence_of
from countenance.vocabulary.moments import MILLISECONDS_AN_HOUR

LONGEST_HOURS: Final = 36
"""From the first traveller at the gate to departure, delays and all; no longer than a gate holds a flight's key."""

MOST_NAMED: Final = 10
"""References above the threshold that are looked at: more than one traveller's photos, so that two are seen as two."""


def check(gallery: StandingGallery) -> None:
    """Raise Refused or Malformed if a text that names a flight may not stand as that flight's gallery."""
    if not gallery.flight:
        return
    boarding.named(gallery.flight)
    if gallery.end - gallery.start > LONGEST_HOURS * MILLISECONDS_AN_HOUR:
        raise Refused(f"a flight's gallery stands at most {LONGEST_HOURS} hours: end it when the flight has left")
    if any(one.edge != one.name for one in gallery.cameras):
        raise Refused("a flight's gallery stands before its gate's kiosks: name them, and no camera")
    if gallery.consent:
        raise Refused("a flight's gallery is no gallery by consent: whoever consents makes a code at the kiosk")
    if gallery.limits.secrecy_end > gallery.end:
        raise Refused("a flight's gallery is no secret: end its secrecy with it, or before")
    if gallery.limits.candidates != MOST_NAMED:
        raise Refused(f"a flight's gallery looks at {MOST_NAMED} references above the threshold: set that")
    try:
        for one in gallery.references:
            sequence_of(one.reference)
    except ValueError as error:
        raise Malformed("the references of a flight's gallery are named by check-in numbers: draft it anew") from error
