"""init, key, custodian, roster and edge, as a founder types them."""

import json
import stat
import subprocess
import sys
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

from countenance.cli import key
from countenance.cli.run import plan
from countenance.crypto import keypair
from countenance.errors import Malformed, Unavailable
from countenance.formats import records
from countenance.vocabulary.deployment import Genesis
from countenance.warrants import policy, ready
from countenance.zones.edge import identity, kiosk_place

PASSPHRASE = "correct horse battery staple"

Say = Callable[..., tuple[int, dict[str, Any]]]


def passphrase_file(directory: Path, text: str = PASSPHRASE) -> Path:
    path = directory / "passphrase"
    path.write_text(text + "\n")
    return path


def genesis_of(place: Path) -> Genesis:
    return records.read(Genesis, (place / "genesis.json").read_bytes())


def test_a_deployment_is_laid_out_with_one_genesis(tmp_path: Path, say: Say) -> None:
    place = tmp_path / "station"
    code, told = say("init", place, "--quorum", 3, "--passphrase-file", passphrase_file(tmp_path))
    assert code == 0
    assert sorted(path.name for path in place.iterdir()) == [
        "approve",
        "auditors.key",
        "console",
        "custodian",
        "edge",
        "genesis.json",
        "portal",
        "repository",
        "sockets",
    ]
    genesis = genesis_of(place)
    assert (genesis.demo, genesis.quorum, genesis.deployment) == (False, 3, told["deployment"])
    for zone in ("edge", "repository", "custodian"):
        assert genesis_of(place / zone) == genesis
        assert stat.S_IMODE((place / zone).stat().st_mode) == 0o700
    assert stat.S_IMODE((place / "sockets").stat().st_mode) == 0o711
    assert stat.S_IMODE((place / "auditors.key").stat().st_mode) == 0o600
    private = bytes.fromhex(json.loads((place / "auditors.key").read_bytes())["private"])
    assert keypair.from_private(private).public == genesis.auditors_key
    assert identity.names(place) == ("probe",)
    assert told["shares"] == []
    assert [path.name for path in tmp_path.iterdir() if path.name.endswith(".init")] == []


def test_demo_is_said_and_shares_are_shown_once(tmp_path: Path, say: Say) -> None:
    place, key_file = tmp_path / "station", tmp_path / "elsewhere.key"
    code, told = say("init", "--deployment", place, "--demo", "--shares", "2/3", "--auditors-key", key_file)
    assert (code, told["demo"], len(told["shares"])) == (0, True, 3)
    assert genesis_of(place).demo
    assert key_file.exists()
    assert not (place / "auditors.key").exists()
    for path in place.rglob("*"):
        if path.is_file():
            assert told["shares"][0].split()[4].encode() + b" " not in path.read_bytes()


def test_an_empty_directory_is_filled_and_stays_the_same_directory(
    tmp_path: Path, say: Say, monkeypatch: pytest.MonkeyPatch
) -> None:
    place = tmp_path / "here"
    place.mkdir()
    monkeypatch.chdir(place)
    before = place.stat().st_ino
    code, _ = say("init", "--passphrase-file", passphrase_file(tmp_path))
    assert code == 0
    assert place.stat().st_ino == before
    assert (Path.cwd() / "genesis.json").exists()


@pytest.mark.parametrize(
    ("words", "expected"),
    [
        (["--passphrase-file", "SHORT"], 2),
        (["--passphrase-file", "MISSING"], 1),
        (["--passphrase-file", "EMPTY"], 2),
        (["--shares", "1/3"], 2),
        (["--shares", "4/3"], 2),
        (["--shares", "2of3"], 2),
        (["--quorum", "1", "--shares", "2/3"], 2),
        (["--shares", "2/3", "--auditors-key", "EXISTS"], 1),
        (["--shares", "2/3", "--auditors-key", "NO/WHERE"], 1),
        ([], 2),
    ],
)
def test_what_fails_leaves_nothing_half_made(tmp_path: Path, say: Say, words: list[str], expected: int) -> None:
    (tmp_path / "SHORT").write_text("short\n")
    (tmp_path / "EMPTY").write_text("\n")
    (tmp_path / "EXISTS").write_text("mine")
    before = sorted(tmp_path.iterdir())
    named = [str(tmp_path / word) if word.isupper() else word for word in words]
    code, told = say("init", tmp_path / "station", *named)
    assert code == expected
    assert "message" in told
    assert sorted(tmp_path.iterdir()) == before
    assert (tmp_path / "EXISTS").read_text() == "mine"


