"""A real custodian behind the repository: found, refused, expired; and what tampering with rows makes of an answer."""

import hashlib
import secrets
import sys
import tempfile
import threading
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, replace
from pathlib import Path

import pytest
from sqlalchemy import update

from countenance.channel.message import Message
from countenance.crypto.seal import binding
from countenance.errors import Refused, Unavailable
from countenance.formats import records
from countenance.formats.canonical import Json
from countenance.matching import encode, mask
from countenance.vocabulary.acts import Filing, Named, Order, Restriction, Verb
from countenance.vocabulary.cameras import Partition
from countenance.vocabulary.entries import Kind
from countenance.vocabulary.requests import Signed
from countenance.vocabulary.sightings import Lease, LeaseRequest, Manifest
from countenance.vocabulary.warrants import Approval, Scope, Warrant
from countenance.zones.custodian import measuring, rewriting, tagging, warming
from countenance.zones.custodian import retention as custodian_retention
from countenance.zones.custodian import service as custodian_service
from countenance.zones.custodian.measuring import Wanted
from countenance.zones.custodian.opened import Opened
from countenance.zones.custodian.records import ROTATION_KEY, Rotation
from countenance.zones.repository import placing, retention, schema, service, tags
from countenance.zones.repository import rewriting as repository_rewriting
from countenance.zones.repository.configuration import RepositorySettings
from countenance.zones.repository.repository import Repository
from countenance.zones.repository.sheet import SheetId
from simulator.counted import calibrated
from simulator.court import LAST_HOUR, THIS_HOUR, Court
from simulator.people import CAST, EXTRACTOR, HOUR, SUBJECT, limits, near, unit
from simulator.repository import make_directory, sha
from simulator.zone import Edge, Sighting, Zone, manifest, sighting

PLACES = [("hall-east", LAST_HOUR), ("hall-west", LAST_HOUR), ("hall-east", THIS_HOUR), ("hall-west", THIS_HOUR)]


@dataclass
class Behind:
    """The custodian's relay socket without the socket."""

    zone: Zone

    def used(self) -> None:
        """Nobody asks here how long it is."""

    @contextmanager
    def acting(self) -> Iterator[Opened]:
        yield self.zone.opened

    def warm(self) -> None:
        warming.refresh(self.zone.opened)

    def summary(self) -> dict[str, Json]:
        return {"state": "open"}

    def call(self, verb: str, body: Mapping[str, Json], blobs: tuple[bytes, ...] = ()) -> Message:
        handlers = custodian_service.handlers(self, Path("nowhere"))
        return handlers[verb](Message(verb, body, blobs))


