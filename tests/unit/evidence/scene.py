"""A small true story: a person walks past one camera beside a passer-by, is searched for, confirmed and disclosed.

Everything is as the zones make it (signed records, encrypted segments and patches, a log with proofs); only the
processes are missing. The person's face is a portrait that comes with scikit-image.
"""

import hashlib
import io
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from pathlib import Path

import numpy as np
import skimage
from numpy.typing import NDArray
from PIL import Image

from countenance.channel.message import Message
from countenance.crypto import derive, segment
from countenance.crypto.provenance import Authority
from countenance.crypto.sign import SigningKey, signed
from countenance.errors import Unavailable
from countenance.evidence import instructions
from countenance.evidence.instructions import Task
from countenance.evidence.manifest import Signing
from countenance.faces import card, image
from countenance.faces.alignment import align
from countenance.faces.card import DetectorCard, ExtractorCard
from countenance.faces.detector import Detector
from countenance.faces.extractor import Extractor, values
from countenance.formats import canonical, patches, records
from countenance.formats.patches import Piece
from countenance.log.sequencer import Sequencer
from countenance.matching import encode
from countenance.video.encode import SegmentEncoder
from countenance.video.frame import of_rgb
from countenance.vocabulary.acts import Candidacy, Review, Verb
from countenance.vocabulary.assurance import Assurance
from countenance.vocabulary.cameras import Camera
from countenance.vocabulary.deployment import Genesis
from countenance.vocabulary.disclosures import Instructions, Logged
from countenance.vocabulary.entries import Kind
from countenance.vocabulary.moments import MILLISECONDS_AN_HOUR, Moment
from countenance.vocabulary.requests import Ask, Signed
from countenance.vocabulary.sightings import SegmentRecord, SightingRecord
from countenance.vocabulary.warrants import (
    Approval,
    Limits,
    Person,
    Probe,
    ProbeBinding,
    Role,
    Scope,
    Verdict,
    Warrant,
    WarrantKind,
)

HOUR = 500_000
START: Moment = HOUR * MILLISECONDS_AN_HOUR + 60_000
INTERVAL = 40
FRAMES = 100
WIDTH, HEIGHT, FACE = 320, 240, 96
# The person is before the camera in these frames; the passer-by in all of them.
WALK = range(55, 75)
GREY = (128, 128, 128)
DEPLOYMENT, WARRANT = "00112233445566aa", "aabbccddeeff0011"
SIGHTING, EDGE = "5" * 32, "host-1"
CANDIDATE = {"warrant": WARRANT, "number": "1"}
AUTHORITY = Authority(b"evidence authority of the scene.", DEPLOYMENT)


@dataclass(slots=True)
class Clock:
    """Every reading is a second later than the last."""

    now: Moment = START + 3_600_000

    def __call__(self) -> Moment:
        self.now += 1000
        return self.now


@dataclass(frozen=True, slots=True)
class Actor:
    person: Person
    key: SigningKey


def actor(name: str, organisation: str, role: Role) -> Actor:
    key = SigningKey.generate()
    return Actor(Person(name, organisation, (role,), key.public), key)


@dataclass(slots=True)
class Store:
    """The repository's side: answers from these, which a test may alter."""

    objects: dict[str, bytes]
    segments: list[Signed]
    footage: dict[str, bytes]
    photo: bytes

    def handlers(self) -> Mapping[str, object]:
        return {
            "object": lambda m: Message("object", {}, (self.objects[str(m.body["part"])],)),
            "segments": lambda m: Message("segments", {}, tuple(records.write(item) for item in self.segments)),
            "segment": self._segment,
            "warrant.photo": lambda m: Message("photo", {}, (self.photo,)),
        }

    def _segment(self, message: Message) -> Message:
        data = self.footage.get(str(message.body["segment"]))
        if data is None:
            raise Unavailable("that segment is gone")
        return Message("segment", {}, (data,))


@dataclass(slots=True)
class Scene:
    """The story so far, up to the authorised entry of the disclosure."""

    genesis: Genesis
    log: Sequencer
    told: Instructions
    blobs: tuple[bytes, ...]
    store: Store
    photo: bytes
    people: dict[str, Actor] = field(default_factory=dict)

    def task(self) -> Task:
        return instructions.read(records.plain(self.told), self.blobs)

    def logged(self, index: int) -> Logged:
        return Logged(self.log.preimage(index), self.log.prove(index))

    def signing(self, authority: Authority = AUTHORITY) -> Signing:
        """The custodian's side of the clip's signature."""
        credential = authority.credential(self.told.entries[-1].proof.index, "copy 1")
        return Signing(authority.certificate.decode(), credential.certificate.decode(), credential.sign)

    def deliver(self, digest: bytes) -> Logged:
        """The delivered entry that names `digest`, appended and proved."""
        of = self.told.entries[-1].proof.index
        facts = {"warrant": WARRANT, "number": "1", "act": "disclosure", "evidence": digest.hex()}
        return self.logged(self.log.append(Kind.DELIVERED, facts, of=of))


