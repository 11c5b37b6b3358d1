"""Probe helper: from a photo to what a warrant may look for, off the repository's control.

How a photo is answered:

1. it is read, and must show exactly one face: whom a warrant looks for is never a guess. Several photos must be of one
   person as far as the extractor can tell, and become one, a sheet (`faces.sheet`). It must be good enough, or is
   refused with the reasons: strictly for what stands (a gallery's reference, a decoy), which meets everyone who passes;
   for a warrant only where the photo tells next to nothing, since it may be all there is. There reasons are passed on;
2. the template is extracted and coded, exactly as a camera's are;
3. the helper signs that this coded template came from this photo by this extractor;
4. coded template and a fresh photo key are sealed to the custodian, for this warrant; the photo is encrypted under it.

The photo and the template leave this process only so, and it keeps neither. Who takes the host sees the photos that
arrive from then on, and can bind a photo to another's template until the helper is revoked; `verify` repeats the
extraction and shows it.
"""

import hashlib
import re
import threading
from collections.abc import Callable, Sequence
from dataclasses import dataclass

from countenance.channel.message import Message
from countenance.crypto import segment
from countenance.crypto.seal import binding, seal
from countenance.errors import Malformed, Refused
from countenance.faces import closer, sheet
from countenance.faces.detector import Detector
from countenance.faces.extractor import Extractor, values
from countenance.faces.image import Image, load
from countenance.faces.quality import PROBE, REFERENCE, Floor, measured, nobody, reasons, required
from countenance.formats import records
from countenance.formats.canonical import Json
from countenance.matching import encode
from countenance.vocabulary.deployment import Genesis
from countenance.vocabulary.faces import Face, Quality, Template
from countenance.vocabulary.warrants import Probe, ProbeBinding
from countenance.zones.edge.identity import Identity

# At 0.8 all 46 faces of a sample set were found and one that was none.
ENROLMENT = 0.8
KEY = 32
LARGEST = 32 * 1024 * 1024
_WARRANT = re.compile(r"[0-9a-f]{16}")


@dataclass(frozen=True, slots=True, repr=False)
class Taken:
    """A photo's probe, signed, its coded template (little-endian int16), and the template."""

    probe: Probe
    coded: bytes
    template: Template

    def __repr__(self) -> str:
        return f"Taken({self.probe.helper})"


