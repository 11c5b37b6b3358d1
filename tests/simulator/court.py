"""A deployment's people and its repository around a real custodian: warrants filed, rows kept, products computed.

The repository here keeps what a real one keeps, and lies where a test tells it to.
"""

import hashlib
import json
import secrets
import tempfile
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from pathlib import Path

import numpy as np

from countenance.channel.message import Message
from countenance.channel.server import Server
from countenance.crypto import sign
from countenance.crypto.lease import OwnKey
from countenance.crypto.seal import binding, seal
from countenance.crypto.sign import SigningKey
from countenance.formats import records
from countenance.matching import encode, mask, matcher
from countenance.vocabulary.acts import Candidacy, Clearance, Filing, Named, Nothing, Review, Verb
from countenance.vocabulary.deployment import ApprovalOrigin
from countenance.vocabulary.requests import Ask
from countenance.vocabulary.sightings import Lease, Manifest
from countenance.vocabulary.warrants import Approval, Verdict, Warrant
from countenance.zones.custodian import acts, alarms, disclosure, intake, retrieval, tagging
from simulator.counted import calibrated
from simulator.people import CAST, EXTRACTOR, HOUR, NOW, TEMPLATE, key_of, probe, warrant
from simulator.zone import Edge, Sighting, Zone, manifest, presented, sighting

THIS_HOUR = NOW // HOUR
LAST_HOUR = THIS_HOUR - 1
PHOTO_KEY = hashlib.sha256(b"photo key").digest()
BUNDLE, BUNDLE_KEY = b"the evidence, encrypted", bytes(range(32))
EVIDENCE = hashlib.sha256(b"disclosure.json").digest()


@dataclass
class Letter:
    """A sealed ask, and what opens its answer."""

    sealed: bytes
    own: OwnKey
    info: bytes

    def read(self, answer: Message) -> dict:
        return json.loads(self.own.open(self.info, answer.blobs[0]))


@dataclass
class Row:
    """A row as the repository has it: `row` with the custodian's `mac`, in sheet `number` at `position`."""

    sighting: Sighting
    row: bytes
    number: int = 0
    position: int = 0
    generation: int = 0
    mac: bytes = b""


