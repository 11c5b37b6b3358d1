import secrets
from dataclasses import replace

import numpy as np
import pytest

from countenance.crypto.seal import binding, seal
from countenance.errors import CountenanceError, Malformed, Refused, Tampered
from countenance.formats import records
from countenance.matching import tag
from countenance.vocabulary.moments import Hour
from countenance.vocabulary.sightings import Lease
from countenance.zones.custodian import edges, epochs, intake, sheets
from countenance.zones.custodian.records import ManifestHead, PartitionKeys, Place, Row, SpentNonce
from countenance.zones.custodian.sheets import LIVING
from simulator.people import NOW
from simulator.zone import Edge, Sighting, Zone, manifest, presented, sighting
from simulator.zone import taken as taken_in

HERE = Hour.of(NOW).number


@pytest.fixture
def lease(zone: Zone, edge: Edge) -> Lease:
    return zone.lease(edge, "hall-1", HERE)


def rows(zone: Zone) -> dict[str, Row]:
    return dict(zone.opened.store.all(Row))


def refused(zone: Zone, *blobs: bytes, reason: str = "") -> None:
    """The one sighting presented is refused, and nothing has changed."""
    store = zone.opened.store
    before = rows(zone), store.count(Place), store.count(SpentNonce), zone.opened.sequencer.size
    taken, refusals = taken_in(zone, blobs)
    assert taken == []
    assert len(refusals) == 1
    assert reason in refusals[0][1]
    assert before == (rows(zone), store.count(Place), store.count(SpentNonce), zone.opened.sequencer.size)


def altered(one: Sighting, **changes: object) -> Sighting:
    return replace(one, record=replace(one.record, **changes))


def test_a_sighting_becomes_a_row_with_its_nonce(zone: Zone, edge: Edge, lease: Lease) -> None:
    one = sighting(zone, edge, lease)
    assert taken_in(zone, one.blobs) == ([one.record.sighting], [])
    row = rows(zone)[f"hall-1/{HERE}/{one.record.sighting}"]
    sheet = sheets.the(zone.opened, "hall-1", HERE, row.sheet)
    at = sheets.place(sheet, one.record.sighting)
    assert sheet.nonce(at) == sheet.piece_nonce(at) == one.nonce
    assert sheet.recorded(LIVING)[at] == records.digest(one.record)
    assert row.record_digest == records.digest(one.record)
    assert (row.row_digest, row.still_digest, row.patches_digest) == (
        one.record.row_digest,
        one.record.still_digest,
        one.record.patches_digest,
    )
    assert one.nonce.hex() not in repr(row) + repr(sheet)


def test_the_same_presentation_again_is_taken_again_and_changes_nothing(zone: Zone, edge: Edge, lease: Lease) -> None:
    one = sighting(zone, edge, lease)
    intake.sightings(zone.opened, one.blobs)
    before = rows(zone)
    assert taken_in(zone, one.blobs) == ([one.record.sighting], [])
    assert rows(zone) == before
    assert zone.opened.store.count(SpentNonce) == 1


def test_the_same_one_twice_in_a_batch_is_one_row(zone: Zone, edge: Edge, lease: Lease) -> None:
    one = sighting(zone, edge, lease)
    taken, _ = taken_in(zone, presented(one, one))
    assert taken == [one.record.sighting] * 2
    assert len(rows(zone)) == 1


def test_a_bad_one_is_refused_by_name_and_the_others_are_taken(zone: Zone, edge: Edge, lease: Lease) -> None:
    good, better = sighting(zone, edge, lease), sighting(zone, edge, lease)
    bad = altered(sighting(zone, edge, lease), hour=HERE + 1)
    taken, refusals = taken_in(zone, (*presented(good, bad, better), b"junk", b"junk", b"junk"))
    assert taken == [good.record.sighting, better.record.sighting]
    assert [name for name, _ in refusals] == [bad.record.sighting, "#3"]
    assert len(rows(zone)) == 2


def test_triples_are_triples(zone: Zone, edge: Edge, lease: Lease) -> None:
    with pytest.raises(Malformed):
        intake.sightings(zone.opened, presented(sighting(zone, edge, lease))[:1])
    assert rows(zone) == {}


def test_the_row_is_the_one_that_was_signed_for(zone: Zone, edge: Edge, lease: Lease) -> None:
    one = sighting(zone, edge, lease)
    refused(zone, *one.blobs[:2], bytes([one.row[0] ^ 1]) + one.row[1:], reason="masked row")
    refused(zone, *one.blobs[:2], one.row + bytes(2), reason="masked row")


