"""`countenance evaluate attacks FOLDER`, on attacks made here from packaged portraits by re-imaging: SYNTHETIC, all of
them. They prove that files are found, judged and counted, and say nothing of how good any PAD is."""

import json
import random
from pathlib import Path

import numpy as np
import PIL.Image
import pytest
import typer
from typer.testing import CliRunner, Result

from countenance import faces
from countenance.cli.evaluate_attacks import attacks
from countenance.errors import Malformed
from countenance.faces import presenting
from countenance.faces.challenge import Trial
from countenance.faces.liveness import drawn
from countenance.formats import records
from countenance.video import frame
from countenance.video.encode import Coding, SegmentEncoder
from countenance.vocabulary.liveness import Challenge, Observation, Prompt
from simulator import presentations
from simulator.presentations import Held
from simulator.turning import Pose, Subject
from unit.faces import tiny_pad
from unit.faces.conftest import cache, engine, portrait, portrait_file  # noqa: F401 - fixtures

APP = typer.Typer()
APP.command()(attacks)


def run(*words: object) -> Result:
    return CliRunner().invoke(APP, [*map(str, words)])


def plain(*words: object) -> dict[str, object]:
    result = run(*words, "--json")
    assert result.exit_code == 0, result.output
    found: dict[str, object] = json.loads(result.stdout)
    return found


@pytest.fixture(autouse=True)
def _cache(monkeypatch: pytest.MonkeyPatch, cache: Path) -> None:  # noqa: F811
    monkeypatch.setenv("COUNTENANCE_CACHE", str(cache))


@pytest.fixture(scope="module")
def sheet(engine: faces.Engine, portrait: faces.Image) -> tuple[faces.Image, faces.Face]:  # noqa: F811
    return presentations.portrayed(portrait, engine.subject(portrait))


def saved(path: Path, image: faces.Image) -> Path:
    path.parent.mkdir(parents=True, exist_ok=True)
    PIL.Image.fromarray(image).save(path)
    return path


def film(path: Path, pictures: list[faces.Image], *, interval: int = 100) -> Path:
    path.parent.mkdir(parents=True, exist_ok=True)
    coder = SegmentEncoder(presentations.WIDTH, presentations.HEIGHT, rate=1000 / interval, coding=Coding(quality=20))
    for index, picture in enumerate(pictures):
        coder.add(frame.of_rgb(picture, index=index, moment_ms=index * interval))
    segment = coder.finish()
    assert segment is not None
    path.write_bytes(segment.data)
    return path


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory, sheet: tuple[faces.Image, faces.Face]) -> Path:
    """Two prints, two screens, a crop, one picture without a face, and two of the living."""
    photo, face = sheet
    place = tmp_path_factory.mktemp("attacks")
    for number, yaw in enumerate((-10, 15)):
        paper = presentations.reimaged(presentations.printed(photo), face, presentations.flat, Held(yaw=yaw, roll=3))
        saved(place / "print" / f"{number}.png", paper)
        shown = presentations.reimaged(presentations.on_screen(photo), face, presentations.flat, Held(yaw=yaw))
        saved(place / "screen" / f"{number}.jpg", shown)
        saved(
            place / "bona-fide" / f"{number}.png",
            presentations.reimaged(photo, face, presentations.head, Held(yaw=yaw)),
        )
    saved(place / "crop" / "0.png", presentations.cropped(photo, face))
    saved(place / "crop" / "nobody.png", np.full((200, 200, 3), 90, np.uint8))
    return place


def test_by_a_pad_model(folder: Path, tmp_path: Path) -> None:
    """The tiny model takes what is bright for bona fide: all of these are dark, or bright, by its threshold alone."""
    card = tiny_pad.card(tmp_path, softmax=False, attack=100.0)
    found = plain(folder, "--card", card)
    assert (found["by"], found["bona_fide"], found["bpcer"]["value"]) == ("tiny-pad", 2, 1.0)
    assert {name: it["apcer"]["value"] for name, it in found["species"].items()} == {"crop": 0, "print": 0, "screen": 0}
    assert (found["species"]["crop"]["apnrr"]["value"], found["species"]["crop"]["presentations"]) == (0.5, 2)
    other = plain(folder, "--card", tiny_pad.card(tmp_path, softmax=False, attack=-100.0))
    assert (other["apcer"]["value"], other["bpcer"]["value"]) == (1.0, 0.0)


def test_a_model_that_fails_is_silent_and_never_bona_fide(folder: Path, tmp_path: Path) -> None:
    found = plain(folder, "--card", tiny_pad.card(tmp_path, model=tiny_pad.network((float("nan"), 1.0))))
    assert found["apcer"] == {"species": None, "value": None, "low": 0.0, "high": 1.0}
    assert (found["bpcer"]["value"], found["bpnrr"]["value"]) == (None, 1.0)


def test_by_challenge_pictures_do_not_turn(folder: Path) -> None:
    found = plain(folder)
    assert found["by"] == "challenge-response"
    assert {it["apcer"]["value"] for it in found["species"].values()} == {0.0}
    assert found["species"]["crop"]["apnrr"]["value"] == 0.5
    # People who were asked nothing are neither answered nor refused.
    assert (found["bpcer"]["trials"], found["bpnrr"]["value"]) == (0, 1.0)


