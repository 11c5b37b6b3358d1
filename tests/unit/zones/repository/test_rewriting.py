"""A sheet's next generation: compacted, shifted or replaced; killed anywhere, one generation counts and one is left."""

import itertools
import secrets
from collections.abc import Mapping
from dataclasses import dataclass, replace
from pathlib import Path

import numpy as np
import pytest

from countenance.channel.message import Message
from countenance.errors import Malformed, Refused, Unavailable
from countenance.formats.canonical import Json
from countenance.zones.repository import retention, rewriting, service
from countenance.zones.repository.configuration import RepositorySettings
from countenance.zones.repository.sheet import Row, SheetId
from simulator.interruptions import killed_at
from simulator.repository import HOUR, Clock, Custodian, Edge, World, mac, make_directory

HALL = SheetId("hall", HOUR, 0, 0)


def rows_of(world: World, which: SheetId) -> tuple[Row, ...]:
    return world.repository.sheets.whole(which).rows


def filled(world: World, *, count: int = 4) -> tuple[Row, ...]:
    for n in range(count):
        world.ask(world.edge.sighting(at=n))
    world.repository.presenter.drain()
    return rows_of(world, HALL)


@dataclass
class Next:
    """Answers as a custodian that wants sheet 0 rewritten: kept positions, shifted by `delta` or `replaced`."""

    generation: int = 0
    kept: tuple[int, ...] = (3, 1)
    delta: int = 0
    replaced: bool = False
    dimension: int = 128

    def answers(self, custodian: Custodian) -> None:
        custodian.rewrite = [["hall", HOUR, 0, self.generation]]
        custodian.answers |= {"sheet.rewrite": self.rewrite, "sheet.rewritten": self.rewritten}
        self._custodian = custodian

    def made(self, old: dict[int, bytes]) -> list[bytes]:
        """The rows of the next generation."""
        if self.replaced:
            return [bytes([at + 1]) * 2 * self.dimension for at in range(len(self.kept))]
        return [(np.frombuffer(old[at], "<u2") + np.uint16(self.delta)).tobytes() for at in self.kept]

    def rewrite(self, body: Mapping[str, Json], blobs: tuple[bytes, ...]) -> Message:
        if body["generation"] != self.generation:
            raise Refused(f"generation is {self.generation} now: delete the older one")
        positions, data, macs = blobs
        size = len(data) // (len(positions) // 2)
        old = {at: data[size * n : size * (n + 1)] for n, at in enumerate(np.frombuffer(positions, "<u2").tolist())}
        assert macs == b"".join(mac(at, row) for at, row in old.items())
        new = self.made(old)
        said: dict[str, Json] = {
            "generation": self.generation + 1,
            "positions": list(self.kept),
            "extractor": "00" * 32,
            "dimension": self.dimension,
        }
        moved = np.full(128, self.delta, "<u2").tobytes() * len(new) if self.delta else b""
        if self.replaced:
            said["replaced"], moved = True, b"".join(new)
        return Message("sheet.rewrite", said, (moved, b"".join(mac(at, row) for at, row in enumerate(new))))

    def rewritten(self, body: Mapping[str, Json], _blobs: tuple[bytes, ...]) -> Message:
        if body["generation"] not in (self.generation, self.generation + 1):
            raise Refused("this sheet was not rewritten to that generation")
        self.generation = int(str(body["generation"]))
        self._custodian.rewrite = []
        return Message("sheet.rewritten")


@pytest.mark.parametrize(
    "wanted",
    [Next(), Next(delta=65_000), Next(replaced=True, dimension=512), Next(replaced=True), Next(kept=())],
    ids=["compacted", "shifted", "of another dimension", "of another extractor", "empty"],
)
def test_the_next_generation_takes_the_place_of_the_old_one(world: World, wanted: Next) -> None:
    old, wanted = filled(world), replace(wanted)
    wanted.answers(world.custodian)
    assert retention.sweep(world.repository).rewritten == 1
    new = rows_of(world, HALL.next)
    assert [row.row for row in new] == wanted.made({row.position: row.row for row in old})
    assert [row.sighting for row in new] == [old[at].sighting for at in wanted.kept]
    assert [row.position for row in new] == list(range(len(wanted.kept)))
    assert all(row.mac == mac(row.position, row.row) for row in new)
    assert world.repository.sheets.generations(HALL.partition) == (HALL.next,)
    mapped = world.repository.sheets.maps.rows(HALL.next, 9)
    assert mapped is not None
    assert mapped.shape == (len(wanted.kept), wanted.dimension)
    assert retention.sweep(world.repository).rewritten == 0


def test_a_search_under_way_is_waited_for_before_the_old_one_stops_to_count(world: World) -> None:
    filled(world)
    wanted, inside = Next(), list[int]()
    wanted.answers(world.custodian)

    def rewritten(body: Mapping[str, Json], blobs: tuple[bytes, ...]) -> Message:
        inside.append(world.repository.turns._searching)
        assert world.repository.turns._held
        return wanted.rewritten(body, blobs)

    world.custodian.answers["sheet.rewritten"] = rewritten
    retention.sweep(world.repository)
    assert inside == [0]


