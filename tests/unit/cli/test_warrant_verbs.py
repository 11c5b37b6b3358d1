"""draft, show, sign, refuse, narrow, list, search, review, sightings: as people type them."""

import hashlib
import io
import json
import stat
from collections.abc import Iterator
from pathlib import Path

import pytest
from PIL import Image

from countenance.cli import ask, main
from countenance.errors import Malformed
from countenance.vocabulary.moments import written
from simulator.counter import Counter, counter, picture
from simulator.people import HOUR, NOW


@pytest.fixture
def desk(monkeypatch: pytest.MonkeyPatch) -> Iterator[Counter]:
    monkeypatch.setattr(ask, "now", lambda: NOW)
    with counter() as made:
        yield made


@pytest.fixture
def run(desk: Counter, capsys: pytest.CaptureFixture[str]):
    def run(*words: object, person: str = "", code: int = 0) -> dict:
        more = ["--deployment", str(desk.deployment), "--json"] + (["--key", str(desk.key(person))] if person else [])
        capsys.readouterr()
        assert main.run([*map(str, words), *more]) == code, capsys.readouterr()
        lines = capsys.readouterr().out.strip().splitlines()
        return json.loads(lines[-1])

    return run


@pytest.fixture
def photo(tmp_path: Path) -> Path:
    path = tmp_path / "photo.jpg"
    path.write_bytes(picture("blue", (80, 60)))
    return path


def draft(run, photo: Path, **changed: object) -> str:
    options = {
        "case": "case 7",
        "purpose": "missing person",
        "basis": "law 2",
        "from": "-2h",
        "to": "+1h",
        "probe": photo,
    } | changed
    words = [word for name, value in options.items() for word in (f"--{name}", value)]
    cameras = ("--camera", "hall-east", "--camera", "hall-west")
    return run("warrant", "draft", *words, *cameras, person="officer-1")["warrant"]


def approved(run, photo: Path) -> str:
    warrant = draft(run, photo)
    run("warrant", "sign", warrant, "--yes", person="supervisor-1")
    assert run("warrant", "sign", warrant, "--yes", person="court-b/judge-1")["approvals"] == 2
    return warrant


def test_from_draft_to_verdict(desk, run, photo):
    sighting = desk.pass_by()
    warrant = draft(run, photo)
    assert "0 of the 2" in run("search", warrant, person="officer-1", code=1)["message"]
    run("warrant", "sign", warrant, "--yes", person="officer-1", code=1)
    for name in ("supervisor-1", "court-b/judge-1"):
        run("warrant", "sign", warrant, "--yes", person=name)
    found = run("search", warrant, person="officer-1")
    assert (found["candidates"], found["rows"], found["incomplete"]) == ([sighting], 1, [])
    for name in ("reviewer-1", "reviewer-2"):
        shown = run("review", warrant, sighting, person=name)
        sheet = Path(shown["picture"])
        assert stat.S_IMODE(sheet.stat().st_mode) == 0o600
        assert (shown["moment"], shown["box"]) == (1_000, [5, 6, 40, 60])
        with Image.open(io.BytesIO(sheet.read_bytes())) as opened:
            assert opened.height == 480
            assert opened.getpixel((10, 240))[0] > 200
            assert opened.getpixel((opened.width - 10, 240))[2] > 200
        answer = run("review", warrant, sighting, "--verdict", "same", person=name)
        assert not sheet.exists()
    assert answer["outcome"] == "confirmed"


def test_show_and_list(desk, run, photo, tmp_path):
    warrant = approved(run, photo)
    out = tmp_path / "probe.jpg"
    shown = run("warrant", "show", warrant, "--photo", out, person="court-b/judge-2")
    assert shown["hash"] == hashlib.sha256(shown["text"].encode()).hexdigest()
    assert shown["warrant"]["case"] == "case 7"
    assert "photo_key" not in shown
    assert out.read_bytes() == photo.read_bytes()
    assert stat.S_IMODE(out.stat().st_mode) == 0o600
    run("warrant", "show", warrant, "--photo", out, person="court-b/judge-2", code=1)
    (line,) = run("warrant", "list", person="officer-1")["warrants"]
    assert (line["warrant"], line["state"]) == (warrant, "approved")
    run("warrant", "show", "f" * 16, person="officer-1", code=1)
    run("warrant", "show", warrant, person="clerk-1", code=1)


def test_what_is_signed_is_shown_and_asked(desk, run, photo, monkeypatch, capsys):
    warrant = draft(run, photo, case="case 7\x1b[2J")
    words = ["warrant", "sign", warrant, "--deployment", str(desk.deployment), "--key", str(desk.key("supervisor-1"))]
    monkeypatch.setattr("sys.stdin", io.StringIO("n\n"))
    capsys.readouterr()
    assert main.run(words) == 1
    said = capsys.readouterr().err
    assert "case        case 7" in said
    assert "\x1b[2J" not in said
    assert "missing person" in said
    assert run("warrant", "list", person="officer-1")["warrants"][0]["approvals"] == 0
    monkeypatch.setattr("sys.stdin", io.StringIO("y\n"))
    assert main.run(words) == 0
    assert run("warrant", "list", person="officer-1")["warrants"][0]["approvals"] == 1


def test_refuse_and_narrow(desk, run, photo):
    warrant = approved(run, photo)
    assert run("warrant", "refuse", warrant, "--reason", "too wide", person="supervisor-1")["approvals"] == 1
    shown = run("warrant", "show", warrant, person="officer-1")
    assert [word["reason"] for word in shown["approvals"]] == ["", "too wide"]
    narrowed = run(
        *("warrant", "narrow", warrant, "--camera", "hall-east", "--to", written(NOW), "--uses", 1),
        person="court-b/judge-1",
    )
    assert narrowed["number"] == 2
    after = run("warrant", "show", warrant, person="officer-1")
    assert after["approvals"] == []
    assert after["warrant"]["scope"]["cameras"] == ["hall-east"]
    assert after["warrant"]["narrowed_by"] == "court-b/judge-1"
    wider = ("warrant", "narrow", warrant, "--camera", "hall-east", "--camera", "hall-west")
    run(*wider, person="court-b/judge-1", code=1)
    run("warrant", "narrow", warrant, "--uses", 9, person="officer-1", code=1)


