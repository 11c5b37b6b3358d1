"""What `countenance gallery` does behind its verbs: a new gallery custodian, sealed asks, texts, photos, words."""

import hashlib
import secrets
import shutil
import tempfile
from collections.abc import Iterator, Mapping, Sequence
from contextlib import AbstractContextManager, contextmanager
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

from countenance.channel.ask import Asker
from countenance.cli import ask, init, photo, stating, usb
from countenance.cli import key as keys
from countenance.cli.ask import Acting
from countenance.cli.stating import Wished
from countenance.crypto import segment
from countenance.crypto.seal import binding, seal
from countenance.durable import files
from countenance.errors import Malformed, Refused, Tampered, Unavailable
from countenance.formats import canonical, records
from countenance.formats.canonical import Json
from countenance.vocabulary.acts import Filing, Named, Nothing, Verb
from countenance.vocabulary.cameras import Camera
from countenance.vocabulary.deployment import Genesis
from countenance.vocabulary.galleries import Ending, GalleryLimits, Pictured, Reference, Referral, StandingGallery
from countenance.vocabulary.moments import MILLISECONDS_AN_HOUR, Hour, Moment, written
from countenance.vocabulary.warrants import Approval
from countenance.web.kit import codes

LARGEST_PHOTO = 4 * 1024 * 1024
"""Bytes; the gallery custodian keeps photos, encrypted, until the gallery ends."""

AT_ONCE = 8 * 1024 * 1024
"""Bytes of photos in one request."""

Brought = tuple[Reference, tuple[bytes, ...]]
"""A reference; sealed template, sealed photo key and the photo as ciphertext."""

WHAT_NEXT = (
    "An alert is no hit, and holds no picture. To see one, an officer drafts a warrant for that camera and hour with "
    "the reference's photo as the probe; two reviewers then look at the still, blind to each other."
)


@dataclass(frozen=True, slots=True)
class Wish:
    """What an officer asks for. `wished`: how rarely strangers may alert. `consent`: the number of one, or empty.

    `flight`: whose gallery it is, or empty.
    """

    case: str
    purpose: str
    basis: str
    cameras: tuple[str, ...]
    start: Moment
    end: Moment
    wished: Wished
    limits: GalleryLimits
    consent: bytes = b""
    flight: str = ""


@dataclass(frozen=True, slots=True)
class GalleryReading:
    """A gallery as it was let be read. `text`: the canonical bytes; `answer`: the rest of what was said."""

    gallery: StandingGallery
    text: bytes
    answer: dict[str, Json]

    @property
    def hash(self) -> bytes:
        """SHA-256 of the text as it was read: what an approval signs."""
        return hashlib.sha256(self.text).digest()

    def __repr__(self) -> str:
        return f"GalleryReading({self.gallery.gallery})"


def founded(place: Path, plan: Mapping[str, Json]) -> dict[str, Any]:
    """Make the gallery custodian beside its place and move it there; its genesis record goes to people and edges."""
    try:
        staging = Path(tempfile.mkdtemp(prefix=".gallery.", suffix=".init", dir=place))
    except OSError as error:
        raise Unavailable(f"nothing can be written in {place.name} ({error.strerror}); check its owner") from error
    try:
        made = init.founded("run_gallery", staging, plan)
        genesis = (staging / "gallery" / "genesis.json").read_bytes()
        for name in ("edge/gallery.json", "gallery.json"):
            files.write(place / name, genesis, mode=0o644)
        (staging / "gallery").rename(place / "gallery")
        files.sync_directory(place)
    finally:
        shutil.rmtree(staging, ignore_errors=True)
    return made


@contextmanager
def acting(deployment: Path, key_file: Path) -> Iterator[Acting]:
    """Act at the gallery custodian's socket as the person whose key is in `key_file`."""
    genesis, own = genesis_of(deployment), keys.load(key_file)
    if not own.person:
        raise Malformed(f"{key_file.name} does not say whose key it is: make one with 'countenance key new --person'")
    with ask.connection(deployment, "gallery") as line:
        yield Acting(genesis, own.person, Asker(genesis, line, own.person, own.signing, ask.now), line)


def signing(deployment: Path, key: Path | None, person: str) -> AbstractContextManager[Acting]:
    """As `usb.signing`, at the gallery custodian's socket."""
    usb.check_one(key, person)
    if key is not None:
        return acting(deployment, key)
    return usb.acting(genesis_of(deployment), ask.connection(deployment, "gallery"), person)


