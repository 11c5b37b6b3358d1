"""The public register: what the custodian signs of itself for everyone, made from its log and nothing that is secret.

Invariants:

* Nothing is said beyond the newest tick: neither entries nor what they changed.
* Counts are `log.counted`'s: whole months that are over, never a small one. Whoever asks, and how often, gets the same
  bytes until the next tick.
* It is signed with the log's key as a record is, canonical JSON with its type: nothing that could be read as a
  checkpoint, which has three lines.

Of standing galleries, holds and running warrants it says nothing, not even that there is none: once that were said, the
day on which it is not would tell.
"""

from collections.abc import Iterator, Mapping

from countenance.crypto import sign
from countenance.errors import Unavailable
from countenance.formats import records
from countenance.log import calibrations, counted, suppression
from countenance.vocabulary.entries import Entry, Kind
from countenance.vocabulary.moments import month
from countenance.vocabulary.register import Listed, Register, Ruling
from countenance.warrants.built_in import BUILT_IN
from countenance.zones.custodian import governing, surveyed, ticks
from countenance.zones.custodian.opened import Opened
from countenance.zones.custodian.records import CameraState
from countenance.zones.custodian.ticks import CLASS, Published

Entries = Mapping[int, Entry]
"""Those of a log that are no padding, by index and in order."""


def signed(opened: Opened) -> bytes:
    """The register as of the newest tick, signed. Raises Unavailable before the first."""
    tick = ticks.last(opened)
    if tick is None:
        raise Unavailable("nothing of the log is published yet: try again in a quarter of an hour")
    with opened.desk.registering:
        if opened.desk.registered[0] != tick.size:
            made = sign.signed(_register(opened, tick), opened.genesis.log_origin, opened.signing)
            opened.desk.registered = tick.size, records.write(made)
        return opened.desk.registered[1]


def _register(opened: Opened, tick: Published) -> Register:
    genesis = opened.genesis
    level, witnesses = ticks.assurance(opened)
    # Read once, and outside the lock that acts hold: a log has a class of entries a quarter of an hour.
    every = ((index, opened.sequencer.entry(index)) for index in range(tick.size))
    entries = {index: entry for index, entry in every if entry.kind is not Kind.PADDING}
    over = suppression.closed(month(genesis.made), tick.made)
    return Register(
        deployment=genesis.deployment,
        genesis=records.digest(genesis),
        demo=genesis.demo,
        assurance=level,
        witnesses=witnesses,
        made=tick.made,
        last=over[-1] if over else "",
        cameras=tuple(_cameras(opened, entries, tick.size)),
        policies=tuple(_policies(opened, entries)),
        calibrations=(BUILT_IN, *calibrations.standing(entries.values())),
        series=counted.series(entries.items(), tick.made, door=genesis.portal is not None),
        checkpoint=tick.note,
        surveys=surveyed.reported(opened, entries),
    )


def _cameras(opened: Opened, entries: Entries, size: int) -> Iterator[Listed]:
    """Those whose newest declaration or withdrawal is published, by name."""
    for _, state in sorted(opened.store.all(CameraState)):
        if state.entry < size:
            declared = _declared(state, entries)
            yield Listed(state.camera, entries[declared].made, state.stopped, declared - declared % CLASS)


def _declared(state: CameraState, entries: Entries) -> int:
    """The newest declaration of a camera: a withdrawal is an entry of its own behind it."""
    digest = records.digest(state.camera).hex()
    declared = (
        index
        for index, entry in entries.items()
        if index <= state.entry and entry.kind is Kind.CAMERA and _says(entry, "declared", digest)
    )
    return max(declared, default=state.entry)


def _says(entry: Entry, change: str, digest: str) -> bool:
    facts = dict(entry.facts)
    return (facts.get("change"), facts.get("digest")) == (change, digest)


def _policies(opened: Opened, entries: Entries) -> Iterator[Ruling]:
    """Every policy that was set, the newest last."""
    for index, entry in entries.items():
        if entry.kind is Kind.POLICY:
            hashed = dict(entry.facts)["policy"]
            text = governing.text_of(opened, hashed)
            yield Ruling(bytes.fromhex(hashed), text, entry.made, index - index % CLASS)