@dataclass
class Court:
    """Everybody, and everything in the repository. `rows` by (camera, hour), `filed` by (warrant, number)."""

    zone: Zone
    edge: Edge
    leases: dict[tuple[str, int], Lease] = field(default_factory=dict)
    rows: dict[tuple[str, int], list[Row]] = field(default_factory=dict)
    manifests: dict[tuple[str, int], Manifest] = field(default_factory=dict)
    filed: dict[tuple[str, int], tuple[bytes, bytes, bytes]] = field(default_factory=dict)

    @classmethod
    def sit(
        cls, directory: Path, *, demo: bool = True, kind: type[Zone] = Zone, **origins: ApprovalOrigin | None
    ) -> "Court":
        zone = kind(directory, demo=demo, **origins)
        zone.open()
        zone.admit(*(name for name, _, _ in CAST))
        calibrated(zone.opened)
        court = cls(zone, zone.enrol("edge-1"))
        for camera in ("hall-east", "hall-west"):
            zone.declare(camera, court.edge)
            for hour in (LAST_HOUR, THIS_HOUR):
                court.leases[camera, hour] = zone.lease(court.edge, camera, hour)
                court.rows[camera, hour] = []
        return court

    # What the edge does.

    def pass_by(self, template: np.ndarray, camera: str = "hall-east", hour: int = LAST_HOUR, **changed: object) -> str:
        """Somebody walks past a camera; returns the sighting's id."""
        extractor = changed.get("extractor", EXTRACTOR)
        made = sighting(self.zone, self.edge, self.leases[camera, hour], extractor=extractor)
        row = mask.mask(encode.encode(template), self.leases[camera, hour].block_key, made.nonce)
        row = self.zone.stacked(row, self.edge, self.leases[camera, hour], made.nonce)
        made.record = replace(made.record, row_digest=hashlib.sha256(row).digest(), **changed)
        made.row = row
        done = intake.sightings(self.zone.opened, presented(made))
        assert done.placed, done.refused
        (at,) = done.placed
        self.rows[camera, hour].append(Row(made, row, at.number, at.position, at.generation, at.mac))
        return made.record.sighting

    def tell(self, *, listed: dict[tuple[str, int], list[Sighting]] | None = None, only: object = None) -> None:
        """Manifests for every partition, closed where the hour is over. `listed`: what the edge says instead."""
        for place, lease in self.leases.items():
            if only is not None and place != only:
                continue
            named = (listed or {}).get(place, [row.sighting for row in self.rows[place]])
            made = manifest(self.zone, self.edge, lease, named, self.manifests.get(place))
            made = replace(
                made,
                sightings=tuple(records.digest(one.record) for one in named),
                closed=(lease.hour + 1) * HOUR <= self.zone.clock(),
            )
            intake.manifest(self.zone.opened, self.edge.signed(made))
            self.manifests[place] = made

    # What people do.

    def letter(
        self, name: str, verb: Verb, body: object, /, *, key: SigningKey | None = None, **changed: object
    ) -> Letter:
        own, nonce = OwnKey.generate(), secrets.token_bytes(16)
        deployment = self.zone.genesis.deployment
        ask = Ask(deployment, name, verb.value, records.write(body), self.zone.clock(), nonce, own.public)
        ask = replace(ask, **changed)
        signed = sign.signed(ask, name, key or key_of(name))
        sealed = seal(self.zone.genesis.custodian_key, binding("ask", deployment), records.write(signed))
        return Letter(sealed, own, binding("answer", deployment, nonce.hex()))

    def ask(self, name: str, verb: Verb, body: object, /, *, papers: tuple[bytes, ...] = (), **changed: object) -> dict:
        letter = self.letter(name, verb, body, **changed)
        return letter.read(acts.answer(self.zone.opened, Message("ask", {}, (letter.sealed, *papers))))

    def text(self, **changed: object) -> Warrant:
        made = warrant(deployment=self.zone.genesis.deployment, probe=probe(key=self.zone.probe.signing))
        return replace(made, **changed)

    def sealed(self, text: Warrant, template: bytes = TEMPLATE) -> tuple[bytes, bytes, bytes]:
        deployment, key = self.zone.genesis.deployment, self.zone.genesis.custodian_key
        return (
            seal(key, binding("warrant", deployment, text.warrant, str(text.number)), records.write(text)),
            seal(key, binding("probe", deployment, text.warrant), template),
            seal(key, binding("photo", deployment, text.warrant), PHOTO_KEY),
        )

    def file(
        self, text: Warrant, name: str = "officer-1", *, template: bytes = TEMPLATE, others: Callable | None = None
    ) -> dict:
        """Draft or narrow. `others`: what the repository does to the pairs of id and template it puts beside."""
        filing = Filing(text.warrant, text.number, records.digest(text))
        papers = self.sealed(text, template)
        verb = Verb.DRAFT if text.number == 1 else Verb.NARROW
        letter = self.letter(name, verb, filing)
        body, blobs = self.beside(others)
        answer = letter.read(acts.answer(self.zone.opened, Message("ask", body, (letter.sealed, *papers, *blobs))))
        self.filed[text.warrant, text.number] = papers
        return answer

    def beside(self, others: Callable | None = None) -> tuple[dict, list[bytes]]:
        """What the repository adds to a draft: the sealed templates of the warrants that run."""
        running = alarms.named(self.zone.opened, Message("warrants.running")).body["warrants"]
        pairs = [(one, self.filed[one, 1][1]) for one in running if (one, 1) in self.filed]
        pairs = others(pairs) if others else pairs
        return {"others": [one for one, _ in pairs]}, [sealed for _, sealed in pairs]

    def say(self, name: str, text: Warrant, *, approves: bool = True, **changed: object) -> dict:
        digest = records.digest(text)
        said = Approval(text.warrant, text.number, digest, name, approves, "" if approves else "no", self.zone.clock())
        return self.ask(name, Verb.APPROVE, replace(said, **changed))

    def approved(self, **changed: object) -> Warrant:
        """A warrant that two persons of two organisations have signed."""
        text = self.text(**changed)
        self.file(text)
        self.say("supervisor-1", text)
        self.say("court-b/judge-1", text)
        return text

    def search(self, text: Warrant, name: str = "officer-1", **lies: Callable) -> dict:
        """The whole way. `lies`: what the repository does to `papers` before, and to (body, blobs) between."""
        letter, begun = self.begin(text, name, papers=lies.get("papers"))
        return letter.read(self.finish(begun, lies.get("between")))

    def begin(
        self, text: Warrant, name: str = "officer-1", *, papers: Callable | None = None
    ) -> tuple[Letter, Message]:
        named = Named(text.warrant, text.number, records.digest(text))
        letter = self.letter(name, Verb.SEARCH, named)
        sealed = self.filed[text.warrant, text.number][:2]
        sealed = papers(sealed) if papers else sealed
        return letter, retrieval.begin(self.zone.opened, Message("search.begin", {}, (letter.sealed, *sealed)))

    def named(self, begun: Message) -> Message:
        return retrieval.named(self.zone.opened, Message("search.sheets", {"search": begun.body["search"]}))

    def finish(self, begun: Message, between: Callable | None = None) -> Message:
        """Name the sheets, multiply, finish; if the custodian doubts, present those sheets' rows and finish again."""
        named = self.named(begun)
        body, products = {"search": begun.body["search"], "missing": []}, self.products(named)
        if between:
            body, products = between(body, products)
        question = Message("search.finish", body, (products,))
        answer = retrieval.finish(self.zone.opened, question)
        if "doubtful" not in answer.body:
            return answer
        for index in answer.body["doubtful"]:
            self.present(*named.body["sheets"][index][:4])
        return retrieval.finish(self.zone.opened, question)

    def products(self, named: Message) -> bytes:
        q = np.frombuffer(named.blobs[0], dtype="<i2").astype(np.int16)
        parts = []
        for camera, hour, number, generation, count in named.body["sheets"]:
            rows = np.zeros((count, len(q)), dtype=np.int16)
            for one in self.sheet(camera, hour, number, generation):
                if one.position < count:
                    rows[one.position] = np.frombuffer(one.row, dtype="<i2")
            parts.append(matcher.products(q, rows).astype("<i4").tobytes())
        return b"".join(parts)

    def sheet(self, camera: str, hour: int, number: int, generation: int) -> list[Row]:
        held = self.rows.get((camera, hour), [])
        return [one for one in held if (one.number, one.generation) == (number, generation)]

    def present(self, camera: str, hour: int, number: int, generation: int) -> Message:
        """The rows of a doubted sheet, with their MACs."""
        body = {"camera": camera, "hour": hour, "number": number, "generation": generation}
        return tagging.repair(self.zone.opened, Message("tags.repair", body, self.parts(*body.values())))

    def parts(self, camera: str, hour: int, number: int, generation: int) -> tuple[bytes, bytes, bytes]:
        held = self.sheet(camera, hour, number, generation)
        positions = b"".join(one.position.to_bytes(2, "little") for one in held)
        return positions, b"".join(one.row for one in held), b"".join(one.mac for one in held)

    def look(self, name: str, text: Warrant, candidate: str) -> dict:
        body = Candidacy(text.warrant, text.number, candidate)
        return self.ask(name, Verb.CANDIDATE, body, papers=self.filed[text.warrant, text.number])

    def judge(self, name: str, text: Warrant, candidate: str, verdict: Verdict = Verdict.SAME) -> dict:
        return self.ask(name, Verb.REVIEW, Review(text.warrant, text.number, candidate, verdict))

    def confirm(self, text: Warrant, candidate: str) -> None:
        for name in ("reviewer-1", "reviewer-2"):
            self.look(name, text, candidate)
            self.judge(name, text, candidate)

    def disclose(self, text: Warrant, candidate: str, evidence: Path, name: str = "officer-1") -> tuple[dict, bytes]:
        letter = self.letter(name, Verb.DISCLOSE, Candidacy(text.warrant, text.number, candidate))
        blobs = (letter.sealed, *self.filed[text.warrant, text.number])
        answer = disclosure.disclose(self.zone.opened, Message("disclose", {}, blobs), evidence)
        return letter.read(answer), answer.blobs[1]

    def frozen(self) -> dict[str, dict]:
        """Who is frozen, by name, as an approver sees it."""
        return {one["person"]: one for one in self.ask("court-b/judge-2", Verb.FREEZES, Nothing())["frozen"]}

    def clear(self, name: str, *by: str) -> dict:
        """Approvers sign that `name` may act again."""
        word = Clearance(name, self.frozen()[name]["entry"])
        return [self.ask(one, Verb.CLEAR, word) for one in by or ("supervisor-1", "court-b/judge-1")][-1]

    # What tests look at.

    def facts(self, kind: object) -> list[dict[str, str]]:
        return [dict(entry.facts) for entry in self.zone.opened.sequencer.entries() if entry.kind is kind]


