"""The repository's half of a search: whole partitions, nothing else, digests of the bytes used, no probe kept."""

import threading
from collections.abc import Mapping
from pathlib import Path

import numpy as np
import pytest
from sqlalchemy import event, update

from countenance.channel.message import Message
from countenance.errors import Refused, Tampered, Unavailable
from countenance.formats.canonical import Json
from countenance.zones.repository import schema, search
from simulator.repository import DIMENSION, HOUR, NOW, World, record_of, sha

WARRANT = "00112233445566aa"
PROBE = np.arange(-64, 64, dtype="<i2")


@pytest.fixture
def warranted(world: World) -> World:
    world.ask(filing(1))

    def begin(_body: Mapping[str, Json], blobs: tuple[bytes, ...]) -> Message:
        assert blobs == (b"ask", b"text 1", b"template")
        asked: list[Json] = [["hall", HOUR], ["hall", HOUR + 1], ["gate", HOUR]]
        return Message(
            "search.begin", {"search": "s1", "partitions": asked, "dimension": DIMENSION}, (PROBE.tobytes(),)
        )

    world.custodian.answers["search.begin"] = begin
    return world


def filing(number: int) -> Message:
    probe = (b"template", b"photo key", b"photo") if number == 1 else ()
    return Message("warrant.file", {"warrant": WARRANT, "number": number}, (b"ask", f"text {number}".encode(), *probe))


def ask() -> Message:
    return Message("search", {"warrant": WARRANT, "number": 1}, (b"ask",))


def finished(world: World) -> tuple[Mapping[str, Json], tuple[bytes, ...]]:
    return next((body, blobs) for verb, body, blobs in reversed(world.custodian.calls) if verb == "search.finish")


def test_products_are_exact_and_digests_are_of_the_rows_used(warranted: World) -> None:
    uploads = {record_of(one).sighting: one for one in (warranted.edge.sighting(at=n) for n in range(5))}
    for upload in uploads.values():
        warranted.ask(upload)
    assert warranted.ask(ask()).blobs == (b"sealed answer",)
    body, blobs = finished(warranted)
    assert body["search"] == "s1"
    assert [(part["camera"], part["hour"]) for part in body["partitions"]] == [
        ("hall", HOUR),
        ("hall", HOUR + 1),
        ("gate", HOUR),
    ]
    listed = body["partitions"][0]["sightings"]
    assert listed == sorted(uploads)
    rows = [uploads[sighting].blobs[1] for sighting in listed]
    expected = np.array([np.frombuffer(row, "<u2").astype(np.int64) @ PROBE.astype(np.int64) for row in rows])
    assert np.array_equal(np.frombuffer(blobs[0], "<i4"), expected)
    assert blobs[1] == b"".join(sha(row) for row in rows)
    assert blobs[2:] == (b"", b"", b"", b"")


def test_what_arrived_is_presented_before_the_search_begins(warranted: World) -> None:
    upload = warranted.edge.sighting()
    warranted.ask(upload)
    warranted.ask(ask())
    verbs = [call[0] for call in warranted.custodian.calls]
    assert verbs.index("intake.sightings") < verbs.index("search.begin") < verbs.index("search.finish")
    assert record_of(upload).sighting in warranted.custodian.taken


def test_refused_sightings_and_other_dimensions_are_left_out(warranted: World) -> None:
    kept, refused, other = warranted.edge.sighting(), warranted.edge.sighting(), warranted.edge.sighting(dimension=512)
    warranted.custodian.refuse[record_of(refused).sighting] = "this sighting was erased"
    for upload in (kept, refused, other):
        warranted.ask(upload)
    warranted.ask(ask())
    assert finished(warranted)[0]["partitions"][0]["sightings"] == [record_of(kept).sighting]


def test_rows_that_lost_bytes_are_left_out_and_altered_ones_show_in_their_digest(warranted: World) -> None:
    short, altered = warranted.edge.sighting(), warranted.edge.sighting()
    for upload, row in ((short, bytes(10)), (altered, bytes(256))):
        warranted.ask(upload)
        with warranted.repository.database.writing() as connection:
            table = schema.sightings
            here = table.c.sighting == record_of(upload).sighting
            connection.execute(update(table).where(here).values(masked_row=row))
    warranted.ask(ask())
    body, blobs = finished(warranted)
    assert body["partitions"][0]["sightings"] == [record_of(altered).sighting]
    assert blobs[1] == sha(bytes(256)) != sha(altered.blobs[1])


