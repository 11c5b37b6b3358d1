"""Edges: the hosts whose sightings and manifests count, and the probe helper. Changed at the terminal only.

Invariants: every change is an entry before it takes effect; a name, once used, stays with its first keys, so that what
an edge signed can be told from what another of its name did.
"""

import re
from dataclasses import replace

from countenance.crypto.seal import binding, seal
from countenance.errors import Malformed, Refused
from countenance.vocabulary.entries import Kind
from countenance.zones.custodian import roster
from countenance.zones.custodian.opened import Opened
from countenance.zones.custodian.records import EdgeIdentity, EnrolledEdge, FormerKey

EDGE = "edge"
PROBE = "probe"
KIOSK = "kiosk"
GATE = "gate"
_NAME = re.compile(r"[a-z0-9][a-z0-9.-]{0,63}")
_KEY = 32


def edge(opened: Opened, name: str, *kinds: str) -> EdgeIdentity:
    """The enrolled edge of this name and of one of `kinds`, or of EDGE. Raises Refused if there is none."""
    found = opened.store.get(EnrolledEdge, name)
    if found is None or found.revoked or found.identity.kind not in (kinds or (EDGE,)):
        raise Refused("this edge is not enrolled, or was revoked: enrol it at the custodian's terminal")
    return found.identity


def enrol(opened: Opened, identity: EdgeIdentity) -> int:
    """Accept an edge from now on; returns the entry. Raises Malformed for a bad name or key, Refused if taken."""
    checked_name(identity.name)
    if identity.kind not in (EDGE, PROBE, KIOSK, GATE):
        raise Malformed("an edge is of kind edge, probe, kiosk or gate")
    if len(identity.signing_key) != _KEY:
        raise Malformed(f"an edge's signing key is {_KEY} bytes of Ed25519; give its public file again")
    # A key that nothing can be sealed to would only show when the first lease is due.
    seal(identity.sealing_key, binding("enrol", identity.name), b"")
    with opened.lock:
        for name, known in opened.store.all(EnrolledEdge):
            if name == identity.name:
                raise Refused("an edge of this name is or was enrolled; choose another name")
            if known.identity.signing_key == identity.signing_key:
                raise Refused("another edge has this key; every edge makes its own")
        persons = roster.members(opened)
        former = opened.store.get(FormerKey, identity.signing_key.hex())
        if former is not None or any(identity.signing_key in one.person.held for one in persons):
            raise Refused("this key belongs to a person; edges need keys of their own")
        facts = {"edge": identity.name, "change": "enrolled", "kind": identity.kind}
        entry = opened.sequencer.append(Kind.EDGE, facts)
        opened.store.put(EnrolledEdge(identity, False, entry), identity.name)
        return entry


def revoke(opened: Opened, name: str) -> int:
    """Accept nothing more from an edge; what it sent stays. Raises Refused if there is none."""
    with opened.lock:
        known = opened.store.get(EnrolledEdge, name)
        if known is None or known.revoked:
            raise Refused("no edge of this name is enrolled: 'countenance edge list' shows them")
        facts = {"edge": name, "change": "revoked", "kind": known.identity.kind}
        entry = opened.sequencer.append(Kind.EDGE, facts)
        opened.store.put(replace(known, revoked=True, entry=entry), name)
        return entry


def every(opened: Opened) -> tuple[EnrolledEdge, ...]:
    """All edges, revoked ones included, in order of name."""
    return tuple(known for _, known in opened.store.all(EnrolledEdge))


def checked_name(name: str) -> str:
    """`name`, if an edge or a camera may have it; else raises Malformed."""
    if not _NAME.fullmatch(name):
        raise Malformed("a name is lower-case letters, digits, dots and hyphens, at most 64; choose another")
    return name
