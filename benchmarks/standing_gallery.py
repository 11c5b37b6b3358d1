"""A standing gallery at work: probes a second, time to an alert, and what it costs on both sides.

    python benchmarks/standing_gallery.py [--references N] [--rate PROBES_A_SECOND] [--seconds N] [--json]

The gallery custodian is the real process behind its real socket; the edge's part is the real `zones.edge.standing`, in
this process, with its session, its thread and its queue. References are random unit vectors, brought, drafted and
approved as an officer and two approvers would; one probe in twenty is of a reference, so that alerts are made. A
latency is the time from a finished track to its alert's own time stamp, queue, encryption and log included: of probes
that do not alert nothing comes back that could be timed. Afterwards the queue is fed as fast as it drains. The
baseline is the plaintext comparison, one float32 numpy product a probe, in the same run.
"""

import argparse
import hashlib
import json
import secrets
import statistics
import subprocess
import sys
import tempfile
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import numpy as np
import psutil
from numpy.typing import NDArray

from countenance.channel.ask import Asker
from countenance.channel.client import Connection
from countenance.channel.session import Caller
from countenance.cli import gallery_asks
from countenance.cli.ask import Acting
from countenance.crypto import keypair, segment
from countenance.crypto.lease import OwnKey
from countenance.crypto.seal import binding, seal
from countenance.crypto.sign import SigningKey
from countenance.formats import records
from countenance.matching import encode
from countenance.vocabulary.acts import Verb
from countenance.vocabulary.assurance import Assurance
from countenance.vocabulary.calibration import Source
from countenance.vocabulary.cameras import Camera
from countenance.vocabulary.deployment import Genesis
from countenance.vocabulary.faces import Template
from countenance.vocabulary.galleries import GalleryLimits, Reference, Referral, StandingGallery
from countenance.vocabulary.moments import MILLISECONDS_AN_HOUR
from countenance.vocabulary.sightings import SightingRecord
from countenance.vocabulary.warrants import Probe, ProbeBinding
from countenance.warrants.built_in import BUILT_IN
from countenance.zones.custodian import founding
from countenance.zones.custodian.records import EdgeIdentity
from countenance.zones.edge.standing import Standing

DIMENSION = 128
EXTRACTOR = hashlib.sha256(b"benchmark").digest()
PASSPHRASE = "only for this benchmark"
PEOPLE = {
    "officer-1": ("police", "officer"),
    "police/approver-1": ("police", "approver"),
    "court/approver-2": ("court", "approver"),
    "reviewer-1": ("police", "reviewer"),
}
MATED_EVERY = 20
AT_ONCE = 256
# References of the plaintext baseline are multiplied for at least so long.
BASELINE_SECONDS = 2.0
PATIENCE = 600.0


@dataclass(frozen=True, slots=True)
class Bench:
    """A deployment's gallery custodian, running, with keys for everybody."""

    place: Path
    genesis: Genesis
    keys: dict[str, SigningKey]
    edge: SigningKey
    helper: SigningKey
    process: psutil.Process

    def acting(self, name: str, line: Connection) -> Acting:
        """Act as somebody."""
        return Acting(self.genesis, name, Asker(self.genesis, line, name, self.keys[name], now), line)


def main() -> int:
    """Run, print, and say with the exit code whether the rate was reached."""
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("--references", type=int, default=10_000)
    parser.add_argument("--rate", type=int, default=100)
    parser.add_argument("--seconds", type=float, default=30.0)
    parser.add_argument("--json", action="store_true")
    chosen = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder, running(Path(folder)) as bench:
        vectors = units(chosen.references)
        began = time.monotonic()
        gallery(bench, vectors)
        figures: dict[str, Any] = {
            "references": chosen.references,
            "dimension": DIMENSION,
            "set_up_seconds": round(time.monotonic() - began, 1),
            **measured(bench, vectors, chosen.rate, chosen.seconds),
        }
    if chosen.json:
        print(json.dumps(figures))
    else:
        for name, value in figures.items():
            print(f"{name.replace('_', ' '):32} {value}")
    return 0 if figures["missed"] == figures["dropped"] == 0 else 1


