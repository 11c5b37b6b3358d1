"""A real gallery custodian in a directory, with people, an edge, references made from vectors, and a clock."""

import hashlib
import secrets
from dataclasses import dataclass, field
from pathlib import Path

import numpy as np

from countenance.channel import session as sessions
from countenance.channel.message import Message
from countenance.channel.server import Handler
from countenance.channel.session import Caller, Session
from countenance.crypto import segment, sign
from countenance.crypto.lease import OwnKey
from countenance.crypto.seal import binding, seal
from countenance.errors import Refused
from countenance.formats import canonical, probes, records
from countenance.formats.probes import HEADER, Heading
from countenance.matching import encode, matcher
from countenance.vocabulary.acts import Filing, Nothing, Verb
from countenance.vocabulary.cameras import Camera
from countenance.vocabulary.deployment import Genesis
from countenance.vocabulary.entries import Kind
from countenance.vocabulary.galleries import GalleryLimits, Reference, Referral, StandingGallery, reference_of
from countenance.vocabulary.moments import MILLISECONDS_AN_HOUR as HOUR
from countenance.vocabulary.requests import Ask
from countenance.vocabulary.warrants import Approval, Probe, ProbeBinding
from countenance.zones.custodian import edges, founding, roster
from countenance.zones.custodian.gallery import service
from countenance.zones.custodian.gallery.lifecycle import GalleryCustodian
from countenance.zones.custodian.keys import Secret, Sharing
from countenance.zones.custodian.opened import Opened
from simulator.authenticator import Authenticator
from simulator.counted import calibrated
from simulator.people import CAST, genesis, key_of, person, unit
from simulator.zone import Clock, Edge

EXTRACTOR = hashlib.sha256(b"extractor").digest()
GALLERY = "00aa11bb22cc33dd"
PEOPLE = tuple(name for name, _, _ in CAST)
FLIGHT = "AC834-226-YUL-FRA"
APPROVERS = ("supervisor-1", "court-b/judge-1")


class Wire:
    """What `channel.client.Connection` is to an edge, without a socket."""

    def __init__(self, handlers: dict[str, Handler]) -> None:
        self.handlers = handlers
        self.answers: list[Message] = []

    def call(self, verb: str, body: object = None, blobs: tuple[bytes, ...] = ()) -> Message:
        answer = self.handlers[verb](Message(verb, dict(body or {}), blobs))
        self.answers.append(answer)
        return answer

    def close(self) -> None:
        pass

    def __enter__(self) -> "Wire":
        return self

    def __exit__(self, *_: object) -> None:
        pass


