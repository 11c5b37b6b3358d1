"""Present: who and what a warrant is held against at this moment, from roster, edges, cameras, policy and freezes."""

from dataclasses import replace

from countenance.errors import Refused
from countenance.vocabulary.warrants import Approval, Person, Role, WarrantKind
from countenance.warrants import quorum
from countenance.warrants.authorise import Circumstances
from countenance.zones.custodian import edges, freezing, governing, roster
from countenance.zones.custodian.cases import WarrantState
from countenance.zones.custodian.opened import Opened
from countenance.zones.custodian.records import CameraState


def circumstances(opened: Opened, uses_left: int) -> Circumstances:
    """What a warrant is held against at this moment."""
    helpers, kiosks = (_keys(opened, kind) for kind in (edges.PROBE, edges.KIOSK))
    cameras = {name: state.camera for name, state in opened.store.all(CameraState)}
    policy = governing.stands(opened)
    return Circumstances(opened.genesis, opened.clock(), people(opened), helpers, cameras, uses_left, policy, kiosks)


def people(opened: Opened) -> dict[str, Person]:
    """Everyone who may act now, by name. Who is frozen has no role: what they signed does not count meanwhile."""
    now = (member.person for member in roster.members(opened) if not member.revoked)
    return {
        person.name: replace(person, roles=()) if freezing.is_frozen(opened, person.name) else person for person in now
    }


def standing_approvals(opened: Opened, state: WarrantState) -> tuple[Approval, ...]:
    """The approvals of the version that stands, as far as they count now."""
    return quorum.standing(
        state.approvals,
        meant=state.named,
        requester=state.requester,
        people=people(opened),
        genesis=opened.genesis,
        role=quorum.approving(state.kind),
    )


def may_use(opened: Opened, person: Person, state: WarrantState) -> None:
    """Raise Refused unless `person` may have the warrant searched, and be given evidence under it."""
    if state.kind is WarrantKind.SUBJECT_ACCESS:
        roster.require(person, Role.CLERK)
        if not has_approved(opened, person, state):
            raise Refused("a clerk who approved it acts on a subject's request: approve it first")
        return
    roster.require(person, Role.OFFICER)
    if person.name != state.requester:
        raise Refused("only its requester searches, or is given evidence, under a warrant: draft one of your own")


def has_approved(opened: Opened, person: Person, state: WarrantState) -> bool:
    """Whether `person` is among those whose approval counts now."""
    return person.name in {word.person for word in standing_approvals(opened, state)}


def _keys(opened: Opened, kind: str) -> dict[str, bytes]:
    """Signing keys of the enrolled edges of `kind`, by name."""
    known = (one for one in edges.every(opened) if one.identity.kind == kind and not one.revoked)
    return {one.identity.name: one.identity.signing_key for one in known}
