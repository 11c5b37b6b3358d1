"""What every verb promises: its options, one sentence or one JSON object, an exit code, never a traceback."""

import importlib
import json
import subprocess
import sys
import threading
from collections.abc import Iterator
from pathlib import Path

import pytest
import typer

from countenance.cli import fault, invocation, main
from countenance.cli.main import VERBS
from countenance.errors import CountenanceError, Malformed, Refused, Unavailable

SECRET = "the-passphrase-in-the-message"


def commands() -> Iterator[tuple[str, object]]:
    """Every verb and sub-verb with its parsed command."""
    for verb, (module, _) in VERBS.items():
        target = getattr(importlib.import_module(f"countenance.cli.{module}"), verb)
        app = target if isinstance(target, typer.Typer) else typer.Typer(add_completion=False)
        if app is not target:
            app.command()(target)
        command = typer.main.get_command(app)
        yield from leaves(verb, command)


def leaves(name: str, command: object) -> Iterator[tuple[str, object]]:
    inner = getattr(command, "commands", {})
    for part, one in inner.items():
        yield from leaves(f"{name} {part}", one)
    if not inner:
        yield name, command


EVERY = dict(commands())


@pytest.mark.parametrize("verb", EVERY)
def test_every_verb_takes_deployment_and_json(verb: str) -> None:
    options = {name for parameter in EVERY[verb].params for name in parameter.opts}
    assert {"--deployment", "--json"} <= options


@pytest.mark.parametrize("verb", ["draft", "show", "sign", "refuse", "narrow", "list"])
def test_a_person_acts_with_a_key(verb: str) -> None:
    assert "--key" in {name for parameter in EVERY[f"warrant {verb}"].params for name in parameter.opts}


@pytest.mark.parametrize("verb", ["draft", "show", "sign", "refuse", "list", "withdraw", "alerts"])
def test_a_person_acts_on_galleries_with_a_key(verb: str) -> None:
    assert "--key" in {name for parameter in EVERY[f"gallery {verb}"].params for name in parameter.opts}