class Everybody:
    """Edge, repository, custodian and people; everything goes through the repository."""

    def __init__(self, repository: Repository, court: Court, edge: Edge) -> None:
        self.repository = repository
        self.court = court
        self.edge = edge
        self.leases: dict[tuple[str, int], Lease] = {}
        self.manifests: dict[tuple[str, int], Manifest] = {}
        self.passed: dict[tuple[str, int], list[Sighting]] = {place: [] for place in PLACES}

    def say(self, message: Message) -> Message:
        return service.handlers(self.repository)[message.verb](message)

    def lease(self, camera: str, hour: int) -> None:
        zone = self.court.zone
        letter = self.edge.signed(LeaseRequest(self.edge.name, camera, hour, hour, zone.clock()))
        answer = self.say(Message("edge.lease", {}, (letter,)))
        assert answer.body == {"hours": [hour]}
        info = binding("lease", zone.genesis.deployment, self.edge.name, str(Partition(camera, hour)))
        self.leases[camera, hour] = records.read(Lease, self.edge.own.open(info, answer.blobs[0]))

    def pass_by(self, template: object, camera: str = "hall-east", hour: int = LAST_HOUR) -> str:
        lease = self.leases[camera, hour]
        made = sighting(self.court.zone, self.edge, lease)
        row = mask.mask(encode.encode(template), lease.block_key, made.nonce)
        still, patches = secrets.token_bytes(2000), secrets.token_bytes(8000)
        digests = {"row_digest": sha(row), "still_digest": sha(still), "patches_digest": sha(patches)}
        made.record, made.row = replace(made.record, **digests), row
        letter, sealed, _ = made.blobs
        assert self.say(Message("edge.sighting", {}, (letter, row, sealed, still, patches))).body == {}
        self.passed[camera, hour].append(made)
        return made.record.sighting

    def tell(self, camera: str, hour: int) -> None:
        place, zone = (camera, hour), self.court.zone
        made = manifest(zone, self.edge, self.leases[place], self.passed[place], self.manifests.get(place))
        made = replace(made, closed=(hour + 1) * HOUR <= zone.clock())
        self.say(Message("edge.manifest", {}, (self.edge.signed(made),)))
        self.manifests[place] = made

    def ask(self, name: str, verb: Verb, body: object, warrant: Warrant) -> dict:
        letter = self.court.letter(name, verb, body)
        relay = "search" if verb is Verb.SEARCH else "ask"
        where = {"warrant": warrant.warrant, "number": warrant.number}
        return letter.read(self.say(Message(relay, where, (letter.sealed,))))

    def approved(self, **changed: object) -> Warrant:
        text = self.court.text(**changed)
        filing = self.court.letter("officer-1", Verb.DRAFT, Filing(text.warrant, 1, records.digest(text)))
        blobs = (filing.sealed, *self.court.sealed(text), b"photo ciphertext")
        answer = filing.read(self.say(Message("warrant.file", {"warrant": text.warrant, "number": 1}, blobs)))
        assert answer["number"] == 1
        for name in ("supervisor-1", "court-b/judge-1"):
            said = Approval(text.warrant, 1, records.digest(text), name, True, "", self.court.zone.clock())
            self.ask(name, Verb.APPROVE, said, text)
        return text

    def search(self, text: Warrant) -> dict:
        """As an officer asks; meanwhile the edge does what its poll tells it."""
        done = threading.Event()

        def edge() -> None:
            while not done.is_set():
                for camera in ("hall-east", "hall-west"):
                    answer = self.say(Message("edge.poll", {"edge": self.edge.name, "camera": camera}))
                    for hour in answer.body["manifests_wanted"]:
                        self.tell(camera, hour)
                done.wait(0.01)

        for camera in ("hall-east", "hall-west"):
            self.say(Message("edge.poll", {"edge": self.edge.name, "camera": camera}))
        thread = threading.Thread(target=edge)
        thread.start()
        try:
            return self.ask("officer-1", Verb.SEARCH, Named(text.warrant, 1, records.digest(text)), text)
        finally:
            done.set()
            thread.join()

    def alter(self, sighting_id: str, **values: object) -> None:
        table = schema.sightings
        with self.repository.database.writing() as connection:
            connection.execute(update(table).where(table.c.sighting == sighting_id).values(**values))


@pytest.fixture
def everybody(tmp_path: Path) -> Iterator[Everybody]:
    memory = Path("/dev/shm")
    with tempfile.TemporaryDirectory(dir=memory if memory.is_dir() else None) as directory:
        zone = Zone(Path(directory))
        zone.open()
        zone.admit(*(name for name, _, _ in CAST))
        calibrated(zone.opened)
        court = Court(zone, zone.enrol("edge-1"))
        for camera in ("hall-east", "hall-west"):
            zone.declare(camera, court.edge)
        with service.opened(
            make_directory(tmp_path / "repository"),
            RepositorySettings(),
            Behind(zone),
            clock=zone.clock,
            random=secrets.token_bytes,
            log=lambda _: None,
        ) as repository:
            made = Everybody(repository, court, court.edge)
            for place in PLACES:
                made.lease(*place)
            yield made
        zone.crash()


@pytest.fixture
def searched(everybody: Everybody) -> tuple[Everybody, str, str]:
    """The subject passed twice, strangers too; the last hour's manifests are in."""
    first = everybody.pass_by(near(SUBJECT, 0.8, 5))
    second = everybody.pass_by(near(SUBJECT, 0.7, 6), "hall-west", THIS_HOUR)
    for seed in range(10, 14):
        everybody.pass_by(unit(seed))
    for place in PLACES[:2]:
        everybody.tell(*place)
    return everybody, first, second


def test_the_person_is_found_in_every_hour_and_nobody_else(searched: tuple[Everybody, str, str]) -> None:
    everybody, first, second = searched
    answer = everybody.search(everybody.approved())
    assert sorted(answer["candidates"]) == sorted([first, second])
    assert (answer["rows"], answer["incomplete"]) == (6, [])


