"""From the last signature to candidates: a search by an officer at the console, over a real deployment of many rows.

    python benchmarks/console_search.py [--rows N] [--searches N] [--json]

A demo deployment is made on this disk, with every process a deployment has, and filled with N synthetic sightings of
strangers, by 64 cameras in the two hours before this one. The first 4,096 are masked, sealed and signed by their camera
host and taken in by the custodian as it takes all (`simulator.crowd`); a millisecond or more each, so the others are
laid where they would lie afterwards (`simulator.stock`). A calibration that was counted of such strangers is set. Then
a warrant over all of them is drafted, signed by two approvers, and searched by an officer who is signed in at the
console, again and again. Among the first are a few sightings of the person who is looked for.

* answer: from the officer's click, which signs the ask, to the candidates in the console's answer: HTTP, proof, relay,
  warrant, entry, products, tags, threshold, entry. The page's own drawing is not in it.
* where: the same search with the officer's key file at the repository's socket; and with the repository's own procedure
  in this process, which times each question to the custodian and what lies between.
* numpy: product of a plain float32 array of as many rows with the probe, and what reaches the threshold: the baseline.
* threshold: what the limit on false candidates demands for so many rows of such strangers. `not_searched`: cameras and
  hours that were left out since the calibration does not reach so far; `incomplete`: of which rows may be missing.
"""

import argparse
import json
import shutil
import statistics
import sys
import tempfile
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager, nullcontext
from functools import partial
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import numpy as np
from rich.console import Console
from rich.progress import Progress, TaskID

ROOT = Path(__file__).resolve().parents[1]
sys.path.insert(0, str(ROOT / "tests"))

from countenance import faces  # noqa: E402 - the simulator stands beside the tests
from countenance.channel.ask import Asker  # noqa: E402
from countenance.channel.client import Connection  # noqa: E402
from countenance.channel.message import Message  # noqa: E402
from countenance.cli.demo import portraits  # noqa: E402
from countenance.cli.demo.acts import APPROVERS  # noqa: E402
from countenance.cli.demo.opening import found, rise  # noqa: E402
from countenance.cli.demo.stage import Stage  # noqa: E402
from countenance.cli.key import load  # noqa: E402
from countenance.faces.card import own_extractor, place  # noqa: E402
from countenance.formats import records  # noqa: E402
from countenance.formats.canonical import Json  # noqa: E402
from countenance.matching import encode  # noqa: E402
from countenance.vocabulary.acts import Named, Verb  # noqa: E402
from countenance.vocabulary.deployment import Genesis  # noqa: E402
from countenance.vocabulary.moments import Hour, written  # noqa: E402
from countenance.zones.repository import search as procedure  # noqa: E402
from countenance.zones.repository.custodian import Dialled  # noqa: E402
from countenance.zones.repository.database import Database  # noqa: E402
from countenance.zones.repository.sheets import Sheets  # noqa: E402
from countenance.zones.repository.turns import Turns  # noqa: E402
from simulator import crowd, stock  # noqa: E402
from simulator.declared import declared  # noqa: E402
from simulator.signed_in import SignedIn  # noqa: E402

CAMERAS = tuple(f"gate-{number:02}" for number in range(1, 65))
HOURS, TAKEN_IN, PASSED = 2, 4096, 5
"""Hours of each camera: as many past ones as there are leases for; sightings that are taken in one by one, and of who
is looked for.
"""

OFFICER = "officer-1"
WIDE = '@id("all") @says("Whatever the code allows.") @source("a benchmark") permit (principal, action, resource);'


@contextmanager
def deployment() -> Iterator[Stage]:
    """A demo deployment, running, whose policy allows whatever the code does; gone afterwards."""
    out = Path(tempfile.mkdtemp(prefix="countenance-bench-"))
    (out / "keys").mkdir()
    stage = Stage(out, as_json=True, console=Console(stderr=True))
    try:
        found(stage)
        policy = out / "wide.cedar"
        policy.write_text(WIDE)
        stage.verb("policy", "set", policy)
        yield stage
    finally:
        stage.stop_all()
        shutil.rmtree(out, ignore_errors=True)