def test_bad_input(desk, run, photo, tmp_path):
    for changed in ({"from": "yesterday"}, {"to": "25:00"}, {"expires": "soon"}):
        with pytest.raises(AssertionError, match="malformed"):
            draft(run, photo, **changed)
    with pytest.raises(AssertionError, match="unavailable"):
        draft(run, tmp_path / "nothing.jpg")
    desk.probes = False
    with pytest.raises(AssertionError, match="two faces"):
        draft(run, photo)
    nobody = tmp_path / "nobody.key"
    nobody.write_bytes(b'{"person":"","private":"' + b"00" * 32 + b'","type":"FileKey"}')
    assert main.run(["warrant", "list", "--key", str(nobody), "--deployment", str(desk.deployment)]) == 2
    assert main.run(["warrant", "list", "--key", str(nobody), "--deployment", str(tmp_path)]) == 1


def test_what_is_wrong_with_a_photo_is_said_and_it_is_searched_with_all_the_same(desk, run, photo, capsys):
    desk.faults[photo.read_bytes()] = ["the face is blurred: use another\x1b[2J\nphoto"]
    words = ("--case", "case 7", "--purpose", "missing person", "--basis", "law 2", "--from", "-2h", "--to", "+1h")
    where = ("--camera", "hall-east", "--probe", photo, "--key", desk.key("officer-1"), "--deployment", desk.deployment)
    assert main.run([str(word) for word in ("warrant", "draft", *words, *where, "--json")]) == 0
    told = capsys.readouterr()
    said = json.loads(told.out)
    assert (said["quality"], said["reasons"]) == (80, desk.faults[photo.read_bytes()])
    assert told.err == "photo.jpg: the face is blurred: use another[2Jphoto\n"


def test_a_swapped_still_or_photo_is_not_shown(desk, run, photo):
    sighting = desk.pass_by()
    warrant = approved(run, photo)
    run("search", warrant, person="officer-1")
    honest = desk.objects[sighting]
    desk.objects[sighting] = honest[:-1] + bytes([honest[-1] ^ 1])
    assert run("review", warrant, sighting, person="reviewer-1", code=1)["error"] == "tampered"
    desk.objects[sighting] = honest
    desk.photos[warrant] = desk.photos[warrant][:-1]
    assert run("review", warrant, sighting, person="reviewer-1", code=1)["error"] == "tampered"
    assert not list(desk.deployment.glob("*.png"))


def test_sightings(desk, run):
    sighting = desk.pass_by()
    assert [one["sighting"] for one in run("sightings", "list")["sightings"]] == [sighting]
    assert run("sightings", "list", "--camera", "hall-west", "--from", "-1h", "--to", "12:00")["sightings"] == []
    assert run("sightings", "show", sighting)["camera"] == "hall-east"


@pytest.mark.parametrize(
    ("written_as", "moment"),
    [
        ("+48h", NOW + 48 * HOUR),
        ("-90m", NOW - 90 * 60_000),
        ("+1d", NOW + 24 * HOUR),
        ("2024-10-04T01:30Z", 1_728_005_400_000),
        ("2024-10-04T03:30+02:00", 1_728_005_400_000),
        ("2024-10-04T01:30", 1_728_005_400_000),
        ("2024-10-04", 1_728_000_000_000),
        ("01:30", NOW // (24 * HOUR) * 24 * HOUR + 90 * 60_000),
    ],
)
def test_times(written_as, moment):
    assert ask.moment(written_as, of=NOW) == moment


@pytest.mark.parametrize("written_as", ["", "soon", "24:00", "+2w", "2026-13-01", "+h"])
def test_no_times(written_as):
    with pytest.raises(Malformed):
        ask.moment(written_as, of=NOW)


def test_a_nearly_identical_probe_is_said_before_anybody_signs(desk, run, photo, monkeypatch, capsys):
    first, second = draft(run, photo), draft(run, photo)
    (alarm,) = run("warrant", "show", second, person="supervisor-1")["alarms"]
    assert (alarm["warrant"], alarm["compared"]) == (first, True)
    words = ["--deployment", str(desk.deployment), "--key", str(desk.key("supervisor-1"))]
    monkeypatch.setattr("sys.stdin", io.StringIO("n\n"))
    capsys.readouterr()
    assert main.run(["warrant", "sign", second, *words]) == 1
    assert f"ALARM (entry {alarm['entry']}): the probe is nearly identical to that of warrant {first}" in (
        capsys.readouterr().err
    )
    assert main.run(["warrant", "show", first, *words]) == 0
    assert f"warrant {second}" in capsys.readouterr().out


def test_words_of_another_write_no_lines_of_their_own(run, photo: Path, desk: Counter, capsys) -> None:
    """Else an approver reads cameras and hours that are not those of the text they sign."""
    number = draft(run, photo, case="7\n  cameras     none\n\nThe text that is signed:\n{}")
    capsys.readouterr()
    words = ["warrant", "sign", number, "--yes", "--key", str(desk.key("supervisor-1"))]
    assert main.run([*words, "--deployment", str(desk.deployment)]) == 0
    lines = capsys.readouterr().err.splitlines()
    assert len([line for line in lines if line.startswith("  cameras")]) == 1
    assert lines.count("The text that is signed:") == 1