def test_a_search_without_approvals_is_refused(searched: tuple[Everybody, str, str]) -> None:
    everybody, _, _ = searched
    text = everybody.court.text()
    filing = everybody.court.letter("officer-1", Verb.DRAFT, Filing(text.warrant, 1, records.digest(text)))
    blobs = (filing.sealed, *everybody.court.sealed(text), b"photo ciphertext")
    everybody.say(Message("warrant.file", {"warrant": text.warrant, "number": 1}, blobs))
    letter = everybody.court.letter("officer-1", Verb.SEARCH, Named(text.warrant, 1, records.digest(text)))
    with pytest.raises(Refused):
        everybody.say(Message("search", {"warrant": text.warrant, "number": 1}, (letter.sealed,)))


def altered(path: Path, at: int) -> None:
    data = bytearray(path.read_bytes())
    data[at] ^= 1
    path.write_bytes(data)


SHEET = SheetId("hall-east", LAST_HOUR, 0, 0)

TAMPERINGS: dict[str, Callable[[Path], object]] = {
    "a bit of every row": lambda path: [altered(path, 64 + 256 * position) for position in range(5)],
    "the header": lambda path: altered(path, 9),
    "the row's entry in the index": lambda path: altered(path.with_suffix(".index"), 5),
    "the row's MAC": lambda path: altered(path.with_suffix(".index"), 22),
    "the rows are gone": lambda path: path.unlink(),
    "the index is gone": lambda path: (altered(path, 70), path.with_suffix(".index").unlink()),
    "another sheet's rows": lambda path: path.write_bytes(
        (path.parents[2] / "hall-west" / str(THIS_HOUR) / "0-0.rows").read_bytes()
    ),
    "cut off": lambda path: path.write_bytes(path.read_bytes()[:70]),
}


@pytest.mark.parametrize("tampering", TAMPERINGS.values(), ids=TAMPERINGS.keys())
def test_altered_rows_make_the_answer_say_incomplete(
    searched: tuple[Everybody, str, str], tampering: Callable[[Path], object]
) -> None:
    everybody, first, second = searched
    everybody.repository.presenter.drain()
    path = everybody.repository.directory / "rows" / "hall-east" / str(LAST_HOUR) / "0-0.rows"
    tampering(path)
    answer = everybody.search(everybody.approved())
    # MACs and index are needed only to repair: products of whole rows still agree with the tags.
    whole = set(answer["candidates"]) == {first, second} and not answer["incomplete"]
    assert whole or (answer["candidates"] == [second] and answer["incomplete"])


def test_one_bad_row_costs_no_other(searched: tuple[Everybody, str, str]) -> None:
    everybody, first, second = searched
    everybody.repository.presenter.drain()
    path = everybody.repository.directory / "rows" / "hall-east" / str(LAST_HOUR) / "0-0.rows"
    (person,) = everybody.repository.sheets.positions(SHEET, {first})
    altered(path, 64 + 256 * ((person + 1) % 5))
    answer = everybody.search(everybody.approved())
    assert set(answer["candidates"]) == {first, second}
    assert (answer["rows"], len(answer["incomplete"])) == (5, 1)


def test_rows_that_come_back_from_a_backup_are_found_again(searched: tuple[Everybody, str, str]) -> None:
    everybody, first, second = searched
    everybody.repository.presenter.drain()
    folder = everybody.repository.directory / "rows" / "hall-east" / str(LAST_HOUR)
    backup = {path: path.read_bytes() for path in folder.iterdir()}
    for path in backup:
        path.unlink()
    text = everybody.approved()
    answer = everybody.search(text)
    assert answer["candidates"] == [second]
    assert "5 rows are missing" in answer["incomplete"][0]
    retention.sweep(everybody.repository)
    assert everybody.search(text)["incomplete"] == answer["incomplete"]
    for path, data in backup.items():
        path.write_bytes(data)
    retention.sweep(everybody.repository)
    answer = everybody.search(text)
    assert (set(answer["candidates"]), answer["incomplete"], answer["rows"]) == ({first, second}, [], 6)
    assert custodian_retention.gone(everybody.court.zone.opened)["lost"] == []


