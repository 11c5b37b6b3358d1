"""The public copy follows the custodian's log; damage is repaired, a rewritten log is not covered up."""

import shutil
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path

import pytest

from countenance.channel.message import Message
from countenance.crypto.sign import SigningKey
from countenance.errors import Malformed, Tampered, Unavailable
from countenance.formats.canonical import Json
from countenance.log import checkpoint, merkle
from countenance.zones.repository import publication
from simulator.repository import World, sha


@dataclass
class Log:
    """The custodian's log, as `publish` shows it, at most `most` entries at a time."""

    leaves: list[bytes] = field(default_factory=list)
    most: int = 4
    key: SigningKey = field(default_factory=SigningKey.generate)
    accused: list[Json] = field(default_factory=list)

    def damaged(self, body: Mapping[str, Json], _blobs: object) -> Message:
        self.accused.append(body["place"])
        return Message("published.damaged")

    def grow(self, count: int, seed: bytes = b"") -> None:
        self.leaves += [sha(seed + bytes([number])) for number in range(count)]

    def publish(self, body: Mapping[str, Json], _blobs: object) -> Message:
        have = body["have"]
        assert isinstance(have, int)
        if have > len(self.leaves):
            raise Malformed("the log has fewer entries than the repository says it has")
        part = self.leaves[have : have + self.most]
        size = have + len(part)
        note = checkpoint.write_note("example/log", size, merkle.Tree(self.leaves[:size]).root(), self.key)
        return Message("publish", {"size": size, "checkpoint": note}, (b"".join(part), *(b"sealed" for _ in part)))


@pytest.fixture
def log(world: World) -> Log:
    made = Log()
    world.custodian.answers["publish"] = made.publish
    world.custodian.answers["published.damaged"] = made.damaged
    return made


def copied(world: World) -> dict[str, bytes]:
    folder = world.repository.directory / "log"
    return {str(path.relative_to(folder)): path.read_bytes() for path in folder.rglob("*") if path.is_file()}


def test_the_copy_follows(world: World, log: Log) -> None:
    log.grow(10)
    assert publication.publish(world.repository) == 10
    log.grow(3, b"x")
    assert publication.publish(world.repository) == 13
    before = copied(world)
    assert publication.publish(world.repository) == 13
    assert copied(world) == before
    assert world.ask(Message("status")).body["log_published"] == 13
    assert not [line for line in world.logged if "ALARM" in line]


@pytest.mark.parametrize("damage", ["checkpoint", "tile/0/000.p/10", "all"])
def test_a_damaged_copy_is_said_and_made_anew(world: World, log: Log, damage: str) -> None:
    log.grow(10)
    publication.publish(world.repository)
    folder: Path = world.repository.directory / "log"
    if damage == "all":
        shutil.rmtree(folder)
    else:
        (folder / damage).write_bytes(b"spoiled")
    log.grow(1, b"x")
    assert publication.publish(world.repository) == 11
    assert bool([line for line in world.logged if "ALARM" in line]) == (damage != "all")
    assert bool(log.accused) == (damage != "all")


@pytest.mark.parametrize(
    "place", ["tile/entries/000", "tile/0/000", "tile/0/001.p/44", "tile/1/000.p/1", "preimages/007", "checkpoint"]
)
def test_damage_is_found_though_nothing_is_published(world: World, log: Log, place: str) -> None:
    log.most = 1000
    log.grow(150)
    log.grow(150, b"x")
    publication.publish(world.repository)
    before = copied(world)
    path = world.repository.directory / "log" / place
    data = bytearray(path.read_bytes())
    data[len(data) // 2] ^= 1
    if place.startswith("preimages"):
        path.unlink()
    else:
        path.write_bytes(data)
    publication.publish(world.repository)
    assert copied(world) == before
    assert len(log.accused) == 1
    publication.publish(world.repository)
    assert len(log.accused) == 1


def test_a_rewritten_log_does_not_replace_the_copy(world: World, log: Log) -> None:
    log.grow(10)
    publication.publish(world.repository)
    before = copied(world)
    log.leaves[3] = sha(b"rewritten")
    log.grow(2, b"x")
    for _ in range(2):
        with pytest.raises(Tampered, match="auditors"):
            publication.publish(world.repository)
    log.leaves[6:] = []
    with pytest.raises(Tampered):
        publication.publish(world.repository)
    assert before.items() <= copied(world).items()


def test_an_answer_in_part_changes_nothing(world: World, log: Log) -> None:
    log.grow(3)
    whole = log.publish({"have": 0}, ())
    world.custodian.answers["publish"] = lambda *_: Message("publish", whole.body, whole.blobs[:-1])
    with pytest.raises(Unavailable):
        publication.publish(world.repository)
    assert copied(world) == {}
