import dataclasses
import hashlib
import secrets
from pathlib import Path

import cv2
import matplotlib as mpl
import numpy as np
import pytest

from countenance.channel.message import Message
from countenance.crypto import keypair, segment
from countenance.crypto.seal import binding
from countenance.crypto.unseal import unseal
from countenance.crypto.verify import verify
from countenance.errors import CountenanceError, Malformed, Refused
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
    assert 300 < quality <= 1000


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


@pytest.mark.parametrize("warrant", ["", "AB" * 8, "ab", 5, None])
def test_a_probe_needs_a_warrant(helper: ProbeHelper, warrant: object) -> None:
    with pytest.raises(Malformed, match="warrant"):
        helper.extract(asked(b"x", warrant))
