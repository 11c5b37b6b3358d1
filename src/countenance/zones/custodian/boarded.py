"""Boarded: what a gate's kiosk says of its two lanes after a flight becomes an entry, for the public register.

How it is taken (the numbers are in the code):

1. An enrolled edge of kind `gate` signed it, for itself.
2. It was made in the last two days, and after the last that this kiosk brought; the same once more changes nothing.
3. It adds up: lanes that are called equal differ by at most what it says was allowed, and that is a minute at most.

It has counts and times, of nobody. Who holds a kiosk's keys can say what they like of its lanes.
"""

from dataclasses import dataclass
from typing import Final

from countenance.crypto.verify import opened as signed_by
from countenance.errors import Malformed, Refused, Tampered
from countenance.formats import records
from countenance.vocabulary.entries import Kind
from countenance.vocabulary.gates import MOST_ALLOWED, LanesSaid
from countenance.vocabulary.moments import MILLISECONDS_AN_HOUR, Moment
from countenance.vocabulary.requests import Signed
from countenance.zones.custodian import edges
from countenance.zones.custodian.opened import Opened

OLDEST: Final = 48 * MILLISECONDS_AN_HOUR
SKEW: Final = 5 * 60_000


@dataclass(frozen=True, slots=True)
class LastBoarded:
    """When what a kiosk (key: its name) said last of its lanes was made."""

    made: Moment


def take(opened: Opened, data: bytes) -> None:
    """Make an entry of a written `Signed` LanesSaid. Raises Refused, Tampered, Malformed."""
    word = records.read(Signed, data)
    with opened.lock:
        kiosk = edges.edge(opened, word.signer, edges.GATE)  # (1)
        said = signed_by(LanesSaid, word, kiosk.signing_key)
        if said.kiosk != word.signer:
            raise Tampered("a kiosk speaks of its own lanes alone")
        now, last = opened.clock(), opened.store.get(LastBoarded, said.kiosk)
        if last is not None and said.moment == last.made:
            return
        if not now - OLDEST <= said.moment <= now + SKEW or (last is not None and said.moment < last.made):  # (2)
            raise Refused("this is of another time than now: set the clocks of kiosk and custodian")
        opened.sequencer.append(Kind.BOARDED, _facts(said))
        opened.store.put(LastBoarded(said.moment), said.kiosk)


def _facts(said: LanesSaid) -> dict[str, str]:
    lanes = said.lanes
    facts = {"edge": said.kiosk, "allowed": str(lanes.allowed)}
    if not 0 <= lanes.allowed <= MOST_ALLOWED:
        raise Malformed(f"lanes may differ by at most {MOST_ALLOWED // 1000} s: set less at the kiosk")
    if not lanes.judged:
        return facts
    face, other = lanes.face.median, lanes.other.median
    if min(face, other) < 0 or lanes.difference != other - face or lanes.equal is not (other - face <= lanes.allowed):
        raise Malformed("what is said of these lanes does not add up: run the same version on both sides")  # (3)
    return {**facts, "face": str(face), "other": str(other), "equal": "yes" if lanes.equal else "no"}
