from dataclasses import replace
from pathlib import Path

import pytest

from countenance.crypto import derive
from countenance.errors import CountenanceError, Malformed, Refused, Tampered
from countenance.vocabulary.acts import Verb, Withdrawal
from countenance.vocabulary.cameras import Partition
from countenance.vocabulary.entries import Kind
from countenance.vocabulary.moments import MILLISECONDS_AN_HOUR, Hour
from countenance.vocabulary.sightings import LeaseRequest
from countenance.zones.custodian import cameras, edges, leases, retention
from countenance.zones.custodian.records import PartitionKeys
from simulator.people import NOW
from simulator.zone import Edge, Zone

HERE = Hour.of(NOW).number


def asked(edge: Edge, *, first: int = HERE, last: int = HERE, camera: str = "hall-1", made: int = NOW) -> LeaseRequest:
    return LeaseRequest(edge.name, camera, first, last, made)


def refused(zone: Zone, request: bytes, kind: type[CountenanceError] = Refused) -> None:
    """The request is refused, and nothing has changed."""
    size, kept = zone.opened.sequencer.size, zone.opened.store.count(PartitionKeys)
    files = sorted(path.name for path in (zone.directory / "epochs").iterdir())
    with pytest.raises(kind):
        leases.issue(zone.opened, request)
    assert zone.opened.sequencer.size == size
    assert zone.opened.store.count(PartitionKeys) == kept
    assert sorted(path.name for path in (zone.directory / "epochs").iterdir()) == files


def test_a_lease_holds_the_keys_that_the_custodian_derives(zone: Zone, edge: Edge) -> None:
    lease = zone.lease(edge, "hall-1", HERE)
    keys = zone.opened.store.get(PartitionKeys, f"hall-1/{HERE}")
    assert keys is not None
    partition = str(Partition("hall-1", HERE))
    assert lease.block_key == derive.block_key(zone.opened.root, keys.block_salt, partition)
    assert lease.footage_key == derive.footage_key(zone.opened.root, keys.footage_salt, partition)
    assert lease.extracts
    entry = zone.opened.sequencer.entry(keys.leased_entry)
    assert dict(entry.facts) == {"camera": "hall-1", "edge": "host-1", "first": str(HERE), "last": str(HERE)}


def test_the_same_request_again_yields_the_same_keys_and_no_entry(zone: Zone, edge: Edge) -> None:
    first = zone.lease(edge, "hall-1", HERE)
    size = zone.opened.sequencer.size
    assert zone.lease(edge, "hall-1", HERE) == first
    zone.reopen()
    assert zone.lease(edge, "hall-1", HERE) == first
    assert zone.opened.sequencer.size == size + 1
    assert zone.last(Kind.OPENED)


def test_every_hour_has_its_own_keys_and_one_request_is_one_entry(zone: Zone, edge: Edge) -> None:
    hours, sealed = leases.issue(zone.opened, edge.signed(asked(edge, last=HERE + 2)))
    assert hours == (HERE, HERE + 1, HERE + 2)
    assert len(sealed) == 3
    assert zone.kinds().count(Kind.LEASED) == 1
    made = [zone.lease(edge, "hall-1", hour) for hour in hours]
    assert len({lease.block_key for lease in made} | {lease.footage_key for lease in made}) == 6
    assert len({lease.epoch_public_key for lease in made}) == 3


def test_hours_outside_the_window_are_left_out(zone: Zone, edge: Edge) -> None:
    zone.clock.now = Hour(HERE + 1).start
    request = asked(edge, first=HERE - 4, last=HERE + 61, made=zone.clock.now)
    hours, _ = leases.issue(zone.opened, edge.signed(request))
    assert hours == tuple(range(HERE - 1, HERE + 50))


@pytest.mark.parametrize("hour", [HERE - 3, HERE + 50])
def test_an_hour_outside_the_window_alone_is_refused(zone: Zone, edge: Edge, hour: int) -> None:
    refused(zone, edge.signed(asked(edge, first=hour, last=hour)))


def test_an_old_request_is_refused(zone: Zone, edge: Edge) -> None:
    refused(zone, edge.signed(asked(edge, made=NOW - 301_000)))
    refused(zone, edge.signed(asked(edge, made=NOW + 301_000)))


