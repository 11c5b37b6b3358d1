import pytest

from countenance.errors import Refused
from countenance.vocabulary.entries import Kind
from countenance.vocabulary.moments import MILLISECONDS_AN_HOUR, Hour
from countenance.zones.custodian import epochs, retention
from simulator.people import NOW
from simulator.zone import Edge, Zone, sighting
from simulator.zone import taken as taken_in

HERE = Hour.of(NOW).number
DAY = 24 * MILLISECONDS_AN_HOUR


def test_an_epoch_key_is_made_once_and_its_private_half_lies_encrypted(zone: Zone) -> None:
    public = epochs.public_key(zone.opened, HERE)
    private = epochs.private_key(zone.opened, HERE)
    assert epochs.public_key(zone.opened, HERE) == public
    data = (zone.directory / "epochs" / f"{HERE}.key").read_bytes()
    assert private not in data
    assert private.hex().encode() not in data
    zone.reopen()
    assert epochs.private_key(zone.opened, HERE) == private


def test_drained_destroys_only_what_closed_before(zone: Zone) -> None:
    epochs.public_key(zone.opened, HERE)
    epochs.public_key(zone.opened, HERE + 1)
    zone.clock.now = epochs.closing(HERE)
    retention.drained(zone.opened, epochs.closing(HERE) - 1)
    assert epochs.alive(zone.directory, HERE)
    retention.drained(zone.opened, epochs.closing(HERE) + DAY)
    assert not epochs.alive(zone.directory, HERE)
    assert epochs.alive(zone.directory, HERE + 1)
    assert dict(zone.last(Kind.EPOCH_DESTROYED).facts) == {"hours": str(HERE), "count": "1"}
    assert epochs.oldest(zone.directory) == HERE + 1


def test_the_repositorys_word_alone_destroys_nothing_early(zone: Zone) -> None:
    epochs.public_key(zone.opened, HERE)
    retention.drained(zone.opened, NOW + 100 * DAY)
    assert epochs.alive(zone.directory, HERE)


def test_after_48_hours_the_key_is_destroyed_even_while_locked_and_the_entry_follows(zone: Zone) -> None:
    epochs.public_key(zone.opened, HERE)
    zone.crash()
    assert epochs.destroy_due(zone.directory, epochs.last_moment(HERE) - 1) == ()
    assert epochs.destroy_due(zone.directory, epochs.last_moment(HERE)) == (HERE,)
    assert not epochs.alive(zone.directory, HERE)
    zone.clock.now = epochs.last_moment(HERE)
    zone.open()
    assert zone.kinds().count(Kind.EPOCH_DESTROYED) == 1
    zone.reopen()
    assert zone.kinds().count(Kind.EPOCH_DESTROYED) == 1


def test_a_destroyed_key_is_not_made_again(zone: Zone) -> None:
    epochs.public_key(zone.opened, HERE)
    zone.clock.now = epochs.last_moment(HERE)
    retention.tick(zone.opened)
    with pytest.raises(Refused):
        epochs.public_key(zone.opened, HERE)
    with pytest.raises(Refused):
        epochs.private_key(zone.opened, HERE)


def test_a_custodian_locked_for_a_day_still_takes_in_what_had_arrived(zone: Zone, edge: Edge) -> None:
    one = sighting(zone, edge, zone.lease(edge, "hall-1", HERE))
    zone.crash()
    zone.clock.now = epochs.last_moment(HERE) - 1
    zone.open()
    assert taken_in(zone, one.blobs)[0] == [one.record.sighting]
