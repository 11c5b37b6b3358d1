from typing import Any

import pytest

from countenance.errors import Refused
from countenance.vocabulary.acts import Look, Verb, Withdrawal
from countenance.vocabulary.entries import Kind
from countenance.vocabulary.moments import MILLISECONDS_AN_HOUR, Hour
from countenance.zones.custodian import cameras, intake, retention
from countenance.zones.custodian.records import (
    ExpiredPartition,
    Gone,
    ManifestHead,
    PartitionKeys,
    Place,
    Row,
    SpentNonce,
)
from countenance.zones.custodian.sheets import Sheet
from simulator.people import NOW
from simulator.zone import Edge, Sighting, Zone, manifest, presented, sighting
from simulator.zone import taken as taken_in

HERE = Hour.of(NOW).number
DAY = 24 * MILLISECONDS_AN_HOUR
OF_A_PARTITION = (PartitionKeys, Row, Place, SpentNonce, ManifestHead, Sheet)


@pytest.fixture
def made(zone: Zone, edge: Edge) -> list[Sighting]:
    zone.declare("door-1", edge, retention=2)
    lease, other = zone.lease(edge, "door-1", HERE), zone.lease(edge, "hall-1", HERE)
    made = [sighting(zone, edge, lease), sighting(zone, edge, lease), sighting(zone, edge, other)]
    intake.sightings(zone.opened, presented(*made))
    intake.manifest(zone.opened, edge.signed(manifest(zone, edge, lease, made[:2])))
    return made


def counts(zone: Zone) -> list[int]:
    return [zone.opened.store.count(kind) for kind in OF_A_PARTITION]


def test_nothing_expires_a_moment_too_early(zone: Zone, made: list[Sighting]) -> None:
    before = counts(zone)
    zone.clock.now = Hour(HERE).end + 2 * MILLISECONDS_AN_HOUR - 1
    retention.tick(zone.opened)
    assert counts(zone) == before
    assert Kind.EXPIRED not in zone.kinds()


def test_a_partition_loses_everything_when_its_time_is_over(zone: Zone, made: list[Sighting]) -> None:
    zone.clock.now = Hour(HERE).end + 2 * MILLISECONDS_AN_HOUR
    retention.tick(zone.opened)
    assert counts(zone) == [1, 1, 1, 1, 0, 1]
    assert dict(zone.last(Kind.EXPIRED).facts) == {"partitions": "1", "rows": "2"}
    size = zone.opened.sequencer.size
    retention.tick(zone.opened)
    assert zone.opened.sequencer.size == size
    _, refused = taken_in(zone, presented(*made))
    assert [name for name, _ in refused] == [one.record.sighting for one in made[:2]]
    assert counts(zone) == [1, 1, 1, 1, 0, 1]


def test_a_withdrawn_camera_keeps_its_retention(zone: Zone, made: list[Sighting]) -> None:
    cameras.withdraw(zone.opened, zone.ask("operator-1", Verb.WITHDRAW, Withdrawal("hall-1")))
    zone.clock.now = Hour(HERE).end + 71 * MILLISECONDS_AN_HOUR
    retention.tick(zone.opened)
    assert zone.opened.store.count(Row) == 1
    zone.clock.now += MILLISECONDS_AN_HOUR
    retention.tick(zone.opened)
    assert counts(zone) == [0, 0, 0, 0, 0, 0]


def test_the_store_key_is_replaced_at_most_once_a_day(zone: Zone, made: list[Sighting]) -> None:
    zone.clock.now = Hour(HERE).end + 2 * MILLISECONDS_AN_HOUR
    retention.tick(zone.opened)
    assert zone.opened.store.generation == 1
    zone.clock.now += DAY - 1
    retention.tick(zone.opened)
    assert zone.opened.store.generation == 1
    zone.clock.now += 1
    retention.tick(zone.opened)
    assert zone.opened.store.generation == 2
    # Every day, also where nothing was dropped that a tick knows of.
    zone.clock.now += DAY
    retention.tick(zone.opened)
    assert zone.opened.store.generation == 3
    assert zone.reopen().store.generation == 3


def test_the_repository_is_told_for_a_week(zone: Zone, made: list[Sighting]) -> None:
    assert retention.gone(zone.opened) == {
        "sightings": [],
        "footage": [],
        "kept": [],
        "void": [],
        "rewrite": [],
        "lost": [],
    }
    zone.clock.now = Hour(HERE).end + 2 * MILLISECONDS_AN_HOUR
    retention.tick(zone.opened)
    told: dict[str, Any] = retention.gone(zone.opened)
    assert told["footage"] == [["door-1", HERE]]
    assert set(told["sightings"]) == {one.record.sighting for one in made[:2]}
    zone.clock.now += 7 * DAY
    retention.tick(zone.opened)
    assert zone.opened.store.count(Gone) == 1
    assert zone.opened.store.count(ExpiredPartition) == 1


def test_opening_drops_what_expired_while_locked(zone: Zone, made: list[Sighting]) -> None:
    zone.crash()
    zone.clock.now = Hour(HERE).end + 72 * MILLISECONDS_AN_HOUR
    zone.open()
    assert counts(zone) == [0, 0, 0, 0, 0, 0]


def test_footage_of_an_expired_hour_is_looked_at_no_more(zone: Zone, made: list[Sighting]) -> None:
    zone.clock.now = Hour(HERE).end + 72 * MILLISECONDS_AN_HOUR
    retention.tick(zone.opened)
    done = cameras.look(zone.opened, zone.ask("operator-1", Verb.LOOK, Look("hall-1", HERE, HERE, "why")))
    assert done["keys"] == {}
    with pytest.raises(Refused):
        cameras.camera(zone.opened, "nowhere")