WARRANT, SIGHTING = "0" * 16, "0" * 32
RUBBISH: list[tuple[int, tuple[str, ...]]] = [
    (2, ("frob",)),
    (2, ("warrant",)),
    (2, ("warrant", "frob")),
    (2, ("search",)),
    (2, ("search", WARRANT)),
    (1, ("search", WARRANT, "--key", "nowhere.key")),
    (1, ("search", WARRANT, "--key", "garbage")),
    (1, ("camera", "list")),
    (1, ("camera", "show", "x" * 10_000)),
    (1, ("custodian", "status")),
    (1, ("custodian", "open", "--passphrase-file", "nowhere")),
    (2, ("custodian", "open", "--passphrase-file", "empty")),
    (1, ("custodian", "open", "--passphrase-file", ".")),
    (2, ("gallery",)),
    (1, ("gallery", "init", "--shares", "2/3")),
    (1, ("gallery", "status")),
    (1, ("gallery", "open", "--passphrase-file", "nowhere")),
    (1, ("gallery", "list", "--key", "nowhere.key")),
    (1, ("gallery", "alerts", "--key", "garbage")),
    (2, ("gallery", "sign", WARRANT)),
    (1, ("gallery", "withdraw", WARRANT, "--reason", "r", "--key", "garbage")),
    (1, ("roster", "list", "--gallery")),
    (1, ("edge", "list", "--gallery")),
    (1, ("roster", "list")),
    (1, ("edge", "enrol", "../../x")),
    (1, ("edge", "enrol", "x", "--public", "nowhere")),
    (2, ("edge", "enrol", "x", "--public", "garbage")),
    (1, ("watch", "x")),
    (1, ("run",)),
    (1, ("sightings", "list")),
    (2, ("sightings", "list", "--from", "yesterday")),
    (2, ("sightings", "list", "--limit", "many")),
    (2, ("sightings", "list", "--from", "+1h", "--to", "-1h")),
    (1, ("sightings", "show", SIGHTING)),
    (1, ("roster", "add", "x", "--organisation", "o", "--role", "officer", "--public", "0" * 64)),
    (2, ("roster", "add", "x", "--organisation", "o", "--role", "officer", "--public", "x" * 10_000)),
    (2, ("footage", "look", "x", "--from", "+1h", "--to", "-1h", "--reason", "r", "--out", "o", "--key", "garbage")),
    (1, ("footage", "look", "x", "--from", "-1h", "--to", "+1h", "--reason", "r", "--out", "garbage", "--key", "k")),
    (2, ("review", WARRANT, SIGHTING, "--verdict", "perhaps", "--key", "k")),
    (1, ("review", WARRANT, SIGHTING, "--key", "nowhere.key")),
    (1, ("disclose", WARRANT, SIGHTING, "--out", "folder", "--key", "nowhere.key")),
    (1, ("disclose", WARRANT, SIGHTING, "--out", "garbage/inside", "--key", "nowhere.key")),
    (1, ("disclose", WARRANT, SIGHTING, "--out", "/proc/inside", "--key", "nowhere.key")),
    (2, ("verify", "nowhere")),
    (2, ("verify", "garbage")),
    (1, ("verify", "folder")),
    (2, ("audit", "nowhere")),
    (2, ("audit", "garbage")),
    (2, ("audit", "folder")),
    (2, ("erase", "sign", "--key", "garbage")),
    (2, ("erase", SIGHTING, "--key", "garbage")),
    (1, ("init", "folder", "--shares", "2/3")),
    (2, ("init", "new", "--shares", "3/2")),
    (2, ("init", "new", "--quorum", "-1", "--shares", "2/3")),
    (1, ("init", "garbage/inside", "--shares", "2/3")),
    (1, ("key", "new", "garbage")),
    (1, ("key", "new", "garbage/inside")),
    (2, ("faces", "detect", "nowhere.jpg")),
    (2, ("faces", "detect", "garbage")),
    (2, ("faces", "detect", "folder")),
    (2, ("faces", "compare", "garbage", "garbage.json")),
    (2, ("bench", "nothing")),
    (2, ("witness",)),
    (1, ("witness", "init", "folder", "--name", "w.example")),
    (2, ("witness", "init", "new", "--name", "two words")),
    (2, ("witness", "add", "folder")),
    (1, ("witness", "add", "folder", "--origin", "o", "--key", "0" * 64)),
    (2, ("witness", "add", "folder", "--genesis", "garbage")),
    (1, ("witness", "list", "nowhere")),
    (2, ("witness", "serve", "folder", "--listen", "here")),
    (1, ("witness", "serve", "folder", "--listen", "127.0.0.1:0")),
    (2, ("log", "witness")),
    (1, ("log", "witness", "list")),
    (2, ("log", "witness", "add", "w", "--url", "x", "--key", "rubbish", "--organisation", "o")),
    (2, ("log", "proof", "0")),
    (2, ("monitor", "nowhere", "--once")),
    (2, ("monitor", "folder", "--once", "--witness", "rubbish")),
    (2, ("monitor", "folder", "--once", "--require", "1")),
]