def filled(stage: Stage, rows: int, cameras: Sequence[str] = CAMERAS, one_by_one: int = TAKEN_IN) -> range:
    """Fill the deployment with `rows` sightings, in equal parts of every camera and hour; the hours.

    `one_by_one`: how many of them are taken in as the custodian takes all.
    """
    card, now = own_extractor(place(stage.deployment)), Hour.of(_now()).number
    hours = range(now - HOURS, now)
    declared(stage.deployment, stage.key("operator-1"), cameras, public=False)
    held = [one for name in cameras for one in crowd.leased(stage.deployment, "host-1", name, tuple(hours))]
    real, all_rows = _shares(min(rows, one_by_one), len(held)), _shares(rows, len(held))

    def parts() -> Iterator[crowd.Part]:
        for number, (lease, count) in enumerate(zip(held, real, strict=True)):
            templates = crowd.strangers(count, number)
            if number < PASSED:
                templates[0] = probe_of()
            yield crowd.Part(stage.deployment, "host-1", lease, card.digest, templates)

    with Progress(console=Console(stderr=True)) as progress:
        filling = progress.add_task("sightings", total=rows)
        made = crowd.fill(stage.deployment, parts(), lambda _: None)
        with Connection(stage.deployment / "sockets" / "repository", timeout=600) as repository:
            while waiting := int(str(repository.call("status").body["waiting"])):
                progress.update(filling, completed=sum(real) - waiting)
                time.sleep(0.2)
        stage.stop_all()
        more = [(lease, one - two) for lease, one, two in zip(held, all_rows, real, strict=True)]
        passphrase = (stage.out / "keys" / "custodian.passphrase").read_text()
        say = partial(_said, progress, filling, sum(real))
        for key, digests in stock.stocked(stage.deployment, passphrase, more, card.digest, say).items():
            made[key] += digests
        rise(stage)
        crowd.closed(stage.deployment, "host-1", made, card.digest)
    counted = stage.out / "calibration.json"
    counted.write_bytes(records.write(crowd.calibration(card.digest)))
    stage.verb("calibration", "set", counted)
    return hours