def test_a_directory_that_is_not_empty_is_left_alone(tmp_path: Path, say: Say) -> None:
    place = tmp_path / "station"
    say("init", place, "--shares", "2/2")
    genesis = (place / "genesis.json").read_bytes()
    code, told = say("init", place, "--shares", "2/2")
    assert (code, told["error"]) == (1, "refused")
    assert (place / "genesis.json").read_bytes() == genesis
    (tmp_path / "file").write_text("x")
    assert say("init", tmp_path / "file", "--shares", "2/2")[0] == 1
    assert (tmp_path / "file").read_text() == "x"


def test_a_key_file_is_its_owners_alone_and_is_never_overwritten(tmp_path: Path, say: Say) -> None:
    path = tmp_path / "officer.key"
    code, told = say("key", "new", path, "--person", "court-b/judge-1")
    assert code == 0
    assert stat.S_IMODE(path.stat().st_mode) == 0o600
    loaded = key.load(path)
    assert (loaded.person, loaded.signing.public.hex()) == ("court-b/judge-1", told["public"])
    assert loaded.signing.to_bytes().hex() not in repr(loaded)
    before = path.read_bytes()
    assert say("key", "new", path)[0] == 1
    assert path.read_bytes() == before


@pytest.mark.parametrize(
    "text", ["", "{}", "[]", '{"type":"FileKey"}', '{"person":"a","private":"zz","type":"FileKey"}', "\xff"]
)
def test_what_is_no_key_file_is_malformed(tmp_path: Path, text: str) -> None:
    (tmp_path / "key").write_text(text, encoding="latin-1")
    with pytest.raises(Malformed):
        key.load(tmp_path / "key")
    with pytest.raises(Unavailable):
        key.load(tmp_path / "missing")


@dataclass
class Station:
    """A deployment whose custodian runs."""

    place: Path
    shares: list[Path]


@pytest.fixture(scope="module")
def station(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Station]:
    home = tmp_path_factory.mktemp("station")
    command = [sys.executable, "-m", "countenance.cli.main", "init", str(home / "s"), "--shares", "2/3", "--json"]
    made = json.loads(subprocess.run(command, capture_output=True, check=True).stdout)
    shares = [home / f"share-{number}" for number in range(3)]
    for path, share in zip(shares, made["shares"], strict=True):
        path.write_text(share + "\n")
    serve = [sys.executable, "-m", "countenance.cli.run_custodian", "serve", "--deployment", str(home / "s")]
    process = subprocess.Popen(serve, stderr=subprocess.PIPE)
    assert process.stderr is not None
    process.stderr.readline()
    yield Station(home / "s", shares)
    process.kill()
    process.wait()


