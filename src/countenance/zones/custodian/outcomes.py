"""Outcomes: whatever was authorised is delivered, or its outcome is unknown, and the log says which.

Invariants:

* The *authorised* entry is durable before any work; for a search the use is spent before the entry, so that the log
  never holds more searches than a warrant allows. A crash between the two costs a use. The entry says how the store
  stood then, so that no store from before it opens beside this log. For a search it names all stopped cameras.
* Every *authorised* entry is followed by one *delivered* or *outcome unknown*; after a crash, `opening` says so.
"""

from dataclasses import replace

from countenance.vocabulary.entries import Kind
from countenance.warrants.authorise import Act, Authorisation
from countenance.zones.custodian import freezing
from countenance.zones.custodian.cases import WarrantState
from countenance.zones.custodian.opened import Opened

Facts = dict[str, str]
_NOTHING: Facts = {}
_COPIED = ("warrant", "number", "policy", "act", "candidate", "copy")


def authorised(
    opened: Opened, authorisation: Authorisation, person: str, state: WarrantState, *, facts: Facts = _NOTHING
) -> int:
    """Make the *authorised* entry, after spending a use if it is a search; its index. `facts`: said besides."""
    said = {
        "warrant": authorisation.warrant.warrant,
        "number": str(authorisation.warrant.number),
        "hash": authorisation.hash.hex(),
        "policy": authorisation.warrant.policy.hex(),
        "act": authorisation.act.value,
        "person": person,
    }
    if authorisation.act is Act.SEARCH:
        opened.store.put(replace(state, uses_left=state.uses_left - 1), state.warrant)
        if stopped := freezing.cameras(opened):
            said["without"] = " ".join(stopped)
    return opened.sequencer.append(Kind.AUTHORISED, {**said, **opened.store.stand, **facts}, of=state.entry)


def delivered(opened: Opened, entry: int, facts: Facts = _NOTHING) -> int:
    """Say that what `entry` authorised is delivered, with `facts` besides; the new entry's index."""
    return opened.sequencer.append(Kind.DELIVERED, {**_copied(opened, entry), **facts}, of=entry)


def unknown(opened: Opened, entry: int) -> int:
    """Say that nobody can tell what became of what `entry` authorised; the new entry's index."""
    return opened.sequencer.append(Kind.OUTCOME_UNKNOWN, _copied(opened, entry), of=entry)


def _copied(opened: Opened, entry: int) -> Facts:
    return {name: value for name, value in opened.sequencer.entry(entry).facts if name in _COPIED}