def test_nothing_outside_the_partitions_in_scope_is_read(warranted: World) -> None:
    inside, outside = warranted.edge.sighting(), warranted.edge.sighting(hour=HOUR - 1)
    for upload in (inside, outside):
        warranted.ask(upload)
    warranted.repository.presenter.drain()
    read: list[tuple[str, object]] = []

    def note(_connection: object, _cursor: object, statement: str, parameters: object, *_: object) -> None:
        if "masked_row" in statement:
            read.append((statement, parameters))

    engine = warranted.repository.database._engine
    event.listen(engine, "before_cursor_execute", note)
    warranted.ask(ask())
    event.remove(engine, "before_cursor_execute", note)
    assert len(read) == 3
    for statement, parameters in read:
        values = parameters.values() if isinstance(parameters, dict) else parameters
        assert HOUR - 1 not in values
        assert "camera" in statement.split("WHERE")[1]
        assert "hour" in statement.split("WHERE")[1]


def test_the_probe_is_zeroed_and_stored_nowhere(warranted: World, monkeypatch: pytest.MonkeyPatch) -> None:
    seen: list[np.ndarray] = []
    real = search.multiply

    def spy(repository: object, partition: object, probe: np.ndarray) -> search.Multiplied:
        seen.append(probe)
        return real(repository, partition, probe)

    monkeypatch.setattr(search, "multiply", spy)
    warranted.ask(warranted.edge.sighting())
    warranted.ask(ask())
    assert seen
    assert not any(probe.any() for probe in seen)
    for path in warranted.repository.directory.parent.rglob("*"):
        assert not path.is_file() or PROBE.tobytes() not in path.read_bytes()
    assert PROBE.tobytes().hex() not in "".join(warranted.logged)


def test_a_running_hour_waits_for_the_edge_that_is_there(warranted: World) -> None:
    """The edge learns from its poll that a manifest is wanted, brings it, and the search goes on with it."""
    poll = Message("edge.poll", {"edge": "edge-1", "camera": "hall"})
    assert warranted.ask(poll).body == {"manifests_wanted": []}
    done = threading.Event()

    def edge() -> None:
        while not done.is_set():
            for hour in warranted.ask(poll).body["manifests_wanted"]:
                warranted.ask(warranted.edge.manifest(2 + hour, hour=hour, made=NOW))
            done.wait(0.01)

    thread = threading.Thread(target=edge)
    thread.start()
    warranted.ask(ask())
    done.set()
    thread.join()
    assert {manifest.hour for manifest in warranted.custodian.manifests} == {HOUR, HOUR + 1}
    verbs = [call[0] for call in warranted.custodian.calls]
    assert verbs.index("search.begin") < verbs.index("intake.manifest") < verbs.index("search.finish")
    assert warranted.ask(poll).body == {"manifests_wanted": []}


def test_a_search_the_custodian_refuses_is_refused_and_nothing_is_multiplied(warranted: World) -> None:
    def refuse(*_: object) -> Message:
        raise Refused("two approvals are missing")

    warranted.custodian.answers["search.begin"] = refuse
    with pytest.raises(Refused, match="approvals"):
        warranted.ask(ask())
    warranted.custodian.locked = True
    with pytest.raises(Unavailable, match="locked"):
        warranted.ask(ask())
    with pytest.raises(Refused, match="no such version"):
        warranted.ask(Message("search", {"warrant": WARRANT, "number": 2}, (b"ask",)))
    assert warranted.custodian.said("search.finish") == 0


def test_a_probe_of_another_length_is_not_used(warranted: World) -> None:
    body: dict[str, Json] = {"search": "s1", "partitions": [], "dimension": 7}
    warranted.custodian.answers["search.begin"] = lambda *_: Message("search.begin", body, (b"123",))
    with pytest.raises(Tampered):
        warranted.ask(ask())


def test_a_scope_with_too_many_rows_is_refused_in_words(warranted: World, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(search, "MAXIMUM_ROWS", 1)
    for upload in (warranted.edge.sighting(), warranted.edge.sighting()):
        warranted.ask(upload)
    with pytest.raises(Refused, match="narrow"):
        warranted.ask(ask())


def test_no_type_shows_what_it_holds(warranted: World, tmp_path: Path) -> None:
    upload = warranted.edge.sighting()
    warranted.ask(upload)
    warranted.repository.presenter.drain()
    part = search.multiply(warranted.repository, search.Partition("hall", HOUR), PROBE.astype(np.int16))
    assert repr(part) == f"Multiplied({part.partition}, rows=1)"
