from pathlib import Path

import pytest

from countenance.crypto.unseal import unseal
from countenance.errors import Malformed, Tampered
from countenance.log import leaf, tiles
from countenance.vocabulary.entries import Kind
from countenance.zones.custodian import publication, ticks, witnesses
from simulator.zone import Zone


def split(leaves: bytes) -> tuple[bytes, ...]:
    return tuple(leaves[start : start + 32] for start in range(0, len(leaves), 32))


@pytest.fixture
def ticked(zone: Zone) -> Zone:
    assert ticks.tick(zone.opened)
    return zone


def test_what_is_published_leads_to_the_checkpoint(ticked: Zone, tmp_path: Path) -> None:
    zone = ticked
    size, note, (leaves, *sealed) = publication.since(zone.opened, 0)
    assert size == zone.opened.sequencer.size == len(sealed)
    assert tiles.publish(tmp_path / "published", split(leaves), tuple(sealed), note) == size


def test_nothing_is_published_between_ticks(ticked: Zone) -> None:
    zone = ticked
    have = publication.since(zone.opened, 0)[0]
    assert have % ticks.CLASS == 0
    zone.enrol("edge-9")
    assert not ticks.tick(zone.opened)
    assert publication.since(zone.opened, have)[2] == (b"",)
    for grown in (1, 2):
        zone.clock.now += ticks.TICK
        assert ticks.tick(zone.opened)
        assert publication.since(zone.opened, 0)[0] == have + grown * ticks.CLASS
    assert zone.kinds()[have] is Kind.EDGE
    assert set(zone.kinds()[have + ticks.CLASS :]) == {Kind.PADDING}


def test_sealed_preimages_tell_nothing_by_their_length(ticked: Zone) -> None:
    _, _, (_, *sealed) = publication.since(ticked.opened, 0)
    assert len(set(map(len, sealed))) == 1


def test_a_crash_within_a_tick_costs_padding_and_no_more(zone: Zone, tmp_path: Path) -> None:
    zone.opened.sequencer.pad(ticks.CLASS, 0)
    zone.reopen()
    assert ticks.tick(zone.opened)
    size, note, (leaves, *sealed) = publication.since(zone.opened, 0)
    assert size == 2 * ticks.CLASS
    assert tiles.publish(tmp_path / "published", split(leaves), tuple(sealed), note) == size


def test_damage_to_the_copy_is_one_entry(zone: Zone) -> None:
    for _ in range(2):
        publication.damaged(zone.opened, "tile/0/x001/234.p/7")
    assert zone.kinds().count(Kind.LOG_ALARMED) == 1
    for nowhere in ("../../etc", "tile/../../store", "tile/0/1", "preimages/000/000"):
        with pytest.raises(Malformed):
            publication.damaged(zone.opened, nowhere)


def test_false_damage_leaves_room_for_what_a_witness_says(zone: Zone) -> None:
    for number in range(300):
        publication.damaged(zone.opened, f"preimages/{number:03d}")
    assert zone.kinds().count(Kind.LOG_ALARMED) == 100
    witnesses.alarm(zone.opened, "witness w.example", "it has seen another log")
    assert dict(zone.last(Kind.LOG_ALARMED).facts)["about"] == "witness w.example"


def test_preimages_open_for_the_auditors_and_nobody_else(ticked: Zone) -> None:
    zone = ticked
    _, _, (leaves, *sealed) = publication.since(zone.opened, 0)
    info = leaf.sealed_info(zone.genesis.log_origin, 1)
    preimage = leaf.unsealed(unseal(zone.auditors_private, info, sealed[1]))
    assert leaf.leaf_data(preimage) == split(leaves)[1]
    with pytest.raises(Tampered):
        unseal(zone.opened.sealing_private, info, sealed[1])


def test_a_repository_that_is_far_behind_catches_up_in_parts(
    ticked: Zone, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    zone = ticked
    monkeypatch.setattr(publication, "MOST_ENTRIES", 3)
    have = 0
    while have < zone.opened.sequencer.size:
        size, note, (leaves, *sealed) = publication.since(zone.opened, have)
        assert 0 < size - have <= 3
        have = tiles.publish(tmp_path / "published", split(leaves), tuple(sealed), note)
        assert have == size
    assert publication.since(zone.opened, have)[2] == (b"",)


@pytest.mark.parametrize("have", [-1, 10_000])
def test_a_repository_cannot_be_ahead(zone: Zone, have: int) -> None:
    with pytest.raises(Malformed):
        publication.since(zone.opened, have)
