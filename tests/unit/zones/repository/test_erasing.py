"""Rows are zeroed after the custodian's word that they are in no tag, whatever happens in between."""

import itertools
import secrets
import threading
from collections.abc import Mapping
from pathlib import Path

import pytest

from countenance.channel.message import Message
from countenance.errors import Refused, Unavailable
from countenance.formats.canonical import Json
from countenance.zones.repository import erasing, retention, service
from countenance.zones.repository.configuration import RepositorySettings
from countenance.zones.repository.retention import Swept
from countenance.zones.repository.sheet import Row, SheetId
from simulator.interruptions import killed_at
from simulator.repository import HOUR, Clock, Custodian, Edge, World, mac, make_directory, record_of

HALL = SheetId("hall", HOUR, 0, 0)
BODY = {"camera": "hall", "hour": HOUR, "number": 0, "generation": 0}


def rows_of(world: World) -> tuple[Row, ...]:
    return world.repository.sheets.whole(HALL).rows


def file_of(world: World, which: SheetId = HALL) -> Path:
    return world.repository.directory / "rows" / which.camera / str(which.hour) / f"{which.name}.rows"


@pytest.fixture
def rows(world: World) -> tuple[Row, ...]:
    """Four rows in one sheet, in order of position."""
    for n in range(4):
        world.ask(world.edge.sighting(at=n))
    world.repository.presenter.drain()
    return rows_of(world)


def erased(world: World, rows: tuple[Row, ...], *positions: int) -> None:
    """The custodian has erased the rows at `positions`, which are in the tag still."""
    world.custodian.gone = [rows[at].sighting for at in positions]
    world.custodian.void = [["hall", HOUR, 0, 0, list(positions)]]


def test_erased_rows_are_brought_with_their_macs_and_zeroed_after_the_answer(
    world: World, rows: tuple[Row, ...]
) -> None:
    def drop(body: Mapping[str, Json], blobs: tuple[bytes, ...]) -> Message:
        assert body == BODY
        sent = [rows[1], rows[3]]
        assert blobs == (b"\1\0\3\0", sent[0].row + sent[1].row, mac(1, sent[0].row) + mac(3, sent[1].row))
        assert rows_of(world) == rows, "nothing is zeroed before the answer"
        return Message("tags.drop")

    erased(world, rows, 1, 3)
    world.custodian.answers["tags.drop"] = drop
    assert retention.sweep(world.repository) == Swept(2, 0, 0, 4, zeroed=2)
    assert rows_of(world) == (rows[0], rows[2])
    data = file_of(world).read_bytes()
    assert not any(row.row in data for row in (rows[1], rows[3]))
    assert world.repository.sheets.maps.rows(HALL, 4)[1].any() == 0
    world.custodian.void = []
    assert retention.sweep(world.repository) == Swept(0, 0, 0, 0)
    assert world.custodian.said("tags.drop") == 1


def test_a_tag_that_cannot_be_subtracted_from_is_made_anew_without_the_row(world: World, rows: tuple[Row, ...]) -> None:
    """The erased row lost a bit, so it cannot be brought."""
    path = file_of(world)
    data = bytearray(path.read_bytes())
    data[64 + 256] ^= 1
    path.write_bytes(data)
    sent: dict[str, tuple[bytes, ...]] = {}

    def answer(verb: str, body: dict[str, Json]) -> object:
        def act(_body: object, blobs: tuple[bytes, ...]) -> Message:
            sent[verb] = blobs
            return Message(verb, body)

        return act

    erased(world, rows, 1)
    world.custodian.answers["tags.drop"] = answer("tags.drop", {"repair": True})
    world.custodian.answers["tags.repair"] = answer("tags.repair", {"lost": 0})
    assert retention.sweep(world.repository).zeroed == 1
    assert sent["tags.drop"] == (b"", b"", b"")
    assert sent["tags.repair"][0] == b"\0\0\2\0\3\0"
    assert rows_of(world) == (rows[0], rows[2], rows[3])


def test_a_sheet_that_is_refused_is_named_keeps_its_rows_and_does_not_hold_up_others(
    world: World, rows: tuple[Row, ...]
) -> None:
    world.ask(world.edge.sighting(hour=HOUR + 1))
    world.repository.presenter.drain()
    later = SheetId("hall", HOUR + 1, 0, 0)

    def drop(body: Mapping[str, Json], _blobs: object) -> Message:
        if body["hour"] == HOUR:
            raise Refused("this sheet has other rows")
        return Message("tags.drop")

    erased(world, rows, 1)
    world.custodian.void.append(["hall", HOUR + 1, 0, 0, [0]])
    world.custodian.answers["tags.drop"] = drop
    assert retention.sweep(world.repository).zeroed == 1
    assert rows_of(world) == rows, "a row in a tag stays, also when its sighting is gone"
    assert world.repository.sheets.whole(later).rows == ()
    assert [line for line in world.logged if f"ALARM: rows are not erased: sheet={HALL}" in line]


