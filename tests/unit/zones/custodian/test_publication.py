from pathlib import Path

import pytest

from countenance.crypto.unseal import unseal
from countenance.errors import Malformed, Tampered
from countenance.formats import records
from countenance.log import leaf, tiles
from countenance.vocabulary.entries import Preimage
from countenance.zones.custodian import publication
from simulator.zone import Zone


def split(leaves: bytes) -> tuple[bytes, ...]:
    return tuple(leaves[start : start + 32] for start in range(0, len(leaves), 32))


def test_what_is_published_leads_to_the_checkpoint(zone: Zone, tmp_path: Path) -> None:
    size, note, (leaves, *sealed) = publication.since(zone.opened, 0)
    assert size == zone.opened.sequencer.size == len(sealed)
    assert tiles.publish(tmp_path / "published", split(leaves), tuple(sealed), note) == size


def test_preimages_open_for_the_auditors_and_nobody_else(zone: Zone) -> None:
    _, _, (leaves, *sealed) = publication.since(zone.opened, 0)
    info = leaf.sealed_info(zone.genesis.log_origin, 1)
    preimage = records.read(Preimage, unseal(zone.auditors_private, info, sealed[1]))
    assert leaf.leaf_data(preimage) == split(leaves)[1]
    with pytest.raises(Tampered):
        unseal(zone.opened.sealing_private, info, sealed[1])


def test_a_repository_that_is_far_behind_catches_up_in_parts(
    zone: Zone, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
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
