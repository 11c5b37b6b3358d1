import numpy as np
import PIL.Image
import pytest

from countenance import faces
from countenance.faces import closer
from countenance.faces.extractor import values
from countenance.vocabulary.faces import Box


def shrunk(image: faces.Image, face: faces.Face, height: int) -> tuple[faces.Image, float]:
    """The picture, made so small that the face has that height, on a grey wall."""
    scale = height / face.box.height
    small = PIL.Image.fromarray(image).resize(
        (round(image.shape[1] * scale), round(image.shape[0] * scale)), PIL.Image.Resampling.BOX
    )
    wall = PIL.Image.new("RGB", (640, 360), (128, 128, 128))
    wall.paste(small, (250, 80))
    return np.asarray(wall, np.uint8), scale


@pytest.mark.parametrize("height", [22, 24, 30, 40])
def test_a_small_faces_template_comes_closer_to_that_of_the_large_one(
    engine: faces.Engine, portrait: faces.Image, other: faces.Image, height: int
) -> None:
    for image in (portrait, other):
        whole = engine.detect(image)[0]
        full = values(engine.extract(image, whole))
        wall, _ = shrunk(image, whole, height)
        (face,) = engine.detect(wall, threshold=0.5)
        plain = values(engine.extractor.extract(faces.align(wall, face, engine.extractor.card)))
        again = values(engine.extract(wall, face))
        assert full @ again > full @ plain + (0.05 if height < 30 else -0.02)


def test_box_and_score_stay_and_only_landmarks_move(engine: faces.Engine, portrait: faces.Image) -> None:
    wall, _ = shrunk(portrait, engine.detect(portrait)[0], 25)
    (face,) = engine.detect(wall, threshold=0.5)
    piece = closer.around(wall, face)
    assert piece is not None
    found = closer.look(engine.detector, piece)
    assert (found.box, found.score) == (piece.face.box, piece.face.score)
    assert found.landmarks != piece.face.landmarks
    assert max(piece.image.shape) <= 2 * closer.SMALL + 1


def test_a_large_face_is_not_looked_at_again(engine: faces.Engine, portrait: faces.Image) -> None:
    assert closer.around(portrait, engine.detect(portrait)[0]) is None


def test_a_neighbours_face_is_never_taken_for_it(engine: faces.Engine, portrait: faces.Image) -> None:
    wall, _ = shrunk(portrait, engine.detect(portrait)[0], 40)
    (face,) = engine.detect(wall, threshold=0.5)
    box = face.box
    moved = tuple((x + 0.8 * box.width, y) for x, y in face.landmarks)
    beside = faces.Face(Box(box.x + 0.8 * box.width, box.y, box.width, box.height), moved, 0.9)  # type: ignore[arg-type]
    piece = closer.around(wall, beside)
    assert piece is not None
    assert closer.look(engine.detector, piece) == piece.face


@pytest.mark.parametrize(
    "box",
    [
        Box(-500, -500, 20, 20),
        Box(10_000, 10, 20, 20),
        Box(float("nan"), 0, 20, 20),
        Box(5, 5, 20, 0),
        Box(0, 0, 30, float("inf")),
    ],
)
def test_a_face_that_is_not_in_the_picture_has_no_piece(box: Box, portrait: faces.Image) -> None:
    points = ((1.0, 1.0), (2.0, 1.0), (1.5, 2.0), (1.0, 3.0), (2.0, 3.0))
    assert closer.around(portrait, faces.Face(box, points, 0.9)) is None


def test_a_representation_shows_no_pixels(engine: faces.Engine, portrait: faces.Image) -> None:
    wall, _ = shrunk(portrait, engine.detect(portrait)[0], 25)
    piece = closer.around(wall, engine.detect(wall, threshold=0.5)[0])
    assert repr(piece).startswith("Piece(")
    assert len(repr(piece)) < 20
