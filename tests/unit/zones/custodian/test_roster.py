from dataclasses import replace

import pytest

from countenance.errors import Malformed, Refused
from countenance.formats import records
from countenance.vocabulary.entries import Kind
from countenance.vocabulary.warrants import Person, Role
from countenance.zones.custodian import edges, roster
from countenance.zones.custodian.records import ROSTER_KEY, Roster
from simulator.people import key_of, person
from simulator.zone import Edge, Zone

NEW = Person("officer-9", "police", (Role.OFFICER,), key_of("officer-9").public)


def unchanged(zone: Zone, new: Person, kind: type[Exception]) -> None:
    before = zone.opened.sequencer.size, roster.members(zone.opened)
    with pytest.raises(kind):
        roster.add(zone.opened, new)
    assert before == (zone.opened.sequencer.size, roster.members(zone.opened))


def test_a_person_added_is_known_and_the_log_has_the_digest(zone: Zone) -> None:
    entry = roster.add(zone.opened, NEW)
    assert roster.person(zone.opened, "officer-9") == NEW
    kept = zone.opened.store.get(Roster, ROSTER_KEY)
    facts = dict(zone.opened.sequencer.entry(entry).facts)
    assert facts["digest"] == records.digest(kept).hex()
    assert facts["change"] == "add officer-9"
    zone.reopen()
    assert roster.person(zone.opened, "officer-9") == NEW


def test_a_revoked_person_is_refused_and_can_come_back_with_a_new_key(zone: Zone) -> None:
    roster.add(zone.opened, NEW)
    roster.revoke(zone.opened, "officer-9")
    with pytest.raises(Refused):
        roster.person(zone.opened, "officer-9")
    with pytest.raises(Refused):
        roster.revoke(zone.opened, "officer-9")
    again = replace(NEW, key=key_of("another").public)
    roster.add(zone.opened, again)
    assert roster.person(zone.opened, "officer-9") == again


def test_a_person_keeps_their_organisation(zone: Zone) -> None:
    roster.add(zone.opened, NEW)
    roster.revoke(zone.opened, "officer-9")
    unchanged(zone, replace(NEW, organisation="court-b"), Refused)


def test_one_key_belongs_to_one_person_for_good(zone: Zone) -> None:
    unchanged(zone, replace(NEW, key=person("clerk-1").key), Refused)
    roster.revoke(zone.opened, "clerk-1")
    unchanged(zone, replace(NEW, key=person("clerk-1").key), Refused)
    unchanged(zone, replace(NEW, key=zone.probe.signing.public), Refused)


def test_a_name_that_is_taken_is_refused(zone: Zone) -> None:
    unchanged(zone, replace(NEW, name="clerk-1"), Refused)


@pytest.mark.parametrize(
    "changes",
    [
        {"name": ""},
        {"name": "Officer"},
        {"name": "../officer"},
        {"name": "a/b/c"},
        {"name": "a/"},
        {"name": "x" * 65},
        {"name": "officer\n"},
        {"organisation": " "},
        {"organisation": "police "},
        {"organisation": "x" * 81},
        {"roles": ()},
        {"roles": (Role.CLERK, Role.CLERK)},
        {"key": b""},
        {"key": bytes(33)},
    ],
)
def test_nonsense_is_malformed(zone: Zone, changes: dict[str, object]) -> None:
    unchanged(zone, replace(NEW, **changes), Malformed)


def test_an_edge_is_enrolled_once_and_its_revocation_is_an_entry(zone: Zone) -> None:
    edge = zone.enrol("host-1")
    assert edges.edge(zone.opened, "host-1") == edge.identity
    for double in (Edge("host-1"), Edge("host-2", signing=edge.signing)):
        with pytest.raises(Refused):
            edges.enrol(zone.opened, double.identity)
    edges.revoke(zone.opened, "host-1")
    assert dict(zone.last(Kind.EDGE).facts) == {"edge": "host-1", "change": "revoked", "kind": "edge"}
    with pytest.raises(Refused):
        edges.edge(zone.opened, "host-1")
    with pytest.raises(Refused):
        edges.enrol(zone.opened, Edge("host-1").identity)
    with pytest.raises(Refused):
        edges.revoke(zone.opened, "host-1")
    assert len(edges.every(zone.opened)) == 2


def test_an_edge_cannot_have_a_persons_key_or_be_what_it_is_not(zone: Zone) -> None:
    size = zone.opened.sequencer.size
    with pytest.raises(Refused):
        edges.enrol(zone.opened, replace(Edge("host-1").identity, signing_key=person("clerk-1").key))
    for changes in ({"kind": "camera"}, {"name": "a/b"}, {"signing_key": b""}, {"sealing_key": b"no key"}):
        with pytest.raises(Malformed):
            edges.enrol(zone.opened, replace(Edge("host-1").identity, **changes))
    assert zone.opened.sequencer.size == size
    assert len(edges.every(zone.opened)) == 1


def test_the_probe_helper_is_no_camera_host(zone: Zone) -> None:
    assert edges.edge(zone.opened, "probe", edges.PROBE) == zone.probe.identity
    with pytest.raises(Refused):
        edges.edge(zone.opened, "probe")
