"""Migrations: the one place where an order to make templates anew becomes permission. Pure, as `authorise`.

Invariants:

* Only `permit` makes a `Permission`, and what opens stills for another extractor takes one.
* Persons enough, of two organisations, never the requester, have approved this very text and not taken it back; that,
  and that it has not expired, is checked anew before each sheet.
"""

import re
from collections.abc import Mapping, Sequence
from dataclasses import InitVar, dataclass
from typing import Final

from countenance.errors import Malformed, Refused
from countenance.formats import records
from countenance.vocabulary.acts import Named
from countenance.vocabulary.deployment import Genesis
from countenance.vocabulary.migration import MigrationOrder
from countenance.vocabulary.moments import MILLISECONDS_AN_HOUR, Moment
from countenance.vocabulary.requests import Signed
from countenance.vocabulary.warrants import Approval, Person
from countenance.warrants import quorum, scope

NUMBER = 1
"""An order has one version: another scope is another order."""

LONGEST_DAYS = 30
"""How long an order may stand: whoever signed it remembers it."""

LARGEST_DIMENSION = 4096
"""Components of a template: more than any extractor gives."""

LONGEST_REASON = 2000
_DIGEST = 32
_DAY = 24 * MILLISECONDS_AN_HOUR
_MIGRATION = re.compile(r"[0-9a-f]{16}")
_TOKEN: Final = object()


@dataclass(frozen=True, slots=True)
class Permission:
    """Permission to make templates anew as `order` says. Made by `permit` and nowhere else."""

    order: MigrationOrder
    hash: bytes
    approvals: tuple[Approval, ...]
    token: InitVar[object]

    def __post_init__(self, token: object) -> None:
        if token is not _TOKEN:
            raise TypeError("only warrants.migrations.permit makes a Permission")


def check(order: MigrationOrder, *, genesis: Genesis, now: Moment) -> None:
    """Raise Refused or Malformed for an order that no number of signatures could make permission at `now`."""
    if order.deployment != genesis.deployment:
        raise Refused("this order was written for another deployment: draft it here")
    if not _MIGRATION.fullmatch(order.migration):
        raise Malformed("a migration has an id of 16 hex digits")
    if len(order.old) != _DIGEST or len(order.new) != _DIGEST or not 1 <= order.dimension <= LARGEST_DIMENSION:
        raise Malformed("an order names two extractors by digests of 32 bytes, and a dimension that templates can have")
    if order.old == order.new:
        raise Refused("this is the extractor that the templates are of already: give the card of another")
    if not order.cameras or len(set(order.cameras)) != len(order.cameras):
        raise Refused("the order names no camera, or one twice: name each once")
    if len(order.cameras) > scope.MAXIMUM_CAMERAS:
        raise Refused(f"the order names more than {scope.MAXIMUM_CAMERAS} cameras: draft several")
    if not 0 <= order.first <= order.last <= scope.LATEST // MILLISECONDS_AN_HOUR:
        raise Refused("the order ends before it starts: give a start and a later end")
    if not order.reason.strip() or len(order.reason) > LONGEST_REASON:
        raise Refused(f"an order has a reason, of at most {LONGEST_REASON} characters")
    if order.expires <= now:
        raise Refused("this order has expired: draft a new one")
    if not order.made < order.expires <= order.made + LONGEST_DAYS * _DAY:
        raise Refused(f"an order stands for at most {LONGEST_DAYS} days: give an expiry within them")


def named(order: MigrationOrder) -> Named:
    """The order, as approvals name it."""
    return Named(order.migration, NUMBER, records.digest(order))


def given(
    order: MigrationOrder, approvals: Sequence[Signed], *, people: Mapping[str, Person], genesis: Genesis
) -> tuple[Approval, ...]:
    """The approvals that count now, one a person. `approvals`: signed asks in order of arrival."""
    return quorum.standing(approvals, meant=named(order), requester=order.requester, people=people, genesis=genesis)


def permit(
    order: MigrationOrder,
    approvals: Sequence[Signed],
    *,
    people: Mapping[str, Person],
    genesis: Genesis,
    now: Moment,
) -> Permission:
    """Permission under `order`, or Refused with what is missing.

    1. The order is one of this deployment, within the limits that no approval can lift, and has not expired.
    2. Persons enough, of two organisations, never the requester, have approved this very text and not taken it back.
    """
    check(order, genesis=genesis, now=now)  # (1)
    standing = given(order, approvals, people=people, genesis=genesis)  # (2)
    quorum.check(standing, people=people, genesis=genesis)
    return Permission(order, records.digest(order), standing, _TOKEN)
