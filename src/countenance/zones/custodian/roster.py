"""The roster: who may act, for which organisation, in which roles. Changed at the custodian's terminal only.

Invariants:

* Every change is an entry with the digest of the whole roster before it takes effect.
* One key belongs to one person for good; quorums count persons, and a person keeps their organisation.
"""

import re
import unicodedata
from dataclasses import replace

from countenance.errors import Malformed, Refused
from countenance.formats import records
from countenance.vocabulary.entries import Kind
from countenance.vocabulary.warrants import Person, Role
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
    """The person of this name who is on the roster, or was. Raises Refused if there never was one."""
    for member in members(opened):
        if member.person.name == name:
            return member.person
    raise Refused("this person is not on the roster: ask for an entry at the custodian's terminal")


def require(actor: Person, role: Role) -> None:
    """Return if `actor` has `role`; else raise Refused."""
    if role not in actor.roles:
        raise Refused(f"this needs the role {role.value} on the roster")


def members(opened: Opened) -> tuple[Member, ...]:
    """Everyone on the roster, revoked people included."""
    return _roster(opened).members


def add(opened: Opened, new: Person) -> int:
    """Put `new` on the roster, or give a revoked person a new key; returns the entry.

    Raises Malformed for a name, organisation, role list or key that is none; Refused for one that is taken.
    """
    _check(new)
    with opened.lock:
        roster = _roster(opened)
        for member in roster.members:
            _check_against(member, new)
        if any(edge.identity.signing_key == new.key for _, edge in opened.store.all(EnrolledEdge)):
            raise Refused("this key belongs to an edge; people need keys of their own")
        former = opened.store.get(FormerKey, new.key.hex())
        if former is not None and former.person != new.name:
            raise Refused("this key belonged to somebody else; make a new one with 'countenance key new'")
        for member in roster.members:
            if member.person.name == new.name:
                opened.store.put(FormerKey(new.name), member.person.key.hex())
        others = tuple(member for member in roster.members if member.person.name != new.name)
        return _change(opened, roster, (*others, Member(new, False, opened.sequencer.size)), f"add {new.name}")


def revoke(opened: Opened, name: str) -> int:
    """End what the person may do; what they signed before stays on record. Raises Refused if there is none."""
    with opened.lock:
        gone = person(opened, name)
        roster = _roster(opened)
        changed = tuple(
            replace(member, revoked=True, entry=opened.sequencer.size) if member.person == gone else member
            for member in roster.members
        )
        return _change(opened, roster, changed, f"revoke {name}")


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
    if len(new.key) != _KEY:
        raise Malformed(f"a person's public key is {_KEY} bytes of Ed25519: 'countenance key new' prints one")


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
        if known.key == new.key:
            raise Refused("this key belongs to somebody else, or did; make a new one with 'countenance key new'")
        return
    if not member.revoked:
        raise Refused("this person is on the roster already; revoke the old entry first")
    if known.organisation != new.organisation:
        raise Refused("this person was on the roster for another organisation; use another name")
