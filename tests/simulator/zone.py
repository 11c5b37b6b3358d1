"""A real custodian in a directory, opened with real shares, with edges that sign and a clock that tests turn."""

import copy
import hashlib
import secrets
import shutil
from dataclasses import dataclass, field, replace
from pathlib import Path

from countenance.crypto import sign
from countenance.crypto.lease import OwnKey
from countenance.crypto.seal import binding, seal
from countenance.crypto.sign import SigningKey
from countenance.formats import records
from countenance.vocabulary.acts import Declaration, Verb
from countenance.vocabulary.cameras import Camera, Partition
from countenance.vocabulary.deployment import ApprovalOrigin, Genesis
from countenance.vocabulary.entries import Entry, Kind
from countenance.vocabulary.moments import Hour
from countenance.vocabulary.requests import Ask
from countenance.vocabulary.second import Share
from countenance.vocabulary.sightings import Counters, Lease, LeaseRequest, Manifest, SightingRecord
from countenance.zones.custodian import cameras, edges, genesis, intake, leases, opening, roster
from countenance.zones.custodian.keys import Secret, Sharing
from countenance.zones.custodian.opened import Opened
from countenance.zones.custodian.records import EdgeIdentity
from countenance.zones.custodian.requests import Admitted
from simulator.people import NOW, key_of, person

EXTRACTOR = hashlib.sha256(b"extractor").digest()


@dataclass
class Clock:
    """Stands still unless a test turns it. `now`: UTC milliseconds."""

    now: int = NOW

    def __call__(self) -> int:
        return self.now


@dataclass
class Edge:
    """An edge host: what it signs with, and what leases are sealed to."""

    name: str
    kind: str = "edge"
    signing: SigningKey = field(default_factory=SigningKey.generate)
    own: OwnKey = field(default_factory=OwnKey.generate)

    @property
    def identity(self) -> EdgeIdentity:
        return EdgeIdentity(self.name, self.kind, self.signing.public, self.own.public)

    def signed(self, record: object) -> bytes:
        return records.write(sign.signed(record, self.name, self.signing))


class Zone:
    """A custodian's directory. `opened` while it is open; `probe` is enrolled from the beginning."""

    def __init__(
        self,
        directory: Path,
        *,
        demo: bool = True,
        quorum: int = 2,
        approval: ApprovalOrigin | None = None,
        console: ApprovalOrigin | None = None,
        portal: ApprovalOrigin | None = None,
        custodians: int = 1,
    ) -> None:
        self.directory = directory
        self.clock = Clock()
        self.probe = Edge("probe", "probe")
        probe, sharing = self.probe.identity, Sharing(2, 2)
        plan = genesis.Plan(demo, quorum, sharing, probe, approval, custodians, console=console, portal=portal)
        founded = genesis.found(directory, plan, clock=self.clock, random=secrets.token_bytes)
        self.genesis: Genesis = founded.genesis
        self.auditors_private = founded.auditors_private
        self.shares = founded.shares
        self._opened: Opened | None = None

    def copied(self, directory: Path) -> "Zone":
        """The same custodian, locked, in another directory: quicker than founding one a test."""
        shutil.copytree(self.directory, directory, dirs_exist_ok=True)
        again = copy.copy(self)
        again.directory, again.clock, again._opened = directory, Clock(self.clock.now), None
        return again

    @property
    def opened(self) -> Opened:
        assert self._opened is not None
        return self._opened

    def open(self) -> Opened:
        secret = Secret(shares=self.shares)
        self._opened = opening.open_custodian(self.directory, secret, clock=self.clock, random=secrets.token_bytes)
        return self._opened

    def crash(self) -> None:
        """What a kill does: nothing is said, files stay as they are."""
        if self._opened is not None:
            self._opened.store.close()
            self._opened.sequencer.close()
        self._opened = None

    def reopen(self) -> Opened:
        self.crash()
        return self.open()

    def admit(self, *names: str) -> None:
        """Put people of `simulator.people` on the roster."""
        for name in names:
            roster.add(self.opened, person(name))

    def ask(self, name: str, verb: Verb, body: object) -> Admitted:
        """An admitted request of somebody, as `requests.admit` would return it."""
        ask = Ask(
            self.genesis.deployment,
            name,
            verb.value,
            records.write(body),
            self.clock(),
            secrets.token_bytes(16),
            OwnKey.generate().public,
        )
        return Admitted(person(name), ask, sign.signed(ask, name, key_of(name)))

    def enrol(self, name: str) -> Edge:
        edge = Edge(name)
        edges.enrol(self.opened, edge.identity)
        return edge

    def declare(self, name: str, edge: Edge, *, retention: int = 72, public: bool = False) -> Camera:
        camera = Camera(name, edge.name, "hall", "lost persons", "Art. 6(1)(e)", "DPIA-1", "notice", retention, public)
        cameras.declare(self.opened, self.ask("operator-1", Verb.DECLARE, Declaration(camera)))
        return camera

    def lease(self, edge: Edge, camera: str, hour: int) -> Lease:
        request = LeaseRequest(edge.name, camera, hour, hour, self.clock())
        hours, sealed = leases.issue(self.opened, edge.signed(request))
        assert hours == (hour,)
        partition = str(Partition(camera, hour))
        info = binding("lease", self.genesis.deployment, edge.name, partition)
        return records.read(Lease, edge.own.open(info, sealed[0]))

    def values(self, edge: Edge, lease: Lease) -> tuple[Lease | Share, ...]:
        """What keys of the lease's hour are combined of: here the lease alone."""
        del edge
        return (lease,)

    def stacked(self, row: bytes, edge: Edge, lease: Lease, nonce: bytes) -> bytes:
        """The row under the pads of other custodians, too: here there is none."""
        del edge, lease, nonce
        return row

    def kinds(self) -> list[Kind]:
        return [entry.kind for entry in self.opened.sequencer.entries()]

    def last(self, kind: Kind) -> Entry:
        return [entry for entry in self.opened.sequencer.entries() if entry.kind is kind][-1]