def portrait() -> bytes:
    """The person's photo, as the officer filed it."""
    return (Path(skimage.__file__).parent / "data" / "astronaut.png").read_bytes()


def face() -> NDArray[np.uint8]:
    """The person's face alone, FACE x FACE pixels."""
    picture = Image.open(io.BytesIO(portrait())).convert("RGB").crop((160, 20, 290, 150)).resize((FACE, FACE))
    return np.asarray(picture, np.uint8)


def hall(index: int) -> NDArray[np.uint8]:
    """Frame `index` as stored: a wall, the passer-by's cover, and the person's cover while they are there."""
    picture = np.zeros((HEIGHT, WIDTH, 3), np.uint8)
    picture[..., 1] = np.linspace(60, 150, WIDTH, dtype=np.uint8)
    picture[..., 2] = np.linspace(50, 120, HEIGHT, dtype=np.uint8)[:, None]
    picture[120 : 120 + FACE, 200 : 200 + FACE] = GREY
    if index in WALK:
        x, y = place(index)
        picture[y : y + FACE, x : x + FACE] = GREY
    return picture


def place(index: int) -> tuple[int, int]:
    """Where the person's box is in frame `index`: x, y."""
    return 2 * (index - WALK.start) + 10, 40


def moment(index: int) -> Moment:
    return START + index * INTERVAL


def jpeg(picture: NDArray[np.uint8]) -> bytes:
    out = io.BytesIO()
    Image.fromarray(picture).save(out, "JPEG", quality=90)
    return out.getvalue()


def extracted(photo: bytes) -> tuple[bytes, bytes]:
    """The coded template of the one face in `photo`, and the extractor's digest."""
    model, finder = card.built_in("sface"), card.built_in("yunet")
    assert isinstance(model, ExtractorCard)
    assert isinstance(finder, DetectorCard)
    picture = image.load(photo)
    (found,) = Detector(finder).detect(picture)
    template = Extractor(model).extract(align(picture, found, model))
    return encode.to_bytes(encode.encode(values(template))), model.digest


def build(folder: Path) -> Scene:
    """The whole story, its log kept in `folder`."""
    clock, log_key, edge, helper = Clock(), SigningKey.generate(), SigningKey.generate(), SigningKey.generate()
    people = {
        "officer": actor("officer-1", "station", Role.OFFICER),
        "approver-a": actor("court-b/judge-1", "court-b", Role.APPROVER),
        "approver-b": actor("authority/dpo-1", "authority", Role.APPROVER),
        "reviewer-a": actor("reviewer-1", "station", Role.REVIEWER),
        "reviewer-b": actor("reviewer-2", "station", Role.REVIEWER),
    }
    genesis = Genesis(
        deployment=DEPLOYMENT,
        made=START,
        demo=True,
        assurance=Assurance.SINGLE_HOST,
        quorum=2,
        custodian_key=b"",
        log_key=log_key.public,
        log_origin=f"countenance/{DEPLOYMENT}",
        auditors_key=b"",
    )
    log = Sequencer(folder / "log", genesis.log_origin, log_key, clock, np.random.default_rng(1).bytes)
    photo, keys = portrait(), {name: hashlib.sha256(name.encode()).digest() for name in ("photo", "still", "patches")}
    template, extractor = extracted(photo)
    binding = ProbeBinding(hashlib.sha256(photo).digest(), hashlib.sha256(template).digest(), extractor, "probe")
    probe = Probe(
        binding.image_digest, binding.template_digest, extractor, "probe", helper.sign(records.write(binding))
    )
    warrant = _warrant(probe)
    text = records.write(warrant)
    footage_key = hashlib.sha256(b"footage").digest()
    store, record = recorded(edge, extractor, keys, footage_key)
    store.photo = segment.encrypt(keys["photo"], photo)
    told = Instructions(
        genesis=genesis,
        made=clock(),
        warrant=WARRANT,
        number=1,
        hash=hashlib.sha256(text).digest(),
        request=_asked(people["officer"], Verb.DISCLOSE, Candidacy(WARRANT, 1, SIGHTING), clock()),
        approvals=(),
        persons=tuple(one.person for one in people.values()),
        verdicts=(),
        sighting=signed(record, EDGE, edge),
        edge_key=edge.public,
        helper_key=helper.public,
        camera=Camera("hall-east", EDGE, "hall, east door", "missing persons", "Act 1", "DPIA-1", "", 72, False),
        hours=(HOUR,),
        entries=(),
        threshold=430,
        not_confirmed=1,
        searches_without_candidate=2,
    )
    blobs = (keys["photo"], keys["still"], keys["patches"], footage_key, text, template)
    scene = Scene(genesis, log, told, blobs, store, photo, people)
    _told(scene, clock)
    return scene


