"""A real custodian behind the repository: found, refused, expired; and what tampering with rows makes of an answer."""

import hashlib
import secrets
import tempfile
import threading
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, replace
from pathlib import Path

import pytest
from sqlalchemy import delete, update

from countenance.channel.message import Message
from countenance.crypto.seal import binding
from countenance.errors import Refused
from countenance.formats import records
from countenance.formats.canonical import Json
from countenance.matching import encode, mask
from countenance.vocabulary.acts import Filing, Named, Verb
from countenance.vocabulary.cameras import Partition
from countenance.vocabulary.requests import Signed
from countenance.vocabulary.sightings import Lease, LeaseRequest, Manifest
from countenance.vocabulary.warrants import Approval, Warrant
from countenance.zones.custodian import retention as custodian_retention
from countenance.zones.custodian import service as custodian_service
from countenance.zones.custodian.opened import Opened
from countenance.zones.repository import retention, schema, service
from countenance.zones.repository.configuration import RepositorySettings
from countenance.zones.repository.repository import Repository
from simulator.court import LAST_HOUR, THIS_HOUR, Court
from simulator.people import CAST, HOUR, SUBJECT, near, unit
from simulator.repository import make_directory, sha
from simulator.zone import Edge, Sighting, Zone, manifest, sighting

PLACES = [("hall-east", LAST_HOUR), ("hall-west", LAST_HOUR), ("hall-east", THIS_HOUR), ("hall-west", THIS_HOUR)]


@dataclass
class Behind:
    """The custodian's relay socket without the socket."""

    zone: Zone

    @contextmanager
    def acting(self) -> Iterator[Opened]:
        yield self.zone.opened

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

    def approved(self) -> Warrant:
        text = self.court.text()
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


@pytest.mark.parametrize(
    "tampering",
    [
        {"masked_row": bytes(256)},
        {"masked_row": b"short"},
        {"hour": THIS_HOUR},
        {"camera": "hall-west"},
        {"dimension": 64},
        {"state": schema.REFUSED},
        None,
    ],
)
def test_tampered_and_relabelled_rows_make_the_answer_say_incomplete(
    searched: tuple[Everybody, str, str], tampering: dict[str, object] | None
) -> None:
    everybody, first, second = searched
    everybody.repository.presenter.drain()
    if tampering is None:
        with everybody.repository.database.writing() as connection:
            connection.execute(delete(schema.sightings).where(schema.sightings.c.sighting == first))
    else:
        everybody.alter(first, **tampering)
    answer = everybody.search(everybody.approved())
    assert second in answer["candidates"]
    assert first not in answer["candidates"]
    assert answer["incomplete"]


def test_a_replayed_upload_after_expiry_stays_out(searched: tuple[Everybody, str, str]) -> None:
    everybody, first, _ = searched
    everybody.repository.presenter.drain()
    with everybody.repository.database.reading() as connection:
        table = schema.sightings
        row = connection.execute(table.select().where(table.c.sighting == first)).one()
    objects = everybody.repository.objects
    parts = (row.masked_row, row.sealed_nonce, objects.get(row.still, "it"), objects.get(row.patches, "it"))
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