def test_what_the_custodian_refuses_or_cannot_mean_leaves_the_old_one(world: World) -> None:
    old = filled(world)
    wanted = Next()
    wanted.answers(world.custodian)
    good = wanted.rewrite

    def altered(*, blobs: tuple[bytes, ...] | None = None, **changes: Json) -> object:
        def answer(body: Mapping[str, Json], sent: tuple[bytes, ...]) -> Message:
            said = good(body, sent)
            return Message(said.verb, {**said.body, **changes}, said.blobs if blobs is None else blobs)

        return answer

    wrong = [
        altered(generation=2),
        altered(generation=None),
        altered(dimension=127),
        altered(dimension=0),
        altered(positions=[1, 77]),
        altered(positions=[1]),
        altered(positions="all"),
        altered(blobs=(b"",)),
        altered(blobs=(b"12", bytes(32))),
        altered(replaced=True),
    ]
    for answer in wrong:
        world.custodian.answers["sheet.rewrite"] = answer
        with pytest.raises(Unavailable):
            retention.sweep(world.repository)
    for error in (Refused("not now"), Malformed("no rows")):

        def refuse(*_: object, error: Exception = error) -> Message:
            raise error

        world.custodian.answers["sheet.rewrite"] = refuse
        assert retention.sweep(world.repository).rewritten == 0
    assert rows_of(world, HALL) == old
    assert world.repository.sheets.generations(HALL.partition) == (HALL,)
    assert world.custodian.said("sheet.rewritten") == 0
    assert [line for line in world.logged if "is not rewritten: not now" in line]


def test_a_next_generation_that_is_not_whole_never_counts(world: World) -> None:
    """The custodian says that the next one counts, but here it lost a bit: nothing is deleted."""
    old = filled(world)
    wanted = Next()
    wanted.answers(world.custodian)

    def lost(*_: object) -> Message:
        raise Unavailable("the answer was lost")

    world.custodian.answers["sheet.rewritten"] = lost
    with pytest.raises(Unavailable):
        retention.sweep(world.repository)
    path = world.repository.directory / "rows" / "hall" / str(HOUR) / "0-1.rows"
    whole = path.read_bytes()
    path.write_bytes(whole[:-1] + bytes([whole[-1] ^ 1]))
    world.custodian.answers["sheet.rewritten"] = wanted.rewritten
    wanted.generation = 1
    assert retention.sweep(world.repository).rewritten == 0
    assert rows_of(world, HALL) == old
    path.write_bytes(whole)
    retention.sweep(world.repository)
    assert world.repository.sheets.generations(HALL.partition) == (HALL.next,)


class Remembering(Custodian):
    """Keeps across crashes which generation counts: in a file."""

    ledger: Path
    wanted: Next

    def call(self, verb: str, body: Mapping[str, Json], blobs: tuple[bytes, ...] = ()) -> Message:
        self.wanted.generation = int(self.ledger.read_text())
        self.rewrite = [["hall", HOUR, 0, 0]] if self.wanted.generation == 0 else []
        answer = super().call(verb, body, blobs)
        self.ledger.write_text(str(self.wanted.generation))
        return answer


def test_a_kill_at_any_step_is_finished_by_the_next_round(tmp_path: Path) -> None:
    for step in itertools.count(1):
        edge, directory = Edge(), make_directory(tmp_path / str(step))
        custodian, wanted = Remembering(edges={edge.name: edge.key.public}), Next(delta=7)
        custodian.ledger, custodian.wanted = tmp_path / f"ledger-{step}", wanted
        custodian.ledger.write_text("0")
        wanted.answers(custodian)

        def opened(directory: Path = directory, custodian: Custodian = custodian) -> object:
            return service.opened(
                directory, RepositorySettings(), custodian, clock=Clock(), random=secrets.token_bytes, log=print
            )

        with opened() as repository:
            world = World(repository, custodian, edge, Clock(), [])
            old = filled(world)

        def rewrite(opened: object = opened) -> None:
            with opened() as repository:
                told = repository.custodian.call("gone", {}).body["rewrite"]
                rewriting.rewrite(repository, rewriting.read(told))

        died = killed_at(step, rewrite)
        with opened() as repository:
            world = World(repository, custodian, edge, Clock(), [])
            new = wanted.made({row.position: row.row for row in old})
            if custodian.ledger.read_text() == "0":
                assert rows_of(world, HALL) == old
            else:
                assert [row.row for row in rows_of(world, HALL.next)] == new
            retention.sweep(repository)
            assert [row.row for row in rows_of(world, HALL.next)] == new
            assert repository.sheets.generations(HALL.partition) == (HALL.next,)
            names = [path.name for path in (directory / "rows" / "hall" / str(HOUR)).iterdir()]
            assert sorted(names) == ["0-1.index", "0-1.rows"]
        if not died:
            break
    assert 5 < step < 20
