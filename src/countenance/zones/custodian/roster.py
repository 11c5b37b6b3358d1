"""The roster: who may act, for which organisation, in which roles. Changed at the custodian's terminal only.

Invariants:

* Every change is an entry with the digest of the whole roster before it takes effect.
* One key or credential belongs to one person for good; quorums count persons, and a person keeps their organisation.
* A credential comes from `enrolling`, which verifies its registration.
* What a lost key or credential signed counts no more from its revocation on; what was done by then stays done.
"""

import re
import unicodedata
from collections.abc import Iterable
from dataclasses import replace

from countenance.errors import Malformed, Refused
from countenance.formats import records
from countenance.vocabulary.entries import Kind
from countenance.vocabulary.warrants import Credential, Person, Role
from countenance.zones.custodian.opened import Opened
from countenance.zones.custodian.records import ROSTER_KEY, EnrolledEdge, FormerKey, Member, Roster

_NAME = re.compile(r"[a-z0-9][a-z0-9.-]*(/[a-z0-9][a-z0-9.-]*)?")
_LONGEST_NAME = 64
_LONGEST_ORGANISATION = 80
_KEY = 32


def person(opened: Opened, name: str) -> Person:
    """The person of this name who may act now. Raises Refused if there is none, or no longer."""
    for member in members(opened):
        if member.person.name == name and not member.revoked:
            return member.person
    raise Refused("this person is not on the roster: ask for an entry at the custodian's terminal")


def ever(opened: Opened, name: str) -> Person:
    """The person of this name who is on the roster, or was, with what they ever signed with since they were last added.

    Raises Refused if there never was one.
    """
    for member in members(opened):
        if member.person.name == name:
            return replace(member.person, credentials=(*member.person.credentials, *member.lost))
    raise Refused("this person is not on the roster: ask for an entry at the custodian's terminal")


def require(actor: Person, role: Role) -> None:
    """Return if `actor` has `role`; else raise Refused."""
    if role not in actor.roles:
        raise Refused(f"this needs the role {role.value} on the roster")


def within(actor: Person, cameras: Iterable[str]) -> None:
    """Return if the roster lets `actor` act on every one of `cameras`; else raise Refused."""
    if actor.cameras and not set(cameras) <= set(actor.cameras):
        raise Refused(
            "a camera of these is not among those that the roster gives you: 'countenance roster list' shows them"
        )


def members(opened: Opened) -> tuple[Member, ...]:
    """Everyone on the roster, revoked people included."""
    return _roster(opened).members


def add(opened: Opened, new: Person) -> int:
    """Put `new` on the roster, or give a revoked person new keys; returns the entry.

    Raises Malformed for a name, organisation, role list or key that is none; Refused for one that is taken.
    """
    _check(new)
    with opened.lock:
        roster = _roster(opened)
        for member in roster.members:
            _check_against(member, new)
        _check_keys(opened, new)
        before = next((member for member in roster.members if member.person.name == new.name), None)
        lost: tuple[Credential, ...] = ()
        if before is not None:
            for key in before.person.held:
                opened.store.put(FormerKey(new.name), key.hex())
            lost = _without((*before.lost, *before.person.credentials), new.credentials)
        others = tuple(member for member in roster.members if member.person.name != new.name)
        member = Member(new, False, opened.sequencer.size, lost)
        return _change(opened, roster, (*others, member), f"add {new.name}")


def extend(opened: Opened, name: str, more: tuple[Credential, ...]) -> int:
    """Give the person `name`, who may act now, credentials besides those they have; returns the entry."""
    with opened.lock:
        roster, known = _roster(opened), person(opened, name)
        new = replace(known, credentials=(*known.credentials, *more))
        _check(new)
        for member in roster.members:
            if member.person.name != name and member.person.held & new.held:
                raise Refused("this credential belongs to somebody else, or did: enrol with another authenticator")
        _check_keys(opened, new)
        changed = tuple(
            replace(one, person=new, entry=opened.sequencer.size) if one.person == known else one
            for one in roster.members
        )
        return _change(opened, roster, changed, f"enrol {name}")


def lose(opened: Opened, name: str, credential: bytes) -> int:
    """Revoke one credential, by its id; what it approved and is not used yet is void. Raises Refused for no such."""
    with opened.lock:
        roster, known = _roster(opened), person(opened, name)
        left = tuple(one for one in known.credentials if one.id != credential)
        if left == known.credentials:
            raise Refused("this person has no credential of this id: 'countenance roster list' shows them")
        if not left and not known.key:
            raise Refused("this is all that the person signs with: revoke the person, then add them with a new one")
        gone = tuple(one for one in known.credentials if one.id == credential)
        for one in gone:
            opened.store.put(FormerKey(name), one.id.hex())
            opened.store.put(FormerKey(name), one.public_key.hex())
        changed = tuple(
            replace(
                member,
                person=replace(known, credentials=left),
                lost=(*member.lost, *gone),
                entry=opened.sequencer.size,
            )
            if member.person == known
            else member
            for member in roster.members
        )
        return _change(opened, roster, changed, f"revoke credential of {name}")


