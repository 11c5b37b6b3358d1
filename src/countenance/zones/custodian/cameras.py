"""Cameras: an operator declares them, withdraws them, and looks at their covered footage.

Invariants: each act is an entry before it takes effect or before a key leaves; a camera's name stays, so that what it
recorded keeps its retention; nothing is leased for a camera that was not declared for that edge.
"""

import hashlib
from dataclasses import replace

from countenance.crypto import derive
from countenance.errors import Malformed, Refused
from countenance.formats import records
from countenance.formats.canonical import Json
from countenance.vocabulary.acts import Declaration, Look, Withdrawal
from countenance.vocabulary.cameras import Camera, Partition
from countenance.vocabulary.entries import Kind
from countenance.vocabulary.warrants import Role
from countenance.zones.custodian import edges, roster, stacking
from countenance.zones.custodian.opened import Opened
from countenance.zones.custodian.records import CameraState, Declared, PartitionKeys, partition_key
from countenance.zones.custodian.requests import Admitted
from countenance.zones.custodian.rights import replies

# DESIGN's default and, while no policy can give a reason for more, the most.
LONGEST_RETENTION_HOURS = 72
# Hours of footage one look may open.
LONGEST_LOOK_HOURS = 24
_LONGEST_TEXT = 500
_LONGEST_NOTICE = 4000


def camera(opened: Opened, name: str) -> Camera:
    """The camera declared under this name that may record now. Raises Refused if there is none."""
    state = opened.store.get(CameraState, name)
    if state is None or state.stopped:
        raise Refused("no camera of this name is declared: 'countenance camera add' declares one")
    return state.camera


def declare(opened: Opened, admitted: Admitted) -> dict[str, Json]:
    """DECLARE by an operator. Raises Malformed for a declaration that lacks what the law asks, Refused if taken."""
    roster.require(admitted.person, Role.OPERATOR)
    declared = records.read(Declaration, admitted.ask.body).camera
    roster.within(admitted.person, (declared.name,))
    check(declared)
    with opened.lock:
        edges.edge(opened, declared.edge)
        known = opened.store.get(CameraState, declared.name)
        if known is not None and not known.stopped:
            raise Refused("a camera of this name is declared; withdraw it first, or choose another name")
        entry = changed(opened, declared, "declared")
        with opened.store.together():
            opened.store.put(CameraState(declared, 0, entry), declared.name)
            opened.store.put(Declared(admitted.signed), declared.name)
        return {"entry": entry}


def withdraw(opened: Opened, admitted: Admitted) -> dict[str, Json]:
    """WITHDRAW by an operator: no further leases. What was recorded runs out by retention."""
    roster.require(admitted.person, Role.OPERATOR)
    name = records.read(Withdrawal, admitted.ask.body).camera
    roster.within(admitted.person, (name,))
    with opened.lock:
        ended = camera(opened, name)
        entry = changed(opened, ended, "withdrawn")
        state = opened.store.get(CameraState, name)
        if state is not None:
            opened.store.put(replace(state, stopped=max(1, opened.clock()), entry=entry), name)
        return {"entry": entry}


def look(opened: Opened, admitted: Admitted) -> dict[str, Json]:
    """LOOK: the footage keys of one camera's hours, as far as they exist. One entry a look.

    By an operator or officer, or by a clerk at what a question that waits is about.

    Where there are two custodians, of hours that both hold, from both values.

    The reason may name somebody, and entries hold no personal data: the entry has its SHA-256, which holds whoever
    looked to the reason they gave.
    """
    asked = records.read(Look, admitted.ask.body)
    if not {Role.OFFICER, Role.OPERATOR} & set(admitted.person.roles):
        if Role.CLERK not in admitted.person.roles:
            roster.require(admitted.person, Role.OPERATOR)
        replies.may_look(opened, asked)
    roster.within(admitted.person, (asked.camera,))
    if not 0 <= asked.last - asked.first < LONGEST_LOOK_HOURS:
        raise Malformed(f"a look opens 1 to {LONGEST_LOOK_HOURS} hours; ask for fewer at a time")
    if not asked.reason.strip() or len(asked.reason) > _LONGEST_TEXT:
        raise Malformed(f"a look needs a reason of at most {_LONGEST_TEXT} characters")
    with opened.lock:
        if opened.store.get(CameraState, asked.camera) is None:
            raise Refused("no camera of this name was ever declared: 'countenance camera list' shows them")
        second = stacking.looked(opened, admitted, asked.camera)
        hours = [hour for hour in range(asked.first, asked.last + 1) if second is None or hour in second]
        found = (opened.store.get(PartitionKeys, partition_key(asked.camera, hour)) for hour in hours)
        keys: dict[str, Json] = {
            str(kept.hour): stacking.footage_key(value(opened, kept), kept.hour, second).hex() for kept in found if kept
        }
        facts = {
            "camera": asked.camera,
            "first": str(asked.first),
            "last": str(asked.last),
            "person": admitted.person.name,
            "reason_digest": hashlib.sha256(asked.reason.encode()).hexdigest(),
        }
        return {"keys": keys, "entry": opened.sequencer.append(Kind.LOOKED, facts)}


def value(opened: Opened, keys: PartitionKeys) -> bytes:
    """This custodian's value of one hour's footage key, 32 bytes: the key itself where there is no other custodian."""
    return derive.footage_key(opened.root, keys.footage_salt, str(Partition(keys.camera, keys.hour)))


def changed(opened: Opened, subject: Camera, change: str) -> int:
    """Make the entry that a camera is `declared` or `withdrawn`; its index."""
    facts = {
        "camera": subject.name,
        "change": change,
        "digest": records.digest(subject).hex(),
        "publicly_accessible": "true" if subject.publicly_accessible else "false",
    }
    return opened.sequencer.append(Kind.CAMERA, facts)


def check(declared: Camera) -> None:
    """Raise Malformed for a declaration that lacks what the law asks, or keeps for too long."""
    edges.checked_name(declared.name)
    for what, text in (
        ("place", declared.place),
        ("purpose", declared.purpose),
        ("legal basis", declared.legal_basis),
        ("DPIA reference", declared.dpia),
    ):
        if not text.strip() or len(text) > _LONGEST_TEXT:
            raise Malformed(f"a camera is declared with a {what} of at most {_LONGEST_TEXT} characters")
    if not declared.notice.strip() or len(declared.notice) > _LONGEST_NOTICE:
        raise Malformed(f"a camera is declared with a notice text of at most {_LONGEST_NOTICE} characters")
    if not 1 <= declared.retention_hours <= LONGEST_RETENTION_HOURS:
        raise Malformed(f"retention is 1 to {LONGEST_RETENTION_HOURS} hours")
