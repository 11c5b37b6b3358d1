"""Enrolling: at the terminal, a registration that a person brings becomes a credential on the roster.

Invariants:

* A registration counts for the person and the deployment it names, and only if `crypto.assertion` verified it against
  the genesis record: origin, attestation allow-list, bound to its device.
* Who stands at the terminal compares the fingerprint with what the person reads from the page: the file may have been
  exchanged on its way.
"""

from collections.abc import Sequence
from dataclasses import replace

from countenance.crypto import assertion
from countenance.errors import Malformed, Refused
from countenance.formats import records
from countenance.formats.canonical import Json
from countenance.vocabulary.deployment import Genesis
from countenance.vocabulary.requests import Registration
from countenance.vocabulary.warrants import Credential, Person, Role
from countenance.zones.custodian import roster
from countenance.zones.custodian.opened import Opened
from countenance.zones.custodian.records import OTHER_KEY, Member
from countenance.zones.custodian.requests import Admitted

MOST_CREDENTIALS = 4
"""At one enrolment: one to use, one to keep, and no bag of them."""


def add(opened: Opened, new: Person, registrations: Sequence[bytes]) -> dict[str, Json]:
    """Put `new` on the roster with what `registrations` make, or give somebody who is on it these credentials as well.

    Raises what `crypto.assertion` and `roster` raise.
    """
    if len(registrations) > MOST_CREDENTIALS:
        raise Malformed(f"a person enrols at most {MOST_CREDENTIALS} credentials at a time")
    read = [records.read(Registration, one) for one in registrations]
    made = [_credential(opened, new.name, one) for one in read]
    with opened.lock:
        known = _standing(opened, new)
        credentials = tuple(credential for credential, _ in made)
        if known is None:
            entry = roster.add(opened, replace(new, credentials=credentials))
        else:
            entry = roster.extend(opened, new.name, credentials)
    told: list[Json] = [
        {"credential": credential.id.hex(), "vouched": vouched, "fingerprint": assertion.fingerprint(one)}
        for (credential, vouched), one in zip(made, read, strict=True)
    ]
    return {"name": new.name, "entry": entry, "credentials": told}


def revoke(opened: Opened, name: str, credential: str) -> dict[str, Json]:
    """Revoke a person, or with `credential` (the beginning of an id in hex, at least 8 digits) that one alone."""
    if not credential:
        return {"name": name, "entry": roster.revoke(opened, name)}
    with opened.lock:
        known = roster.person(opened, name)
        found = [one.id for one in known.credentials if one.id.hex().startswith(credential.lower())]
        if len(credential) < 8 or len(found) != 1:
            raise Refused("give the beginning of one credential's id, as 'countenance roster list' shows it")
        return {"name": name, "entry": roster.lose(opened, name, found[0])}


def line(member: Member) -> dict[str, Json]:
    """What the terminal shows of one person."""
    person = member.person
    return {
        "name": person.name,
        "organisation": person.organisation,
        "roles": [role.value for role in person.roles],
        "key": person.key.hex(),
        "credentials": [one.id.hex() for one in person.credentials],
        "cameras": list(person.cameras),
        "revoked": member.revoked,
        "entry": member.entry,
    }


def listed(opened: Opened, admitted: Admitted) -> dict[str, Json]:
    """ROSTER by an operator or auditor: everybody as the terminal shows them, but of keys only how many there are."""
    if not {Role.OPERATOR, Role.AUDITOR} & set(admitted.person.roles):
        raise Refused("this needs the role operator or auditor on the roster")
    with opened.lock:
        return {"persons": [_counted(member) for member in roster.members(opened)]}


def _counted(member: Member) -> dict[str, Json]:
    shown = line(member)
    return {**shown, "key": bool(shown["key"]), "credentials": len(member.person.credentials)}


def _credential(opened: Opened, name: str, registration: Registration) -> tuple[Credential, str]:
    genesis = _signed_for(opened)
    if genesis.approval is None:
        raise Refused("this deployment has no approval origin: key files sign here")
    signs_in = genesis.console is not None and assertion.made_at(registration) == genesis.console.origin
    told = registration.enrolment
    if (told.deployment, told.person) != (genesis.deployment, name):
        raise Refused("this registration is for another deployment or another name: enrol again under this one")
    found = assertion.attested(registration, genesis.console if signs_in and genesis.console else genesis.approval)
    return found.credential, found.vouched


def _signed_for(opened: Opened) -> Genesis:
    """The genesis record that people enrol for: at a custodian beside another it is the deployment's."""
    other = opened.store.get(Genesis, OTHER_KEY)
    beside = other is not None and opened.genesis.deployment.startswith(f"{other.deployment}/")
    return other if other is not None and beside else opened.genesis


def _standing(opened: Opened, new: Person) -> Person | None:
    """The person on the roster who is given more credentials; None if this adds somebody."""
    for member in roster.members(opened):
        known = member.person
        if known.name == new.name and not member.revoked and not new.key:
            given, stood = ((one.organisation, set(one.roles), set(one.cameras)) for one in (new, known))
            if given != stood:
                raise Refused(
                    "this person is on the roster for another organisation, in other roles or for other cameras: see "
                    "the list"
                )
            return known
    return None
