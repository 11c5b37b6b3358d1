"""Rows that the custodian took lie in their sheets before the database lets go of them; a crash changes nothing."""

import itertools
import secrets
from pathlib import Path

import pytest
from sqlalchemy import select, update

from countenance.channel.message import Message
from countenance.errors import Unavailable
from countenance.formats.canonical import Json
from countenance.zones.repository import presenting, schema, service
from countenance.zones.repository.configuration import RepositorySettings
from countenance.zones.repository.presenting import Presented
from countenance.zones.repository.sheet import SheetId
from simulator.interruptions import Steps, counted, fail_after, killed_at
from simulator.repository import HOUR, Clock, Custodian, Edge, World, mac, make_directory, record_of

HALL = SheetId("hall", HOUR, 0, 0)


def lines(world: World) -> dict[str, tuple[str, bytes, int | None]]:
    table = schema.sightings
    with world.repository.database.reading() as connection:
        found = connection.execute(select(table.c.sighting, table.c.state, table.c.masked_row, table.c.sheet))
        return {sighting: (state, bytes(row), number) for sighting, state, row, number in found}


def check_placed(world: World, uploads: list[Message]) -> None:
    """Every upload's row lies once at its place with its MAC, and nowhere else."""
    taken = {record_of(one).sighting: one.blobs[1] for one in uploads}
    assert lines(world) == {one: (schema.TAKEN, b"", world.custodian.places[one][2]) for one in taken}
    found = {}
    for number in {place[2] for place in world.custodian.places.values()}:
        whole = world.repository.sheets.whole(SheetId("hall", HOUR, number, 0))
        assert whole.damaged == 0
        for row in whole.rows:
            assert world.custodian.places[row.sighting][2:] == (number, row.position)
            assert row.mac == mac(row.position, row.row)
            found[row.sighting] = row.row
    assert found == taken


def test_rows_lie_at_their_places_and_leave_the_database(world: World) -> None:
    world.custodian.room = 3
    uploads = [world.edge.sighting(at=n) for n in range(7)] + [world.edge.sighting(dimension=512)]
    for upload in uploads:
        world.ask(upload)
    before = lines(world)
    assert {row for _, row, _ in before.values()} == {one.blobs[1] for one in uploads}
    assert world.repository.presenter.drain() == Presented(8, 0)
    check_placed(world, uploads)
    status = world.ask(Message("status")).body
    assert status["sheets"] == 4
    assert int(str(status["row_bytes"])) > 0


def test_a_refused_row_stays_where_it_was(world: World) -> None:
    upload = world.edge.sighting()
    world.custodian.refuse[record_of(upload).sighting] = "erased"
    world.ask(upload)
    world.repository.presenter.drain()
    assert lines(world) == {record_of(upload).sighting: (schema.REFUSED, upload.blobs[1], None)}
    assert world.repository.sheets.usage() == (0, 0)


def test_a_row_that_was_damaged_here_is_refused_here(world: World) -> None:
    good, bad = world.edge.sighting(at=1), world.edge.sighting(at=2)
    for upload in (good, bad):
        world.ask(upload)
    with world.repository.database.writing() as connection:
        table = schema.sightings
        here = table.c.sighting == record_of(bad).sighting
        connection.execute(update(table).where(here).values(masked_row=bytes(256)))
    assert world.repository.presenter.drain() == Presented(1, 1)
    assert set(world.custodian.taken) == {record_of(good).sighting}
    assert [line for line in world.logged if "ALARM" in line]


def test_without_a_mac_nothing_is_written_over_what_was_rewritten(world: World) -> None:
    upload = world.edge.sighting()
    world.ask(upload)
    sighting = record_of(upload).sighting
    rewritten = SheetId("hall", HOUR, 0, 2)
    world.repository.sheets.create(rewritten, 128, [])

    def answer(*_: object) -> Message:
        return Message("intake.sightings", {"taken": [[sighting, 0, 5, 2]], "refused": []}, (bytes(16),))

    world.custodian.answers["intake.sightings"] = answer
    assert world.repository.presenter.drain() == Presented(1, 0)
    assert lines(world)[sighting] == (schema.TAKEN, b"", 0)
    assert world.repository.sheets.whole(rewritten).rows == ()


@pytest.mark.parametrize(
    ("body", "blobs"),
    [
        ({"taken": [], "refused": []}, ()),
        ({"taken": "all", "refused": []}, (b"",)),
        ({"taken": [["ID", 0, 0, 0]], "refused": []}, (b"short",)),
        ({"taken": [["ID", 0, 4096, 0]], "refused": []}, (bytes(16),)),
        ({"taken": [["ID", -1, 0, 0]], "refused": []}, (bytes(16),)),
        ({"taken": [["ID", 0, 0]], "refused": []}, (bytes(16),)),
        ({"taken": [], "refused": [["ID"]]}, (b"",)),
        ({"taken": [["f" * 32, 0, 0, 0]], "refused": []}, (bytes(16),)),
    ],
)
def test_an_answer_that_cannot_be_meant_changes_nothing(
    world: World, body: dict[str, Json], blobs: tuple[bytes, ...]
) -> None:
    upload = world.edge.sighting()
    world.ask(upload)
    before, sighting = lines(world), record_of(upload).sighting
    said = {
        key: [[sighting if one == "ID" else one for one in item] for item in value]
        if isinstance(value, list)
        else value
        for key, value in body.items()
    }
    world.custodian.answers["intake.sightings"] = lambda *_: Message("x", said, blobs)
    with pytest.raises(Unavailable):
        world.repository.presenter.drain()
    assert lines(world) == before
    assert world.repository.sheets.usage() == (0, 0)


def opened(directory: Path, custodian: Custodian) -> object:
    return service.opened(
        directory, RepositorySettings(), custodian, clock=Clock(), random=secrets.token_bytes, log=lambda _: None
    )


@pytest.mark.parametrize("how", ["killed", "failed but persisted"])
def test_a_crash_at_any_step_of_placing_is_presented_again_and_ends_the_same(tmp_path: Path, how: str) -> None:
    for step in itertools.count(1):
        edge = Edge()
        custodian, directory = Custodian(edges={edge.name: edge.key.public}), make_directory(tmp_path / str(step))
        uploads = [edge.sighting(at=n) for n in range(3)]
        with opened(directory, custodian) as repository:
            world = World(repository, custodian, edge, Clock(), [])
            for upload in uploads[:2]:
                world.ask(upload)
            repository.presenter.drain()
            world.ask(uploads[2])
        # The custodian has taken it already; its answer was lost.
        custodian.call("intake.sightings", {}, (uploads[2].blobs[0], uploads[2].blobs[2], uploads[2].blobs[1]))

        def drain(directory: Path = directory, custodian: Custodian = custodian) -> None:
            with opened(directory, custodian) as repository:
                repository.presenter.drain()

        if how == "killed":
            over = not killed_at(step, drain)
        else:
            steps = Steps(step, fail_after)
            with counted(steps):
                try:
                    drain()
                except Unavailable:
                    assert steps.count == step
            over = steps.count < step
        with opened(directory, custodian) as repository:
            world = World(repository, custodian, edge, Clock(), [])
            repository.presenter.drain()
            check_placed(world, uploads)
            assert presenting.waiting(repository.database) == 0
        if over:
            break
    assert 3 < step < 20