@contextmanager
def watched() -> Iterator[tuple[list[Path], list[int]]]:
    """Every file that this process opens, and the length of all that it maps (PEP 578), until the block ends."""
    files, mapped, watching = list[Path](), list[int](), [True]

    def hook(event: str, arguments: tuple) -> None:
        if watching and event == "open" and isinstance(arguments[0], str | Path):
            files.append(Path(arguments[0]))
        elif watching and event == "mmap.__new__" and arguments[0] != -1:
            mapped.append(arguments[1])

    # A hook cannot be taken away again: this one falls silent.
    sys.addaudithook(hook)
    try:
        yield files, mapped
    finally:
        watching.clear()


def test_a_search_opens_what_is_in_its_scope_and_nothing_else(searched: tuple[Everybody, str, str]) -> None:
    everybody, first, _ = searched
    everybody.repository.presenter.drain()
    scope = Scope(("hall-east",), LAST_HOUR * HOUR, (LAST_HOUR + 1) * HOUR)
    maps = everybody.repository.sheets.maps
    assert (maps.opened, maps.bytes) == (0, 0)
    text = everybody.approved(scope=scope)
    with watched() as (files, mapped):
        assert everybody.search(text)["candidates"] == [first]
    assert (maps.opened, maps.bytes) == (1, 5 * 2 * 128)
    # Not by our own count alone: by the interpreter's.
    rows = everybody.repository.directory / "rows"
    assert {path for path in files if path.is_relative_to(rows)} == {rows / "hall-east" / str(LAST_HOUR) / "0-0.rows"}
    assert mapped == [64 + 5 * 2 * 128]


def test_erased_rows_are_overwritten_and_rotated_rows_are_found(searched: tuple[Everybody, str, str]) -> None:
    everybody, first, second = searched
    everybody.repository.presenter.drain()
    opened, path = everybody.court.zone.opened, everybody.repository.directory / "rows" / "hall-east" / str(LAST_HOUR)
    before = (path / "0-0.rows").read_bytes()
    (person,) = everybody.repository.sheets.positions(SHEET, {first})
    start, end = 64 + 256 * person, 64 + 256 * (person + 1)
    text = everybody.approved()
    asked = everybody.court.ask("clerk-1", Verb.RESTRICT, Restriction((first,), "asked"))
    for name in ("supervisor-1", "court-b/judge-1"):
        everybody.court.ask(name, Verb.ORDER, Order(asked["request"], bytes.fromhex(asked["digest"])))
    retention.sweep(everybody.repository)
    after = (path / "0-0.rows").read_bytes()
    assert after[start:end] == bytes(256) != before[start:end]
    assert (after[:start], after[end:]) == (before[:start], before[end:])
    rewriting.order(opened)
    retention.sweep(everybody.repository)
    assert rewriting.waiting(opened) == 0
    assert sorted(one.name for one in path.iterdir()) == ["0-1.index", "0-1.rows"]
    rotated = (path / "0-1.rows").read_bytes()
    assert len(rotated) == 64 + 4 * 256
    assert not any(before[at : at + 256] in rotated for at in range(64, len(before), 256))
    answer = everybody.search(text)
    assert (answer["candidates"], answer["rows"], answer["incomplete"]) == ([second], 5, [])


def test_a_replayed_upload_after_expiry_stays_out(searched: tuple[Everybody, str, str]) -> None:
    everybody, first, _ = searched
    everybody.repository.presenter.drain()
    with everybody.repository.database.reading() as connection:
        table = schema.sightings
        row = connection.execute(table.select().where(table.c.sighting == first)).one()
    objects = everybody.repository.objects
    (sent,) = [one for one in everybody.passed["hall-east", LAST_HOUR] if one.record.sighting == first]
    parts = (sent.row, row.sealed_nonce, objects.get(row.still, "it"), objects.get(row.patches, "it"))
    everybody.court.zone.clock.now += 80 * HOUR
    custodian_retention.tick(everybody.court.zone.opened)
    assert retention.sweep(everybody.repository).sightings == 6
    replay = Message("edge.sighting", {}, (row.record, *parts))
    with pytest.raises(Refused, match="no arrivals"):
        everybody.say(replay)
    everybody.court.zone.clock.now -= 80 * HOUR
    everybody.say(replay)
    everybody.repository.presenter.drain()
    shown = everybody.say(Message("sightings.show", {"sighting": first}))
    assert shown.body["state"] == "refused"
    assert records.read(Signed, shown.blobs[0]).signer == "edge-1"
    assert hashlib.sha256(parts[0]).digest() not in row.record