@dataclass
class Sighting:
    """A sighting as an edge presents it."""

    record: SightingRecord
    nonce: bytes
    sealed: bytes
    edge: Edge
    row: bytes

    @property
    def blobs(self) -> tuple[bytes, bytes, bytes]:
        return self.edge.signed(self.record), self.sealed, self.row


def sighting(
    zone: Zone, edge: Edge, lease: Lease, *, nonce: bytes = b"", name: str = "", extractor: bytes = EXTRACTOR
) -> Sighting:
    """A new sighting in the lease's partition. Digests stand for bytes that nobody here looks at."""
    nonce, name = nonce or secrets.token_bytes(16), name or secrets.token_hex(16)
    partition = str(Partition(lease.camera, lease.hour))
    info = binding("nonce", zone.genesis.deployment, edge.name, partition, name, extractor.hex())
    sealed = seal(lease.epoch_public_key, info, nonce)
    start = Hour(lease.hour).start + 1000
    row = secrets.token_bytes(2 * 128)
    record = SightingRecord(
        sighting=name,
        edge=edge.name,
        camera=lease.camera,
        hour=lease.hour,
        start=start,
        end=start + 4000,
        quality=800,
        shots=5,
        dimension=128,
        extractor=extractor,
        row_digest=hashlib.sha256(row).digest(),
        still_digest=hashlib.sha256(name.encode() + b"still").digest(),
        patches_digest=hashlib.sha256(name.encode() + b"patches").digest(),
        sealed_nonce_digest=hashlib.sha256(sealed).digest(),
    )
    return Sighting(record, nonce, sealed, edge, row)


def manifest(zone: Zone, edge: Edge, lease: Lease, listed: list[Sighting], after: Manifest | None = None) -> Manifest:
    """The next manifest of the lease's partition."""
    first = Manifest(
        edge=edge.name,
        camera=lease.camera,
        hour=lease.hour,
        number=1,
        previous=b"",
        made=zone.clock(),
        closed=False,
        extractor=EXTRACTOR,
        sightings=tuple(records.digest(one.record) for one in listed),
        segments=(),
        counters=Counters(),
    )
    return first if after is None else replace(first, number=after.number + 1, previous=records.digest(after))


def presented(*sightings: Sighting) -> tuple[bytes, ...]:
    """The blobs of `intake.sightings`."""
    return tuple(blob for one in sightings for blob in one.blobs)


def taken(zone: Zone, blobs: tuple[bytes, ...]) -> tuple[list[str], list[tuple[str, str]]]:
    """What the custodian takes in of these, by id, and what it refuses."""
    done = intake.sightings(zone.opened, blobs)
    return [one.sighting for one in done.placed], done.refused


def only(opened: Opened, name: str, *cameras: str) -> None:
    """Give somebody on the roster these cameras from now on, as a terminal does: off it, and on it again."""
    known = roster.person(opened, name)
    roster.revoke(opened, name)
    roster.add(opened, replace(known, cameras=cameras))
