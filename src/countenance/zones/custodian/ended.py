"""Ended: what the log says has ended has ended in the store too.

An entry comes before its effect, so a crash between the two leaves an entry without one. Where the entry grants
something, nothing was granted, and who asked asks again. Where it ends something, it must end: at opening, whoever was
revoked is revoked, a withdrawn camera is stopped, a word that was taken back is void, and so are all words on a version
that was narrowed. The same finds a store that was put back to before a revocation.
"""

from collections.abc import Sequence
from dataclasses import replace

from countenance.formats import records
from countenance.vocabulary.entries import Entry, Kind
from countenance.vocabulary.requests import Ask, Signed
from countenance.vocabulary.warrants import Approval
from countenance.zones.custodian import roster
from countenance.zones.custodian.cases import WarrantState
from countenance.zones.custodian.opened import Opened
from countenance.zones.custodian.records import ROSTER_KEY, CameraState, EnrolledEdge, Roster

_ENDINGS = {Kind.EDGE: "revoked", Kind.CAMERA: "withdrawn"}
_NAMED = {Kind.EDGE: "edge", Kind.CAMERA: "camera"}


def enforce(opened: Opened, history: Sequence[Entry]) -> None:
    """Carry out every ending in `history`, all entries in order. What is carried out already stays as it is."""
    with opened.lock, opened.store.together():
        _people(opened, history)
        _edges_and_cameras(opened, history)
        _words(opened, history)


def _people(opened: Opened, history: Sequence[Entry]) -> None:
    gone: dict[str, int] = {}
    for index, entry in enumerate(history):
        change, _, name = dict(entry.facts).get("change", "").partition(" ")
        if entry.kind is Kind.ROSTER and change == "revoke":
            gone[name] = index
    members = tuple(
        replace(member, revoked=True, entry=gone[member.person.name])
        if not member.revoked and member.entry < gone.get(member.person.name, -1)
        else member
        for member in roster.members(opened)
    )
    if members != roster.members(opened):
        kept = opened.store.get(Roster, ROSTER_KEY) or Roster(0, ())
        opened.store.put(Roster(kept.version + 1, members), ROSTER_KEY)


def _edges_and_cameras(opened: Opened, history: Sequence[Entry]) -> None:
    for index, entry in enumerate(history):
        facts = dict(entry.facts)
        if facts.get("change") != _ENDINGS.get(entry.kind, ""):
            continue
        name = facts[_NAMED[entry.kind]]
        if entry.kind is Kind.EDGE:
            edge = opened.store.get(EnrolledEdge, name)
            if edge is not None and not edge.revoked and edge.entry < index:
                opened.store.put(replace(edge, revoked=True, entry=index), name)
        else:
            camera = opened.store.get(CameraState, name)
            if camera is not None and not camera.stopped and camera.entry < index:
                opened.store.put(replace(camera, stopped=max(1, entry.made), entry=index), name)


def _words(opened: Opened, history: Sequence[Entry]) -> None:
    newest: dict[str, int] = {}
    declined: dict[tuple[str, str], bool] = {}
    for index, entry in enumerate(history):
        facts = dict(entry.facts)
        if entry.kind in (Kind.DRAFTED, Kind.NARROWED):
            newest[facts["warrant"]] = index
        elif entry.kind in (Kind.APPROVED, Kind.DECLINED):
            declined[facts["person"], facts["hash"]] = entry.kind is Kind.DECLINED
    for name, state in opened.store.all(WarrantState):
        hashed = state.standing.hash.hex()
        no = {person for (person, over), said_no in declined.items() if said_no and over == hashed}
        void = {person for person in no if _last(state.approvals, person)}
        if newest.get(name, -1) > state.entry:
            void = {signed.signer for signed in state.approvals}
        if void:
            kept = tuple(signed for signed in state.approvals if signed.signer not in void)
            opened.store.put(replace(state, approvals=kept), name)


def _last(signed: Sequence[Signed], person: str) -> bool:
    """Whether the last word of `person` that was kept is a yes."""
    words = [one for one in signed if one.signer == person]
    return bool(words) and records.read(Approval, records.read(Ask, words[-1].body).body).approves
