import pytest

from countenance.errors import Malformed, Tampered
from countenance.vocabulary.moments import MILLISECONDS_AN_HOUR
from countenance.zones.edge.leases import Issuers, Leases
from simulator import camera_host
from simulator.camera_host import World

HOUR = 480_000
NOW = HOUR * MILLISECONDS_AN_HOUR


def leases(world: World, now: int = NOW) -> Leases:
    return Leases(
        world.home / "leases", camera="entrance", identity=world.edge, issuers=Issuers("0123456789abcdef"), now=now
    )


def test_a_lease_is_kept_sealed_and_found_again_after_a_restart(world: World) -> None:
    made, letter = world.repository.lease(HOUR)
    held = leases(world)
    held.want(HOUR, HOUR + 1)
    assert held.missing() == (HOUR, HOUR + 1)
    assert not held.wait(HOUR, 0)
    held.take([HOUR], [letter])
    assert held.get(HOUR) == camera_host.held(made)
    assert held.missing() == (HOUR + 1,)
    assert (held.current, held.wait(HOUR, 0)) == (HOUR, True)
    data = (world.home / "leases" / f"entrance-{HOUR}").read_bytes()
    assert made.block_key not in data
    assert leases(world).get(HOUR) == camera_host.held(made)


def test_two_hours_after_its_hour_a_lease_is_destroyed_everywhere(world: World) -> None:
    held = leases(world)
    held.take([HOUR, HOUR + 1], [world.repository.lease(hour)[1] for hour in (HOUR, HOUR + 1)])
    held.sweep(NOW + 3 * MILLISECONDS_AN_HOUR - 1)
    assert list(held.hours) == [HOUR, HOUR + 1]
    held.sweep(NOW + 3 * MILLISECONDS_AN_HOUR)
    assert held.hours == (HOUR + 1,)
    assert [path.name for path in (world.home / "leases").iterdir()] == [f"entrance-{HOUR + 1}"]
    assert leases(world, NOW + 9 * MILLISECONDS_AN_HOUR).hours == ()
    assert not list((world.home / "leases").iterdir())


def test_another_cameras_lease_stays_where_it_is(world: World) -> None:
    other = Leases(
        world.home / "leases", camera="exit", identity=world.edge, issuers=Issuers("0123456789abcdef"), now=NOW
    )
    other.take([HOUR], [world.repository.lease(HOUR, "exit")[1]])
    assert leases(world, NOW + 9 * MILLISECONDS_AN_HOUR).hours == ()
    assert (world.home / "leases" / f"exit-{HOUR}").exists()


def test_a_lease_for_something_else_is_not_taken(world: World) -> None:
    held = leases(world)
    for hours, letters, fault in (
        ([HOUR + 1], [world.repository.lease(HOUR)[1]], Tampered),
        ([HOUR], [world.repository.lease(HOUR, "exit")[1]], Tampered),
        ([HOUR], [b"nothing"], Tampered),
        ([HOUR, HOUR + 1], [world.repository.lease(HOUR)[1]], Malformed),
    ):
        with pytest.raises(fault):
            held.take(hours, letters)
    assert held.hours == ()
    assert not list((world.home / "leases").iterdir())


def test_a_damaged_file_is_dropped_at_the_start(world: World) -> None:
    leases(world).take([HOUR], [world.repository.lease(HOUR)[1]])
    (world.home / "leases" / f"entrance-{HOUR}").write_bytes(b"damaged")
    assert leases(world).hours == ()
