"""Standing: whose signatures on an order count now, and whether they are a quorum. A person counts once, a key once."""

from collections.abc import Sequence

from countenance.crypto import authorship
from countenance.errors import Malformed, Refused, Tampered
from countenance.vocabulary.requests import Signed
from countenance.vocabulary.warrants import Person
from countenance.warrants import quorum
from countenance.zones.custodian import present
from countenance.zones.custodian.opened import Opened


def signers(opened: Opened, words: Sequence[Signed], *, but: str) -> list[Person]:
    """The approvers whose signature counts now; never `but`. `present.people` takes the roles of frozen people away."""
    people, counted, held = present.people(opened), list[Person](), frozenset[bytes]()
    for signed in words:
        person = people.get(signed.signer)
        if person is None or person.held & held or not quorum.may_approve(person, but, people):
            continue
        if _verifies(opened, signed, person):
            counted.append(person)
            held |= person.held
    return counted


def enough(opened: Opened, counted: Sequence[Person]) -> bool:
    """Whether these are a quorum: persons enough, of two organisations."""
    organisations = {person.organisation for person in counted}
    return len(counted) >= quorum.needed(opened.genesis) and len(organisations) >= quorum.LEAST_ORGANISATIONS


def _verifies(opened: Opened, signed: Signed, person: Person) -> bool:
    """Whether a key or credential that the person has now signed this; what a lost one signed is void."""
    try:
        authorship.hardware(signed, authorship.asked(signed, person, opened.genesis).verb, opened.genesis)
    except (Tampered, Malformed, Refused):
        return False
    return True