def _warrant(probe: Probe) -> Warrant:
    return Warrant(
        deployment=DEPLOYMENT,
        warrant=WARRANT,
        number=1,
        kind=WarrantKind.ORDINARY,
        policy=bytes(32),
        case="2026-117 <b>&amp;</b>",
        purpose="missing person",
        legal_basis="Act 1, section 2",
        requester="officer-1",
        made=START,
        probe=probe,
        scope=Scope(("hall-east",), START - 60_000, START + 600_000),
        limits=Limits(10, 3, START + 86_400_000, START + 864_000_000, 430),
        real_time=None,
        narrowed_from=b"",
        narrowed_by="",
    )


def recorded(
    edge: SigningKey, extractor: bytes, keys: Mapping[str, bytes], footage_key: bytes
) -> tuple[Store, SightingRecord]:
    """What the edge sent: two segments of covered footage, and the person's still and patches."""
    signed_segments, footage = [], {}
    encoder = SegmentEncoder(WIDTH, HEIGHT, rate=25)
    for number, part in enumerate((range(50), range(50, FRAMES))):
        for index in part:
            encoder.add(of_rgb(hall(index), index=index, moment_ms=moment(index)))
        made = encoder.finish()
        assert made is not None
        name = str(number) * 32
        footage[name] = segment.encrypt(derive.subkey(footage_key, name), made.data)
        digest = hashlib.sha256(footage[name]).digest()
        about = SegmentRecord(name, EDGE, "hall-east", HOUR, made.start_ms, made.end_ms, made.frames, 0, digest)
        signed_segments.append(signed(about, EDGE, edge))
    picture = jpeg(face())
    pieces = [Piece(moment(index), *place(index), FACE, FACE, picture) for index in WALK]
    objects = {
        "still": segment.encrypt(keys["still"], patches.write_still(pieces[10])),
        "patches": segment.encrypt(keys["patches"], patches.write_patches(pieces)),
    }
    digests = {part: hashlib.sha256(data).digest() for part, data in objects.items()}
    record = SightingRecord(
        sighting=SIGHTING,
        edge=EDGE,
        camera="hall-east",
        hour=HOUR,
        start=moment(WALK.start),
        end=moment(WALK.stop - 1),
        quality=700,
        shots=3,
        dimension=128,
        extractor=extractor,
        row_digest=bytes(32),
        still_digest=digests["still"],
        patches_digest=digests["patches"],
        sealed_nonce_digest=bytes(32),
    )
    return Store(objects, signed_segments, footage, b""), record


def _told(scene: Scene, clock: Clock) -> None:
    """Entries from genesis to the disclosure's authorised, and the signatures that go with them."""
    log, people, told = scene.log, scene.people, scene.told
    of_text = {**CANDIDATE, "hash": told.hash.hex()}
    indices = [log.append(Kind.GENESIS, {"digest": records.digest(scene.genesis).hex(), "demo": "true"})]
    drafted = log.append(Kind.DRAFTED, {**of_text, "requester": "officer-1"})
    indices.append(drafted)
    approvals, verdicts = [], []
    for name in ("approver-a", "approver-b"):
        one = people[name]
        act = Approval(WARRANT, 1, told.hash, one.person.name, True, "", clock())
        approvals.append(_asked(one, Verb.APPROVE, act, clock()))
        facts = {**of_text, "person": one.person.name, "organisation": one.person.organisation}
        indices.append(log.append(Kind.APPROVED, facts))
    search = log.append(Kind.AUTHORISED, {**of_text, "act": "search", "person": "officer-1"}, of=drafted)
    found = {**CANDIDATE, "act": "search", "rows": "40", "candidates": "2", "incomplete": "0"}
    indices += [search, log.append(Kind.DELIVERED, found, of=search)]
    for name in ("reviewer-a", "reviewer-b"):
        one = people[name]
        review = Review(WARRANT, 1, SIGHTING, Verdict.SAME)
        verdicts.append(_asked(one, Verb.REVIEW, review, clock()))
        facts = {**CANDIDATE, "candidate": SIGHTING, "person": one.person.name}
        indices.append(log.append(Kind.REVIEWED, facts))
    authority = hashlib.sha256(AUTHORITY.certificate).hexdigest()
    copy = {"candidate": SIGHTING, "copy": "1", "authority": authority}
    disclosure = {**of_text, "act": "disclosure", "person": "officer-1", **copy}
    indices.append(log.append(Kind.AUTHORISED, disclosure, of=drafted))
    entries = tuple(scene.logged(index) for index in indices)
    scene.told = replace(told, approvals=tuple(approvals), verdicts=tuple(verdicts), entries=entries)


def _asked(one: Actor, verb: Verb, record: object, made: Moment) -> Signed:
    ask = Ask(DEPLOYMENT, one.person.name, verb.value, records.write(record), made, bytes(16), bytes(32))
    return signed(ask, one.person.name, one.key)


def reasked(scene: Scene, name: str, verb: Verb, record: object) -> Signed:
    """Another act of one of the people."""
    return _asked(scene.people[name], verb, record, START)


def write(folder: Path, files: Mapping[str, bytes]) -> Path:
    folder.mkdir()
    for name, data in files.items():
        (folder / name).write_bytes(data)
    return folder


def plain_size(value: object) -> int:
    return len(canonical.write(records.plain(value)))
