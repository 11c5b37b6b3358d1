"""The repository's half of a search: the sheets that were named and nothing else, exact products, no probe kept."""

import mmap
import os
import threading
from collections.abc import Mapping
from pathlib import Path

import numpy as np
import pytest

from countenance.channel.message import Message
from countenance.errors import Refused, Tampered, Unavailable
from countenance.formats.canonical import Json
from countenance.matching import matcher
from countenance.zones.repository import search
from countenance.zones.repository.sheet import SheetId
from simulator.repository import DIMENSION, HOUR, NOW, Edge, World, mac, record_of

WARRANT = "00112233445566aa"
PROBE = np.arange(-64, 64, dtype="<i2")


@pytest.fixture
def warranted(world: World) -> World:
    """A warrant over three partitions; all sheets of them are named, of the probe's dimension, and one that is lost."""
    world.ask(filing(1))
    scope = [("hall", HOUR), ("hall", HOUR + 1), ("gate", HOUR)]

    def begin(_body: Mapping[str, Json], blobs: tuple[bytes, ...]) -> Message:
        assert blobs == (b"ask", b"text 1", b"template")
        return Message("search.begin", {"search": "s1", "partitions": [list(place) for place in scope]})

    def sheets(body: Mapping[str, Json], _blobs: tuple[bytes, ...]) -> Message:
        assert body == {"search": "s1"}
        found: dict[tuple[str, int, int], int] = {}
        for sighting, (camera, hour, number, position) in sorted(world.custodian.places.items()):
            if (camera, hour) in scope and world.custodian.taken[sighting].dimension == DIMENSION:
                found[camera, hour, number] = max(found.get((camera, hour, number), 0), position + 1)
        listed: list[Json] = [[*sheet, 0, rows] for sheet, rows in sorted(found.items())]
        return Message("search.sheets", {"sheets": listed, "dimension": DIMENSION}, (PROBE.tobytes(),))

    world.custodian.answers["search.begin"] = begin
    world.custodian.answers["search.sheets"] = sheets
    return world


def filing(number: int) -> Message:
    probe = (b"template", b"photo key", b"photo") if number == 1 else ()
    return Message("warrant.file", {"warrant": WARRANT, "number": number}, (b"ask", f"text {number}".encode(), *probe))


def ask() -> Message:
    return Message("search", {"warrant": WARRANT, "number": 1}, (b"ask",))


def finished(world: World) -> list[tuple[Mapping[str, Json], tuple[bytes, ...]]]:
    return [(body, blobs) for verb, body, blobs in world.custodian.calls if verb == "search.finish"]


def products_of(world: World) -> list[int]:
    ((_, (blob,)),) = finished(world)
    return np.frombuffer(blob, "<i4").tolist()


def product(upload: Message) -> int:
    return int(np.frombuffer(upload.blobs[1], "<i2").astype(np.int64) @ PROBE.astype(np.int64))


def stored(world: World, *, hours: tuple[int, ...] = (HOUR,), camera: str = "hall", count: int = 3) -> list[Message]:
    edge = world.edge if camera == world.edge.camera else Edge(camera=camera, key=world.edge.key)
    uploads = [edge.sighting(hour=hour, at=n) for hour in hours for n in range(count)]
    for upload in uploads:
        world.ask(upload)
    world.repository.presenter.drain()
    return uploads


def placed(world: World, uploads: list[Message]) -> list[Message]:
    """In the order of sheets and positions."""
    return sorted(uploads, key=lambda one: world.custodian.places[record_of(one).sighting])


def test_products_are_those_of_every_position_in_order(warranted: World) -> None:
    warranted.custodian.room = 2
    uploads = stored(warranted, hours=(HOUR, HOUR + 1), count=5) + stored(warranted, camera="gate")
    assert warranted.ask(ask()).blobs == (b"sealed answer",)
    assert products_of(warranted) == [product(one) for one in placed(warranted, uploads)]
    ((body, _),) = finished(warranted)
    assert body == {"search": "s1", "missing": []}
    assert "searched: sheets=8 rows=13 missing=0 doubtful=0" in warranted.logged


def test_what_arrived_is_presented_before_the_search_begins_and_again_before_sheets_are_named(warranted: World) -> None:
    first, late = warranted.edge.sighting(at=1), warranted.edge.sighting(at=2)
    begin = warranted.custodian.answers["search.begin"]

    def begun(body: Mapping[str, Json], blobs: tuple[bytes, ...]) -> Message:
        warranted.ask(late)
        return begin(body, blobs)

    warranted.custodian.answers["search.begin"] = begun
    warranted.ask(first)
    warranted.ask(ask())
    verbs = [call[0] for call in warranted.custodian.calls if call[0].startswith(("intake.", "search."))]
    intake = "intake.sightings"
    assert verbs == [intake, "search.begin", intake, "search.sheets", "search.finish"]
    assert products_of(warranted) == [product(one) for one in placed(warranted, [first, late])]


