import dataclasses
import hashlib
import io
import secrets
from collections.abc import Callable
from pathlib import Path

import cv2
import matplotlib as mpl
import numpy as np
import PIL.Image
import pytest

from countenance.channel.message import Message
from countenance.crypto import keypair, segment
from countenance.crypto.seal import binding
from countenance.crypto.unseal import unseal
from countenance.crypto.verify import verify
from countenance.errors import CountenanceError, Malformed, Refused, Tampered
from countenance.evidence.repeat import repeat
from countenance.faces.detector import Detector
from countenance.faces.extractor import Extractor
from countenance.faces.image import load
from countenance.formats import canonical, records
from countenance.matching import encode
from countenance.vocabulary.warrants import Probe, ProbeBinding
from countenance.zones.edge.agent import cards
from countenance.zones.edge.probe import LARGEST, ProbeHelper
from simulator.camera_host import ASTRONAUT, DEPLOYMENT, World

HOPPER = Path(mpl.get_data_path()) / "sample_data" / "grace_hopper.jpg"
WARRANT = "ab" * 8


@pytest.fixture(scope="module")
def networks(tmp_path_factory: pytest.TempPathFactory) -> tuple[Detector, Extractor]:
    detector, extractor = cards(tmp_path_factory.mktemp("deployment"))
    return Detector(detector), Extractor(extractor)


@pytest.fixture
def helper(world: World, networks: tuple[Detector, Extractor]) -> ProbeHelper:
    return ProbeHelper(world.genesis, world.edge, *networks, random=secrets.token_bytes)


def asked(photo: bytes, warrant: object = WARRANT) -> Message:
    return Message("extract", {"warrant": warrant}, (photo,))  # type: ignore[dict-item]


@pytest.mark.parametrize("path", [HOPPER, ASTRONAUT])
def test_a_probe_is_bound_to_its_photo_and_readable_by_the_custodian_alone(
    world: World, helper: ProbeHelper, path: Path
) -> None:
    photo = path.read_bytes()
    answer = helper.extract(asked(photo))
    probe = records.read(Probe, canonical.write(answer.body["probe"]))
    sealed_template, sealed_key, ciphertext = answer.blobs
    name, private = world.genesis.deployment, world.custodian.private
    coded = unseal(private, binding("probe", name, WARRANT), sealed_template)
    key = unseal(private, binding("photo", name, WARRANT), sealed_key)
    assert len(encode.from_bytes(coded)) == 128
    assert segment.decrypt(key, ciphertext) == photo
    assert probe.template_digest == hashlib.sha256(coded).digest()
    assert probe.image_digest == hashlib.sha256(photo).digest()
    bound = ProbeBinding(probe.image_digest, probe.template_digest, probe.extractor, "host-1")
    verify(world.edge.signing.public, records.write(bound), probe.signature)
    assert answer.body["faces"] == 1
    quality = answer.body["quality"]
    assert isinstance(quality, int)
    assert 70 < quality <= 100
    assert answer.body["reasons"] == []


def test_a_reference_is_for_the_gallery_custodian_alone(world: World, networks: tuple[Detector, Extractor]) -> None:
    keys = keypair.generate()
    gallery = dataclasses.replace(world.genesis, deployment=f"{DEPLOYMENT}/gallery", custodian_key=keys.public)
    helper = ProbeHelper(world.genesis, world.edge, *networks, random=secrets.token_bytes, gallery=lambda: gallery)
    photo = HOPPER.read_bytes()
    answer = helper.extract(Message("extract", {"warrant": WARRANT, "gallery": True}, (photo,)))
    sealed_template, sealed_key, ciphertext = answer.blobs
    coded = unseal(keys.private, binding("probe", gallery.deployment, WARRANT), sealed_template)
    assert len(encode.from_bytes(coded)) == 128
    key = unseal(keys.private, binding("photo", gallery.deployment, WARRANT), sealed_key)
    assert segment.decrypt(key, ciphertext) == photo
    for deployment in (world.genesis.deployment, gallery.deployment):
        with pytest.raises(CountenanceError):
            unseal(world.custodian.private, binding("probe", deployment, WARRANT), sealed_template)


def test_without_a_gallery_custodian_nothing_is_made_for_one(helper: ProbeHelper) -> None:
    with pytest.raises(Refused, match="gallery init"):
        helper.extract(Message("extract", {"warrant": WARRANT, "gallery": True}, (HOPPER.read_bytes(),)))


def test_extraction_repeats_exactly(helper: ProbeHelper) -> None:
    photo = HOPPER.read_bytes()
    digests = {canonical.write(helper.extract(asked(photo)).body["probe"]) for _ in range(2)}
    assert len(digests) == 1


