"""A deployment with one edge and one camera, and a repository and custodian in memory behind the real socket."""

import contextlib
import threading
from collections.abc import Iterator
from dataclasses import dataclass, field
from hashlib import sha256
from pathlib import Path

import numpy as np
import skimage
from numpy.typing import NDArray

from countenance.channel.message import Message
from countenance.channel.server import Handler, Server
from countenance.crypto import derive, keypair
from countenance.crypto.keypair import KeyPair
from countenance.crypto.seal import binding, seal
from countenance.crypto.sign import SigningKey
from countenance.crypto.verify import opened
from countenance.errors import Refused, Unavailable
from countenance.faces.image import load
from countenance.formats import records
from countenance.formats.canonical import Json
from countenance.video.encode import Coding, SegmentEncoder
from countenance.video.frame import Frame, of_rgb
from countenance.vocabulary.assurance import Assurance
from countenance.vocabulary.cameras import Partition
from countenance.vocabulary.deployment import Genesis
from countenance.vocabulary.live import Beat
from countenance.vocabulary.requests import Signed
from countenance.vocabulary.second import Share
from countenance.vocabulary.sightings import Lease, LeaseRequest, Manifest, SegmentRecord, SightingRecord
from countenance.zones.edge import camera, identity
from countenance.zones.edge.identity import Identity
from countenance.zones.edge.leases import Held

# The portrait that comes with scikit-image.
ASTRONAUT = Path(skimage.__file__).parent / "data" / "astronaut.png"
DEPLOYMENT = "0123456789abcdef"
KINDS: dict[str, type] = {"edge.sighting": SightingRecord, "edge.segment": SegmentRecord, "edge.manifest": Manifest}
KEYS = {"block": b"b" * 32, "footage": b"f" * 32}


@dataclass
class Repository:
    """Takes everything an edge sends, checks its signatures, and issues leases as an open custodian would."""

    edge: Identity
    epoch: KeyPair = field(default_factory=keypair.generate)
    extracts: bool = True
    locked: bool = False
    refuse: str = ""
    wanted: list[int] = field(default_factory=list)
    taken: dict[str, list[tuple[object, tuple[bytes, ...]]]] = field(default_factory=dict)
    asked: list[LeaseRequest] = field(default_factory=list)
    live: list[tuple[Beat, bytes, bytes]] = field(default_factory=list)
    opened: bool = False

    def lease(self, hour: int, name: str = "entrance") -> tuple[Lease, bytes]:
        made = Lease(
            name, hour, self.edge.name, KEYS["block"], KEYS["footage"], self.epoch.public, extracts=self.extracts
        )
        info = binding("lease", DEPLOYMENT, self.edge.name, str(Partition(name, hour)))
        return made, seal(self.edge.own.public, info, records.write(made))

    def handlers(self) -> dict[str, Handler]:
        return {
            **dict.fromkeys(KINDS, self._take),
            "edge.lease": self._lease,
            "edge.poll": self._poll,
            "edge.live": self._live,
        }

    def _take(self, message: Message) -> Message:
        if message.verb == self.refuse:
            raise Refused("not this one")
        record: object = opened(KINDS[message.verb], records.read(Signed, message.blobs[0]), self.edge.signing.public)
        same = [kept for kept, _ in self.taken.setdefault(message.verb, []) if kept == record]
        if not same:
            self.taken[message.verb].append((record, message.blobs[1:]))
        return Message(message.verb)

    def _lease(self, message: Message) -> Message:
        if self.locked:
            raise Unavailable("the custodian is locked: open it")
        request = opened(LeaseRequest, records.read(Signed, message.blobs[0]), self.edge.signing.public)
        self.asked.append(request)
        hours: list[Json] = list(range(request.first, request.last + 1))
        blobs = tuple(self.lease(hour, request.camera)[1] for hour in range(request.first, request.last + 1))
        return Message("edge.lease", {"hours": hours}, blobs)

    def _poll(self, message: Message) -> Message:
        wanted, self.wanted = self.wanted, []
        return Message("edge.poll", {"manifests_wanted": list(wanted)})

    def _live(self, message: Message) -> Message:
        letter, tile, view = message.blobs
        beat = opened(Beat, records.read(Signed, letter), self.edge.signing.public)
        assert (beat.tile, beat.view) == tuple(sha256(data).digest() if data else b"" for data in (tile, view))
        self.live.append((beat, tile, view))
        return Message("edge.live", {"opened": self.opened})

    def records(self, verb: str) -> list[object]:
        return [record for record, _ in self.taken.get(verb, [])]


