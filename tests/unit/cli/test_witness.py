"""`countenance witness`, `monitor`, `log proof`: as programs, with a process that is killed and comes back."""

import http.client
import json
import signal
import subprocess
import sys
import threading
import urllib.error
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path

import pytest

from countenance.cli.main import run
from countenance.cli.witness_server import Server
from countenance.crypto.sign import SigningKey
from countenance.formats import records
from countenance.log import note, proof, proof_text, tiles, witness
from countenance.log.checkpoint import parsed, write_note
from countenance.log.cosignature import cosign, joined, of_witness
from countenance.log.merkle import Tree
from countenance.vocabulary.assurance import Assurance
from countenance.vocabulary.deployment import Genesis

KEY = SigningKey.generate()
GENESIS = Genesis("0" * 16, 1, True, Assurance.SINGLE_HOST, 2, b"", KEY.public, "countenance/0", b"")
LEAVES = [bytes([number]) * 32 for number in range(40)]
TREE = Tree(LEAVES)


def told(capsys: pytest.CaptureFixture[str], *words: object) -> tuple[int, dict]:
    code = run([*map(str, words), "--json"])
    return code, json.loads(capsys.readouterr().out)


@pytest.fixture
def place(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> Path:
    (tmp_path / "genesis.json").write_bytes(records.write(GENESIS))
    code, made = told(capsys, "witness", "init", tmp_path / "w", "--name", "w.example")
    assert (code, made["name"]) == (0, "w.example")
    assert str(note.verifier_key(made["key"])) == made["key"]
    assert told(capsys, "witness", "add", tmp_path / "w", "--genesis", tmp_path / "genesis.json")[0] == 0
    return tmp_path


@contextmanager
def serving(place: Path) -> Iterator[tuple[subprocess.Popen[str], str]]:
    command = [sys.executable, "-m", "countenance.cli.main", "witness", "serve", str(place / "w"), "--json"]
    process = subprocess.Popen([*command, "--listen", "127.0.0.1:0"], stdout=subprocess.PIPE, text=True)
    assert process.stdout is not None
    try:
        yield process, f"http://{json.loads(process.stdout.readline())['listening']}/add-checkpoint"
    finally:
        process.kill()
        process.wait()


def ask(url: str, old: int, size: int, tree: Tree = TREE) -> tuple[int, str]:
    lines = "".join(f"{note.base64.b64encode(one).decode()}\n" for one in proof.consistency(tree, old, size))
    head = write_note(GENESIS.log_origin, size, tree.root(size), KEY)
    try:
        with urllib.request.urlopen(url, f"old {old}\n{lines}\n{head}".encode(), timeout=30) as answer:
            return answer.status, answer.read().decode()
    except urllib.error.HTTPError as error:
        return error.code, error.read().decode()


def test_it_remembers_through_a_kill(place: Path, capsys: pytest.CaptureFixture[str]) -> None:
    with serving(place) as (process, url):
        assert ask(url, 0, 7)[0] == 200
        process.send_signal(signal.SIGKILL)
        process.wait()
    with serving(place) as (process, url):
        assert ask(url, 0, 7) == (409, "7\n")
        status, line = ask(url, 7, 20)
        assert status == 200
        head = write_note(GENESIS.log_origin, 20, TREE.root(20), KEY)
        key = note.verifier_key(told(capsys, "witness", "list", place / "w")[1]["key"])
        assert of_witness(joined(head, [line]), key.name, key.public) is not None
        assert ask(url, 20, 25, Tree(reversed(LEAVES)))[0] == 422
        second = run(["witness", "serve", str(place / "w"), "--listen", "127.0.0.1:0", "--json"])
        assert second == 1
        process.send_signal(signal.SIGTERM)
        assert process.wait(30) == 0
    capsys.readouterr()
    assert told(capsys, "witness", "list", place / "w")[1]["logs"][0]["size"] == 20


KILLED = """
import os, signal, sys, time
from pathlib import Path
from countenance.log import witness
def killed(*_):
    os.kill(os.getpid(), signal.SIGKILL)
witness.cosign = killed
this = witness.Witness(Path(sys.argv[1]), lambda: time.time_ns() // 1_000_000)
this.add_checkpoint(sys.stdin.buffer.read())
"""


def test_killed_between_disk_and_answer_it_signs_nothing_else(place: Path) -> None:
    fork = Tree(reversed(LEAVES))
    head = write_note(GENESIS.log_origin, 9, TREE.root(9), KEY)
    done = subprocess.run(
        [sys.executable, "-c", KILLED, str(place / "w")], input=f"old 0\n\n{head}".encode(), check=False
    )
    assert done.returncode == -signal.SIGKILL
    with serving(place) as (_, url):
        assert ask(url, 0, 9, fork) == (409, "9\n")
        assert ask(url, 9, 9, fork)[0] == 409
        assert ask(url, 9, 9)[0] == 200


@pytest.mark.parametrize(
    ("status", "path", "headers"),
    [
        (404, "/", {}),
        (404, "/add-checkpoint/../x", {}),
        (413, "/add-checkpoint", {"Content-Length": "999999999"}),
        (413, "/add-checkpoint", {"Content-Length": "-1"}),
        (501, "GET", {}),
        (400, "/add-checkpoint", {}),
    ],
)
def test_the_door_has_bounds(place: Path, status: int, path: str, headers: dict[str, str]) -> None:
    this = witness.Witness(place / "w", lambda: 5)
    with Server("127.0.0.1", 0, this, lambda _: None) as server:
        thread = threading.Thread(target=server.serve_forever, args=(0.01,))
        thread.start()
        connection = http.client.HTTPConnection("127.0.0.1", server.server_address[1], timeout=30)
        method, target = ("GET", "/add-checkpoint") if path == "GET" else ("POST", path)
        connection.putrequest(method, target)
        for name, value in (headers or {"Content-Length": "4"}).items():
            connection.putheader(name, value)
        connection.endheaders(b"junk" if not headers else b"")
        assert connection.getresponse().status == status
        connection.close()
        server.shutdown()
        thread.join()


@pytest.fixture
def folder(place: Path) -> Path:
    (place / "log").mkdir()
    grow(place, 20)
    return place


def grow(place: Path, size: int, leaves: list[bytes] = LEAVES, names: dict[str, SigningKey] | None = None) -> None:
    head = write_note(GENESIS.log_origin, size, Tree(leaves[:size]).root(), KEY)
    head = joined(head, [cosign(head, name, key, 1) for name, key in (names or {}).items()])
    tiles.publish(place / "log", leaves[:size], [b"sealed"] * size, head)


def test_a_log_is_followed_and_a_fork_is_kept_as_evidence(folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
    following = ["monitor", folder, "--once", "--state", folder / "state"]
    assert told(capsys, *following)[1]["grown"] == 20
    grow(folder, 30)
    code, said = told(capsys, *following)
    assert (code, said["entries"], said["grown"], said["irregularities"]) == (0, 30, 10, [])
    grow(folder, 40, [*LEAVES[:5], bytes(32), *LEAVES[6:]])
    for _ in range(2):
        code, said = told(capsys, *following)
        assert code == 1
        assert [one["rule"] for one in said["irregularities"]] == ["fork"]
    assert parsed((folder / "state.evidence").read_text()).size == 40
    assert run(list(map(str, following))) == 1
    assert "fork: " in capsys.readouterr().out
    grow(folder, 40)
    assert told(capsys, *following)[0] == 0


def test_a_monitor_wants_its_witnesses(folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
    key = SigningKey.generate()
    named = str(note.VerifierKey("v.example", note.COSIGNATURE, key.public))
    following = ["monitor", folder, "--once", "--state", folder / "state", "--witness", named, "--require", "1"]
    code, said = told(capsys, *following)
    assert (code, said["irregularities"][0]["rule"]) == (1, "witnesses")
    grow(folder, 21, names={"v.example": key})
    assert told(capsys, *following)[1]["cosigned"] == ["v.example"]


def test_another_log_in_its_place_is_said(folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
    following = ["monitor", folder, "--once", "--state", folder / "state"]
    assert told(capsys, *following)[0] == 0
    other = replace(GENESIS, log_key=SigningKey.generate().public)
    (folder / "genesis.json").write_bytes(records.write(other))
    code, said = told(capsys, *following)
    assert (code, said["error"]) == (1, "tampered")


def test_a_proof_from_public_files(folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
    code, said = told(capsys, "log", "proof", 7, folder)
    assert code == 0
    read = proof_text.read(said["proof"])
    proof.verify_inclusion(LEAVES[7], read.index, 20, read.hashes, TREE.root(20))
    assert told(capsys, "log", "proof", 20, folder)[0] == 2
    (folder / "log" / "tile/entries/000.p/20").write_bytes(b"")
    assert told(capsys, "log", "proof", 7, folder)[0] == 1