def genesis_of(deployment: Path) -> Genesis:
    """The gallery custodian's genesis record. Raises Unavailable if there is none."""
    try:
        return records.read(Genesis, (deployment / "gallery.json").read_bytes())
    except OSError as error:
        raise Unavailable(
            f"{deployment} has no gallery custodian: 'countenance gallery init' makes one, --deployment names one"
        ) from error
    except Malformed as error:
        raise Malformed("gallery.json is not a genesis record; restore it from gallery/genesis.json") from error


def draft(
    deployment: Path, person: Acting, wish: Wish, photos: Sequence[Path], made: Moment
) -> tuple[dict[str, Json], str]:
    """Extract the photos, bring the references, file the text; the answer, and what its threshold means."""
    cameras = _declared(deployment, wish.cameras)
    brought = all_extracted(deployment, [(secrets.token_hex(8), path) for path in photos])
    return drafted(person, wish, cameras, brought, made)


def drafted(
    person: Acting, wish: Wish, cameras: Sequence[Camera], brought: Sequence[Brought], made: Moment
) -> tuple[dict[str, Json], str]:
    """Bring the references and file the text, which stands before `cameras`; as `draft`."""
    name, extractor = secrets.token_hex(8), brought[0][0].probe.extractor
    stated, told = stating.of_gallery(person, wish.wished, extractor, wish.cameras, len(brought))
    text = StandingGallery(
        deployment=person.genesis.deployment,
        gallery=name,
        number=1,
        case=wish.case,
        purpose=wish.purpose,
        legal_basis=wish.basis,
        requester=person.person,
        made=made,
        references=tuple(reference for reference, _ in brought),
        cameras=tuple(cameras),
        start=wish.start,
        end=wish.end,
        threshold=stated.threshold,
        limits=replace(wish.limits, one_in=stated.one_in),
        consent=wish.consent,
        flight=wish.flight,
    )
    for batch in _batches(brought):
        blobs = tuple(part for _, parts in batch for part in parts)
        referral = Referral(name, tuple(reference for reference, _ in batch))
        person.asker.ask(Verb.REFER, referral, extra_blobs=blobs)
    return file(person, text), told


def file(person: Acting, text: StandingGallery) -> dict[str, Json]:
    """DRAFT: the text, sealed, whose references were brought."""
    spelled = records.write(text)
    info = binding("warrant", text.deployment, text.gallery, str(text.number))
    sealed = seal(person.genesis.custodian_key, info, spelled)
    filing = Filing(text.gallery, text.number, hashlib.sha256(spelled).digest())
    return person.asker.ask(Verb.DRAFT, filing, extra_blobs=(sealed,))


def listed(person: Acting) -> list[dict[str, Json]]:
    """The galleries this person may know of."""
    lines = person.asker.ask(Verb.WARRANTS, Nothing()).get("galleries")
    return [dict(line) for line in lines if isinstance(line, dict)] if isinstance(lines, list) else []


def reading(person: Acting, gallery: str) -> GalleryReading:
    """The text of a gallery, held against the hash that was listed."""
    line = next((one for one in listed(person) if one.get("gallery") == gallery), None)
    if line is None:
        raise Refused("you see no gallery of this id: 'countenance gallery list' shows those you do")
    named = Named(gallery, int(str(line["number"])), bytes.fromhex(str(line["hash"])))
    found = person.asker.ask(Verb.READ, named)
    text = bytes.fromhex(str(found["text"]))
    if hashlib.sha256(text).digest() != named.hash:
        raise Tampered("the text is not the one whose hash was listed: audit the deployment")
    return GalleryReading(records.read(StandingGallery, text), text, found)


def write_photos(person: Acting, read: GalleryReading, folder: Path) -> None:
    """Every reference's photo into a new folder, held against the digest that the text names."""
    if folder.exists():
        raise Refused(f"{folder.name} exists already; choose another folder for the photos")
    files.make_directory(folder)
    for one in read.gallery.references:
        asked = Pictured(read.gallery.gallery, one.reference)
        said, blobs = person.asker.ask_with_blobs(Verb.PICTURE, asked)
        data = segment.decrypt(bytes.fromhex(str(said["photo_key"])), blobs[0] if blobs else b"")
        if hashlib.sha256(data).digest() != one.probe.image_digest:
            raise Tampered("a photo is not the one the text names: audit the deployment")
        files.write(folder / one.reference, data)


def say(person: Acting, read: GalleryReading, *, approves: bool, reason: str) -> dict[str, Json]:
    """APPROVE: a yes or a no over the text that was read."""
    text = read.gallery
    word = Approval(text.gallery, text.number, read.hash, person.person, approves, reason, ask.now())
    return person.asker.ask(Verb.APPROVE, word)


def withdraw(person: Acting, gallery: str, reason: str) -> dict[str, Json]:
    """END."""
    return person.asker.ask(Verb.END, Ending(gallery, reason))


