"""Re-extraction: from the stills of a batch of sightings to masked rows of another extractor.

How a batch is done (the numbers are in the code):

1. `prepare`: the networks are loaded before any key is here. The extractor is the deployment's, by its digest.
2. Each still is fetched from the repository, and held against the digest in the edge's record before it is decrypted.
3. The person's face is found in it; other faces were covered when it was cut out.
4. It is aligned, extracted, coded, and masked with the pad of its new row, and where there are two custodians with the
   second's as well.

Templates, pictures and keys are in this process only, which ends with the batch. What leaves are masked rows, and
which sightings gave none: there was no face to be found, or the repository does not hold what the edge signed.
"""

import hashlib
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from countenance.channel.client import Connection
from countenance.channel.message import Message
from countenance.crypto import segment
from countenance.errors import Malformed, Refused, Tampered, Unavailable
from countenance.faces import card, closer, image
from countenance.faces.card import DetectorCard, ExtractorCard
from countenance.faces.detector import Detector
from countenance.faces.extractor import Extractor, values
from countenance.formats import canonical, patches, records
from countenance.formats.canonical import Json
from countenance.matching import encode, mask
from countenance.vocabulary.migration import Batch

MOST = 256
"""Sightings a batch may have."""

SMALLEST = 20
"""Width of a detected face, in pixels, below which no template is made of it; as at the edge."""

KEY, NONCE = 32, 16


@dataclass(frozen=True, slots=True, repr=False)
class Keys:
    """What opens the stills of one batch, and masks its new rows. `nonces`: one of 16 bytes a row.

    `pads`: a second custodian's, one a row, or none.
    """

    block: bytes
    stills: tuple[bytes, ...]
    nonces: tuple[bytes, ...]
    pads: tuple[bytes, ...] = ()

    def __repr__(self) -> str:
        return f"Keys({len(self.stills)} stills)"


class Engine:
    """Detector and extractor, loaded. `own`: where the card of the deployment's own extractor lies."""

    def __init__(self, own: Path | None) -> None:
        found, extractor = card.built_in("yunet"), card.own_extractor(own)
        if not isinstance(found, DetectorCard):
            raise Malformed("the built-in model cards are not what they should be; install the package again")
        self.card: ExtractorCard = extractor
        self._detector = Detector(found)
        self._extractor = Extractor(extractor)

    def row(self, jpeg: bytes, block_key: bytes, nonce: bytes) -> bytes | None:
        """The masked row of the person in a still, or None if no usable face is found in it."""
        picture = image.load(jpeg)
        faces = [face for face in self._detector.detect(picture) if face.box.width >= SMALLEST]
        if not faces:
            return None
        face = max(faces, key=lambda one: one.box.width * one.box.height)  # (3)
        try:
            template = self._extractor.extract(closer.sample(self._detector, picture, face, self.card))  # (4)
        except Malformed:
            # The network gave no usable numbers: no template is better than a wrong one.
            return None
        return mask.mask(encode.encode(values(template)), block_key, nonce)


@dataclass(slots=True, repr=False)
class Reextracting:
    """One batch, message by message: `prepare`, then `reextract`, then the end."""

    repository: Connection
    own: Path | None
    finished: Callable[[], None]
    _engine: Engine | None = None

    def prepare(self, question: Message) -> Message:
        """{extractor, dimension} -> {}. Raises Unavailable if this is not the deployment's extractor."""
        engine = Engine(self.own)  # (1)
        if [engine.card.digest.hex(), engine.card.dimension] != [
            question.body.get("extractor"),
            question.body.get("dimension"),
        ]:
            raise Unavailable(
                "the evidence process has another extractor than the order names: put its model card where the "
                "deployment's extractor lies, and start the deployment again"
            )
        self._engine = engine
        return Message("prepared")

    def reextract(self, question: Message) -> Message:
        """A `Batch` and its keys -> {without, altered}: indices; and the other rows, in order, in one blob."""
        if self._engine is None:
            raise Refused("the networks are not loaded: prepare first")
        batch, keys = read(question.body.get("batch"), question.blobs)
        if batch.extractor != self._engine.card.digest:
            raise Refused("this batch is for another extractor than the one that was prepared")
        rows: list[bytes] = []
        without: list[Json] = []
        altered: list[Json] = []
        for index in range(len(batch.sightings)):
            try:
                row = self._engine.row(self._still(batch, keys, index), keys.block, keys.nonces[index])
            except (Refused, Tampered, Malformed):
                altered.append(index)
                continue
            if row is None:
                without.append(index)
            else:
                rows.append(mask.added(row, keys.pads[index]) if keys.pads else row)
        self._engine = None
        self.finished()
        return Message("reextracted", {"without": without, "altered": altered}, (b"".join(rows),))

    def _still(self, batch: Batch, keys: Keys, index: int) -> bytes:
        """The JPEG of one still. Raises Tampered, Malformed or Refused if the repository has another, or none."""
        answer = self.repository.call("object", {"sighting": batch.sightings[index], "part": "still"})  # (2)
        data = answer.blobs[0] if len(answer.blobs) == 1 else b""
        if hashlib.sha256(data).digest() != batch.stills[index]:
            raise Tampered("the repository's copy of a still is not the one that the edge signed for; restore it")
        return patches.read_still(segment.decrypt(keys.stills[index], data)).jpeg


def read(value: Json, blobs: tuple[bytes, ...]) -> tuple[Batch, Keys]:
    """The batch and its keys in a `reextract` message. Raises Malformed if they do not fit together."""
    batch = records.read(Batch, canonical.write(value))
    count = len(batch.sightings)
    if not 1 <= count <= MOST or len(set(batch.sightings)) != count or len(batch.stills) != count:
        raise Malformed(f"a batch has 1 to {MOST} sightings, each once and with the digest of its still")
    sizes = [KEY, KEY * count, NONCE * count]
    if [len(blob) for blob in blobs] not in (sizes, [*sizes, 2 * batch.dimension * count]):
        raise Malformed("a batch comes with a block key, and a key and a nonce, or a pad besides, for each sighting")
    block, stills, nonces, *pads = blobs
    second = _parts(pads[0], 2 * batch.dimension) if pads else ()
    return batch, Keys(block, _parts(stills, KEY), _parts(nonces, NONCE), second)


def _parts(data: bytes, size: int) -> tuple[bytes, ...]:
    return tuple(data[start : start + size] for start in range(0, len(data), size))
