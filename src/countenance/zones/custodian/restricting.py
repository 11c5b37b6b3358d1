"""Restriction: sightings out of every search, for a clerk, until they are erased or let go (GDPR Article 18).

Invariants:

* What is restricted is returned by no search and shown to nobody, from the entry on.
* Clerks have a daily cap, each and all together.
* What is restricted provisionally, until reviewers have said whose it is, is erased by nobody: it is let go by the
  clock, or restricted anew.
"""

from collections import Counter

from countenance.errors import Malformed, Refused
from countenance.formats import records
from countenance.formats.canonical import Json
from countenance.vocabulary.acts import Restriction
from countenance.vocabulary.entries import Kind
from countenance.vocabulary.moments import MILLISECONDS_AN_HOUR, Moment
from countenance.vocabulary.warrants import Role
from countenance.zones.custodian import intake, roster
from countenance.zones.custodian.once import append_once
from countenance.zones.custodian.opened import Opened
from countenance.zones.custodian.records import ErasureRequest, Place, Restricted, Stage
from countenance.zones.custodian.requests import Admitted

RESTRICTED_MILLISECONDS = 7 * 24 * MILLISECONDS_AN_HOUR
# Sightings that one clerk, and that all clerks together, may restrict in 24 hours. The numbers are ours.
DAILY_CAP = 100
DAILY_CAP_OF_ALL = 300
_DAY = 24 * MILLISECONDS_AN_HOUR
_LONGEST_REASON = 500
_SHORT = 16


def restrict(opened: Opened, admitted: Admitted) -> dict[str, Json]:
    """RESTRICT by a clerk. Raises Refused for sightings unknown or already asked for, or above the daily cap."""
    roster.require(admitted.person, Role.CLERK)
    asked = records.read(Restriction, admitted.ask.body)
    if not asked.sightings or len(set(asked.sightings)) != len(asked.sightings):
        raise Malformed("name each sighting to be erased once, and at least one")
    if not asked.reason.strip() or len(asked.reason) > _LONGEST_REASON:
        raise Malformed(f"an erasure needs a reason of at most {_LONGEST_REASON} characters")
    with opened.lock:
        if any(opened.store.get(Place, sighting) is None for sighting in asked.sightings):
            raise Refused("one of these sightings is not held here, or no longer: 'countenance sightings list'")
        if restricted(opened) & set(asked.sightings):
            raise Refused("the erasure of one of these sightings was asked for already")
        state = restricted_by(opened, admitted.person.name, asked.sightings, asked.reason)
        name = records.digest(state.request).hex()
        until, entry = state.request.until, state.restricted_entry
        return {"request": name, "digest": name, "restricted_until": until, "entry": entry}


def restricted_by(
    opened: Opened, clerk: str, sightings: tuple[str, ...], reason: str, *, desk: str = "", provisional: bool = False
) -> Restricted:
    """Take `sightings`, which are held and not restricted, out of every search, to be erased by the clock; an entry.

    `desk`: the request with a face that it is for; `provisional`: to be let go by the clock instead, unless reviewers
    say before whose they are. Raises Refused above the clerks' daily caps; the desk has caps of its own.
    """
    with opened.lock:
        now = opened.clock()
        if not desk:
            _check_cap(opened, clerk, len(sightings), now)
        until = now + RESTRICTED_MILLISECONDS
        request = ErasureRequest(clerk, sightings, reason, now, until)
        name = records.digest(request).hex()
        facts = {
            "request": name,
            "count": str(len(sightings)),
            "person": clerk,
            "until": str(until),
            # Keyed: they name nothing without the root. By them a custodian restored from a backup knows which.
            "sightings": " ".join(short_hash(opened, sighting) for sighting in sightings),
        }
        if provisional:
            facts["provisional"] = "true"
        entry = opened.sequencer.append(Kind.RESTRICTED, facts)
        state = Restricted(request, Stage.RESTRICTED, (), entry, -1, -1, 0, provisional, desk)
        opened.store.put(state, name)
        return state


def restricted(opened: Opened, *, but: bool = False, of: str = "") -> frozenset[str]:
    """Sightings that no search may return and nobody may be shown, though their rows may still exist.

    `but`: without those that are restricted provisionally; `of`: nor those that wait, restricted for this request with
    a face: to its own asker they may be shown.
    """
    return frozenset(
        sighting
        for _, state in opened.store.all(Restricted)
        if state.stage is not Stage.ERASED and not (but and state.provisional)
        if not (of and state.desk == of and state.stage is Stage.RESTRICTED)
        for sighting in state.request.sightings
    )


def lift(opened: Opened, desk: str, sighting: str) -> None:
    """Let go what was restricted provisionally for this request, if it was; an entry. Other requests' stays."""
    with opened.lock:
        for name, state in list(opened.store.all(Restricted)):
            if state.provisional and state.desk == desk and sighting in state.request.sightings:
                let_go(opened, name, state)


def let_go(opened: Opened, name: str, state: Restricted) -> None:
    """End a provisional restriction; an entry."""
    append_once(opened, Kind.LIFTED, {"request": name}, state.restricted_entry)
    opened.store.drop(Restricted, name)


def short_hash(opened: Opened, sighting: str) -> str:
    """How an entry names a sighting: 128 bits of its keyed hash, in hex."""
    return intake.sighting_hash(opened, sighting)[:_SHORT].hex()


def _check_cap(opened: Opened, clerk: str, count: int, now: Moment) -> None:
    today = Counter[str]()
    for _, state in opened.store.all(Restricted):
        if state.request.made > now - _DAY and not state.desk:
            today[state.request.clerk] += len(state.request.sightings)
    if today[clerk] + count > DAILY_CAP:
        raise Refused(f"a clerk restricts at most {DAILY_CAP} sightings a day; go on tomorrow, or ask a second clerk")
    if today.total() + count > DAILY_CAP_OF_ALL:
        raise Refused(f"all clerks together restrict at most {DAILY_CAP_OF_ALL} sightings a day; go on tomorrow")