def alerts(person: Acting) -> dict[str, Json]:
    """ALERTS."""
    return person.asker.ask(Verb.ALERTS, Nothing())


def alert_line(one: Json) -> str:
    """One alert in words."""
    if not isinstance(one, Mapping):
        return ""
    hour = Hour.of(int(str(one["moment"])))
    span = f"--from {written(hour.start)} --to {written(hour.end)}"
    when = written(int(str(one["moment"])))
    return (
        f"{when}  {one['camera']}  reference {one['reference']} of gallery {one['gallery']}\n"
        f"    sighting {one['sighting']}; countenance warrant draft --camera {one['camera']} {span} --probe PHOTO …"
    )


def in_words(read: GalleryReading) -> str:
    """What a gallery says, in plain words, then the text that is signed and its hash."""
    said, rows = read.gallery, len(read.gallery.references)
    limits = said.limits
    place, wrongly = "camera", "false alert"
    if said.flight:
        place, wrongly = "kiosk ", "stranger taken for a traveller"
    rarely = (
        f"at most one {wrongly} in {limits.one_in} strangers who {'look' if said.flight else 'pass'}"
        if limits.one_in
        else "no number of false alerts is said: a bare threshold, which an operator signed for"
    )
    lines = (
        f"{'Gallery of a flight' if said.flight else 'Standing gallery'} {said.gallery}",
        f"  case        {said.case}",
        f"  purpose     {said.purpose}",
        f"  legal basis {said.legal_basis}",
        f"  asked by    {said.requester}, {written(said.made)}",
        f"  people      {rows} {'photos, of travellers by check-in number' if said.flight else 'references'}",
        *([f"  flight      {said.flight}: its kiosks are told whose face they see"] if said.flight else []),
        *([f"  consent     of the one person in it, number {codes.spelled(said.consent)}"] if said.consent else []),
        *(f"  {place}      {one.name}: {one.place} ({one.purpose}), not publicly accessible" for one in said.cameras),
        f"  time        {written(said.start)} to {written(said.end)} "
        f"({(said.end - said.start) // MILLISECONDS_AN_HOUR} hours)",
        f"  limits      asked at most {limits.alerts} times"
        if said.flight
        else f"  limits      {limits.alerts} alerts a day, {limits.candidates} references each",
        f"  strangers   {rarely}",
        f"  threshold   {said.threshold / 1000:.3f} comparison score, or higher if the calibration says so later",
        f"  secret till {written(said.limits.secrecy_end)}",
        "  Everyone who looks into these kiosks, without a code, is compared with these people while it stands."
        if said.flight
        else "  Everyone who passes these cameras is compared with these people while it stands.",
        "",
        "The text that is signed:",
        read.text.decode(),
        f"SHA-256 {read.hash.hex()}",
    )
    # A line break in somebody's words would let them write lines of their own here.
    return "\n".join(line.replace("\n", " ") for line in lines)


def printable(text: str) -> str:
    """Words of another person may hold terminal escapes that hide what is signed."""
    return "".join(letter for letter in text if letter.isprintable() or letter == "\n")


def _declared(deployment: Path, names: Sequence[str]) -> tuple[Camera, ...]:
    """The cameras as they were declared: approvers sign what the places are."""
    with ask.connection(deployment) as repository:
        found = repository.call("cameras").body.get("cameras")
    known = {str(one.get("name")): one for one in found if isinstance(one, Mapping)} if isinstance(found, list) else {}
    if missing := [name for name in names if name not in known]:
        raise Refused(f"no camera of the name {missing[0][:64]} is declared: 'countenance camera list' shows them")
    return tuple(records.read(Camera, canonical.write(known[name])) for name in names)


def all_extracted(deployment: Path, photos: Sequence[tuple[str, Path]]) -> list[Brought]:
    """Every photo as a reference of that name. Raises Refused, naming all that cannot be one: who brings many asks
    once.
    """
    brought, poor = [], []
    for name, path in photos:
        try:
            found = photo.brought(deployment, path, name, most=LARGEST_PHOTO, standing="gallery")
        except Refused as error:
            poor.append(str(error))
        else:
            brought.append((Reference(name, found.probe), found.blobs))
    if poor:
        raise Refused(f"nothing is drafted: {len(poor)} of {len(photos)} photos cannot be taken. {' | '.join(poor)}")
    return brought


def _batches(brought: Sequence[Brought]) -> Iterator[list[Brought]]:
    """References that fit into one request each."""
    batch: list[Brought] = []
    size = 0
    for one in brought:
        own = sum(map(len, one[1]))
        if batch and (size + own > AT_ONCE or len(batch) == 256):
            yield batch
            batch, size = [], 0
        batch.append(one)
        size += own
    if batch:
        yield batch