def test_a_row_on_its_way_to_its_place_is_not_lost_to_a_rotation(
    searched: tuple[Everybody, str, str], monkeypatch: pytest.MonkeyPatch
) -> None:
    """The custodian has taken it, the repository has not written it, and its sheet is rewritten."""
    everybody, first, second = searched
    repository, opened = everybody.repository, everybody.court.zone.opened
    text = everybody.approved(limits=limits(uses=9))
    everybody.search(text)
    third = everybody.pass_by(near(SUBJECT, 0.8, 77))
    taken, asked, place = threading.Event(), threading.Event(), placing.place

    def late(*arguments: object) -> None:
        taken.set()
        assert asked.wait(60)
        place(*arguments)

    def call(verb: str, body: Mapping[str, Json], blobs: tuple[bytes, ...] = ()) -> Message:
        answer = behind(verb, body, blobs)
        if verb == "sheet.rewrite":
            asked.set()
        return answer

    behind = repository.custodian.call
    monkeypatch.setattr(placing, "place", late)
    monkeypatch.setattr(repository.custodian, "call", call, raising=False)
    presenting = threading.Thread(target=repository.presenter.drain)
    presenting.start()
    assert taken.wait(60)
    rewriting.order(opened, "hall-east")
    repository_rewriting.rewrite(repository, [SheetId("hall-east", LAST_HOUR, 0, 0)])
    presenting.join()
    monkeypatch.setattr(placing, "place", place)
    everybody.tell("hall-east", LAST_HOUR)
    retention.sweep(repository)
    retention.sweep(repository)
    assert rewriting.waiting(opened) == 0
    answer = everybody.search(text)
    assert (sorted(answer["candidates"]), answer["incomplete"]) == (sorted([first, second, third]), [])


def test_damaged_rows_do_not_stop_a_rotation(searched: tuple[Everybody, str, str]) -> None:
    everybody, first, second = searched
    repository, opened = everybody.repository, everybody.court.zone.opened
    text = everybody.approved(limits=limits(uses=9))
    everybody.search(text)
    file = repository.directory / "rows" / "hall-east" / str(LAST_HOUR) / "0-0.rows"
    (person,) = repository.sheets.positions(SHEET, {first})
    altered(file, 64 + 256 * ((person + 1) % 5))
    rewriting.order(opened)
    retention.sweep(repository)
    retention.sweep(repository)
    assert rewriting.waiting(opened) == 0
    answer = everybody.search(text)
    assert sorted(answer["candidates"]) == sorted([first, second])
    assert ["1 rows are missing" in one for one in answer["incomplete"]] == [True]


def test_a_next_generation_that_a_crash_left_does_not_count_for_another_one(
    searched: tuple[Everybody, str, str], monkeypatch: pytest.MonkeyPatch
) -> None:
    """The file here is of one answer of the custodian's; it was asked again, and keeps another one since."""
    everybody, first, second = searched
    repository, zone = everybody.repository, everybody.court.zone
    text = everybody.approved(limits=limits(uses=9))
    everybody.search(text)
    behind, here = repository.custodian.call, SheetId("hall-east", LAST_HOUR, 0, 0)

    def stopped(at: str, *, answers: bool) -> None:
        def call(verb: str, body: Mapping[str, Json], blobs: tuple[bytes, ...] = ()) -> Message:
            answer = behind(verb, body, blobs) if verb != at or answers else None
            if verb == at or answer is None:
                raise Unavailable("the answer did not arrive")
            return answer

        monkeypatch.setattr(repository.custodian, "call", call, raising=False)
        with pytest.raises(Unavailable):
            repository_rewriting.rewrite(repository, [here])
        monkeypatch.setattr(repository.custodian, "call", behind)

    rewriting.order(zone.opened, "hall-east")
    stopped("sheet.rewritten", answers=False)
    stopped("sheet.rewrite", answers=True)
    assert here.next in repository.sheets.generations(here.partition)
    # As an order that has expired, or whose approval was taken back.
    zone.opened.store.drop(Rotation, ROTATION_KEY)
    retention.sweep(repository)
    answer = everybody.search(text)
    assert (sorted(answer["candidates"]), answer["incomplete"]) == (sorted([first, second]), [])
    # And where it counts, the old one goes.
    rewriting.order(zone.opened, "hall-east")
    drop = repository.sheets.drop
    monkeypatch.setattr(repository.sheets, "drop", lambda _: None)
    retention.sweep(repository)
    monkeypatch.setattr(repository.sheets, "drop", drop)
    retention.sweep(repository)
    assert repository.sheets.generations(here.partition) == (here.next,)
    answer = everybody.search(text)
    assert (sorted(answer["candidates"]), answer["incomplete"]) == (sorted([first, second]), [])