def revoke(opened: Opened, name: str) -> int:
    """End what the person may do; what they signed before stays on record. Raises Refused if there is none."""
    with opened.lock:
        gone = person(opened, name)
        roster = _roster(opened)
        for one in gone.credentials:
            opened.store.put(FormerKey(name), one.id.hex())
        changed = tuple(
            replace(member, revoked=True, entry=opened.sequencer.size) if member.person == gone else member
            for member in roster.members
        )
        return _change(opened, roster, changed, f"revoke {name}")


def note(opened: Opened, change: str) -> int:
    """A new version of the roster in which nobody's rights changed, for what is kept beside it; its entry."""
    with opened.lock:
        roster = _roster(opened)
        return _change(opened, roster, roster.members, change)


def _roster(opened: Opened) -> Roster:
    return opened.store.get(Roster, ROSTER_KEY) or Roster(0, ())


def _change(opened: Opened, old: Roster, members_now: tuple[Member, ...], change: str) -> int:
    new = Roster(old.version + 1, members_now)
    facts = {"version": str(new.version), "digest": records.digest(new).hex(), "change": change}
    entry = opened.sequencer.append(Kind.ROSTER, facts)
    opened.store.put(new, ROSTER_KEY)
    return entry


def _check(new: Person) -> None:
    if not _NAME.fullmatch(new.name) or len(new.name) > _LONGEST_NAME:
        raise Malformed("a person's name is lower-case letters, digits, dots and hyphens, with one slash at most")
    if not new.organisation.strip() or len(new.organisation) > _LONGEST_ORGANISATION:
        raise Malformed(f"an organisation has a name of at most {_LONGEST_ORGANISATION} characters")
    if not _folded(new.organisation):
        raise Malformed("an organisation has a name with letters or digits in it")
    if new.organisation != new.organisation.strip():
        raise Malformed("an organisation's name neither begins nor ends with a space: two spellings would be two")
    if not new.roles or len(set(new.roles)) != len(new.roles):
        raise Malformed("give each role once, and at least one")
    if len(new.key) != _KEY and (new.key or not new.credentials):
        raise Malformed(f"a person's public key is {_KEY} bytes of Ed25519: 'countenance key new' prints one")
    if len(set(new.cameras)) != len(new.cameras) or any(not one or len(one) > _LONGEST_NAME for one in new.cameras):
        raise Malformed("give each camera that a person may act on once, by its name")
    if len({one.id for one in new.credentials}) != len(new.credentials):
        raise Refused("a credential is given twice: give each once")


def _check_keys(opened: Opened, new: Person) -> None:
    """A key is nobody else's now, and was nobody else's before; a credential that was lost is nobody's."""
    if any(edge.identity.signing_key in new.held for _, edge in opened.store.all(EnrolledEdge)):
        raise Refused("this key belongs to an edge; people need keys of their own")
    for key in new.held:
        former = opened.store.get(FormerKey, key.hex())
        if former is not None and former.person != new.name:
            raise Refused("this key belonged to somebody else; make a new one with 'countenance key new'")
        if former is not None and key != new.key:
            raise Refused("this credential was revoked: enrol again, which makes another")


def _without(all_: tuple[Credential, ...], some: tuple[Credential, ...]) -> tuple[Credential, ...]:
    ids = {one.id for one in some}
    return tuple(one for one in all_ if one.id not in ids)


def _folded(organisation: str) -> str:
    """What spellings of one name have in common: letters and digits, in one case and one form."""
    plain = unicodedata.normalize("NFKC", organisation).casefold()
    return "".join(letter for letter in plain if letter.isalnum())


def _check_against(member: Member, new: Person) -> None:
    known = member.person
    if known.organisation != new.organisation and _folded(known.organisation) == _folded(new.organisation):
        raise Refused(
            "this organisation is on the roster in another spelling: write it as 'countenance roster list' does"
        )
    if known.name != new.name:
        if known.held & new.held:
            raise Refused("this key belongs to somebody else, or did; make a new one with 'countenance key new'")
        return
    if not member.revoked:
        raise Refused("this person is on the roster already; revoke the old entry first")
    if known.organisation != new.organisation:
        raise Refused("this person was on the roster for another organisation; use another name")
