"""Ticks: the public copy grows every quarter of an hour, by a multiple of a fixed number of leaves, and never between.

Entries are signed for and shown to witnesses at once; that something happened, and how much, leaves with the tick only,
and then as a size class: what is missing to the next multiple is padding, a whole class of it if nothing happened.

Invariant: what was published stays so. A crash between padding and the record of the tick costs a class of padding.
"""

from dataclasses import dataclass

from countenance.vocabulary.assurance import Assurance
from countenance.vocabulary.moments import Moment
from countenance.zones.custodian import witnesses
from countenance.zones.custodian.opened import Opened

TICK = 15 * 60 * 1000
CLASS = 16
"""Leaves: few enough that a quiet year stays near half a million."""
KEY = "published"


@dataclass(frozen=True, slots=True)
class Published:
    """The newest tick: when, how many entries the public copy has from then on, and their checkpoint, cosigned."""

    made: Moment
    size: int
    note: str


def last(opened: Opened) -> Published | None:
    """The newest tick, or None before the first."""
    return opened.store.get(Published, KEY)


def assurance(opened: Opened) -> tuple[Assurance, tuple[str, ...]]:
    """The deployment's level by what the log shows now, and the witnesses of all that is published."""
    published = last(opened)
    return witnesses.assurance(opened, published.size if published else 0)


def tick(opened: Opened) -> bool:
    """Move the public copy if a quarter of an hour has begun since it was moved; whether it was. Not under a lock."""
    with opened.desk.asking:
        now, before = opened.clock(), last(opened)
        if before is not None and now // TICK <= before.made // TICK:
            return False
        with opened.lock:
            size = opened.sequencer.pad(CLASS, before.size if before else 0)
            head = opened.sequencer.checkpoint(size)
        # Before anything else is cosigned: a witness does not go back to a smaller tree.
        witnesses.gather(opened, head)
        note = witnesses.with_lines(opened, head.note, head.size)
        opened.store.put(Published(now, head.size, note), KEY)
        return True