def test_the_terminal_from_opening_to_closing(
    station: Station, say: Say, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("COUNTENANCE_DIR", str(station.place))
    assert say("custodian", "status")[1]["state"] == "locked"
    assert say("roster", "list")[0] == 1
    assert say("edge", "enrol", "host-1")[0] == 1
    assert identity.names(station.place) == ("probe",)
    assert say("custodian", "open", "--share-file", station.shares[0])[0] == 1
    # The next attempt has to wait a second: asking again until then is refused and not counted.
    opening = ["custodian", "open", "--share-file", station.shares[2], "--share-file", station.shares[1]]
    while say(*opening)[0] != 0:
        pass
    status = say("custodian", "status")[1]
    assert (status["state"], status["demo"], status["failed_attempts"]) == ("open", False, 0)

    public = say("key", "new", tmp_path / "a.key")[1]["public"]
    (tmp_path / "a.pub").write_text(public)
    add = ["roster", "add", "--organisation", "police", "--role", "officer", "--role", "approver"]
    assert say(*add, "officer-1", "--public", tmp_path / "a.pub")[0] == 0
    assert say(*add, "officer-2", "--public", public)[0] == 1
    assert say(*add, "officer-2", "--public", tmp_path / "a.key")[0] == 2
    assert say(*add, "officer-2", "--role", "king", "--public", public)[0] == 2
    persons = say("roster", "list")[1]["persons"]
    assert [(one["name"], one["roles"]) for one in persons] == [("officer-1", ["officer", "approver"])]
    assert say("roster", "revoke", "officer-1")[0] == 0
    assert say("roster", "revoke", "officer-1")[0] == 1

    assert say("edge", "enrol", "host-1")[0] == 0
    assert identity.names(station.place) == ("host-1", "probe")
    assert say("edge", "enrol", "host-1")[0] == 1
    assert say("edge", "revoke", "host-1")[0] == 0
    assert {one["name"]: one["revoked"] for one in say("edge", "list")[1]["edges"]} == {"host-1": True, "probe": False}

    assert say("custodian", "close")[1]["state"] == "locked"


def test_an_edge_on_another_host_is_enrolled_by_its_public_file(station: Station, say: Say, tmp_path: Path) -> None:
    from countenance.cli.edge import public_half
    from countenance.formats import canonical

    here = ("--deployment", station.place)
    say("custodian", "open", "--share-file", station.shares[0], "--share-file", station.shares[1], *here)
    file = tmp_path / "host-2.json"
    file.write_bytes(canonical.write(public_half(identity.create(tmp_path, "host-2"))))
    assert say("edge", "enrol", "host-3", "--public", file, *here)[0] == 2
    assert say("edge", "enrol", "host-2", "--public", file, *here)[0] == 0
    assert "host-2" not in identity.names(station.place)
    file.write_text("{}")
    assert say("edge", "enrol", "host-4", "--public", file, *here)[0] == 2
    say("custodian", "close", *here)


def test_without_a_custodian_the_terminal_says_so(tmp_path: Path, say: Say) -> None:
    code, told = say("custodian", "status", "--deployment", tmp_path)
    assert (code, told["error"]) == (1, "unavailable")
    assert list(tmp_path.iterdir()) == []


def test_a_deployment_begins_with_the_policy_it_is_given(tmp_path: Path, say: Say) -> None:
    secret = passphrase_file(tmp_path)
    text = ready.text("strict") + "// ours\n"
    (tmp_path / "ours.cedar").write_text(text)
    for given, expected in (("eu", ready.text("eu")), ("strict", ready.text("strict")), ("ours.cedar", text)):
        words = ("--passphrase-file", secret, "--policy", given if "." not in given else tmp_path / given)
        code, told = say("init", tmp_path / given.partition(".")[0], *words)
        assert (code, told["policy"]) == (0, policy.read(expected).hash.hex())
    (tmp_path / "bad.cedar").write_text("permit (principal, action, resource);")
    code, told = say("init", tmp_path / "bad", "--passphrase-file", secret, "--policy", tmp_path / "bad.cedar")
    assert (code, told["error"]) == (2, "malformed")
    assert not (tmp_path / "bad").exists()


def test_a_kiosk_is_enrolled_as_one_and_run_serves_its_page(station: Station, say: Say) -> None:
    here = ("--deployment", station.place)
    say("custodian", "open", "--share-file", station.shares[0], "--share-file", station.shares[1], *here)
    assert say("edge", "enrol", "desk-1", "--kind", "printer", *here)[0] == 2
    assert say("edge", "enrol", "desk-1", "--kind", "kiosk", "--port", "80", *here)[0] == 2
    assert "desk-1" not in identity.names(station.place)
    assert not [one for one in plan(station.place, {}) if one.name.startswith("kiosk ")]
    assert say("edge", "enrol", "desk-1", "--kind", "kiosk", "--port", "9461", *here)[0] == 0
    edges = say("edge", "list", *here)[1]["edges"]
    assert [one["kind"] for one in edges if one["name"] == "desk-1"] == ["kiosk"]
    assert kiosk_place.origin(station.place, "desk-1") == "http://kiosk.localhost:9461"
    (program,) = [one for one in plan(station.place, {}) if one.name == "kiosk desk-1"]
    assert program.arguments[:2] == ("--name", "desk-1")
    say("custodian", "close", *here)
