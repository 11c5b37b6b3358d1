"""Another implementation reads our log: Go's sumdb packages, which `make install` brings where it may."""

import base64
import os
import shutil
import subprocess
from pathlib import Path

import pytest

from countenance.crypto.sign import SigningKey
from countenance.log import note, tiles
from countenance.log.checkpoint import write_note
from countenance.log.cosignature import cosign, joined
from countenance.log.merkle import Tree

GOPATH = Path("/usr/share/gocode")
PROGRAM = Path(__file__).parent / "sumdb" / "main.go"
ORIGIN, KEY = "countenance/0123456789abcdef", SigningKey.generate()
LEAVES = [os.urandom(32) for _ in range(70_000)]
TREE = Tree(LEAVES)

pytestmark = pytest.mark.skipif(
    not shutil.which("go") or not (GOPATH / "src/golang.org/x/mod/sumdb/tlog").is_dir(),
    reason="Go and its x/mod packages are not here: packages golang-go and golang-golang-x-mod-dev",
)


@pytest.fixture(scope="module")
def program(tmp_path_factory: pytest.TempPathFactory) -> Path:
    place = tmp_path_factory.mktemp("go") / "main"
    environment = os.environ | {"GO111MODULE": "off", "GOPATH": str(GOPATH), "GOCACHE": str(place.parent / "cache")}
    subprocess.run(["go", "build", "-o", str(place), str(PROGRAM)], env=environment, check=True, timeout=600)
    return place


def published(folder: Path, size: int) -> None:
    head = write_note(ORIGIN, size, TREE.root(size), KEY)
    head = joined(head, [cosign(head, "w.example", SigningKey.generate(), 1679315147)])
    folder.mkdir(exist_ok=True)
    have = tiles.published_size(folder)
    tiles.publish(folder, LEAVES[have:size], [b"x"] * (size - have), head)


def read(
    program: Path, folder: Path, first: int, *, root: bytes = b"", key: str = ""
) -> subprocess.CompletedProcess[str]:
    key = key or str(note.VerifierKey(ORIGIN, note.ED25519, KEY.public))
    encoded = base64.b64encode(root or TREE.root(first)).decode()
    command = [str(program), str(folder), key, str(first), encoded]
    return subprocess.run(command, capture_output=True, text=True, check=False, timeout=600)


def test_go_reads_what_we_publish(program: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    # Seventy thousand files of preimages would prove nothing here.
    monkeypatch.setattr(tiles, "preimage_path", lambda _: "preimage")
    monkeypatch.setattr(tiles.files, "write", lambda path, data, mode=0: path.write_bytes(data))
    before = 1
    for size in (1, 16, 255, 256, 257, 4096, 65_536, 70_000):
        published(tmp_path / "log", size)
        done = read(program, tmp_path / "log", before)
        assert (done.returncode, done.stdout) == (0, f"{size}\n")
        before = size
    wrong = [
        read(program, tmp_path / "log", 4096, root=bytes(32)),
        read(
            program, tmp_path / "log", 1, key=str(note.VerifierKey(ORIGIN, note.ED25519, SigningKey.generate().public))
        ),
    ]
    tile = tmp_path / "log" / "tile/0/007"
    tile.write_bytes(tile.read_bytes()[:-1] + b"\0")
    wrong.append(read(program, tmp_path / "log", 1))
    assert [done.returncode for done in wrong] == [1, 1, 1]


def test_go_and_we_name_keys_alike(program: Path, tmp_path: Path) -> None:
    published(tmp_path / "log", 16)
    assert read(program, tmp_path / "log", 16).returncode == 0
    changed = str(note.VerifierKey(ORIGIN, note.COSIGNATURE, KEY.public))
    assert read(program, tmp_path / "log", 16, key=changed).returncode == 1