def _png(picture: np.ndarray) -> bytes:
    return bytes(cv2.imencode(".png", picture)[1])


@pytest.mark.parametrize("what", ["two", "none", "text", "empty", "huge"])
def test_what_is_not_one_face_is_refused(helper: ProbeHelper, what: str) -> None:
    portrait = load(HOPPER)
    photo, fault, says = {
        "two": (_png(np.hstack([portrait, portrait])), Refused, "2 faces"),
        "none": (_png(np.full((300, 300, 3), 120, np.uint8)), Refused, "no face"),
        "text": (b"not a picture", Malformed, "picture"),
        "empty": (b"", Malformed, "photo"),
        "huge": (bytes(LARGEST + 1), Malformed, "MiB"),
    }[what]
    with pytest.raises(CountenanceError, match=says) as raised:
        helper.extract(asked(photo))
    assert raised.type is fault


def _with_eyes(apart: float, networks: tuple[Detector, Extractor]) -> bytes:
    """The portrait, so small that there are so many pixels between the eyes."""
    portrait = load(HOPPER)
    (face,) = networks[0].detect(portrait)
    scale = apart / float(np.linalg.norm(np.subtract(face.landmarks[1], face.landmarks[0])))
    return _png(np.asarray(cv2.resize(portrait[:, :, ::-1], None, fx=scale, fy=scale, interpolation=cv2.INTER_AREA)))


STANDING = ({"gallery": True}, {"decoy": True})


@pytest.mark.parametrize("standing", STANDING)
def test_a_small_photo_may_be_searched_with_and_does_not_stand(
    world: World, networks: tuple[Detector, Extractor], standing: dict[str, canonical.Json]
) -> None:
    helper = ProbeHelper(
        world.genesis, world.edge, *networks, random=secrets.token_bytes, gallery=lambda: world.genesis
    )
    photo = _with_eyes(11.5, networks)
    said = str(helper.extract(asked(photo)).body["reasons"])
    assert "pixels wide between the eyes" in said
    with pytest.raises(Refused, match=r"only \d+ pixels wide between the eyes, and 13 are needed: use a photo taken"):
        helper.extract(Message("extract", {"warrant": WARRANT, **standing}, (photo,)))
    enough = helper.extract(Message("extract", {"warrant": WARRANT, **standing}, (_with_eyes(20.0, networks),)))
    assert "pixels" not in str(enough.body["reasons"])


@pytest.mark.parametrize("standing", STANDING)
@pytest.mark.parametrize("cut", [True, False])
def test_a_crop_of_22_pixels_is_refused_and_told_why(
    world: World, networks: tuple[Detector, Extractor], standing: dict[str, canonical.Json], cut: bool
) -> None:
    helper = ProbeHelper(
        world.genesis, world.edge, *networks, random=secrets.token_bytes, gallery=lambda: world.genesis
    )
    portrait = load(HOPPER)
    box = networks[0].detect(portrait)[0].box
    around = 1.2 * box.height if cut else 2 * box.height
    middle = (box.x + box.width / 2, box.y + box.height / 2)
    left, top = (max(0, round(at - around / 2)) for at in middle)
    crop = portrait[top : top + round(around), left : left + round(around), ::-1]
    # As an event's thumbnail: the crop itself, or a face as small in a larger picture.
    side = 22 if cut else 40
    small = np.asarray(cv2.resize(np.ascontiguousarray(crop), (side, side), interpolation=cv2.INTER_AREA))
    with pytest.raises(Refused, match="pixels"):
        helper.extract(Message("extract", {"warrant": WARRANT, **standing}, (_png(small),)))
    try:  # For a warrant it may be all there is: taken or not, it is said what is wrong.
        said = str(helper.extract(asked(_png(small))).body["reasons"])
    except Refused as error:
        said = str(error)
    assert "pixels" in said


def test_a_photo_in_which_next_to_nothing_is_left_is_no_probe_either(
    helper: ProbeHelper, networks: tuple[Detector, Extractor]
) -> None:
    portrait = load(HOPPER)[:, :, ::-1]
    (face,) = networks[0].detect(load(HOPPER))
    blurred = np.asarray(cv2.GaussianBlur(portrait, (0, 0), face.box.width / 9))
    with pytest.raises(Refused, match="blurred: use a photo that is in focus"):
        helper.extract(asked(_png(blurred)))


