"""Freezing: who set off an alarm does nothing more until a quorum has looked at it.

A camera or purpose that shows too many strangers (`strangers`) is stopped in the same way: by an entry, until a quorum
clears it. Names tell them apart: no person's has a colon.

Invariants:

* A freeze is an entry, with its cause, before it takes effect; at opening, whom the log says is frozen is frozen,
  and nobody else.
* All that a frozen person asks is refused, with an entry, in words that do not tell the cause: else the refusal would
  tell what they were not to know, such as which probe is a decoy's.
* What a frozen person signed before does not count while they are frozen (`present.people` takes their roles away).
* Only a quorum ends it (`clearing`), and a new cause voids what was signed for the old one.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum
from typing import NoReturn

from countenance.errors import Refused
from countenance.vocabulary.entries import Entry, Kind
from countenance.vocabulary.moments import Moment
from countenance.vocabulary.requests import Signed
from countenance.zones.custodian.opened import Opened

CAMERA, PURPOSE = "camera:", "purpose:"
"""How names of what is stopped begin."""

_SENTENCE = (
    "your account is frozen until a quorum clears it: ask an approver, who sees why with 'countenance freeze list'"
)


class Cause(StrEnum):
    """Why somebody is frozen, or something stopped."""

    PROBE = "near-identical probe"
    BUDGET = "over budget"
    HOURS = "unusual hour"
    CANARY = "canary"
    URGENT = "urgent and unconfirmed"
    STRANGERS = "too many strangers"


@dataclass(frozen=True, slots=True)
class Frozen:
    """A frozen person, or what is stopped (key: the name). `words`: signed asks of `clear`. `entry`: of the freeze."""

    person: str
    cause: str
    warrant: str
    since: Moment
    entry: int
    words: tuple[Signed, ...]


def check(opened: Opened, person: str) -> None:
    """Return if `person` may act; else raise Refused."""
    if is_frozen(opened, person):
        raise Refused(_SENTENCE)


def is_frozen(opened: Opened, person: str) -> bool:
    """Whether `person` is frozen now, or a camera or purpose stopped."""
    return opened.store.get(Frozen, person) is not None


def freeze(opened: Opened, person: str, cause: Cause, facts: Mapping[str, str], *, of: int) -> int:
    """Freeze `person`; returns the entry. `facts`: of the warrant that it is about; `of`: the entry it follows from."""
    with opened.lock:
        entry = opened.sequencer.append(Kind.FROZEN, {"person": person, "cause": cause.value, **facts}, of=of)
        made = Frozen(person, cause.value, facts.get("warrant", ""), opened.clock(), entry, ())
        opened.store.put(made, person)
        return entry


def stopped(opened: Opened, name: str, facts: Mapping[str, str], *, of: int) -> int:
    """Stop a camera or purpose; returns the entry."""
    with opened.lock:
        entry = opened.sequencer.append(Kind.STOPPED, {**named(name), **facts}, of=of)
        opened.store.put(Frozen(name, Cause.STRANGERS.value, "", opened.clock(), entry, ()), name)
        return entry


def named(name: str) -> dict[str, str]:
    """How entries name a frozen person, or what is stopped."""
    return {"what" if ":" in name else "person": name}


def cameras(opened: Opened) -> tuple[str, ...]:
    """All cameras that are stopped, by name."""
    return tuple(sorted(name.removeprefix(CAMERA) for name, _ in opened.store.all(Frozen, CAMERA)))


def stop(opened: Opened, person: str, cause: Cause, facts: Mapping[str, str], *, of: int) -> NoReturn:
    """Freeze `person` and raise Refused for what they were about to do."""
    freeze(opened, person, cause, facts, of=of)
    raise Refused(_SENTENCE)


def every(opened: Opened) -> list[Frozen]:
    """All who are frozen, the earliest first."""
    return sorted((frozen for _, frozen in opened.store.all(Frozen)), key=lambda one: one.entry)


def enforce(opened: Opened, history: Sequence[Entry]) -> None:
    """Make the store agree with the log: who is frozen there is frozen here, and who was cleared is not."""
    newest: dict[str, tuple[int, Entry]] = {}
    for index, entry in enumerate(history):
        facts = dict(entry.facts)
        person = facts.get("what") or facts.get("person", "")
        if entry.kind in (Kind.FROZEN, Kind.STOPPED):
            newest[person] = index, entry
        elif entry.kind is Kind.CLEARED and entry.of == newest.get(person, (-1,))[0]:
            del newest[person]
    for one in every(opened):
        if one.person not in newest:
            opened.store.drop(Frozen, one.person)
    for person, (index, entry) in newest.items():
        kept, facts = opened.store.get(Frozen, person), dict(entry.facts)
        if kept is None or kept.entry != index:
            cause, warrant = facts.get("cause", Cause.STRANGERS.value), facts.get("warrant", "")
            opened.store.put(Frozen(person, cause, warrant, entry.made, index, ()), person)
