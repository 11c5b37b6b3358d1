"""Holds: an order that some sightings are not erased before a day.

The text of an order is the canonical JSON of `HoldOrder`; its hash is SHA-256 of that text. Approvers sign that hash in
an `Approval` whose `warrant` is the order's id and whose `number` is 1.
"""

from dataclasses import dataclass

from countenance.vocabulary.moments import Moment


@dataclass(frozen=True, slots=True)
class HoldOrder:
    """Keep `sightings`, and those that searches under `warrant` returned (empty: none), until `until`.

    `hold`: the order's id, 16 hex digits.
    """

    deployment: str
    hold: str
    warrant: str
    sightings: tuple[str, ...]
    requester: str
    made: Moment
    until: Moment
    reason: str


@dataclass(frozen=True, slots=True)
class Release:
    """RELEASE: one more person of the quorum that ends a hold before its time. `hash`: of its order's text."""

    hold: str
    hash: bytes