@pytest.mark.parametrize("tight", [True, False])
def test_what_is_taken_is_found_again_by_whoever_repeats_the_extraction(
    world: World, helper: ProbeHelper, networks: tuple[Detector, Extractor], tight: bool
) -> None:
    portrait, taken = load(HOPPER), 0
    box = networks[0].detect(portrait)[0].box
    if tight:
        left, top, right, bottom = (round(v) for v in (box.x, box.y, box.x + box.width, box.y + box.height))
        portrait = np.ascontiguousarray(portrait[top:bottom, left:right])
    for width in range(16, 64, 3):
        scale = width / box.width
        small = cv2.resize(portrait[:, :, ::-1], None, fx=scale, fy=scale, interpolation=cv2.INTER_AREA)
        photo = _png(np.asarray(small))
        try:
            coded = helper.extract(asked(photo)).blobs[0]
        except Refused:
            continue
        template = unseal(world.custodian.private, binding("probe", world.genesis.deployment, WARRANT), coded)
        assert "exactly" in repeat(photo, template, networks[1].digest)
        taken += 1
    assert taken > 3


@pytest.mark.parametrize("warrant", ["", "AB" * 8, "ab", 5, None])
def test_a_probe_needs_a_warrant(helper: ProbeHelper, warrant: object) -> None:
    with pytest.raises(Malformed, match="warrant"):
        helper.extract(asked(b"x", warrant))


def several(*photos: bytes) -> Message:
    return Message("extract", {"warrant": WARRANT}, photos)


def variant(path: Path, change: Callable[[PIL.Image.Image], PIL.Image.Image]) -> bytes:
    data = io.BytesIO()
    change(PIL.Image.open(path).convert("RGB")).save(data, "PNG")
    return data.getvalue()


def mirrored(path: Path) -> bytes:
    return variant(path, lambda image: image.transpose(PIL.Image.Transpose.FLIP_LEFT_RIGHT))


def darker(path: Path) -> bytes:
    return variant(path, lambda image: image.point(lambda level: level * 0.7))


def test_several_photos_of_one_person_become_one_that_gives_their_template_again(
    world: World, helper: ProbeHelper
) -> None:
    photos = (ASTRONAUT.read_bytes(), mirrored(ASTRONAUT), darker(ASTRONAUT))
    answer = helper.extract(several(*photos))
    probe = records.read(Probe, canonical.write(answer.body["probe"]))
    sealed_template, sealed_key, ciphertext, sheet = answer.blobs
    name, private = world.genesis.deployment, world.custodian.private
    coded = unseal(private, binding("probe", name, WARRANT), sealed_template)
    key = unseal(private, binding("photo", name, WARRANT), sealed_key)
    assert segment.decrypt(key, ciphertext) == sheet
    assert probe.image_digest == hashlib.sha256(sheet).digest()
    assert repeat(sheet, coded, probe.extractor) == "the photo gives exactly this template"
    single = unseal(private, binding("probe", name, WARRANT), helper.extract(asked(photos[0])).blobs[0])
    assert single != coded
    with pytest.raises(Tampered):
        repeat(photos[0], coded, probe.extractor)


def test_a_photo_of_somebody_else_is_named_and_refused(helper: ProbeHelper) -> None:
    with pytest.raises(Refused, match="photo 3 does not seem to show the person of the others"):
        helper.extract(several(ASTRONAUT.read_bytes(), mirrored(ASTRONAUT), HOPPER.read_bytes()))
    with pytest.raises(Refused, match="photo 1 does not seem"):
        helper.extract(several(ASTRONAUT.read_bytes(), HOPPER.read_bytes()))
    two_each = (ASTRONAUT.read_bytes(), mirrored(ASTRONAUT), HOPPER.read_bytes(), mirrored(HOPPER))
    with pytest.raises(Refused, match="photo 1 does not seem"):
        helper.extract(several(*two_each))


def test_of_several_photos_the_one_at_fault_is_named(helper: ProbeHelper) -> None:
    wall = io.BytesIO()
    PIL.Image.new("RGB", (300, 300), (90, 120, 90)).save(wall, "PNG")
    with pytest.raises(Refused, match="photo 2: no face"):
        helper.extract(several(ASTRONAUT.read_bytes(), wall.getvalue()))
    with pytest.raises(Malformed, match="photo 1: this is not a picture"):
        helper.extract(several(b"rubbish", ASTRONAUT.read_bytes()))


@pytest.mark.parametrize("count", [0, 7])
def test_no_photo_and_too_many_are_refused(helper: ProbeHelper, count: int) -> None:
    with pytest.raises(Malformed, match="give one photo, or up to 6"):
        helper.extract(several(*[ASTRONAUT.read_bytes()] * count))