def held(lease: Lease, second: Share | None = None) -> Held:
    """The lease as its edge holds it, with a second custodian's share if there is one."""
    parts = (lease, second) if second else (lease,)
    return Held(
        lease.camera,
        lease.hour,
        lease.edge,
        tuple(part.block_key for part in parts),
        derive.combined(*(part.footage_key for part in parts)),
        lease.epoch_public_key,
        lease.extracts,
    )


@dataclass
class World:
    """A deployment's directory and the repository behind its socket."""

    path: Path
    genesis: Genesis
    custodian: KeyPair
    edge: Identity
    repository: Repository

    @property
    def home(self) -> Path:
        return identity.folder(self.path, self.edge.name)


def found(path: Path) -> World:
    """A new deployment in `path` with the edge `host-1` and its camera `entrance`, a clip that is not there yet."""
    custodian, log = keypair.generate(), SigningKey.generate()
    genesis = Genesis(
        deployment=DEPLOYMENT,
        made=1,
        demo=True,
        assurance=Assurance.SINGLE_HOST,
        quorum=2,
        custodian_key=custodian.public,
        log_key=log.public,
        log_origin="test.example/log",
        auditors_key=keypair.generate().public,
    )
    (path / "edge").mkdir()
    (path / "sockets").mkdir()
    for place in (path, path / "edge"):
        (place / "genesis.json").write_bytes(records.write(genesis))
    edge = identity.create(path, "host-1")
    camera.put(path, "host-1", "entrance", str(path / "clip.mp4"))
    return World(path, genesis, custodian, edge, Repository(edge))


@contextlib.contextmanager
def serving(world: World) -> Iterator[None]:
    """The repository answers at its socket while the context lasts."""
    stop = threading.Event()
    server = Server(world.path / "sockets" / "repository", world.repository.handlers(), log=lambda _: None)
    thread = threading.Thread(target=server.serve_forever, args=(stop,), daemon=True)
    thread.start()
    try:
        yield
    finally:
        stop.set()
        thread.join()


def walk(frames: int, *, size: tuple[int, int] = (320, 240), people: int = 1) -> list[NDArray[np.uint8]]:
    """Pictures (height, width, 3) of a portrait that moves to the right over a plain wall, one row a person."""
    portrait = load(ASTRONAUT)[0:220, 120:320][::2, ::2]
    height, width, _ = portrait.shape
    pictures = []
    for number in range(frames):
        picture = np.full((size[1], size[0], 3), 150, np.uint8)
        for person in range(people):
            x, y = (10 + 6 * number) % (size[0] - width), 10 + 115 * person
            picture[y : y + height, x : x + width] = portrait
        pictures.append(picture)
    return pictures


def clip(path: Path, pictures: list[NDArray[np.uint8]], *, interval: int = 40) -> None:
    """Write a video of `pictures`, one every `interval` milliseconds."""
    height, width, _ = pictures[0].shape
    encoder = SegmentEncoder(width, height, rate=1000 / interval, coding=Coding(quality=20))
    for number, picture in enumerate(pictures):
        encoder.add(of_rgb(picture, index=number, moment_ms=number * interval))
    segment = encoder.finish()
    assert segment is not None
    path.write_bytes(segment.data)


def frame(moment: int, picture: NDArray[np.uint8]) -> Frame:
    return of_rgb(picture, moment_ms=moment)
