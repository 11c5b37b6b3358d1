"""A lease has a part of each custodian, and the second gives its part on its own judgement."""

from collections.abc import Callable
from dataclasses import replace

import pytest

from countenance.crypto import derive, sign
from countenance.errors import CountenanceError, Refused, Tampered, Unavailable
from countenance.vocabulary.acts import Declaration, Verb
from countenance.vocabulary.cameras import Camera, Partition
from countenance.vocabulary.entries import Kind
from countenance.vocabulary.moments import MILLISECONDS_AN_HOUR
from countenance.vocabulary.sightings import LeaseRequest
from countenance.zones.custodian import edges, leases, retention, roster
from countenance.zones.custodian.records import CameraState, Declared, PartitionKeys, partition_key
from simulator.court import THIS_HOUR, Court
from simulator.people import key_of
from simulator.second import Pair, Second
from simulator.zone import Edge

NEXT = THIS_HOUR + 1


def asked(court: Court, edge: Edge, camera: str = "hall-east") -> bytes:
    return edge.signed(LeaseRequest(edge.name, camera, NEXT, NEXT, court.zone.clock()))


def refused(pair: Pair, request: bytes, kind: type[CountenanceError], match: str) -> None:
    """The lease is refused, and nothing has changed at the first, nor is anything leased by the second."""
    first = pair.opened
    before = (first.sequencer.size, first.store.count(PartitionKeys))
    kept = pair.second._opened.store.count(PartitionKeys) if pair.second._opened else 0
    with pytest.raises(kind, match=match):
        leases.issue(first, request)
    assert (first.sequencer.size, first.store.count(PartitionKeys)) == before
    assert not pair.second._opened or pair.second.opened.store.count(PartitionKeys) == kept


def test_both_parts_are_derived_from_roots_of_their_own(court: Court, pair: Pair, second: Second) -> None:
    lease = pair.lease(court.edge, "hall-east", NEXT)
    share = pair.share(court.edge, lease)
    keys = second.opened.store.get(PartitionKeys, partition_key("hall-east", NEXT))
    assert keys is not None
    partition = str(Partition("hall-east", NEXT))
    assert share.block_key == derive.block_key(second.opened.root, keys.block_salt, partition)
    assert share.footage_key == derive.footage_key(second.opened.root, keys.footage_salt, partition)
    assert not {share.block_key, share.footage_key} & {lease.block_key, lease.footage_key}
    again = pair.share(court.edge, pair.lease(court.edge, "hall-east", NEXT))
    assert again == share
    assert [entry.kind for entry in second.log()].count(Kind.LEASED) == 5
    assert share.block_key.hex() not in repr(share)


def test_what_the_first_passes_on_it_cannot_read(court: Court, pair: Pair) -> None:
    from countenance.crypto.seal import binding
    from countenance.crypto.unseal import unseal

    lease = pair.lease(court.edge, "hall-east", NEXT)
    info = binding("share", pair.second.genesis.deployment, "edge-1", str(Partition("hall-east", NEXT)))
    with pytest.raises(Tampered):
        unseal(pair.opened.sealing_private, info, lease.second)


def test_a_second_that_is_locked_gives_nothing_and_says_what_to_do(court: Court, pair: Pair, second: Second) -> None:
    second.crash()
    refused(pair, asked(court, court.edge), Unavailable, "custodian open --second")
    second.open()
    assert pair.lease(court.edge, "hall-east", NEXT).second


def test_an_edge_that_only_the_first_enrolled_gets_nothing(court: Court, pair: Pair, second: Second) -> None:
    stranger = Edge("edge-9")
    edges.enrol(pair.opened, stranger.identity)
    pair.declare("yard", stranger)
    refused(pair, asked(court, stranger, "yard"), Refused, "not enrolled")
    edges.revoke(second.opened, "edge-1")
    refused(pair, asked(court, court.edge), Refused, "revoked")


def test_a_camera_that_nobody_on_the_seconds_roster_declared_gets_nothing(court: Court, pair: Pair) -> None:
    roster.revoke(pair.second.opened, "operator-1")
    pair.declare("yard", court.edge)
    refused(pair, asked(court, court.edge, "yard"), Refused, "roster")
    # One that was declared before its operator left stays declared.
    assert pair.lease(court.edge, "hall-east", NEXT).second


def _forged(court: Court, **changed: object) -> Declared:
    camera = Camera("hall-east", "edge-1", "hall", "p", "b", "d", "n", 72, False)
    ask = court.zone.ask("operator-1", Verb.DECLARE, Declaration(replace(camera, **changed))).ask
    return Declared(sign.signed(ask, "operator-1", key_of("clerk-1")))


def _older(court: Court, **changed: object) -> Declared:
    camera = Camera("hall-east", "edge-1", "hall", "p", "b", "d", "n", 72, False)
    ask = court.zone.ask("operator-1", Verb.DECLARE, Declaration(replace(camera, **changed))).ask
    return Declared(sign.signed(replace(ask, made=ask.made - 1), "operator-1", key_of("operator-1")))


@pytest.mark.parametrize(
    ("made", "kind", "match"),
    [(_forged, Tampered, "signature"), (_older, Refused, "declared anew")],
)
def test_the_first_cannot_change_what_an_operator_declared(
    court: Court, pair: Pair, made: Callable[..., Declared], kind: type[CountenanceError], match: str
) -> None:
    pair.opened.store.put(made(court, retention_hours=71), "hall-east")
    refused(pair, asked(court, court.edge), kind, match)
    known = pair.second.opened.store.get(CameraState, "hall-east")
    assert known is not None
    assert known.camera.retention_hours == 72


def test_its_salts_go_when_the_cameras_retention_is_over(court: Court, pair: Pair, second: Second) -> None:
    pair.lease(court.edge, "hall-east", NEXT)
    before = second.opened.store.count(PartitionKeys)
    assert before == 5
    pair.clock.now += 75 * MILLISECONDS_AN_HOUR
    retention.tick(second.opened)
    assert second.opened.store.count(PartitionKeys) == 0
    assert second.log()[-1].kind is Kind.EXPIRED
