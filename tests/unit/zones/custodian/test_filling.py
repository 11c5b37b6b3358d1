"""Rows that come back: they count again, whatever else is presented with them or done to their sheet."""

import numpy as np
import pytest

from countenance.channel.message import Message
from countenance.errors import Refused
from countenance.matching import tag
from countenance.vocabulary.moments import Hour
from countenance.vocabulary.sightings import Lease
from countenance.zones.custodian import intake, rewriting, sheets, tagging
from countenance.zones.custodian.filling import NO_MAC, Filling, Placed
from countenance.zones.custodian.records import PartitionKeys
from countenance.zones.custodian.sheets import LIVING, TAGGED, NewRow, Sheet
from simulator.people import NOW
from simulator.zone import Edge, Sighting, Zone, presented, sighting

HERE = Hour.of(NOW).number
PLACE = ("hall-1", HERE, 0)


@pytest.fixture
def lease(zone: Zone, edge: Edge) -> Lease:
    return zone.lease(edge, "hall-1", HERE)


def the(zone: Zone) -> Sheet:
    return sheets.the(zone.opened, *PLACE)


def message(verb: str, generation: int, held: dict[Placed, Sighting]) -> Message:
    """The repository presents the rows that it holds."""
    body = dict(zip(("camera", "hour", "number", "generation"), (*PLACE, generation), strict=True))
    positions = b"".join(one.position.to_bytes(2, "little") for one in held)
    return Message(verb, body, (positions, b"".join(one.row for one in held.values()), b"".join(o.mac for o in held)))


def losing(zone: Zone, made: list[Sighting], which: int) -> dict[Placed, Sighting]:
    """Take in `made`, then lose one of them; returns what the repository had before."""
    done = intake.sightings(zone.opened, presented(*made))
    held = dict(zip(done.placed, made, strict=True))
    left = {place: one for place, one in held.items() if place.position != which}
    assert tagging.repair(zone.opened, message("tags.repair", 0, left)).body == {"lost": 1}
    assert the(zone).states[which] == LIVING
    return held


def check_tags(zone: Zone, made: list[Sighting]) -> None:
    """The tags are those of exactly these rows, in this order."""
    sheet, keys = the(zone), zone.opened.store.get(PartitionKeys, f"hall-1/{HERE}")
    assert keys is not None
    rows = np.frombuffer(b"".join(one.row for one in made), dtype="<i2").reshape(len(made), 128)
    assert (sheet.tags == tag.tags(sheets.multipliers(zone.opened, keys, sheet, len(made)), rows)).all()
    assert (sheet.states == LIVING | TAGGED).all()


@pytest.mark.parametrize("first", [True, False])
def test_a_lost_row_counts_again_also_beside_new_ones(zone: Zone, edge: Edge, lease: Lease, first: bool) -> None:
    made = [sighting(zone, edge, lease) for _ in range(4)]
    held = losing(zone, made[:3], 1)
    batch = presented(made[1], made[3]) if first else presented(made[3], made[1])
    done = {one.position: one for one in intake.sightings(zone.opened, batch).placed}
    assert done[1] in held, "the same place and the same MAC"
    assert done[3].generation == 0
    check_tags(zone, made)


def test_a_row_that_comes_back_while_its_sheet_is_rewritten_is_not_lost_with_it(
    zone: Zone, edge: Edge, lease: Lease
) -> None:
    made = [sighting(zone, edge, lease) for _ in range(3)]
    held = losing(zone, made, 1)
    rewriting.order(zone.opened)
    left = {place: one for place, one in held.items() if place.position != 1}
    rewriting.rewrite(zone.opened, message("sheet.rewrite", 0, left))
    assert sheets.pending(zone.opened, the(zone))
    assert intake.sightings(zone.opened, presented(made[1])).placed == [list(held)[1]]
    with pytest.raises(Refused, match="presented again"):
        rewriting.rewritten(zone.opened, message("sheet.rewritten", 1, {}))
    check_tags(zone, made)
    again = rewriting.rewrite(zone.opened, message("sheet.rewrite", 0, held))
    assert again.body["positions"] == [0, 1, 2]
    rewriting.rewritten(zone.opened, message("sheet.rewritten", 1, {}))
    assert (the(zone).states == LIVING | TAGGED).all()
    # The repository has it in the new generation, with a MAC of its own.
    (place,) = intake.sightings(zone.opened, presented(made[1])).placed
    assert (place.position, place.generation, place.mac) == (1, 1, NO_MAC)


def test_a_row_that_is_repaired_while_its_sheet_is_rewritten_is_not_lost_with_it(
    zone: Zone, edge: Edge, lease: Lease
) -> None:
    made = [sighting(zone, edge, lease) for _ in range(3)]
    held = losing(zone, made, 2)
    rewriting.order(zone.opened)
    left = {place: one for place, one in held.items() if place.position != 2}
    rewriting.rewrite(zone.opened, message("sheet.rewrite", 0, left))
    assert tagging.repair(zone.opened, message("tags.repair", 0, held)).body == {"lost": 0}
    with pytest.raises(Refused, match="presented again"):
        rewriting.rewritten(zone.opened, message("sheet.rewritten", 1, {}))
    check_tags(zone, made)
    rewriting.rewrite(zone.opened, message("sheet.rewrite", 0, held))
    rewriting.rewritten(zone.opened, message("sheet.rewritten", 1, {}))
    assert (the(zone).states == LIVING | TAGGED).all()


def test_a_repair_that_finds_nothing_new_leaves_a_rewriting_alone(zone: Zone, edge: Edge, lease: Lease) -> None:
    made = [sighting(zone, edge, lease) for _ in range(3)]
    held = dict(zip(intake.sightings(zone.opened, presented(*made)).placed, made, strict=True))
    rewriting.order(zone.opened)
    rewriting.rewrite(zone.opened, message("sheet.rewrite", 0, held))
    tagging.repair(zone.opened, message("tags.repair", 0, held))
    rewriting.rewritten(zone.opened, message("sheet.rewritten", 1, {}))
    assert the(zone).generation == 1


def test_a_sheet_has_4096_rows_and_the_next_one_begins(zone: Zone, edge: Edge, lease: Lease) -> None:
    """In one presentation that goes over the edge, and in one that ends on it."""
    made = sighting(zone, edge, lease)
    keys = zone.opened.store.get(PartitionKeys, f"hall-1/{HERE}")
    assert keys is not None

    def added(first: int, count: int) -> list[Placed]:
        filling = Filling(zone.opened)
        with zone.opened.store.together():
            names = (f"{number:032x}" for number in range(first, first + count))
            nonces = ((name, bytes.fromhex(name)[::-1]) for name in names)
            rows = [NewRow(name, nonce, bytes(32), NOW, NOW, made.row) for name, nonce in nonces]
            placed = [filling.add(keys, made.record, row) for row in rows]
            filling.finish()
        return placed

    last = added(1, 4096)[-1]
    assert (last.number, last.position) == (0, 4095)
    assert the(zone).full
    places = [(one.number, one.position) for one in added(5000, 4097)]
    assert places[0] == (1, 0)
    assert places[-2:] == [(1, 4095), (2, 0)]
    assert [one.rows for one in sheets.of_partition(zone.opened, "hall-1", HERE)] == [4096, 4096, 1]
    second = sheets.the(zone.opened, "hall-1", HERE, 1)
    rows = np.frombuffer(made.row * 4096, dtype="<i2").reshape(4096, 128)
    assert (second.tags == tag.tags(sheets.multipliers(zone.opened, keys, second, 4096), rows)).all()