def test_a_row_that_arrives_when_the_sheets_are_named_spoils_no_search(
    searched: tuple[Everybody, str, str], monkeypatch: pytest.MonkeyPatch
) -> None:
    """The custodian would name a row that is not in its place yet, and the whole sheet would not be compared."""
    everybody, first, second = searched
    repository, text = everybody.repository, everybody.approved()
    taken, asked, place = threading.Event(), threading.Event(), placing.place
    behind, threads = repository.custodian.call, list[threading.Thread]()

    def late(*arguments: object) -> None:
        taken.set()
        assert asked.wait(60)
        place(*arguments)

    def arrive() -> None:
        everybody.pass_by(unit(77))
        repository.presenter.drain()

    def call(verb: str, body: Mapping[str, Json], blobs: tuple[bytes, ...] = ()) -> Message:
        if verb == "search.sheets":
            monkeypatch.setattr(placing, "place", late)
            threads.append(threading.Thread(target=arrive))
            threads[0].start()
            taken.wait(1)
        answer = behind(verb, body, blobs)
        if verb == "search.finish":
            asked.set()
        return answer

    monkeypatch.setattr(repository.custodian, "call", call, raising=False)
    answer = everybody.search(text)
    threads[0].join()
    assert sorted(answer["candidates"]) == sorted([first, second])
    assert [one for one in answer["incomplete"] if "no manifest" not in one] == []


def test_sheets_that_the_custodian_counts_are_presented_and_stay_as_they_are(
    searched: tuple[Everybody, str, str],
) -> None:
    everybody, first, second = searched
    opened, rows = everybody.court.zone.opened, everybody.repository.sheets
    everybody.repository.presenter.drain()
    wanted = Wanted("hall", ("hall-east", "hall-west"), LAST_HOUR, LAST_HOUR, EXTRACTOR)
    begun = measuring.begin(opened, wanted)
    assert begun["sheets"] == 1
    which = SheetId("hall-east", LAST_HOUR, 0, 0)
    before = rows.whole(which).rows
    retention.sweep(everybody.repository)
    assert rows.whole(which).rows == before
    said = everybody.court.facts(Kind.MEASURED)
    assert said == [{"group": "hall", "outcome": "not enough data"}]
    assert opened.desk.measuring is None
    retention.sweep(everybody.repository)
    assert everybody.court.facts(Kind.MEASURED) == said
    assert sorted(everybody.search(everybody.approved())["candidates"]) == sorted([first, second])


def test_a_sheet_with_a_damaged_row_is_repaired_and_then_counted(searched: tuple[Everybody, str, str]) -> None:
    everybody, *_ = searched
    opened, rows = everybody.court.zone.opened, everybody.repository.sheets
    everybody.repository.presenter.drain()
    which = SheetId("hall-east", LAST_HOUR, 0, 0)
    measuring.begin(opened, Wanted("hall", ("hall-east",), LAST_HOUR, LAST_HOUR, EXTRACTOR))
    lost = rows.whole(which).rows[1]
    tagging.repair(opened, Message("tags.repair", tags.named(which), tags.blobs(rows.whole(which).rows)))
    present = rows.whole
    damaged = replace(present(which), rows=tuple(one for one in present(which).rows if one != lost))
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(type(rows), "whole", lambda self, sheet: damaged)
        retention.sweep(everybody.repository)
        assert opened.desk.measuring is not None, "the tags were made anew; it is presented again in the next round"
        retention.sweep(everybody.repository)
    assert everybody.court.facts(Kind.MEASURED) == [{"group": "hall", "outcome": "not enough data"}]
