"""Who stands in the marked zone is looked at; everybody else is covered and no template of theirs is made."""

import numpy as np
import pytest

from countenance import faces
from countenance.errors import Malformed
from countenance.gates import looking, zone
from countenance.gates.zone import MIDDLE, Zone
from countenance.vocabulary.faces import Box, Face
from countenance.vocabulary.gates import Reason

POINT = (0.0, 0.0)


def at(x: float, y: float, width: float = 100, height: float = 130) -> Face:
    return Face(Box(x, y, width, height), (POINT,) * 5, 0.9)


@pytest.mark.parametrize(
    ("face", "presents"),
    [
        (at(110, 150), True),
        (at(-80, 150), False),
        (at(-20, 150), False),
        (at(260, 150), False),
        (at(110, -60), False),
        (at(110, 150, 20, 26), False),
        (at(110, 150, 0, 0), False),
        (at(float("nan"), 150), False),
        (at(-100, -100, 520, 632), False),
    ],
)
def test_only_a_face_that_is_in_the_zone_and_near_presents_itself(face: Face, presents: bool) -> None:
    found = zone.parted((face,), 320, 432)
    assert (found.presented, found.bystanders) == (((face,), ()) if presents else ((), (face,)))


def test_somebody_nearly_as_near_in_the_zone_stands_there_too_and_a_small_face_behind_does_not() -> None:
    near, beside, behind = at(50, 150), at(200, 150, 70, 90), at(280, 150, 30, 40)
    found = zone.parted((near, beside, behind), 320, 432)
    assert found.presented == (near, beside)
    assert found.bystanders == (behind,)


def test_a_frame_is_cut_to_the_zone_and_nothing_is_behind_it() -> None:
    picture = np.arange(480 * 640 * 3, dtype=np.uint32).astype(np.uint8).reshape(480, 640, 3)
    inside = zone.cut(picture, MIDDLE)
    assert inside.shape == (432, 320, 3)
    assert (inside == picture[24:456, 160:480]).all()
    assert inside.base is None


def test_a_bystander_is_grey_with_hair_and_neck_and_the_rest_is_intact() -> None:
    picture = np.random.default_rng(1).integers(0, 255, (480, 640, 3), np.uint8)
    face = at(20, 150)
    covered = zone.covered(picture, (face,))
    assert (covered[120:300, 10:130] == zone.GREY).all()
    assert (covered[:, 200:] == picture[:, 200:]).all()
    assert zone.covered(picture, ()) is picture


def test_a_box_that_is_not_made_of_numbers_covers_to_the_border() -> None:
    picture = np.zeros((48, 64, 3), np.uint8)
    assert (zone.covered(picture, (at(float("nan"), float("inf")),)) == zone.GREY).all()


@pytest.mark.parametrize(
    "edges", [(0.5, 0, 0.5, 1), (0, 0.9, 1, 0.1), (-0.1, 0, 1, 1), (0, 0, 1, 1.1), (float("nan"), 0, 1, 1)]
)
def test_a_zone_lies_within_the_picture(edges: tuple[float, float, float, float]) -> None:
    with pytest.raises(Malformed):
        Zone(*edges)


@pytest.fixture(scope="module")
def engine(tmp_path_factory: pytest.TempPathFactory) -> faces.Engine:
    return faces.Engine(cache=tmp_path_factory.mktemp("cache"))


def scene(*placed: tuple[faces.Image, int, int, int]) -> faces.Image:
    """A grey hall of 960 by 540 with pieces of portraits in it: piece, left, top, side."""
    import cv2

    hall = np.full((540, 960, 3), 90, np.uint8)
    for piece, left, top, side in placed:
        hall[top : top + side, left : left + side] = cv2.resize(piece, (side, side), interpolation=cv2.INTER_AREA)
    return hall


@pytest.fixture(scope="module")
def astronaut() -> faces.Image:
    from importlib import metadata

    path = metadata.distribution("scikit-image").locate_file("skimage/data/astronaut.png")
    from pathlib import Path

    return faces.load(Path(str(path)))[0:260, 90:350]


def test_one_in_the_zone_is_looked_at_and_who_stands_beside_is_not(
    engine: faces.Engine, astronaut: faces.Image
) -> None:
    alone = looking.look(engine, scene((astronaut, 340, 130, 260)))
    assert not isinstance(alone, Reason)
    beside = looking.look(engine, scene((astronaut, 340, 130, 260), (astronaut[:, ::-1], 10, 200, 200)))
    assert not isinstance(beside, Reason)
    assert faces.compare(alone, beside) > 0.98
    assert looking.look(engine, scene((astronaut, 10, 200, 200))) is Reason.NOBODY


def test_two_in_the_zone_nobody_and_a_poor_picture_are_reasons(engine: faces.Engine, astronaut: faces.Image) -> None:
    two = scene((astronaut, 250, 130, 220), (astronaut[:, ::-1], 490, 130, 220))
    assert looking.look(engine, two) is Reason.SEVERAL
    assert looking.look(engine, scene()) is Reason.NOBODY
    few = astronaut[::10, ::10]
    assert looking.look(engine, scene((few, 340, 130, 260))) in (Reason.POOR, Reason.NOBODY)


def test_nothing_is_extracted_of_who_does_not_present_themselves(
    engine: faces.Engine, astronaut: faces.Image, monkeypatch: pytest.MonkeyPatch
) -> None:
    def never(_sample: object) -> None:
        raise AssertionError("a bystander was extracted")

    monkeypatch.setattr(engine.extractor, "extract", never)
    for crowd in (scene((astronaut, 10, 200, 200)), scene((astronaut, 250, 130, 220), (astronaut, 490, 130, 220))):
        assert isinstance(looking.look(engine, crowd), Reason)


def test_a_chips_photo_becomes_a_template_of_the_same_person(engine: faces.Engine, astronaut: faces.Image) -> None:
    import io
    import struct

    import PIL.Image

    def group(width: int) -> bytes:
        data = io.BytesIO()
        PIL.Image.fromarray(astronaut).save(data, "JPEG2000")
        picture = struct.pack(">BBHH6x", 1, 1, width, 260) + data.getvalue()
        block = struct.pack(">IH14x", 20 + len(picture), 0) + picture
        record = struct.pack(">4s4sIH", b"FAC\0", b"010\0", 14 + len(block), 1) + block
        for tag in (b"\x5f\x2e", b"\x7f\x60"):
            record = tag + b"\x83" + len(record).to_bytes(3) + record
        record = b"\x02\1\1" + record
        for tag in (b"\x7f\x61", b"\x75"):
            record = tag + b"\x83" + len(record).to_bytes(3) + record
        return record

    found = looking.of_chip(engine, group(260))
    live = looking.look(engine, scene((astronaut, 340, 130, 260)))
    assert not isinstance(live, Reason)
    assert faces.compare(found, live) > 0.9
    with pytest.raises(Malformed, match="size"):
        looking.of_chip(engine, group(261))
