from dataclasses import dataclass, replace

import pytest

from countenance.crypto import derive, sign
from countenance.crypto.seal import binding, seal
from countenance.crypto.sign import SigningKey
from countenance.errors import Malformed, Tampered, Unavailable
from countenance.formats import records
from countenance.vocabulary.cameras import Partition
from countenance.vocabulary.deployment import Genesis
from countenance.vocabulary.moments import MILLISECONDS_AN_HOUR
from countenance.vocabulary.second import Share
from countenance.zones.edge import agent
from countenance.zones.edge.leases import Issuers, Leases
from simulator import camera_host
from simulator.camera_host import DEPLOYMENT, World

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


@dataclass
class Issued:
    """What a second custodian signs its shares with, and seals."""

    world: World
    genesis: Genesis
    key: SigningKey

    def letter(
        self, hour: int = HOUR, *, key: SigningKey | None = None, lacks: bool = False, **changed: object
    ) -> bytes:
        """A lease of two custodians, with something other than it should be."""
        lease, _ = self.world.repository.lease(HOUR)
        edge, partition = self.world.edge, str(Partition("entrance", HOUR))
        share = replace(Share("entrance", hour, edge.name, b"B" * 32, b"F" * 32), **changed)
        signed = records.write(sign.signed(share, "second", key or self.key))
        sealed = seal(edge.own.public, binding("share", self.genesis.deployment, edge.name, partition), signed)
        lease = replace(lease, second=b"" if lacks else sealed)
        return seal(edge.own.public, binding("lease", DEPLOYMENT, edge.name, partition), records.write(lease))


@pytest.fixture
def second(world: World) -> Issued:
    key = SigningKey.generate()
    own = replace(world.genesis, deployment=f"{DEPLOYMENT}/second", log_key=key.public)
    return Issued(world, own, key)


def of_two(second: Issued) -> Leases:
    world = second.world
    return Leases(
        world.home / "leases",
        camera="entrance",
        identity=world.edge,
        issuers=Issuers(DEPLOYMENT, second.genesis),
        now=NOW,
    )


def test_a_lease_of_two_custodians_has_the_keys_of_both(second: Issued) -> None:
    held = of_two(second)
    held.take([HOUR], [second.letter()])
    got = held.get(HOUR)
    assert got is not None
    assert got.block_keys == (b"b" * 32, b"B" * 32)
    assert got.footage_key == derive.combined(b"f" * 32, b"F" * 32)
    assert of_two(second).get(HOUR) == got, "it lies on the disk as it came, and opens again"
    assert "BB" not in repr(got)


def test_with_one_share_alone_nothing_is_recorded(second: Issued) -> None:
    held = of_two(second)
    for letter, said in (
        (second.letter(lacks=True), "one key alone"),
        (second.letter(key=SigningKey.generate()), "signature"),
        (second.letter(camera="exit"), "another camera"),
        (second.letter(edge="host-2"), "another camera"),
        (second.letter(HOUR + 1), "another camera"),
    ):
        with pytest.raises(Tampered, match=said):
            held.take([HOUR], [letter])
    assert held.get(HOUR) is None
    assert not list((second.world.home / "leases").iterdir())


def test_without_the_second_custodians_record_an_edge_does_not_start(world: World) -> None:
    both = replace(world.genesis, custodians=2)
    with pytest.raises(Unavailable, match=r"edge/second\.json"):
        agent.issuers(world.path, both)
    (world.path / "edge" / "second.json").write_bytes(records.write(replace(both, custodians=1)))
    assert agent.issuers(world.path, both).second == replace(both, custodians=1)
    assert agent.issuers(world.path, world.genesis).second is None