@contextmanager
def sitting(*, demo: bool = True, kind: type[Zone] = Zone, **origins: ApprovalOrigin | None) -> Iterator[Court]:
    """A court in memory where the machine has a file system there: what counts here is what is said, not the disk."""
    memory = Path("/dev/shm")
    with tempfile.TemporaryDirectory(dir=memory if memory.is_dir() else None) as directory:
        court = Court.sit(Path(directory), demo=demo, kind=kind, **origins)
        yield court
        court.zone.crash()


@contextmanager
def evidence_process(path: Path, **handlers: Callable[[Message], Message]) -> Iterator[list[Message]]:
    """Something that answers like the evidence process, at `path`; yields the messages it was sent."""
    heard: list[Message] = []

    def remembered(act: Callable[[Message], Message]) -> Callable[[Message], Message]:
        def handle(message: Message) -> Message:
            heard.append(message)
            return act(message)

        return handle

    usual = {
        "compose": lambda _: Message("composed", {"evidence": EVIDENCE.hex()}),
        "deliver": lambda _: Message("delivered", {"files": 7}, (BUNDLE, BUNDLE_KEY)),
    }
    server = Server(path, {v: remembered(a) for v, a in {**usual, **handlers}.items()}, log=lambda _: None)
    stop = threading.Event()
    thread = threading.Thread(target=server.serve_forever, args=(stop,))
    thread.start()
    try:
        yield heard
    finally:
        stop.set()
        thread.join()
