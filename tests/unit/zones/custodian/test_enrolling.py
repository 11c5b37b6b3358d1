"""From a registration file to a credential on the roster, at the terminal."""

from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest

from countenance.crypto import assertion
from countenance.errors import Malformed, Refused
from countenance.formats import records
from countenance.vocabulary.entries import Kind
from countenance.vocabulary.warrants import Person, Role
from countenance.zones.custodian import enrolling, roster
from countenance.zones.custodian.opened import Opened
from countenance.zones.custodian.records import ROSTER_KEY, Roster
from simulator.authenticator import APPROVAL, Authenticator, enrolment
from simulator.people import key_of
from simulator.zone import Zone

JUDGE = Person("court/judge", "court", (Role.APPROVER,), b"")


@pytest.fixture
def zone(tmp_path: Path) -> Iterator[Zone]:
    made = Zone(tmp_path, demo=False, approval=APPROVAL)
    made.open()
    yield made
    made.crash()


def brought(zone: Zone, own: Authenticator, name: str = JUDGE.name) -> bytes:
    return records.write(own.register(enrolment(zone.genesis.deployment, name)))


def listed(opened: Opened) -> dict:
    (line,) = (enrolling.line(one) for one in roster.members(opened))
    return line


def test_a_registration_makes_a_person_who_signs_with_it(zone: Zone) -> None:
    own = Authenticator()
    file = brought(zone, own)
    told = enrolling.add(zone.opened, JUDGE, [file])
    (made,) = told["credentials"]
    assert made["credential"] == own.id.hex()
    assert made["vouched"] == "CN=maker root"
    assert roster.person(zone.opened, JUDGE.name).credentials == (own.credential,)
    kept = zone.opened.store.get(Roster, ROSTER_KEY)
    assert dict(zone.last(Kind.ROSTER).facts)["digest"] == records.digest(kept).hex()
    zone.reopen()
    assert listed(zone.opened)["credentials"] == [own.id.hex()]


def test_the_fingerprint_is_of_the_file_that_was_brought(zone: Zone) -> None:
    file = brought(zone, Authenticator())
    told = enrolling.add(zone.opened, JUDGE, [file])
    assert told["credentials"][0]["fingerprint"] == assertion.fingerprint(
        records.read(type(Authenticator().register(enrolment("", ""))), file)
    )


def test_more_credentials_are_added_and_lost_one_by_one(zone: Zone) -> None:
    first, second, third = Authenticator(), Authenticator(), Authenticator()
    enrolling.add(zone.opened, JUDGE, [brought(zone, first), brought(zone, second)])
    enrolling.add(zone.opened, JUDGE, [brought(zone, third)])
    assert len(listed(zone.opened)["credentials"]) == 3
    for own in (first, second):
        enrolling.revoke(zone.opened, JUDGE.name, own.id.hex()[:12])
    assert listed(zone.opened)["credentials"] == [third.id.hex()]
    with pytest.raises(Refused, match="all that the person signs with"):
        enrolling.revoke(zone.opened, JUDGE.name, third.id.hex())
    with pytest.raises(Refused, match="revoked"):
        enrolling.add(zone.opened, JUDGE, [brought(zone, first)])
    enrolling.revoke(zone.opened, JUDGE.name, "")
    assert listed(zone.opened)["revoked"]
    with pytest.raises(Refused, match="revoked"):
        enrolling.add(zone.opened, JUDGE, [brought(zone, third)])
    again = Authenticator()
    enrolling.add(zone.opened, JUDGE, [brought(zone, again)])
    assert {one.id for one in roster.members(zone.opened)[0].lost} == {first.id, second.id, third.id}


def test_key_file_and_credential_side_by_side(zone: Zone) -> None:
    both = replace(JUDGE, key=key_of("judge").public, roles=(Role.APPROVER, Role.OFFICER))
    own = Authenticator()
    enrolling.add(zone.opened, both, [brought(zone, own)])
    assert roster.person(zone.opened, JUDGE.name).held >= {both.key, own.id, own.cose}
    enrolling.revoke(zone.opened, JUDGE.name, own.id.hex())
    assert roster.person(zone.opened, JUDGE.name).credentials == ()


@pytest.mark.parametrize(
    "changed",
    [{"organisation": "police"}, {"roles": (Role.APPROVER, Role.REVIEWER)}, {"key": key_of("judge").public}],
    ids=str,
)
def test_who_is_on_the_roster_stays_who_they_are(zone: Zone, changed: dict) -> None:
    enrolling.add(zone.opened, JUDGE, [brought(zone, Authenticator())])
    before = roster.members(zone.opened), zone.opened.sequencer.size
    with pytest.raises(Refused):
        enrolling.add(zone.opened, replace(JUDGE, **changed), [brought(zone, Authenticator())])
    assert (roster.members(zone.opened), zone.opened.sequencer.size) == before


def test_what_cannot_be_enrolled(zone: Zone) -> None:
    own = Authenticator()
    for files, kind in (
        ([b"{}"], Malformed),
        ([brought(zone, Authenticator()) for _ in range(5)], Malformed),
        ([brought(zone, own), brought(zone, own)], Refused),
        ([brought(zone, own, "somebody")], Refused),
        ([], Malformed),
    ):
        with pytest.raises(kind):
            enrolling.add(zone.opened, JUDGE, files)
    enrolling.add(zone.opened, JUDGE, [brought(zone, own)])
    with pytest.raises(Refused, match="beginning of one"):
        enrolling.revoke(zone.opened, JUDGE.name, own.id.hex()[:6])