class ProbeHelper:
    """Answers `extract`. Threads may share it; one photo is looked at at a time."""

    def __init__(
        self,
        genesis: Genesis,
        identity: Identity,
        detector: Detector,
        extractor: Extractor,
        *,
        random: Callable[[int], bytes],
        gallery: Callable[[], Genesis | None] = lambda: None,
    ) -> None:
        self._genesis = genesis
        self._gallery = gallery
        self._identity = identity
        self._detector = detector
        self._extractor = extractor
        self._random = random
        self._lock = threading.Lock()

    def extract(self, message: Message) -> Message:
        """`extract`: {warrant} and the photo -> {probe, faces, quality, reasons}; template and key sealed, ciphertext.

        Of several photos of one person the photo is a sheet of them all, which is a fourth blob.

        With {gallery: true} all is sealed to the gallery custodian instead, and `warrant` is the reference's id; with
        {decoy: true} it is a decoy's. Raises Malformed for bytes that are no picture, Refused unless exactly one face
        is found that is good enough.
        """
        warrant = _asked(message)
        gallery, decoy = message.body.get("gallery") is True, message.body.get("decoy") is True
        custodian = self._of_galleries() if gallery else self._genesis
        with self._lock:
            least = REFERENCE if gallery or decoy else PROBE
            if len(message.blobs) == 1:
                photo, (template, quality) = message.blobs[0], self._one(message.blobs[0], least)[:2]
                said: list[Json] = list(reasons(quality))
            else:
                photo, template, quality, said = self._several(message.blobs, least)
        probe, coded = self._bound(photo, template)
        blobs = self.sealed(custodian.custodian_key, custodian.deployment, warrant, photo, coded)
        body = {"probe": records.plain(probe), "faces": 1, "quality": quality.value, "reasons": said}
        return Message(message.verb, body, blobs if len(message.blobs) == 1 else (*blobs, photo))

    def taken(self, photo: bytes) -> Taken:
        """(1) to (3) for one photo that was taken here, by a kiosk. Raises as `extract`."""
        with self._lock:
            template = self._one(photo, PROBE)[0]
        return Taken(*self._bound(photo, template), template)

    def sealed(
        self, key: bytes, deployment: str, warrant: str, photo: bytes, coded: bytes
    ) -> tuple[bytes, bytes, bytes]:
        """(4) Coded template and a fresh photo key, sealed to `key` for this warrant; the photo's ciphertext."""
        fresh = self._random(KEY)
        return (
            seal(key, binding("probe", deployment, warrant), coded),
            seal(key, binding("photo", deployment, warrant), fresh),
            segment.encrypt(fresh, photo),
        )

    def _bound(self, photo: bytes, template: Template) -> tuple[Probe, bytes]:
        """The helper's word (3) and the coded template (2)."""
        coded = encode.to_bytes(encode.encode(values(template)))
        bound = ProbeBinding(
            image_digest=hashlib.sha256(photo).digest(),
            template_digest=hashlib.sha256(coded).digest(),
            extractor=self._extractor.digest,
            helper=self._identity.name,
        )
        signature = self._identity.signing.sign(records.write(bound))
        return Probe(bound.image_digest, bound.template_digest, bound.extractor, bound.helper, signature), coded

    def _one(self, photo: bytes, least: Floor) -> tuple[Template, Quality, Image, Face]:
        """(1) One photo, its only face, template and quality. Raises Malformed, Refused."""
        picture = load(photo)
        face = self._one_face(picture)
        sample = closer.sample(self._detector, picture, face, self._extractor.card)
        template, quality = measured(picture, face, sample, self._extractor)
        required(quality, least)
        return template, quality, picture, face

    def _several(self, photos: Sequence[bytes], least: Floor) -> tuple[bytes, Template, Quality, list[Json]]:
        """A sheet of the photos, the template of all of it, the best quality, and every photo's reasons."""
        seen: list[tuple[Image, Face]] = []
        said: list[Json] = []
        found: list[Quality] = []
        for number, photo in enumerate(photos, 1):
            try:
                _, quality, picture, face = self._one(photo, least)
            except (Malformed, Refused) as error:
                raise type(error)(f"photo {number}: {error}") from error
            seen.append((picture, face))
            found.append(quality)
            said += [f"photo {number}: {reason}" for reason in reasons(quality)]
        made = sheet.compose(seen)
        templates = sheet.templates(load(made), self._detector, self._extractor)
        if len(templates) != len(photos):
            raise Refused("beside one another, not every photo's face is found again: bring fewer photos, or others")
        other = sheet.strangers(templates, self._extractor.card.verification)
        if other is not None:
            raise Refused(f"photo {other + 1} does not seem to show the person of the others: leave it out")
        return made, sheet.fused(templates), max(found, key=lambda quality: quality.value), said

    def _of_galleries(self) -> Genesis:
        found = self._gallery()
        if found is None:
            raise Refused("this deployment has no gallery custodian: 'countenance gallery init' makes one")
        return found

    def _one_face(self, picture: Image) -> Face:
        # At the detector's own threshold, as whoever repeats the extraction does: another may find other landmarks.
        found = self._detector.detect(picture)
        faces = [face for face in found if face.score >= ENROLMENT] or list(found)
        if not faces:
            raise Refused(nobody(picture, self._detector, self._extractor.card))
        if len(faces) > 1:
            raise Refused(f"the photo shows {len(faces)} faces; crop it to the one that is meant")
        return faces[0]


def _asked(message: Message) -> str:
    warrant = message.body.get("warrant")
    if not isinstance(warrant, str) or not _WARRANT.fullmatch(warrant):
        raise Malformed("a probe is bound to a warrant: give its id, 16 hex digits")
    if not 1 <= len(message.blobs) <= sheet.MOST or not all(message.blobs):
        raise Malformed(f"give one photo, or up to {sheet.MOST} of one person")
    if sum(map(len, message.blobs)) > LARGEST:
        raise Malformed(f"give one photo of at most {LARGEST // 1024**2} MiB, or several of as much together")
    return warrant
