from pathlib import Path

import numpy as np
import pytest

from countenance.cli.demo import footage, ground_truth, portraits
from countenance.cli.demo.ground_truth import Appearance, CameraTruth, GroundTruth
from countenance.errors import Malformed, Tampered, Unavailable
from countenance.faces import Engine, compare, load
from countenance.video.decode import frames
from countenance.vocabulary.faces import Box


@pytest.fixture(scope="module")
def people() -> portraits.Portraits:
    return portraits.read()


@pytest.fixture(scope="module")
def made(people: portraits.Portraits, tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, GroundTruth]:
    directory = tmp_path_factory.mktemp("footage")
    return directory, footage.render(directory, people, seconds=2)


def test_two_cameras_and_everyone_is_in_both(made: tuple[Path, GroundTruth]) -> None:
    directory, truth = made
    for name in ("hall-east", "hall-west"):
        read = list(frames(str(directory / f"{name}.mp4")))
        camera = truth.cameras[name]
        assert len(read) == len(camera.frames) == 30
        assert {(frame.width, frame.height) for frame in read} == {footage.SIZE}
        seen = {appearance.subject for frame in camera.frames for appearance in frame if appearance.visible}
        assert seen == set(portraits.SUBJECTS)
    assert ground_truth.read(directory / footage.TRUTH).cameras.keys() == truth.cameras.keys()


def test_the_searched_for_is_recognised_and_the_passer_by_in_the_same_frame_is_not(
    made: tuple[Path, GroundTruth], people: portraits.Portraits
) -> None:
    directory, truth = made
    engine = Engine()
    probe = engine.extract(load(people.probe))
    camera = truth.cameras["hall-east"]
    both = [
        index
        for index, seen in enumerate(camera.frames)
        if {"subject-a", "subject-c"} <= {appearance.subject for appearance in seen if appearance.shown > 0.95}
    ]
    assert both
    (frame,) = (f for f in frames(str(directory / "hall-east.mp4")) if f.index == both[len(both) // 2])
    scores = {}
    for face in engine.detect(frame.rgb()):
        subject = camera.subject_of({frame.moment_ms: face.box})
        scores[subject] = compare(probe, engine.extract(frame.rgb(), face))
    assert scores["subject-a"] > 0.5
    assert scores["subject-c"] < 0.35


def test_the_same_seed_gives_the_same_footage(people: portraits.Portraits, tmp_path: Path) -> None:
    written = []
    for number, seed in enumerate((1, 1, 2)):
        directory = tmp_path / str(number)
        directory.mkdir()
        footage.render(directory, people, seconds=0.4, size=(320, 180), seed=seed)
        written.append((directory / "hall-west.mp4").read_bytes())
    assert written[0] == written[1]
    assert written[0] != written[2]


def test_portraits_that_are_not_installed_or_not_the_published_ones(tmp_path: Path) -> None:
    with pytest.raises(Unavailable, match="make install"):
        portraits.read(tmp_path / "none.tar.gz")
    (tmp_path / "other.tar.gz").write_bytes(b"other")
    with pytest.raises(Tampered, match="make install"):
        portraits.read(tmp_path / "other.tar.gz")


def test_no_portrait_shows_in_a_repr(people: portraits.Portraits) -> None:
    assert repr(people) == "Portraits(a-standing, a-speaking, b, c, d)"
    assert repr(people.footage["b"]) == "Portrait(subject-b)"
    assert not any(np.array_equal(portrait.image, load(people.probe)) for portrait in people.footage.values())


def test_ground_truth_is_read_as_written(tmp_path: Path) -> None:
    truth = GroundTruth({"hall-east": CameraTruth(960, 540, 15, ((), (Appearance("b", Box(1, 2, 3, 4), 0.5),)))})
    truth.write(tmp_path / "truth.json")
    assert ground_truth.read(tmp_path / "truth.json") == truth
    (tmp_path / "truth.json").write_text('{"cameras": {"hall-east": {"frames": 3}}}')
    with pytest.raises(Malformed):
        ground_truth.read(tmp_path / "truth.json")


def test_whose_face_a_track_is() -> None:
    frame = (Appearance("b", Box(0, 0, 10, 10), 1.0), Appearance("c", Box(50, 0, 10, 10), 0.2))
    camera = CameraTruth(100, 50, 10, (frame, frame, ()))
    assert camera.subject_of({0: Box(1, 1, 10, 10), 100: Box(51, 0, 10, 10), 110: Box(1, 0, 10, 9)}) == "b"
    assert camera.subject_of({0: Box(80, 30, 10, 10), 9000: Box(0, 0, 10, 10)}) == ""
    assert not frame[1].visible
