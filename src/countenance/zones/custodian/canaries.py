"""Canaries: decoys, people whom nobody has a lawful reason to look for. Whoever does is frozen.

A decoy is the template of somebody who agreed to be one, extracted from a photo by the probe helper. Invariants:

* Before a search compares anything, its probe is held against every decoy of its extractor. From ALIKE on, the search
  stops, an entry says so, and its requester is frozen until a quorum has looked.
* Decoys are no rows: no sighting id exists that could leak, no list or count of rows tells of them, and the officer
  reads the same sentence as for every other freeze.
* A decoy is known by a random id. No name, label or photo is kept; its template lies in the store alone.

What a probe that matches shows: a photo of the decoy, or of somebody much alike, was made a warrant's probe and people
signed it. It does not show who of them knew, nor why; and a search for anybody else shows nothing here.

Who can read the store of an open custodian has the decoys' templates. Who can write it can take decoys away; the
entries stay.
"""

import hashlib
import re
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from countenance.crypto.seal import binding
from countenance.crypto.unseal import unseal
from countenance.errors import Malformed, Refused
from countenance.formats.canonical import Json
from countenance.matching import encode
from countenance.vocabulary.entries import Kind
from countenance.vocabulary.moments import Moment
from countenance.vocabulary.warrants import Probe, Warrant
from countenance.warrants import content
from countenance.zones.custodian import alarms, freezing, present
from countenance.zones.custodian.freezing import Cause
from countenance.zones.custodian.opened import Opened

ALIKE = 500
"""Comparison score, in thousandths, from which a probe counts as of a decoy.

At most one comparison with a stranger in 117,600 reaches it, and 47 in 1,000 other photos of the decoy do not
(`warrants.built_in`): fewer false freezes are worth more here than every match.
"""

MOST = 1000
"""Decoys: each is compared with every search's probe, and each makes a false freeze likelier."""

_ID = re.compile(r"[0-9a-f]{16}")


@dataclass(frozen=True, slots=True, repr=False)
class Decoy:
    """One decoy (key: its id). `template`: coded, int16 little-endian; `entry`: that says it was added."""

    template: bytes
    extractor: bytes
    added: Moment
    entry: int

    def __repr__(self) -> str:
        return f"Decoy({len(self.template)} bytes)"


def add(opened: Opened, decoy: str, probe: Probe, sealed: bytes) -> int:
    """Keep the decoy that a probe helper extracted; returns the entry. `sealed`: its template, bound to the id.

    Raises Malformed for an id or template that is none, Refused for a probe of no enrolled helper or an id taken.
    """
    if not _ID.fullmatch(decoy):
        raise Malformed("a decoy has an id of 16 hex digits")
    template = unseal(opened.sealing_private, binding("probe", opened.genesis.deployment, decoy), sealed)
    encode.from_bytes(template)
    with opened.lock:
        helper = present.circumstances(opened, 0).helpers.get(probe.helper)
        if helper is None or hashlib.sha256(template).digest() != probe.template_digest:
            raise Refused("no enrolled probe helper extracted this decoy: add it again from the photo")
        content.check_probe(probe, helper)
        if opened.store.get(Decoy, decoy) is not None or opened.store.count(Decoy) >= MOST:
            raise Refused(f"this decoy is there already, or {MOST} are: take one away first")
        entry = opened.sequencer.append(Kind.CANARY, {"canary": decoy, "change": "added"})
        opened.store.put(Decoy(template, probe.extractor, opened.clock(), entry), decoy)
        return entry


def remove(opened: Opened, decoy: str) -> int:
    """Forget a decoy; returns the entry. Raises Refused if there is none of this id."""
    with opened.lock:
        if opened.store.get(Decoy, decoy) is None:
            raise Refused("there is no decoy of this id: 'countenance canary list' shows those there are")
        entry = opened.sequencer.append(Kind.CANARY, {"canary": decoy, "change": "removed"})
        opened.store.drop(Decoy, decoy)
        return entry


def listed(opened: Opened) -> list[Json]:
    """Id, extractor, when it was added and by which entry, of every decoy."""
    return [
        {"canary": name, "extractor": one.extractor.hex(), "added": one.added, "entry": one.entry}
        for name, one in opened.store.all(Decoy)
    ]


def check(opened: Opened, warrant: Warrant, q: NDArray[np.int16], *, of: int) -> None:
    """Return if the coded probe `q`, (d,), is of no decoy; else make the entry, freeze the requester, raise Refused.

    All decoys are compared, whether or not one matches. `of`: the entry of the version that stands.
    """
    matched = [name for name, one in opened.store.all(Decoy) if _matches(one, warrant.probe.extractor, q)]
    if not matched:
        return
    facts = {"warrant": warrant.warrant, "policy": warrant.policy.hex()}
    entry = opened.sequencer.append(Kind.CANARY, {**facts, "canary": " ".join(matched), "change": "searched"}, of=of)
    freezing.stop(opened, warrant.requester, Cause.CANARY, facts, of=entry)


def _matches(decoy: Decoy, extractor: bytes, q: NDArray[np.int16]) -> bool:
    if decoy.extractor != extractor:
        return False
    template = encode.from_bytes(decoy.template)
    try:
        return alarms.alike(template, q, ALIKE)
    finally:
        template.fill(0)