@pytest.fixture
def place(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A working directory without a deployment, with a file of garbage and a folder that is not empty."""
    monkeypatch.chdir(tmp_path)
    monkeypatch.delenv("COUNTENANCE_DIR", raising=False)
    for name in ("garbage", "garbage.json"):
        (tmp_path / name).write_bytes(bytes(range(256)))
    (tmp_path / "empty").write_bytes(b"")
    (tmp_path / "folder").mkdir()
    (tmp_path / "folder" / "thing").write_text("thing")
    return tmp_path


@pytest.mark.parametrize(("code", "words"), RUBBISH, ids=[" ".join(words)[:60] for _, words in RUBBISH])
def test_rubbish_is_one_object_and_an_exit_code(
    code: int, words: tuple[str, ...], place: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    before = sorted(place.rglob("*"))
    assert main.run([*words, "--json"]) == code
    told = capsys.readouterr()
    said = json.loads(told.out)
    assert said.get("error") in {"refused", "tampered", "malformed", "unavailable"} or said["verified"] is False
    assert "Traceback" not in told.out + told.err
    assert sorted(place.rglob("*")) == before


@pytest.mark.parametrize("words", [("warrant",), ("faces", "detect", "garbage"), ("frob\x1b[2J",)])
def test_for_people_it_is_a_sentence(words: tuple[str, ...], place: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main.run(list(words)) == 2
    told = capsys.readouterr()
    assert "\x1b[2J" not in told.err
    assert told.out or told.err.startswith("malformed: ")


def invoked(monkeypatch: pytest.MonkeyPatch, raised: BaseException) -> int:
    def broken(verb: str, module: str, rest: list[str]) -> int:
        raise raised

    monkeypatch.setattr(invocation, "invoke", broken)
    return main.run(["search", "--json"])


def test_a_missing_extra_is_named(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> None:
    assert invoked(monkeypatch, ModuleNotFoundError("no", name="sqlalchemy.exc")) == 1
    said = json.loads(capsys.readouterr().out)
    assert said["error"] == "unavailable"
    assert "countenance[repository]" in said["message"]


def test_a_fault_tells_type_and_place_only(
    place: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    def broken(what: str) -> Path:
        raise ValueError(SECRET)

    monkeypatch.setattr("countenance.cli.audit.source_of", broken)
    assert main.run(["audit", "x", "--json"]) == 1
    told = capsys.readouterr()
    assert "ValueError at cli/audit.py:" in json.loads(told.out)["message"]
    assert SECRET not in told.out + told.err


def test_an_error_of_the_system_is_not_a_fault(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    assert invoked(monkeypatch, PermissionError(13, "Permission denied", SECRET)) == 1
    told = capsys.readouterr().out
    assert json.loads(told)["error"] == "unavailable"
    assert "Permission denied" in told
    assert SECRET not in told


def test_stopped_is_said(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> None:
    assert invoked(monkeypatch, KeyboardInterrupt()) == 1
    assert json.loads(capsys.readouterr().out)["error"] == "unavailable"


def test_stopped_inside_a_verb_is_said(
    place: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    def stopped(what: str) -> Path:
        raise KeyboardInterrupt

    monkeypatch.setattr("countenance.cli.audit.source_of", stopped)
    assert main.run(["audit", "x", "--json"]) == 1
    assert json.loads(capsys.readouterr().out)["error"] == "unavailable"


def test_ctrl_c_is_heard_before_the_parser_is_there() -> None:
    light = "import sys, countenance.cli.main; sys.exit('typer' in sys.modules or 'rich' in sys.modules)"
    assert subprocess.run([sys.executable, "-c", light], check=False).returncode == 0


def test_a_huge_file_is_not_read_whole(place: Path, capsys: pytest.CaptureFixture[str]) -> None:
    with (place / "huge").open("wb") as file:
        file.truncate(1 << 40)
    assert main.run(["edge", "enrol", "x", "--public", "huge", "--json"]) == 2
    assert main.run(["custodian", "open", "--passphrase-file", "huge", "--json"]) == 2
    assert "too large" in capsys.readouterr().out


def test_what_was_raised_on_purpose_stays_as_it_is() -> None:
    error = Refused("no")
    assert fault.explained(error) is error
    assert type(fault.explained(ModuleNotFoundError("no", name="nothing_of_ours"))) is CountenanceError
    assert type(fault.explained(OSError(28, "No space left on device"))) is Unavailable


def test_a_reader_who_left_is_no_error() -> None:
    command = f"{sys.executable} -m countenance.cli.main key new --help | true; echo ${{PIPESTATUS[0]}}"
    done = subprocess.run(["bash", "-c", command], capture_output=True, text=True, check=True)
    assert done.stdout.strip() in {"0", "1"}
    assert done.stderr == ""


def test_a_full_output_is_no_traceback() -> None:
    command = f"{sys.executable} -m countenance.cli.main --help > /dev/full"
    done = subprocess.run(["bash", "-c", command], capture_output=True, text=True, check=False)
    assert done.returncode == 1
    assert "Traceback" not in done.stderr


def test_no_thread_writes_a_traceback(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> None:
    monkeypatch.setattr(sys, "excepthook", sys.excepthook)
    monkeypatch.setattr(threading, "excepthook", threading.excepthook)
    fault.guard()

    def broken() -> None:
        raise ValueError(SECRET)

    thread = threading.Thread(target=broken)
    thread.start()
    thread.join()
    told = capsys.readouterr().err
    assert told == "a fault in this program (ValueError)\n"


def test_a_key_may_go_into_a_new_folder(place: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main.run(["key", "new", "keys/officer.key", "--person", "officer-1", "--json"]) == 0
    assert json.loads(capsys.readouterr().out)["file"] == "keys/officer.key"
    assert (place / "keys").stat().st_mode & 0o777 == 0o700


def test_garbage_for_a_genesis_record_is_named(place: Path) -> None:
    from countenance.cli.say import genesis_in

    with pytest.raises(Malformed, match="genesis record"):
        genesis_in(place / "garbage")