def test_refused_sightings_and_other_dimensions_are_in_no_product(warranted: World) -> None:
    kept, refused, other = warranted.edge.sighting(), warranted.edge.sighting(), warranted.edge.sighting(dimension=512)
    warranted.custodian.refuse[record_of(refused).sighting] = "this sighting was erased"
    for upload in (kept, refused, other):
        warranted.ask(upload)
    warranted.ask(ask())
    assert products_of(warranted) == [product(kept)]


def test_sheets_that_are_not_here_are_named_and_give_zeros(warranted: World) -> None:
    uploads = placed(warranted, stored(warranted))
    stored(warranted, camera="gate")
    first, second = (sheet_file(warranted, camera) for camera in ("gate", "hall"))
    first.unlink()
    second.write_bytes(second.read_bytes()[: 64 + 2 * 256])
    warranted.ask(ask())
    assert finished(warranted)[0][0]["missing"] == [0]
    assert products_of(warranted) == [0, 0, 0, product(uploads[0]), product(uploads[1]), 0]


def test_a_sheet_of_another_dimension_or_with_a_damaged_header_is_missing(warranted: World) -> None:
    stored(warranted)
    stored(warranted, camera="gate")
    warranted.repository.sheets.drop(SheetId("hall", HOUR, 0, 0))
    warranted.repository.sheets.create(SheetId("hall", HOUR, 0, 0), 64, [])
    path = sheet_file(warranted, "gate")
    path.write_bytes(b"?" + path.read_bytes()[1:])
    warranted.ask(ask())
    assert finished(warranted)[0][0]["missing"] == [0, 1]
    assert products_of(warranted) == [0] * 6


def test_doubtful_sheets_are_presented_with_their_macs_and_the_products_sent_again(warranted: World) -> None:
    uploads = placed(warranted, stored(warranted))
    path = sheet_file(warranted, "hall")
    data = bytearray(path.read_bytes())
    data[64 + 256] ^= 1
    path.write_bytes(data)
    rounds: list[str] = []

    def finish(_body: Mapping[str, Json], _blobs: tuple[bytes, ...]) -> Message:
        rounds.append("finish")
        doubt = Message("search.finish", {"doubtful": [0]})
        return doubt if len(rounds) == 1 else Message("search.finish", {}, (b"sealed answer",))

    def repair(body: Mapping[str, Json], blobs: tuple[bytes, ...]) -> Message:
        rounds.append("repair")
        assert body == {"camera": "hall", "hour": HOUR, "number": 0, "generation": 0}
        sent = [one.blobs[1] for one in (uploads[0], uploads[2])]
        assert blobs == (b"\x00\x00\x02\x00", b"".join(sent), mac(0, sent[0]) + mac(2, sent[1]))
        return Message("tags.repair", {"lost": 1})

    warranted.custodian.answers |= {"search.finish": finish, "tags.repair": repair}
    assert warranted.ask(ask()).blobs == (b"sealed answer",)
    assert rounds == ["finish", "repair", "finish"]
    before, after = finished(warranted)
    assert before == after
    assert [line for line in warranted.logged if "ALARM: damaged rows" in line]