def test_in_words(folder: Path) -> None:
    said = run(folder).stdout
    assert "presentations of the species 'print'" in said
    assert "Not enough attempts to say" in said
    assert "Least is known of" in said


class Rendered(Subject):
    """The portrait, turned in space as it is asked, until it is far enough; keeps its frames."""

    def __init__(self, engine: faces.Engine, sheet: tuple[faces.Image, faces.Face]) -> None:  # noqa: F811
        super().__init__()
        self.engine, self.sheet, self.pictures = engine, sheet, []
        self.known: dict[tuple[int, int], tuple[faces.Image, Observation]] = {}

    def observed(self, moment: int, prompt: Prompt) -> Observation:
        super().observed(moment, prompt)
        yaw, pitch = (round(angle) for angle in self.pose)
        if (yaw, pitch) not in self.known:
            picture = presentations.reimaged(*self.sheet, presentations.head, Held(yaw=yaw, pitch=pitch))
            found = self.engine.detect(picture)
            template = self.engine.extract(picture, found[0]) if found else None
            self.known[yaw, pitch] = picture, Observation(0, found, template)
        picture, seen = self.known[yaw, pitch]
        self.pictures.append(picture)
        return Observation(moment, seen.faces, seen.template)

    def posed(self, prompt: Prompt, passed: int) -> Pose:
        goal = {None: (0, 0), "right": (60, 0), "left": (-60, 0), "down": (0, 60), "up": (0, -60)}[
            prompt.turn.value if prompt.turn else None
        ]
        if passed < 400 or (prompt.turn and prompt.reached):
            return self.pose
        yaw, pitch = (there + max(-4, min(4, to - there)) for there, to in zip(self.pose, goal, strict=True))
        return yaw, pitch


@pytest.fixture(scope="module")
def session(engine: faces.Engine, sheet: tuple[faces.Image, faces.Face]) -> tuple[Challenge, list[faces.Image]]:  # noqa: F811
    """A face that is animated live answers: the page says so, and here it is."""
    asked = drawn("session", 0, random.Random(5).randrange, steps=3)
    trial, puppet = Trial(asked, 0), Rendered(engine, sheet)
    moment = 0
    while trial.prompt.progress.value == "running":
        moment += 100
        trial.observe(puppet.observed(moment, trial.prompt))
    assert trial.answered().session == "session"
    return asked, puppet.pictures


def test_a_recording_answers_its_own_challenge_and_no_other(
    session: tuple[Challenge, list[faces.Image]], tmp_path: Path, folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("countenance.cli.evaluate_attacks.secrets.randbelow", random.Random(6).randrange)
    asked, pictures = session
    # The session's first frame came 100 ms after straight ahead was asked.
    whole = [pictures[0], *pictures, pictures[-1]]
    film(tmp_path / "bona-fide" / "one.mp4", whole)
    (tmp_path / "bona-fide" / "one.challenge.json").write_bytes(records.write(asked))
    film(tmp_path / "replay" / "one.mp4", whole)
    saved(tmp_path / "print" / "0.png", faces.load(folder / "print" / "0.png"))
    found = plain(tmp_path, "--challenges", 30)
    assert (found["bona_fide"], found["bpcer"]["value"], found["bpnrr"]["value"]) == (1, 0.0, 0.0)
    assert found["species"]["replay"]["presentations"] == 1
    # One of 256 guesses would be right.
    assert found["species"]["replay"]["apcer"]["value"] <= 0.1
    by_model = plain(tmp_path, "--card", tiny_pad.card(tmp_path, softmax=False, attack=-100.0))
    assert by_model["species"]["replay"]["apcer"]["value"] == 1.0


def test_what_cannot_be_read_is_told_and_not_counted(folder: Path, tmp_path: Path) -> None:
    saved(tmp_path / "print" / "0.png", faces.load(folder / "print" / "0.png"))
    (tmp_path / "print" / "note.txt").write_text("x")
    (tmp_path / "print" / "broken.png").write_bytes(b"\x89PNG\r\n\x1a\n")
    (tmp_path / "print" / ".hidden").write_text("x")
    found = plain(tmp_path)
    assert found["species"]["print"]["presentations"] == 1
    assert [reason.split(":")[0] for reason in found["unread"]] == ["print/broken.png", "print/note.txt"]
    assert "not counted: print/note.txt" in run(tmp_path).stdout


def test_a_folder_without_attacks_is_refused(tmp_path: Path, folder: Path) -> None:
    assert isinstance(run(tmp_path).exception, Malformed)
    assert isinstance(run(tmp_path / "nowhere").exception, Malformed)
    saved(tmp_path / "bona-fide" / "0.png", faces.load(folder / "print" / "0.png"))
    assert "no attack to present" in str(run(tmp_path).exception)


def test_a_video_of_any_length_is_looked_at_in_few_frames(tmp_path: Path, folder: Path, engine: faces.Engine) -> None:  # noqa: F811
    looked = []

    class Counting:
        def judge(self, image: faces.Image, face: faces.Face) -> object:
            from countenance.vocabulary.liveness import Judgement, Outcome

            looked.append(image.shape)
            return Judgement(Outcome.BONA_FIDE, "counted")

    picture = faces.load(folder / "print" / "0.png")
    path = film(tmp_path / "long.mp4", [picture] * 150)
    presenting.by_pad(engine, Counting(), path)
    assert presenting.LOOKS <= len(looked) < 2 * presenting.LOOKS