def _shares(rows: int, count: int) -> list[int]:
    """`rows` in `count` parts that differ by one at most."""
    return [rows * (number + 1) // count - rows * number // count for number in range(count)]


def _said(progress: Progress, task: TaskID, before: int, done: int) -> None:
    progress.update(task, completed=before + done)


def signed(stage: Stage, hours: range, uses: int) -> Named:
    """A warrant over everything, drafted and signed by two approvers."""
    probe = stage.out / "keys" / "probe.jpg"
    probe.write_bytes(portraits.read().probe)
    cameras = [word for camera in CAMERAS for word in ("--camera", camera)]
    span = ("--from", written(Hour(hours[0]).start), "--to", written(Hour(hours[-1]).end))
    drafted = stage.verb(
        *("warrant", "draft", "--case", "bench", "--purpose", "missing person", "--basis", "a benchmark", *cameras),
        *(*span, "--probe", probe, "--uses", uses, "--candidates", 20),
        person=OFFICER,
    )
    for approver in APPROVERS:
        stage.verb("warrant", "sign", drafted["warrant"], "--yes", person=approver)
    return Named(str(drafted["warrant"]), int(drafted["number"]), bytes.fromhex(str(drafted["hash"])))


class Stopwatch:
    """The repository's own procedure in this process, over the deployment's files: its way to the custodian, timed.

    `spent`: milliseconds of each question in the last search; what remains of `whole` is the repository's own.
    """

    def __init__(self, deployment: Path) -> None:
        self._custodian = Dialled(deployment / "sockets" / "custodian")
        nothing = SimpleNamespace(drain=lambda: None, resting=nullcontext, wait=lambda *_, **__: 0)
        self._repository: Any = SimpleNamespace(
            custodian=SimpleNamespace(call=self._asked),
            presenter=nothing,
            wanted=nothing,
            turns=Turns(),
            sheets=Sheets(deployment / "repository" / "rows", lambda _: None),
            database=Database(f"sqlite:///{deployment / 'repository' / 'repository.db'}"),
            clock=_now,
            log=lambda _: None,
        )
        self.spent: dict[str, float] = {}

    def call(self, verb: str, body: Mapping[str, Json], blobs: tuple[bytes, ...] = ()) -> Message:
        """A search, as at the repository's socket."""
        self.spent = {}
        started = time.perf_counter()
        answer = procedure.search(self._repository, Message(verb, body, blobs))
        self.spent["whole"] = 1000 * (time.perf_counter() - started)
        return answer

    def _asked(self, verb: str, body: Mapping[str, Json], blobs: tuple[bytes, ...] = ()) -> Message:
        started = time.perf_counter()
        answer = self._custodian.call(verb, body, blobs)
        self.spent[verb] = self.spent.get(verb, 0.0) + 1000 * (time.perf_counter() - started)
        return answer


def measure(rows: int, searches: int) -> dict[str, Any]:
    """The figures, in milliseconds."""
    with deployment() as stage:
        started = time.monotonic()
        hours = filled(stage, rows)
        minutes = (time.monotonic() - started) / 60
        return {"filled_in_minutes": round(minutes, 1), **searched(stage, hours, rows, searches)}


def searched(stage: Stage, hours: range, rows: int, searches: int) -> dict[str, Any]:
    """The figures of a deployment that is filled."""
    named = signed(stage, hours, 3 * searches + 1)
    genesis = records.read(Genesis, (stage.deployment / "genesis.json").read_bytes())
    key = load(stage.key(OFFICER)).signing
    officer, stopwatch = SignedIn(genesis, OFFICER, key), Stopwatch(stage.deployment)
    first = officer.ask(Verb.SEARCH, named)
    table = np.resize(crowd.strangers(min(rows, 100_000), 0).astype(np.float32), (rows, crowd.DIMENSION))
    probe, least = probe_of().astype(np.float32), encode.least_score(int(first["threshold"]), crowd.DIMENSION)
    taken: dict[str, list[float]] = {"console": [], "key file": [], "numpy": []}
    parts: list[dict[str, float]] = []
    with Connection(stage.deployment / "sockets" / "repository", timeout=600) as repository:

        def asked(way: Any) -> object:
            asker, of = Asker(genesis, way, OFFICER, key, _now), {"warrant": named.warrant, "relay": "search"}
            return asker.ask(Verb.SEARCH, named, number=named.number, **of)

        for _ in range(searches):
            taken["console"].append(_milliseconds(lambda: officer.ask(Verb.SEARCH, named)))
            taken["key file"].append(_milliseconds(lambda: asked(repository)))
            asked(stopwatch)
            parts.append(stopwatch.spent)
            taken["numpy"].append(_milliseconds(lambda: np.flatnonzero(table @ probe >= least)))
    medians = {name: statistics.median(values) for name, values in taken.items()}
    return {
        "rows": first["rows"],
        "threshold": first["threshold"],
        "expected_false": first["expected_false"],
        "candidates": len(first["candidates"]),
        "not_searched": len(first["not_searched"]),
        "incomplete": len(first["incomplete"]),
        "median": round(medians["console"], 1),
        "p95": round(float(np.percentile(taken["console"], 95)), 1),
        "where": where(parts, medians),
        "numpy": round(medians["numpy"], 1),
        "ratio_to_numpy": round(medians["console"] / medians["numpy"], 2),
    }


def where(parts: Sequence[dict[str, float]], medians: Mapping[str, float]) -> dict[str, float]:
    """Medians: at the repository's socket with a key file, and of which the custodian's parts and the repository's."""
    of = {name: statistics.median(part[name] for part in parts) for name in parts[0]}
    own = statistics.median(2 * part["whole"] - sum(part.values()) for part in parts)
    return {
        "by_key_file": round(medians["key file"], 1),
        "custodian_checks_and_logs": round(of["search.begin"], 1),
        "custodian_names_sheets": round(of["search.sheets"], 1),
        "repository_multiplies": round(own, 1),
        "custodian_decides_and_answers": round(of["search.finish"], 1),
    }


def probe_of() -> np.ndarray:
    """Coded template of the person who is looked for, shape (128,)."""
    values = faces.Engine().extract(portraits.read().probe).values
    return crowd.coded(np.frombuffer(values, dtype="<f4")[None])[0]


def _milliseconds(act: Callable[[], object]) -> float:
    started = time.perf_counter()
    act()
    return 1000 * (time.perf_counter() - started)


def _now() -> int:
    return time.time_ns() // 1_000_000


def main() -> int:
    """Measure and print."""
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("--rows", type=int, default=1_000_000)
    parser.add_argument("--searches", type=int, default=10)
    parser.add_argument("--json", action="store_true")
    chosen = parser.parse_args()
    told = measure(chosen.rows, chosen.searches)
    if chosen.json:
        print(json.dumps({"search_answer_ms": told}))
    else:
        for name, value in told.items():
            print(f"{name.replace('_', ' '):18} {value}")
    return 0


if __name__ == "__main__":
    sys.exit(main())