def test_nothing_outside_the_sheets_that_are_named_is_opened_or_read(
    warranted: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    stored(warranted)
    stored(warranted, camera="gate", hours=(HOUR - 1, HOUR, HOUR + 3))
    stored(warranted, camera="yard")
    opened: list[str] = []
    lengths: list[int] = []
    real_open, real_map = os.open, mmap.mmap

    def noted_open(path: str | Path, *arguments: int, **more: int) -> int:
        if "rows" in Path(path).parts:
            opened.append("/".join(Path(path).parts[-3:]))
        return real_open(path, *arguments, **more)

    def noted_map(file: int, length: int, **more: int) -> mmap.mmap:
        lengths.append(length)
        return real_map(file, length, **more)

    monkeypatch.setattr(os, "open", noted_open)
    monkeypatch.setattr(mmap, "mmap", noted_map)
    warranted.ask(ask())
    assert sorted(opened) == [f"gate/{HOUR}/0-0.rows", f"hall/{HOUR}/0-0.rows"]
    assert lengths == [64 + 3 * 256] * 2
    maps = warranted.repository.sheets.maps
    assert (maps.opened, maps.bytes) == (2, 2 * 3 * 256)
    warranted.ask(ask())
    assert (maps.opened, maps.bytes) == (2, 2 * 3 * 256), "the second search has them open"


def test_threads_give_the_same_products_without_a_copy(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(search, "LEAST_FOR_THREADS", 1)
    stored(world, count=7)
    seen: list[np.ndarray] = []
    real = matcher.products

    def spy(q: np.ndarray, rows: np.ndarray, **more: object) -> np.ndarray:
        seen.append(rows)
        return real(q, rows, **more)

    monkeypatch.setattr(matcher, "products", spy)
    sheets = [(SheetId("hall", HOUR, 0, 0), 7), (SheetId("hall", HOUR, 1, 0), 9), (SheetId("hall", HOUR, 0, 0), 4)]
    probe = PROBE.astype(np.int16)
    several = search.multiply(world.repository.sheets.maps, probe, sheets, threads=4)
    alone = search.multiply(world.repository.sheets.maps, probe, sheets, threads=1)
    assert several.missing == alone.missing == (1,)
    assert np.array_equal(several.products, alone.products)
    assert len(alone.products) == 20
    assert not any(rows.flags.owndata or rows.flags.writeable for rows in seen)


def test_the_probe_is_zeroed_and_stored_nowhere(warranted: World, monkeypatch: pytest.MonkeyPatch) -> None:
    seen: list[np.ndarray] = []
    real = search.multiply

    def spy(maps: object, probe: np.ndarray, sheets: object, **more: object) -> search.Multiplied:
        seen.append(probe)
        return real(maps, probe, sheets, **more)

    monkeypatch.setattr(search, "multiply", spy)
    stored(warranted)
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
    assert verbs.index("search.begin") < verbs.index("intake.manifest") < verbs.index("search.sheets")
    assert warranted.ask(poll).body == {"manifests_wanted": []}


def test_a_search_the_custodian_refuses_is_refused_and_nothing_is_multiplied(warranted: World) -> None:
    def refuse(*_: object) -> Message:
        raise Refused("two approvals are missing")

    stored(warranted)
    warranted.custodian.answers["search.begin"] = refuse
    with pytest.raises(Refused, match="approvals"):
        warranted.ask(ask())
    warranted.custodian.locked = True
    with pytest.raises(Unavailable, match="locked"):
        warranted.ask(ask())
    with pytest.raises(Refused, match="no such version"):
        warranted.ask(Message("search", {"warrant": WARRANT, "number": 2}, (b"ask",)))
    assert warranted.custodian.said("search.finish") == 0
    assert warranted.repository.sheets.maps.opened == 0


@pytest.mark.parametrize(
    ("sheets", "error"),
    [
        ([], Tampered),
        (None, Unavailable),
        ([["hall", HOUR, 0, 0]], Unavailable),
        ([["hall", HOUR, 0, 0, 4097]], Unavailable),
        ([["../etc", HOUR, 0, 0, 1]], Unavailable),
        ([["hall", -1, 0, 0, 1]], Unavailable),
        ([["hall", HOUR, n, 0, 4096] for n in range(4097)], Refused),
    ],
)
def test_what_the_custodian_cannot_mean_is_not_done(warranted: World, sheets: Json, error: type[Exception]) -> None:
    probe = b"123" if sheets == [] else PROBE.tobytes()
    warranted.custodian.answers["search.sheets"] = lambda *_: Message(
        "search.sheets", {"sheets": sheets, "dimension": DIMENSION}, (probe,)
    )
    with pytest.raises(error):
        warranted.ask(ask())
    assert warranted.custodian.said("search.finish") == 0


def test_a_custodian_that_doubts_for_ever_is_no_endless_loop(warranted: World) -> None:
    stored(warranted)
    doubt: dict[str, Json] = {"doubtful": [0]}
    warranted.custodian.answers["search.finish"] = lambda *_: Message("search.finish", doubt)
    warranted.custodian.answers["tags.repair"] = lambda *_: Message("tags.repair", {"lost": 0})
    with pytest.raises(Unavailable, match="cannot be read"):
        warranted.ask(ask())
    assert warranted.custodian.said("search.finish") == 2
    doubt["doubtful"] = [7]
    with pytest.raises(Unavailable, match="cannot be read"):
        warranted.ask(ask())


def test_no_type_shows_what_it_holds(warranted: World) -> None:
    stored(warranted, count=1)
    which = SheetId("hall", HOUR, 0, 0)
    done = search.multiply(warranted.repository.sheets.maps, PROBE.astype(np.int16), [(which, 1)])
    assert repr(done) == "Multiplied(1 products)"
    (row,) = warranted.repository.sheets.whole(which).rows
    assert repr(row) == f"Row({row.sighting}, position=0)"


def sheet_file(world: World, camera: str) -> Path:
    return world.repository.directory / "rows" / camera / str(HOUR) / "0-0.rows"