def measured(bench: Bench, vectors: NDArray[np.float32], rate: int, seconds: float) -> dict[str, Any]:
    """Figures of a paced run, of a run without pauses, and of the baseline around them."""
    caller = Caller("host-1", "hall", bench.edge)
    standing = Standing(bench.place, caller, clock=now)
    stop = threading.Event()
    thread = threading.Thread(target=standing.run, args=(stop, print), daemon=True)
    before = plaintext(vectors)
    thread.start()
    terminal = Connection(bench.place / "gallery" / "terminal", timeout=PATIENCE)
    # The first probe waits for the references to be masked; it is not measured.
    offer(standing, vectors, 0, mated=False)
    until(lambda: count(terminal, "compared") >= 1)
    paced = run(bench, standing, vectors, terminal, Pace(rate, seconds))
    fastest = flooded(standing, vectors, terminal)
    stop.set()
    thread.join(PATIENCE)
    with Connection(bench.place / "sockets" / "gallery", timeout=PATIENCE) as line:
        alerts = gallery_asks.alerts(bench.acting("reviewer-1", line))["alerts"]
    found = [one for one in alerts if isinstance(one, dict)] if isinstance(alerts, list) else []
    times = sorted(int(str(one["made"])) - int(str(one["moment"])) for one in found)
    after = plaintext(vectors)
    plain = min(before, after)
    both = (paced["edge_processor_share"] + paced["custodian_processor_share"]) / rate
    facts = {
        **paced,
        "alerts": len(times),
        "alert_median_ms": statistics.median(times),
        "alert_99th_percentile_ms": times[min(len(times) - 1, int(0.99 * len(times)))],
        "without_pauses_probes_a_second": fastest,
        "missed": standing.missed,
        "dropped": count(terminal, "dropped"),
        "numpy_float32_ms_a_probe": round(1000 * plain, 3),
        "both_sides_ms_a_probe": round(1000 * both, 3),
        "processor_time_vs_numpy": round(both / plain, 2),
    }
    terminal.close()
    return facts


@dataclass(frozen=True, slots=True)
class Pace:
    """How many probes a second, for how long."""

    rate: int
    seconds: float


def run(
    bench: Bench, standing: Standing, vectors: NDArray[np.float32], terminal: Connection, pace: Pace
) -> dict[str, Any]:
    """One probe every 1/rate seconds; what was reached, and the processor's share of either side."""
    probes = round(pace.rate * pace.seconds)
    compared = count(terminal, "compared")
    edge, custodian = time.process_time(), sum(bench.process.cpu_times()[:2])
    began = time.monotonic()
    for number in range(probes):
        time.sleep(max(0.0, began + number / pace.rate - time.monotonic()))
        offer(standing, vectors, number, mated=number % MATED_EVERY == 0)
    until(lambda: count(terminal, "compared") - compared + standing.missed >= probes)
    wall = time.monotonic() - began
    return {
        "probes": probes,
        "probes_a_second": round(probes / wall, 1),
        "edge_processor_share": round((time.process_time() - edge) / wall, 3),
        "custodian_processor_share": round((sum(bench.process.cpu_times()[:2]) - custodian) / wall, 3),
    }


def flooded(standing: Standing, vectors: NDArray[np.float32], terminal: Connection) -> float:
    """Strangers as fast as the edge's queue takes them: probes compared a second."""
    compared, sent, probes = count(terminal, "compared"), standing.compared, 1500
    began = time.monotonic()
    for number in range(probes):
        # The edge's queue holds 64, the custodian's 256: neither is to overflow here.
        while number - (standing.compared - sent) >= 32:
            time.sleep(0.0005)
        if number % 100 == 99:
            reached = number
            until(lambda reached=reached: reached - (count(terminal, "compared") - compared) < 100)
        offer(standing, vectors, number, mated=False)
    until(lambda: count(terminal, "compared") - compared >= probes)
    return round(probes / (time.monotonic() - began), 1)


def offer(standing: Standing, vectors: NDArray[np.float32], number: int, *, mated: bool) -> None:
    """A finished track, now."""
    vector = vectors[number % len(vectors)] if mated else STRANGERS[number % len(STRANGERS)]
    none, moment = bytes(32), now()
    record = SightingRecord(
        sighting=secrets.token_hex(16),
        edge="host-1",
        camera="hall",
        hour=moment // MILLISECONDS_AN_HOUR,
        start=moment,
        end=moment,
        quality=900,
        shots=5,
        dimension=DIMENSION,
        extractor=EXTRACTOR,
        row_digest=none,
        still_digest=none,
        patches_digest=none,
        sealed_nonce_digest=none,
    )
    standing.offer(record, Template(EXTRACTOR, vector.astype("<f4").tobytes(), 5))


def plaintext(vectors: NDArray[np.float32]) -> float:
    """Seconds of processor time, of all threads, of one float32 comparison with all references."""
    others = units(64, seed=7)
    began, probes = time.process_time(), 0
    while time.process_time() - began < BASELINE_SECONDS:
        scores = vectors @ others[probes % len(others)]
        _ = np.flatnonzero(scores >= 0.5)
        probes += 1
    return (time.process_time() - began) / probes


def count(terminal: Connection, name: str) -> int:
    """One of the counts that the terminal shows."""
    return int(str(terminal.call("status").body[name]))


def until(ready: Any) -> None:
    """Wait for something that must come."""
    deadline = time.monotonic() + PATIENCE
    while not ready():
        if time.monotonic() > deadline:
            raise TimeoutError("the gallery custodian does not keep up")
        time.sleep(0.02)


def units(number: int, seed: int = 1) -> NDArray[np.float32]:
    """Random unit vectors, shape (number, DIMENSION)."""
    values = np.random.default_rng(seed).standard_normal((number, DIMENSION))
    return (values / np.linalg.norm(values, axis=1, keepdims=True)).astype(np.float32)


def now() -> int:
    """UTC milliseconds."""
    return time.time_ns() // 1_000_000