def test_rows_get_the_next_positions_and_the_tags_of_a_sheet_are_theirs(zone: Zone, edge: Edge, lease: Lease) -> None:
    made = [sighting(zone, edge, lease) for _ in range(5)]
    first = intake.sightings(zone.opened, presented(*made[:3]))
    second = intake.sightings(zone.opened, presented(*made[2:]))
    placed = {one.sighting: one for one in (*first.placed, *second.placed)}
    assert [placed[one.record.sighting].position for one in made] == [0, 1, 2, 3, 4]
    assert first.placed[2] == second.placed[0]
    sheet = sheets.the(zone.opened, "hall-1", HERE, 0)
    keys = zone.opened.store.get(PartitionKeys, f"hall-1/{HERE}")
    assert keys is not None
    rows = np.frombuffer(b"".join(one.row for one in made), dtype="<i2").reshape(5, 128)
    assert (sheet.tags == tag.tags(sheets.multipliers(zone.opened, keys, sheet, 5), rows)).all()
    for position, one in enumerate(made):
        mac = placed[one.record.sighting].mac
        tag.check_mac(sheets.mac_key(zone.opened, keys, sheet), position, one.row, mac)


def test_a_full_sheet_is_followed_by_another(
    zone: Zone, edge: Edge, lease: Lease, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(tag, "ROWS", 2)
    made = [sighting(zone, edge, lease) for _ in range(5)]
    done = intake.sightings(zone.opened, presented(*made))
    assert [(one.number, one.position) for one in done.placed] == [(0, 0), (0, 1), (1, 0), (1, 1), (2, 0)]


def test_another_extractor_has_a_sheet_of_its_own(zone: Zone, edge: Edge, lease: Lease) -> None:
    made = [sighting(zone, edge, lease, extractor=bytes([n % 2]) * 32) for n in range(4)]
    done = intake.sightings(zone.opened, presented(*made))
    assert [(one.number, one.position) for one in done.placed] == [(0, 0), (1, 0), (0, 1), (1, 1)]


def test_a_nonce_is_taken_once(zone: Zone, edge: Edge, lease: Lease) -> None:
    nonce = secrets.token_bytes(16)
    intake.sightings(zone.opened, sighting(zone, edge, lease, nonce=nonce).blobs)
    refused(zone, *sighting(zone, edge, lease, nonce=nonce).blobs, reason="used before")


def test_an_id_is_taken_once(zone: Zone, edge: Edge, lease: Lease) -> None:
    one = sighting(zone, edge, lease)
    intake.sightings(zone.opened, one.blobs)
    refused(zone, *sighting(zone, edge, lease, name=one.record.sighting).blobs, reason="another sighting")


def test_nothing_is_taken_that_the_edge_did_not_sign(zone: Zone, edge: Edge, lease: Lease) -> None:
    one = sighting(zone, edge, lease)
    refused(zone, Edge(edge.name).signed(one.record), one.sealed, one.row, reason="signature")
    refused(zone, Edge("host-9").signed(one.record), one.sealed, one.row, reason="not enrolled")
    other = zone.enrol("host-2")
    refused(zone, other.signed(one.record), one.sealed, one.row, reason="another edge")
    refused(zone, other.signed(replace(one.record, edge="host-2")), one.sealed, one.row, reason="another edge")


def test_nothing_is_taken_from_a_revoked_edge(zone: Zone, edge: Edge, lease: Lease) -> None:
    one = sighting(zone, edge, lease)
    edges.revoke(zone.opened, edge.name)
    refused(zone, *one.blobs, reason="revoked")


def test_nothing_is_taken_for_hours_or_cameras_without_a_lease(zone: Zone, edge: Edge, lease: Lease) -> None:
    zone.declare("hall-2", edge)
    start = Hour(HERE + 1).start
    refused(
        zone,
        *altered(sighting(zone, edge, lease), hour=HERE + 1, start=start, end=start).blobs,
        reason="no lease",
    )
    refused(zone, *altered(sighting(zone, edge, lease), camera="hall-2").blobs, reason="no lease")


def test_a_relabelled_partition_does_not_open(zone: Zone, edge: Edge, lease: Lease) -> None:
    zone.declare("hall-2", edge)
    zone.lease(edge, "hall-2", HERE)
    refused(zone, *altered(sighting(zone, edge, lease), camera="hall-2").blobs, reason="seal")


def test_the_sealed_nonce_is_the_one_that_was_signed_for(zone: Zone, edge: Edge, lease: Lease) -> None:
    one, other = sighting(zone, edge, lease), sighting(zone, edge, lease)
    refused(zone, one.blobs[0], other.sealed, one.row, reason="signed for")


def test_a_nonce_has_16_bytes(zone: Zone, edge: Edge, lease: Lease) -> None:
    refused(zone, *sighting(zone, edge, lease, nonce=bytes(15)).blobs, reason="16 bytes")


@pytest.mark.parametrize(
    "changes",
    [
        {"start": Hour(HERE + 1).start},
        {"end": 0},
        {"sighting": "A" * 32},
        {"sighting": "../../x"},
        {"dimension": 0},
        {"dimension": 1 << 20},
        {"row_digest": b"short"},
        {"extractor": b""},
    ],
)
def test_nonsense_is_refused(zone: Zone, edge: Edge, lease: Lease, changes: dict[str, object]) -> None:
    refused(zone, *altered(sighting(zone, edge, lease), **changes).blobs)


def test_a_camera_in_a_public_place_has_no_sightings(zone: Zone, edge: Edge) -> None:
    zone.declare("square-1", edge, public=True)
    refused(zone, *sighting(zone, edge, zone.lease(edge, "square-1", HERE)).blobs, reason="covered footage only")


def test_after_the_epoch_key_is_destroyed_nothing_arrives(zone: Zone, edge: Edge, lease: Lease) -> None:
    one = sighting(zone, edge, lease)
    zone.clock.now = epochs.last_moment(HERE)
    epochs.destroy_due(zone.directory, zone.clock())
    refused(zone, *one.blobs, reason="epoch key")


def test_a_nonce_sealed_under_the_keys_of_another_deployment_is_refused(zone: Zone, edge: Edge, lease: Lease) -> None:
    one = sighting(zone, edge, lease)
    sealed = seal(lease.epoch_public_key, binding("nonce", "ffffffffffffffff"), one.nonce)
    refused(zone, one.blobs[0], sealed, one.row)


def test_manifests_continue_each_other_and_the_newest_counts(zone: Zone, edge: Edge, lease: Lease) -> None:
    one, two = sighting(zone, edge, lease), sighting(zone, edge, lease)
    first = manifest(zone, edge, lease, [one])
    second = manifest(zone, edge, lease, [one, two], after=first)
    for each in (first, first, second, second, first):
        intake.manifest(zone.opened, edge.signed(each))
    head = zone.opened.store.get(ManifestHead, f"hall-1/{HERE}")
    assert head is not None
    assert (head.number, head.digest, len(head.sightings)) == (2, records.digest(second), 2)


def test_a_camera_that_stopped_and_started_again_goes_on(zone: Zone, edge: Edge, lease: Lease) -> None:
    one, two = sighting(zone, edge, lease), sighting(zone, edge, lease)
    first = replace(manifest(zone, edge, lease, [one]), closed=True)
    second = manifest(zone, edge, lease, [one, two], after=first)
    intake.manifest(zone.opened, edge.signed(first))
    intake.manifest(zone.opened, edge.signed(second))
    head = zone.opened.store.get(ManifestHead, f"hall-1/{HERE}")
    assert head is not None
    assert not head.closed


def test_a_number_left_out_hides_nothing(zone: Zone, edge: Edge, lease: Lease) -> None:
    one, two = sighting(zone, edge, lease), sighting(zone, edge, lease)
    first = manifest(zone, edge, lease, [one])
    second = manifest(zone, edge, lease, [one, two], after=first)
    third = manifest(zone, edge, lease, [one, two], after=second)
    intake.manifest(zone.opened, edge.signed(first))
    intake.manifest(zone.opened, edge.signed(third))
    head = zone.opened.store.get(ManifestHead, f"hall-1/{HERE}")
    assert head is not None
    assert head.number == 3


def test_a_manifest_that_drops_forks_or_is_not_the_edges_is_refused(zone: Zone, edge: Edge, lease: Lease) -> None:
    one, two = sighting(zone, edge, lease), sighting(zone, edge, lease)
    first = manifest(zone, edge, lease, [one, two])
    intake.manifest(zone.opened, edge.signed(first))
    head = zone.opened.store.get(ManifestHead, f"hall-1/{HERE}")
    other = zone.enrol("host-2")
    bad: list[tuple[bytes, type[CountenanceError]]] = [
        (edge.signed(manifest(zone, edge, lease, [one], after=first)), Refused),
        (edge.signed(replace(first, closed=True)), Refused),
        (edge.signed(replace(manifest(zone, edge, lease, [one, two], after=first), previous=bytes(32))), Refused),
        (edge.signed(manifest(zone, edge, lease, [one, two, two], after=first)), Malformed),
        (Edge(edge.name).signed(manifest(zone, edge, lease, [one, two], after=first)), Tampered),
        (other.signed(replace(manifest(zone, edge, lease, [one, two], after=first), edge="host-2")), Refused),
        (edge.signed(replace(first, hour=HERE + 1)), Refused),
        (b"{}", Malformed),
    ]
    for record, kind in bad:
        with pytest.raises(kind):
            intake.manifest(zone.opened, record)
        assert zone.opened.store.get(ManifestHead, f"hall-1/{HERE}") == head
    assert zone.opened.store.count(ManifestHead) == 1
