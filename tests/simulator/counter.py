"""A court with sockets: what the command line talks to, answered by a real custodian through a simple repository."""

import hashlib
import io
import tempfile
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path

from PIL import Image

from countenance.channel.message import Message
from countenance.channel.server import Server
from countenance.crypto import derive, segment
from countenance.crypto.seal import binding, seal
from countenance.durable import files
from countenance.errors import Refused
from countenance.formats import canonical, patches, records
from countenance.vocabulary.warrants import Probe, ProbeBinding
from countenance.zones.custodian import acts, retrieval, terminal_rules
from countenance.zones.custodian.records import Row
from countenance.zones.custodian.rights import desk
from simulator.court import PHOTO_KEY, Court, sitting
from simulator.people import CAST, EXTRACTOR, SUBJECT, TEMPLATE, key_of


def picture(colour: str, size: tuple[int, int] = (40, 60)) -> bytes:
    out = io.BytesIO()
    Image.new("RGB", size, colour).save(out, "JPEG")
    return out.getvalue()


class Counter:
    """The sockets of a deployment. `photos` by warrant, `objects` by sighting."""

    def __init__(self, court: Court, deployment: Path) -> None:
        self.court = court
        self.deployment = deployment
        self.photos: dict[str, bytes] = {}
        self.objects: dict[str, bytes] = {}
        self.probes = True
        # What the probe helper says of a photo by its bytes, and of which it takes none that is to stand.
        self.faults: dict[bytes, list[str]] = {}
        files.write(deployment / "genesis.json", records.write(court.zone.genesis))
        (deployment / "sockets").mkdir()
        for name, _, _ in CAST:
            private = key_of(name).to_bytes().hex()
            spelled = canonical.write({"type": "FileKey", "person": name, "private": private})
            files.write(self.key(name), spelled)

    def key(self, name: str) -> Path:
        return self.deployment / f"{name.replace('/', '-')}.key"

    def pass_by(self) -> str:
        """The subject passes, and leaves a still that can be decrypted."""
        still = patches.write_still(patches.Piece(1_000, 5, 6, 40, 60, picture("red")))
        name = self.court.pass_by(SUBJECT)
        place = next(place for place, rows in self.court.rows.items() if rows)
        made = self.court.rows[place][-1].sighting
        key = derive.still_key(self.court.leases[place].block_key, made.nonce, name)
        self.objects[name] = segment.encrypt(key, still)
        # The edge signs for the object it sends; here it is made after the sighting, so the row is told.
        store, where = self.court.zone.opened.store, f"{place[0]}/{place[1]}/{name}"
        digest = hashlib.sha256(self.objects[name]).digest()
        store.put(replace(store.get(Row, where), still_digest=digest), where)
        self.court.tell()
        return name

    def extract(self, message: Message) -> Message:
        if not self.probes:
            raise Refused("there are two faces in this photo: crop it to one")
        zone, warrant, (photo,) = self.court.zone, message.body["warrant"], message.blobs
        faults = self.faults.get(photo, [])
        if faults and (message.body.get("gallery") or message.body.get("decoy")):
            raise Refused(f"this photo is too poor: {faults[0]}")
        bound = ProbeBinding(hashlib.sha256(photo).digest(), hashlib.sha256(TEMPLATE).digest(), EXTRACTOR, "probe")
        signature = zone.probe.signing.sign(records.write(bound))
        made = Probe(bound.image_digest, bound.template_digest, EXTRACTOR, "probe", signature)
        key, deployment = zone.genesis.custodian_key, zone.genesis.deployment
        sealed = (
            seal(key, binding("probe", deployment, warrant), TEMPLATE),
            seal(key, binding("photo", deployment, warrant), PHOTO_KEY),
            segment.encrypt(PHOTO_KEY, photo),
        )
        return Message(
            "extract", {"probe": records.plain(made), "faces": 1, "quality": 80, "reasons": [*faults]}, sealed
        )

    def ask(self, message: Message) -> Message:
        papers = self.court.filed.get((message.body["warrant"], message.body["number"]), ())
        return acts.answer(self.court.zone.opened, Message("ask", {}, (*message.blobs, *papers)))

    def file(self, message: Message) -> Message:
        warrant, number = message.body["warrant"], message.body["number"]
        sealed_ask, text, *rest = message.blobs
        probe = tuple(rest[:2]) or self.court.filed[warrant, 1][1:]
        body, others = self.court.beside()
        answer = acts.answer(self.court.zone.opened, Message("ask", body, (sealed_ask, text, *probe, *others)))
        self.court.filed[warrant, number] = (text, *probe)
        if rest:
            self.photos[warrant] = rest[2]
        return answer

    def search(self, message: Message) -> Message:
        papers = self.court.filed[message.body["warrant"], message.body["number"]]
        blobs = (*message.blobs, *papers[:2])
        begun = retrieval.begin(self.court.zone.opened, Message("search.begin", {}, blobs))
        return self.court.finish(begun)

    def sightings(self, message: Message) -> Message:
        found = [
            {
                "sighting": row.sighting.record.sighting,
                "camera": camera,
                "start": row.sighting.record.start,
                "quality": 8,
            }
            for (camera, _), rows in self.court.rows.items()
            for row in rows
            if message.body.get("camera") in (None, camera)
        ]
        return Message("sightings", {"sightings": found})

    def sighting(self, message: Message) -> Message:
        wanted = self.sightings(Message("", {})).body["sightings"]
        return Message("sighting", next(one for one in wanted if one["sighting"] == message.body["sighting"]))

    @contextmanager
    def served(self) -> Iterator[None]:
        handlers = {
            "ask": self.ask,
            "desk.key": lambda message: desk.key(self.court.zone.opened, message),
            "warrant.file": self.file,
            "warrant.photo": lambda message: Message("", {}, (self.photos[message.body["warrant"]],)),
            "search": self.search,
            "object": lambda message: Message("", {}, (self.objects[message.body["sighting"]],)),
            "sightings.list": self.sightings,
            "sightings.show": self.sighting,
        }
        stop = threading.Event()
        sockets = self.deployment / "sockets"
        servers = (
            Server(sockets / "repository", handlers, log=print),
            Server(sockets / "probe", {"extract": self.extract}, log=print),
        )
        threads = [threading.Thread(target=server.serve_forever, args=(stop,)) for server in servers]
        for thread in threads:
            thread.start()
        try:
            yield
        finally:
            stop.set()
            for thread in threads:
                thread.join()


@contextmanager
def counter() -> Iterator[Counter]:
    with sitting() as court, tempfile.TemporaryDirectory() as directory:
        made = Counter(court, Path(directory))
        with made.served():
            yield made


@contextmanager
def ruled(made: Counter) -> Iterator[None]:
    """The custodian's terminal, as far as rules go: policy, decoys, calibrations."""
    opened = made.court.zone.opened
    verbs = {
        verb: lambda message, act=act: Message(message.verb, act(opened, message.body))
        for verb, act in terminal_rules.VERBS.items()
    }
    (made.deployment / "custodian").mkdir()
    server, stop = Server(made.deployment / "custodian" / "terminal", verbs, log=print), threading.Event()
    thread = threading.Thread(target=server.serve_forever, args=(stop,))
    thread.start()
    try:
        yield
    finally:
        stop.set()
        thread.join()
