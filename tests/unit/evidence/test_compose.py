import hashlib
from dataclasses import replace

import numpy as np
import pytest

from countenance.crypto import segment
from countenance.errors import Malformed, Tampered
from countenance.evidence import compose
from countenance.evidence.compose import Evidence
from countenance.faces import image
from countenance.formats import records
from countenance.video import segments
from countenance.vocabulary.disclosures import Disclosure
from evidence import scene
from evidence.conftest import Composing
from evidence.scene import FACE, FRAMES, Scene, Store


def altered(story: Scene, **changes: object) -> Scene:
    store = story.store
    copy = Store(dict(store.objects), list(store.segments), dict(store.footage), store.photo)
    return replace(story, store=copy, **changes)  # type: ignore[arg-type]


def test_the_person_is_uncovered_where_they_were_and_nobody_else(composed: Evidence) -> None:
    shown = list(segments.decode(composed.folder["clip.mp4"], start_ms=0))
    disclosure = records.read(Disclosure, composed.folder["disclosure.json"])
    first = (disclosure.composed.start - scene.START + scene.INTERVAL - 1) // scene.INTERVAL
    assert len(shown) == disclosure.composed.frames
    assert disclosure.composed.uncovered == len(scene.WALK)
    face = scene.face().astype(int)
    for frame in shown:
        index = first + round(frame.moment_ms / scene.INTERVAL)
        pixels = frame.rgb().astype(int)
        passer_by = pixels[130 : 110 + FACE, 210 : 190 + FACE]
        assert np.abs(passer_by - 128).mean() < 6
        x, y = scene.place(index)
        if index in scene.WALK:
            inside = np.s_[8 : FACE - 8, 8 : FACE - 8]
            assert np.abs(pixels[y : y + FACE, x : x + FACE][inside] - face[inside]).mean() < 20
        stored = scene.hall(index).astype(int)
        assert np.abs(pixels[:30] - stored[:30]).mean() < 6


def test_two_seconds_before_and_after_are_shown(composed: Evidence) -> None:
    told = records.read(Disclosure, composed.folder["disclosure.json"]).composed
    assert told.start == scene.moment(scene.WALK.start) - 2000
    assert told.end == scene.moment(scene.WALK.stop - 1) + 2000
    assert told.frames == FRAMES - (scene.WALK.start - 50)
    assert (told.patches_without_frame, told.segments_missing, told.left_out) == (0, 0, 0)


def test_every_file_is_listed_with_its_digest(composed: Evidence) -> None:
    disclosure = records.read(Disclosure, composed.folder["disclosure.json"])
    listed = {item.name: item.digest for item in disclosure.files}
    others = {name: data for name, data in composed.folder.items() if name != "disclosure.json"}
    assert listed == {name: hashlib.sha256(data).digest() for name, data in others.items()}
    assert set(others) == {
        "authority.pem",
        "clip.mp4",
        "frame.jpg",
        "index.html",
        "probe-template.bin",
        "probe.png",
        "sheet.jpg",
        "still.jpg",
        "warrant.json",
    }
    assert image.load(composed.folder["sheet.jpg"]).shape[1] > 480


def test_no_key_is_in_the_folder_or_in_a_repr(story: Scene, composed: Evidence) -> None:
    task = story.task()
    for key in story.blobs[:4]:
        for data in composed.folder.values():
            assert key not in data
            assert key.hex().encode() not in data
        assert key.hex() not in repr(task) + repr(task.keys) + repr(composed)


def test_delivery_needs_the_entry_that_names_this_disclosure(story: Scene, composed: Evidence) -> None:
    with pytest.raises(Tampered, match="does not name"):
        compose.delivered(composed, story.logged(2))
    with pytest.raises(Tampered, match="does not name"):
        compose.delivered(composed, story.deliver(bytes(32)))


@pytest.mark.parametrize("part", ["still", "patches", "segment", "photo"])
def test_what_the_repository_altered_ends_the_disclosure(story: Scene, composing: Composing, part: str) -> None:
    bad = altered(story)
    if part == "photo":
        bad.store.photo = segment.encrypt(story.blobs[0], b"another photo")
    elif part == "segment":
        bad.store.footage["1" * 32] = bad.store.footage["0" * 32]
    else:
        data = bytearray(bad.store.objects[part])
        data[100] ^= 1
        bad.store.objects[part] = bytes(data)
    with pytest.raises(Tampered):
        composing(bad)


def test_a_record_of_footage_that_the_edge_did_not_sign_is_refused(story: Scene, composing: Composing) -> None:
    bad = altered(story)
    forged = bad.store.segments[0]
    bad.store.segments[0] = replace(forged, signature=bytes(64))
    with pytest.raises(Tampered):
        composing(bad)


def test_footage_that_is_gone_is_counted(story: Scene, composing: Composing) -> None:
    bad = altered(story)
    del bad.store.footage["1" * 32]
    told = records.read(Disclosure, composing(bad).folder["disclosure.json"]).composed
    assert told.segments_missing == 1
    assert told.patches_without_frame == len(scene.WALK)
    assert told.uncovered == 0


def test_without_any_footage_the_stills_remain(story: Scene, composing: Composing) -> None:
    told = replace(story.told, hours=())
    bad = altered(story, told=told, blobs=(*story.blobs[:3], *story.blobs[4:]))
    evidence = composing(bad)
    assert "clip.mp4" not in evidence.folder
    assert "sheet.jpg" not in evidence.folder
    assert b"<video" not in evidence.folder["index.html"]


@pytest.mark.parametrize("number", [0, 1, 2, 3])
def test_a_wrong_key_opens_nothing(story: Scene, composing: Composing, number: int) -> None:
    blobs = list(story.blobs)
    blobs[number] = b"\x77" * 32
    with pytest.raises(Tampered):
        composing(altered(story, blobs=tuple(blobs)))


@pytest.mark.parametrize(
    ("number", "data"), [(4, b"{}"), (5, b"\x01\x00" * 128), (0, b"short"), (None, b"one blob more")]
)
def test_instructions_that_do_not_fit_are_refused(story: Scene, number: int | None, data: bytes) -> None:
    blobs = [*story.blobs, data] if number is None else list(story.blobs)
    if number is not None:
        blobs[number] = data
    with pytest.raises((Malformed, Tampered)):
        altered(story, blobs=tuple(blobs)).task()


def test_another_warrant_text_than_was_approved_is_refused(story: Scene) -> None:
    with pytest.raises(Tampered, match="hash"):
        altered(story, told=replace(story.told, hash=bytes(32))).task()