STRANGERS = units(4096, seed=2)
"""Made beforehand: what it costs to make them is not the edge's."""


def gallery(bench: Bench, vectors: NDArray[np.float32]) -> None:
    """References brought, the text drafted, approved by two of two organisations."""
    brought = [reference(bench, vector) for vector in vectors]
    with Connection(bench.place / "sockets" / "gallery", timeout=PATIENCE) as line:
        officer, name = bench.acting("officer-1", line), secrets.token_hex(8)
        for at in range(0, len(brought), AT_ONCE):
            part = brought[at : at + AT_ONCE]
            blobs = tuple(blob for _, parts in part for blob in parts)
            officer.asker.ask(Verb.REFER, Referral(name, tuple(one for one, _ in part)), extra_blobs=blobs)
        gallery_asks.file(officer, text(bench, name, tuple(one for one, _ in brought)))
        for person in ("police/approver-1", "court/approver-2"):
            approver = bench.acting(person, line)
            gallery_asks.say(approver, gallery_asks.reading(approver, name), approves=True, reason="")


def text(bench: Bench, name: str, references: tuple[Reference, ...]) -> StandingGallery:
    """What the officer asks for."""
    made = now()
    camera = Camera("hall", "host-1", "hall", "benchmark", "none", "none", "none", 72, publicly_accessible=False)
    return StandingGallery(
        deployment=bench.genesis.deployment,
        gallery=name,
        number=1,
        case="benchmark",
        purpose="benchmark",
        legal_basis="benchmark",
        requester="officer-1",
        made=made,
        references=references,
        cameras=(camera,),
        start=made - 1000,
        end=made + MILLISECONDS_AN_HOUR,
        threshold=500,
        limits=GalleryLimits(2, 1000, made + MILLISECONDS_AN_HOUR, 10),
    )


def reference(bench: Bench, vector: NDArray[np.float32]) -> tuple[Reference, tuple[bytes, ...]]:
    """As the probe helper makes one, but from a vector."""
    coded, key, name, photo = encode.to_bytes(encode.encode(vector)), bytes(32), secrets.token_hex(8), b"no photo"
    bound = ProbeBinding(hashlib.sha256(photo).digest(), hashlib.sha256(coded).digest(), EXTRACTOR, "probe")
    signature = bench.helper.sign(records.write(bound))
    public, deployment = bench.genesis.custodian_key, bench.genesis.deployment
    parts = (
        seal(public, binding("probe", deployment, name), coded),
        seal(public, binding("photo", deployment, name), key),
        segment.encrypt(key, photo),
    )
    return Reference(name, Probe(bound.image_digest, bound.template_digest, EXTRACTOR, "probe", signature)), parts


@contextmanager
def running(place: Path) -> Iterator[Bench]:
    """A new gallery custodian as its own process, open, with people and one edge."""
    for name in ("sockets", "edge"):
        (place / name).mkdir()
    helper, edge, keys = SigningKey.generate(), SigningKey.generate(), {name: SigningKey.generate() for name in PEOPLE}
    identity = EdgeIdentity("probe", "probe", helper.public, OwnKey.generate().public)
    plan = founding.Plan("gallery", deployment(), PASSPHRASE, identity, ("photos", "masked"))
    founded = founding.found(place / "gallery", plan, clock=now, random=secrets.token_bytes)
    (place / "edge" / "gallery.json").write_bytes(records.write(founded.genesis))
    command = [sys.executable, "-m", "countenance.cli.run_gallery", "serve", "--deployment", str(place)]
    with subprocess.Popen(command, stderr=subprocess.PIPE) as process:
        if process.stderr is not None:
            process.stderr.readline()
        try:
            with Connection(place / "gallery" / "terminal", timeout=PATIENCE) as terminal:
                terminal.call("open", {"passphrase": PASSPHRASE})
                told = "the built-in figures, said of an extractor that does not exist: a benchmark"
                made_up = replace(BUILT_IN, extractor=EXTRACTOR, source=Source.EVALUATION, told=told)
                terminal.call("calibration.set", {"text": records.write(made_up).decode()})
                for name, (organisation, role) in PEOPLE.items():
                    key = keys[name].public.hex()
                    facts = {"name": name, "organisation": organisation, "roles": [role], "key": key}
                    terminal.call("roster.add", facts)
                sealing = OwnKey.generate().public.hex()
                facts = {"name": "host-1", "kind": "edge", "signing_key": edge.public.hex(), "sealing_key": sealing}
                terminal.call("edge.enrol", facts)
            yield Bench(place, founded.genesis, keys, edge, helper, psutil.Process(process.pid))
        finally:
            process.terminate()


def deployment() -> Genesis:
    """A deployment that exists for this benchmark only."""
    return Genesis(
        deployment=secrets.token_hex(8),
        made=now(),
        demo=True,
        assurance=Assurance.SINGLE_HOST,
        quorum=2,
        custodian_key=keypair.generate().public,
        log_key=SigningKey.generate().public,
        log_origin="benchmark.example/log",
        auditors_key=keypair.generate().public,
    )


if __name__ == "__main__":
    sys.exit(main())
