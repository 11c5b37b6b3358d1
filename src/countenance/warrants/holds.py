"""Holds: what an order must be before signatures can make it stand, and whose signatures count. Pure.

Invariants:

* Persons enough, of two organisations, never the requester, have approved this very text and not taken it back.
* It ends at most 180 days after it was drafted. Who needs longer drafts another, which is signed anew.
"""

import re
from collections.abc import Mapping, Sequence

from countenance.errors import Malformed, Refused
from countenance.formats import records
from countenance.vocabulary.acts import Named
from countenance.vocabulary.deployment import Genesis
from countenance.vocabulary.holds import HoldOrder
from countenance.vocabulary.moments import MILLISECONDS_AN_HOUR, Moment
from countenance.vocabulary.requests import Signed
from countenance.vocabulary.warrants import Approval, Person
from countenance.warrants import quorum

NUMBER = 1
"""An order has one version: another end is another order."""

LONGEST_DAYS = 180
"""How long a hold may stand. The number is ours; no law gives one."""

MOST_SIGHTINGS = 100
"""Sightings that one order names: as many as a clerk may restrict in a day."""

LONGEST_REASON = 2000
_DAY = 24 * MILLISECONDS_AN_HOUR
_HOLD = re.compile(r"[0-9a-f]{16}")


def check(order: HoldOrder, *, genesis: Genesis, now: Moment) -> None:
    """Raise Refused or Malformed for an order that no number of signatures could make stand at `now`."""
    if order.deployment != genesis.deployment:
        raise Refused("this hold was written for another deployment: draft it here")
    if not _HOLD.fullmatch(order.hold):
        raise Malformed("a hold has an id of 16 hex digits")
    if not order.warrant and not order.sightings:
        raise Refused("the hold names nothing: give a warrant, or sightings")
    if len(set(order.sightings)) != len(order.sightings) or len(order.sightings) > MOST_SIGHTINGS:
        raise Refused(f"name each sighting to be held once, and at most {MOST_SIGHTINGS}")
    if not order.reason.strip() or len(order.reason) > LONGEST_REASON:
        raise Refused(f"a hold has a reason, of at most {LONGEST_REASON} characters")
    if order.until <= now:
        raise Refused("this hold would be over already: give an end that is still to come")
    if order.until > now + LONGEST_DAYS * _DAY:
        raise Refused(f"a hold stands for at most {LONGEST_DAYS} days: give an end within them, and draft another then")


def named(order: HoldOrder) -> Named:
    """The order, as approvals name it."""
    return Named(order.hold, NUMBER, records.digest(order))


def given(
    order: HoldOrder, approvals: Sequence[Signed], *, people: Mapping[str, Person], genesis: Genesis
) -> tuple[Approval, ...]:
    """The approvals that count now, one a person. `approvals`: signed asks in order of arrival."""
    return quorum.standing(approvals, meant=named(order), requester=order.requester, people=people, genesis=genesis)