@dataclass
class Watched:
    """A gallery custodian, its people and one edge with the camera `hall`."""

    directory: Path
    clock: Clock = field(default_factory=Clock)
    said: list[str] = field(default_factory=list)
    of: Genesis = field(default_factory=genesis)
    keys: dict[str, Authenticator] = field(default_factory=dict)
    """Who signs with a credential; everyone else with a key file."""

    def __post_init__(self) -> None:
        self.helper = Edge("probe", "probe")
        self.edge = Edge("host-1")
        plan = founding.Plan("gallery", self.of, Sharing(2, 2), self.helper.identity, ("photos", "masked"))
        founded = founding.found(self.directory, plan, clock=self.clock, random=secrets.token_bytes)
        self.genesis, self.shares = founded.genesis, founded.shares
        self.custodian = self.process()

    def process(self) -> GalleryCustodian:
        """A new process over the same directory, locked."""
        return GalleryCustodian(self.directory, clock=self.clock, random=secrets.token_bytes, log=self.said.append)

    def open(self) -> None:
        self.custodian.open(Secret(shares=self.shares))

    def populate(self) -> None:
        """Everybody on the roster, the edge enrolled."""
        with self.custodian.acting() as opened:
            for name in PEOPLE:
                roster.add(opened, person(name))
            edges.enrol(opened, self.edge.identity)
            calibrated(opened)

    def crash(self) -> None:
        """What a kill does; then a new process, locked."""
        opened: Opened = self.custodian._opened
        opened.store.close()
        opened.sequencer.close()
        self.custodian = self.process()

    @property
    def handlers(self) -> dict[str, Handler]:
        return dict(service.handlers(self.custodian))

    def ask(self, name: str, verb: Verb, body: object, *blobs: bytes) -> tuple[dict[str, object], tuple[bytes, ...]]:
        """An act of somebody, sealed and answered as over the socket."""
        deployment, nonce, reply = self.genesis.deployment, secrets.token_bytes(16), OwnKey.generate()
        ask = Ask(deployment, name, verb.value, records.write(body), self.clock(), nonce, reply.public)
        signed = self.keys[name].signed(ask) if name in self.keys else sign.signed(ask, name, key_of(name))
        letter = records.write(signed)
        sealed = seal(self.genesis.custodian_key, binding("ask", deployment), letter)
        answer = self.handlers["ask"](Message("ask", {}, (sealed, *blobs)))
        plain = canonical.read(reply.open(binding("answer", deployment, nonce.hex()), answer.blobs[0]))
        assert isinstance(plain, dict)
        return plain, answer.blobs[1:]

    def reference(
        self, vector: np.ndarray, photo: bytes = b"a photo", *, name: str = ""
    ) -> tuple[Reference, tuple[bytes, ...]]:
        """A reference as the probe helper makes it, and what is brought beside it."""
        coded, key = encode.to_bytes(encode.encode(vector)), secrets.token_bytes(32)
        name = name or secrets.token_hex(8)
        bound = ProbeBinding(hashlib.sha256(photo).digest(), hashlib.sha256(coded).digest(), EXTRACTOR, "probe")
        probe = Probe(
            bound.image_digest,
            bound.template_digest,
            EXTRACTOR,
            "probe",
            self.helper.signing.sign(records.write(bound)),
        )
        public, deployment = self.genesis.custodian_key, self.genesis.deployment
        parts = (
            seal(public, binding("probe", deployment, name), coded),
            seal(public, binding("photo", deployment, name), key),
            segment.encrypt(key, photo),
        )
        return Reference(name, probe), parts

    def text(self, references: tuple[Reference, ...], **changed: object) -> StandingGallery:
        now = self.clock()
        facts: dict[str, object] = {
            "deployment": self.genesis.deployment,
            "gallery": GALLERY,
            "number": 1,
            "case": "case 9",
            "purpose": "a missing child",
            "legal_basis": "law 3",
            "requester": "officer-1",
            "made": now,
            "references": references,
            "cameras": (camera("hall"),),
            "start": now,
            "end": now + 24 * HOUR,
            "threshold": 500,
            "limits": GalleryLimits(2, 5, now + 90 * 24 * HOUR, 10),
        }
        return StandingGallery(**(facts | changed))

    def refer(self, *brought: tuple[Reference, tuple[bytes, ...]], gallery: str = GALLERY) -> None:
        blobs = [part for _, parts in brought for part in parts]
        self.ask("officer-1", Verb.REFER, Referral(gallery, tuple(one for one, _ in brought)), *blobs)

    def draft(self, text: StandingGallery) -> dict[str, object]:
        spelled = records.write(text)
        info = binding("warrant", text.deployment, text.gallery, str(text.number))
        filing = Filing(text.gallery, text.number, hashlib.sha256(spelled).digest())
        sealed = seal(self.genesis.custodian_key, info, spelled)
        return self.ask(text.requester, Verb.DRAFT, filing, sealed)[0]

    def word(self, name: str, text: StandingGallery, *, approves: bool = True) -> dict[str, object]:
        reason = "" if approves else "not so"
        said = Approval(text.gallery, text.number, records.digest(text), name, approves, reason, self.clock())
        return self.ask(name, Verb.APPROVE, said)[0]

    def stand(self, *vectors: np.ndarray, **changed: object) -> StandingGallery:
        """A gallery of these people, drafted and approved by two of two organisations."""
        brought = [self.reference(vector) for vector in vectors]
        text = self.text(tuple(one for one, _ in brought), **changed)
        self.refer(*brought, gallery=text.gallery)
        self.draft(text)
        for name in APPROVERS:
            self.word(name, text)
        return text

    def fly(self, kiosks: tuple[str, ...], *shots: tuple[str, np.ndarray], **changed: object) -> StandingGallery:
        """The gallery of FLIGHT at `kiosks`, approved: each of `shots` a check-in number and a vector."""
        counted: dict[str, int] = {}
        brought = []
        for sequence, vector in shots:
            shot = counted[sequence] = counted.get(sequence, -1) + 1
            brought.append(self.reference(vector, name=reference_of(sequence, shot)))
        facts: dict[str, object] = {
            "cameras": tuple(camera(name, edge=name, place="gate") for name in kiosks),
            "end": self.clock() + 4 * HOUR,
            "limits": GalleryLimits(10, 30, self.clock() + HOUR, 10),
            "flight": FLIGHT,
        }
        text = self.text(tuple(one for one, _ in brought), **(facts | changed))
        self.refer(*brought, gallery=text.gallery)
        self.draft(text)
        for name in APPROVERS:
            self.word(name, text)
        return text

    def session(self, camera: str = "hall", edge: Edge | None = None) -> tuple[Session, Wire]:
        wire, edge = Wire(self.handlers), edge or self.edge
        caller = Caller(edge.name, camera, edge.signing)
        session = sessions.begin(wire, self.genesis, caller, self.clock())
        if session is None:
            raise Refused("no gallery stands")
        return session, wire

    def compare(self) -> int:
        """Everything that waits, as the thread does; how many."""
        done = 0
        while (waiting := self.custodian.sessions.next(lambda: False, 0)) is not None:
            with self.custodian.acting() as opened:
                self.custodian._comparer.compare(opened, self.custodian.galleries, waiting)
            done += 1
        return done

    def kinds(self) -> list[Kind]:
        with self.custodian.acting() as opened:
            return [entry.kind for entry in opened.sequencer.entries()]

    def alerts(self, name: str = "reviewer-1") -> list[dict[str, object]]:
        found = self.ask(name, Verb.ALERTS, Nothing())[0]["alerts"]
        assert isinstance(found, list)
        return found


def camera(name: str, **changed: object) -> Camera:
    facts = {
        "name": name,
        "edge": "host-1",
        "place": "hall",
        "purpose": "safety",
        "legal_basis": "law 1",
        "dpia": "dpia 1",
        "notice": "a notice",
        "retention_hours": 72,
        "publicly_accessible": False,
    }
    return Camera(**(facts | changed))


def probe(text: StandingGallery, rows: np.ndarray, vector: np.ndarray, *, sighting: str = "") -> bytearray:
    """What an edge sends of one track for one gallery."""
    q = encode.encode(vector)
    heading = Heading(text.gallery, text.number, len(rows), 1234, sighting or secrets.token_hex(16), len(q))
    plain = bytearray(heading.size)
    probes.write_heading(heading, plain)
    plain[HEADER : HEADER + 2 * len(q)] = encode.to_bytes(q)
    plain[heading.products_at :] = matcher.products(q, rows).astype("<i4").tobytes()
    return plain


def masked_rows(session: Session) -> np.ndarray:
    """The rows of the one gallery that stands."""
    (listed,), rows = session.galleries(())
    return np.frombuffer(rows[listed.digest], "<i2").reshape(listed.rows, listed.dimension)


def stranger(seed: int) -> np.ndarray:
    return unit(10_000 + seed)
