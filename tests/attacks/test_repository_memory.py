"""A thief of the repository's memory, who reads all of it while a search is at its height: rows mapped, products made.

Without the mitigation (an edge that does not mask, built here) templates and scores are there. Against the product they
are not, in any spelling: what is there is the probe, which the claim leaves to it, masked rows and their products.
"""

import contextlib
import subprocess
import sys
import threading
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path

import numpy as np
import pytest

from countenance.channel.client import Connection
from countenance.channel.message import Message
from countenance.channel.server import Server
from countenance.matching import encode, mask
from countenance.zones.custodian import service as custodian_service
from countenance.zones.custodian import sheets
from simulator.counted import calibrated
from simulator.court import LAST_HOUR, Court
from simulator.people import CAST, NOW, SUBJECT, TEMPLATE, near, unit
from simulator.repository import make_directory
from simulator.zone import Zone
from unit.zones.repository.test_with_custodian import PLACES, Behind, Everybody

PATIENCE = 120.0
HERE = ("hall-east", LAST_HOUR)
STRANGERS = 12
# The repository as it is, at the moment at which the simulated people live.
REPOSITORY = (
    "import sys, time\n"
    f"time.time_ns = lambda: {NOW} * 1_000_000\n"
    "from countenance.cli import run_repository\n"
    "sys.exit(run_repository.main())\n"
)
KINDS = (np.int16, np.int32, np.int64, np.float32, np.float64)


def memory(pid: int) -> Iterator[bytes]:
    """All memory that a process can write, and the rows that it has mapped."""
    with Path(f"/proc/{pid}/maps").open() as maps, Path(f"/proc/{pid}/mem").open("rb", buffering=0) as mem:
        for line in maps:
            span, permissions, *rest = line.split()
            if ("w" not in permissions and not rest[-1].endswith(".rows")) or rest[-1].startswith("[v"):
                continue
            start, end = (int(part, 16) for part in span.split("-"))
            with contextlib.suppress(OSError):
                mem.seek(start)
                left = end - start
                while left > 0 and (part := mem.read(left)):
                    left -= len(part)
                    yield part


@dataclass
class Scene:
    """Everybody, with a repository that is a process; `seen`: its memory when it has sent its products."""

    people: Everybody
    vectors: list[np.ndarray] = field(default_factory=list)
    seen: list[bytes] = field(default_factory=list)
    products: bytes = b""

    def found(self) -> set[str]:
        """What of all scores and of every sixth template lies in the memory that was seen."""
        passed = [one.record.sighting for one in self.people.passed[HERE]]
        sheet = sheets.the(self.people.court.zone.opened, *HERE, 0)
        # In the order in which the custodian placed the rows, and so that of the products.
        ordered = [self.vectors[passed.index(sheet.sighting(position))] for position in range(sheet.rows)]
        coded = np.stack([encode.encode(vector) for vector in ordered])
        scores = coded.astype(np.int64) @ np.frombuffer(TEMPLATE, dtype="<i2").astype(np.int64)
        spelled = {f"scores {np.dtype(kind).name}": [scores.astype(kind).tobytes()] for kind in KINDS}
        for kind in KINDS:
            spelled[f"templates {np.dtype(kind).name}"] = [one.astype(kind).tobytes() for one in coded[::6]]
        spelled["templates as they were"] = [vector.tobytes() for vector in self.vectors[::6]]
        return {name for name, every in spelled.items() if any(self.holds(one) for one in every)}

    def holds(self, data: bytes) -> bool:
        return any(data in part for part in self.seen)


@contextlib.contextmanager
def scene(folder: Path) -> Iterator[Scene]:
    (folder / "sockets").mkdir()
    make_directory(folder / "repository")
    zone = Zone(folder / "custodian")
    zone.open()
    zone.admit(*(name for name, _, _ in CAST))
    calibrated(zone.opened)
    court = Court(zone, zone.enrol("edge-1"))
    for camera in ("hall-east", "hall-west"):
        zone.declare(camera, court.edge)
    handlers = dict(custodian_service.handlers(Behind(zone), Path("nowhere")))
    stop, logged = threading.Event(), list[str]()
    server = Server(folder / "sockets" / "custodian", handlers, log=logged.append)
    serving = threading.Thread(target=server.serve_forever, args=(stop,))
    serving.start()
    command = [sys.executable, "-c", REPOSITORY, "--deployment", str(folder)]
    process = subprocess.Popen(command, stderr=subprocess.PIPE)
    try:
        assert process.stderr is not None
        assert b"repository serves" in process.stderr.readline()
        threading.Thread(target=process.stderr.read, daemon=True).start()
        people = Everybody(None, court, court.edge)
        made = Scene(people)

        def say(message: Message) -> Message:
            with Connection(folder / "sockets" / "repository", timeout=PATIENCE) as connection:
                return connection.call(message.verb, message.body, message.blobs)

        def finish(message: Message) -> Message:
            made.products = message.blobs[0]
            made.seen = list(memory(process.pid))
            return finished(message)

        people.say = say
        finished, handlers["search.finish"] = handlers["search.finish"], finish
        server._handlers = handlers
        for place in PLACES:
            people.lease(*place)
        yield made
    finally:
        process.kill()
        process.wait()
        stop.set()
        serving.join()
        zone.crash()


def searched(made: Scene) -> dict:
    made.vectors = [near(SUBJECT, 0.8, 5), *(unit(seed) for seed in range(100, 100 + STRANGERS))]
    for vector in made.vectors:
        made.people.pass_by(vector)
    for place in PLACES[:2]:
        made.people.tell(*place)
    answer = made.people.search(made.people.approved())
    # The reading reads: what the repository holds by right is there.
    assert made.holds(TEMPLATE)
    assert made.holds(made.products)
    first = made.people.passed[HERE][0].row
    assert made.holds(first)
    return answer


def test_succeeds_without_mitigation(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(mask, "mask", lambda coded, _key, _nonce: encode.to_bytes(coded))
    with scene(tmp_path) as weakened:
        searched(weakened)
        assert {"scores int32", "templates int16"} <= weakened.found()


def test_fails_against_product(tmp_path: Path) -> None:
    with scene(tmp_path) as product:
        answer = searched(product)
        assert len(answer["candidates"]) == 1
        assert product.found() == set()