def test_nothing_is_zeroed_while_the_custodian_is_away(world: World, rows: tuple[Row, ...]) -> None:
    def away(*_: object) -> Message:
        raise Unavailable("the custodian does not answer")

    erased(world, rows, 1)
    world.custodian.answers["tags.drop"] = away
    before = world.contents()
    with pytest.raises(Unavailable):
        retention.sweep(world.repository)
    assert rows_of(world) == rows
    assert world.contents() == before
    del world.custodian.answers["tags.drop"]
    assert retention.sweep(world.repository) == Swept(1, 0, 0, 2, zeroed=1)


def test_an_erasure_waits_for_the_searches_under_way(world: World, rows: tuple[Row, ...]) -> None:
    turns = world.repository.turns
    erased(world, rows, 1)
    sweep = threading.Thread(target=retention.sweep, args=(world.repository,))
    with turns.searching():
        sweep.start()
        while turns._changing == 0:
            threading.Event().wait(0.001)
        assert world.custodian.said("tags.drop") == 0
        assert rows_of(world) == rows
    sweep.join(60)
    assert rows_of(world) == (rows[0], *rows[2:])


def test_an_expired_partition_goes_with_its_folder_and_without_tags(world: World, rows: tuple[Row, ...]) -> None:
    world.ask(world.edge.sighting(hour=HOUR + 1))
    world.repository.presenter.drain()
    world.custodian.expired = [("hall", HOUR)]
    world.custodian.gone = [row.sighting for row in rows]
    assert retention.sweep(world.repository) == Swept(4, 0, 0, 8)
    assert not file_of(world).parent.exists()
    assert len(world.repository.sheets.whole(SheetId("hall", HOUR + 1, 0, 0)).rows) == 1
    assert world.custodian.said("tags.drop") == 0


@pytest.mark.parametrize("void", ["all", [["hall", HOUR, 0, 0]], [["../x", HOUR, 0, 0, [1]]], [[7]], None])
def test_a_list_that_cannot_be_read_erases_nothing(world: World, rows: tuple[Row, ...], void: Json) -> None:
    world.custodian.answers["gone"] = lambda *_: Message(
        "gone", {"sightings": [], "footage": [], "void": void, "rewrite": [], "lost": []}
    )
    with pytest.raises(Unavailable):
        retention.sweep(world.repository)
    assert rows_of(world) == rows


class Tagging(Custodian):
    """Knows across crashes which positions are in the tag: in a file, as its real counterpart would."""

    ledger: Path

    def call(self, verb: str, body: Mapping[str, Json], blobs: tuple[bytes, ...] = ()) -> Message:
        if verb == "tags.drop":
            left = set(self.ledger.read_bytes()) - set(blobs[0][::2])
            self.ledger.write_bytes(bytes(sorted(left)))
        self.void = [["hall", HOUR, 0, 0, [at]] for at in (1, 2) if at in self.ledger.read_bytes()]
        return super().call(verb, body, blobs)


def test_a_kill_at_any_step_of_an_erasure_is_finished_by_the_next_round(tmp_path: Path) -> None:
    for step in itertools.count(1):
        edge, directory = Edge(), make_directory(tmp_path / str(step))
        custodian = Tagging(edges={edge.name: edge.key.public})
        custodian.ledger = tmp_path / f"ledger-{step}"
        custodian.ledger.write_bytes(bytes(range(4)))

        def opened(directory: Path = directory, custodian: Custodian = custodian) -> object:
            return service.opened(
                directory, RepositorySettings(), custodian, clock=Clock(), random=secrets.token_bytes, log=print
            )

        with opened() as repository:
            world = World(repository, custodian, edge, Clock(), [])
            uploads = [edge.sighting(at=n) for n in range(4)]
            for upload in uploads:
                world.ask(upload)
            repository.presenter.drain()
            before = rows_of(world)
            custodian.gone = [before[1].sighting, before[2].sighting]

        def erase(opened: object = opened, gone: tuple[str, ...] = tuple(custodian.gone)) -> None:
            # Only this part of a round: the object store's threads do not live through a fork.
            with opened() as repository:
                void = erasing.read(repository.custodian.call("gone", {}).body["void"])
                erasing.void(repository, void)
                erasing.finish(repository, list(gone), void)

        died = killed_at(step, erase)
        with opened() as repository:
            world = World(repository, custodian, edge, Clock(), [])
            left = {row.position for row in rows_of(world)}
            assert set(custodian.ledger.read_bytes()) <= left, "a row in a tag is here"
            retention.sweep(repository)
            assert rows_of(world) == (before[0], before[3])
            data = file_of(world).read_bytes()
            assert not any(row.row in data for row in before[1:3])
            assert world.contents()["sightings"] == 2
            assert {record_of(one).sighting for one in uploads} > {row.sighting for row in rows_of(world)}
        if not died:
            break
    assert 3 < step < 20
