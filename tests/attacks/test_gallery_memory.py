"""A thief of memory: who reads all of an open gallery custodian's memory after passers-by were compared.

Without the mitigation (buffers are not overwritten, built here) the last passer-by's template, products and scores are
there. Against the product they are not: of a probe that is not mated nothing is left, in any spelling.
"""

import contextlib
import subprocess
import sys
import time
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from countenance.channel import session as sessions
from countenance.channel.client import Connection
from countenance.channel.session import Caller
from countenance.matching import encode
from simulator.gallery import Watched, masked_rows, probe, stranger
from simulator.people import near, unit
from simulator.zone import Clock

PRODUCT = [sys.executable, "-m", "countenance.cli.run_gallery"]
WEAKENED = [
    sys.executable,
    "-c",
    "import sys\n"
    "from countenance.cli import run_gallery\n"
    "from countenance.zones.custodian.gallery.scoring import Workspace\n"
    "Workspace.wipe = lambda self: None\n"
    "sys.exit(run_gallery.main())\n",
]
REFERENCES, STRANGERS, MATED = 64, 8, 2
PATIENCE = 120.0
# As the process itself spells them while it compares.
USED = ("probe int16", "products int32", "scores int32")


@dataclass
class Scene:
    """A running gallery custodian over a gallery of references that the test knows."""

    watched: Watched
    process: "subprocess.Popen[bytes]"
    terminal: Connection
    session: sessions.Session
    rows: np.ndarray
    coded: np.ndarray
    text: object

    def passing(self, vectors: list[np.ndarray]) -> None:
        """These people pass; returns when all were compared."""
        before = self.compared
        for vector in vectors:
            self.session.probe(probe(self.text, self.rows, vector))
        deadline = time.monotonic() + PATIENCE
        while self.compared < before + len(vectors):
            assert time.monotonic() < deadline

    @property
    def compared(self) -> int:
        return int(str(self.terminal.call("status").body["compared"]))

    def memory(self) -> list[bytes]:
        return list(memory(self.process.pid))

    def spellings(self, vector: np.ndarray) -> dict[str, bytes]:
        """What would tell a passer-by, as it may lie in memory."""
        q = encode.encode(vector)
        products = (self.rows.astype(np.int64) @ q.astype(np.int64)).astype(np.int32)
        scores = self.coded.astype(np.int64) @ q.astype(np.int64)
        kinds = (np.int16, np.int32, np.int64, np.float32, np.float64)
        return {
            **{f"probe {np.dtype(kind).name}": q.astype(kind).tobytes()[:512] for kind in kinds},
            "products int32": products.tobytes(),
            **{f"scores {np.dtype(kind).name}": scores.astype(kind).tobytes() for kind in kinds},
        }


def memory(pid: int) -> Iterator[bytes]:
    """All writable memory of a process."""
    with Path(f"/proc/{pid}/maps").open() as maps, Path(f"/proc/{pid}/mem").open("rb", buffering=0) as mem:
        for line in maps:
            span, permissions, *rest = line.split()
            if "w" not in permissions or rest[-1].startswith("[v"):
                continue
            start, end = (int(part, 16) for part in span.split("-"))
            with contextlib.suppress(OSError):
                mem.seek(start)
                left = end - start
                while left > 0 and (part := mem.read(left)):
                    left -= len(part)
                    yield part


def found(scene: Scene, vector: np.ndarray, parts: list[bytes], *, only: tuple[str, ...] = ()) -> set[str]:
    spelled = scene.spellings(vector)
    return {name for name in only or spelled if any(spelled[name] in part for part in parts)}


@contextlib.contextmanager
def scene(folder: Path, command: list[str]) -> Iterator[Scene]:
    (folder / "sockets").mkdir()
    watched = Watched(folder / "gallery", clock=Clock(time.time_ns() // 1_000_000))
    watched.open()
    watched.populate()
    vectors = [unit(seed) for seed in range(REFERENCES)]
    text = watched.stand(*vectors, threshold=500)
    watched.custodian.close()
    process = subprocess.Popen([*command, "serve", "--deployment", str(folder)], stderr=subprocess.PIPE)
    try:
        assert process.stderr is not None
        assert b"waiting to be opened" in process.stderr.readline()
        line = Connection(folder / "sockets" / "gallery", timeout=PATIENCE)
        with line, Connection(folder / "gallery" / "terminal", timeout=PATIENCE) as terminal:
            assert terminal.call("open", {"shares": list(watched.shares)}).body["state"] == "open"
            caller = Caller("host-1", "hall", watched.edge.signing)
            session = sessions.begin(line, watched.genesis, caller, time.time_ns() // 1_000_000)
            assert session is not None
            rows = masked_rows(session)
            coded = np.stack([encode.encode(vector) for vector in vectors])
            yield Scene(watched, process, terminal, session, rows, coded, text)
    finally:
        process.kill()
        process.wait()


def passers_by() -> tuple[list[np.ndarray], list[np.ndarray]]:
    mated = [near(unit(seed), 0.8, 900 + seed) for seed in range(MATED)]
    return mated, [stranger(seed) for seed in range(STRANGERS)]


def test_succeeds_without_mitigation(tmp_path: Path) -> None:
    with scene(tmp_path, WEAKENED) as weakened:
        mated, strangers = passers_by()
        weakened.passing([*mated, *strangers])
        left = found(weakened, strangers[-1], weakened.memory())
    assert set(USED) <= left


def test_fails_against_product(tmp_path: Path) -> None:
    with scene(tmp_path, PRODUCT) as product:
        mated, strangers = passers_by()
        product.passing([*mated, *strangers[:-1]])
        product.passing(strangers[-1:])
        parts = product.memory()
        # The reading reads: what the process holds by right is there, the pads' own rows too.
        assert any(product.watched.genesis.deployment.encode() in part for part in parts)
        pads = (product.rows - product.coded).astype(np.int16)
        assert any(pads.tobytes() in part for part in parts)
        for vector in (*strangers[:-1], *mated):
            assert found(product, vector, parts, only=USED) == set()
        assert found(product, strangers[-1], parts) == set()
        assert int(str(product.terminal.call("status").body["alerts_kept"])) == MATED


def test_the_pads_are_gone_when_it_locks(tmp_path: Path) -> None:
    with scene(tmp_path, PRODUCT) as product:
        _, strangers = passers_by()
        product.passing(strangers)
        pads = (product.rows - product.coded).astype(np.int16)
        product.terminal.call("close")
        parts = product.memory()
        assert not any(pads[:4].tobytes() in part for part in parts)
        assert found(product, strangers[-1], parts, only=USED) == set()