def test_a_request_for_too_many_hours_is_malformed(zone: Zone, edge: Edge) -> None:
    refused(zone, edge.signed(asked(edge, last=HERE + 1000)), Malformed)
    refused(zone, edge.signed(asked(edge, last=HERE - 1)), Malformed)


def test_another_edge_gets_nothing_of_this_camera(zone: Zone, edge: Edge) -> None:
    other = zone.enrol("host-2")
    refused(zone, other.signed(asked(other)))
    refused(zone, other.signed(asked(edge)))


def test_a_forged_signature_is_found_out(zone: Zone, edge: Edge) -> None:
    refused(zone, Edge(edge.name).signed(asked(edge)), Tampered)


def test_a_stranger_a_revoked_edge_and_the_probe_helper_are_refused(zone: Zone, edge: Edge) -> None:
    stranger = Edge("host-9")
    refused(zone, stranger.signed(asked(stranger)))
    refused(zone, zone.probe.signed(asked(zone.probe)))
    edges.revoke(zone.opened, edge.name)
    refused(zone, edge.signed(asked(edge)))


def test_a_camera_that_was_never_declared_or_is_withdrawn_gets_no_lease(zone: Zone, edge: Edge) -> None:
    refused(zone, edge.signed(asked(edge, camera="hall-2")))
    cameras.withdraw(zone.opened, zone.ask("operator-1", Verb.WITHDRAW, Withdrawal("hall-1")))
    refused(zone, edge.signed(asked(edge)))


def test_what_is_not_a_lease_request_is_malformed(zone: Zone, edge: Edge) -> None:
    refused(zone, b"{}", Malformed)
    refused(zone, edge.signed(Partition("hall-1", HERE)), Malformed)


def test_a_public_place_records_covered_footage_only(zone: Zone, edge: Edge) -> None:
    zone.declare("square-1", edge, public=True)
    assert not zone.lease(edge, "square-1", HERE).extracts


def test_a_partition_stays_with_the_edge_that_leased_it_first(zone: Zone, edge: Edge) -> None:
    zone.lease(edge, "hall-1", HERE)
    cameras.withdraw(zone.opened, zone.ask("operator-1", Verb.WITHDRAW, Withdrawal("hall-1")))
    other = zone.enrol("host-2")
    zone.declare("hall-1", other)
    refused(zone, other.signed(asked(other)))
    assert zone.lease(other, "hall-1", HERE + 1).edge == "host-2"


def test_an_hour_whose_retention_is_over_is_not_leased_again(zone: Zone, edge: Edge) -> None:
    zone.declare("door-1", edge, retention=1)
    zone.lease(edge, "door-1", HERE)
    zone.clock.now = Hour(HERE).end + MILLISECONDS_AN_HOUR
    request = replace(asked(edge, camera="door-1"), made=zone.clock.now)
    refused(zone, edge.signed(request))


def test_a_lease_says_nothing_in_its_repr(zone: Zone, edge: Edge, tmp_path: Path) -> None:
    lease = zone.lease(edge, "hall-1", HERE)
    keys = zone.opened.store.get(PartitionKeys, f"hall-1/{HERE}")
    assert keys is not None
    shown = repr(lease) + repr(keys) + repr(zone.opened)
    for secret in (lease.block_key, lease.footage_key, keys.block_salt, zone.opened.root):
        assert repr(secret)[2:-1] not in shown
        assert secret.hex() not in shown


def test_an_hour_that_expired_is_not_leased_again_under_a_longer_retention(zone: Zone, edge: Edge) -> None:
    zone.declare("door-1", edge, retention=1)
    zone.lease(edge, "door-1", HERE)
    zone.clock.now = Hour(HERE).end + MILLISECONDS_AN_HOUR
    retention.tick(zone.opened)
    cameras.withdraw(zone.opened, zone.ask("operator-1", Verb.WITHDRAW, Withdrawal("door-1")))
    zone.declare("door-1", edge, retention=72)
    request = replace(asked(edge, camera="door-1"), made=zone.clock.now)
    refused(zone, edge.signed(request))
