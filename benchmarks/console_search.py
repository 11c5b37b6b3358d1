"""From the last signature to candidates: a search by an officer at the console, over a real deployment of many rows.

    python benchmarks/console_search.py [--rows N] [--searches N] [--json]

A demo deployment is made on this disk, with every process a deployment has; N synthetic sightings of strangers are
masked, sealed and signed by its camera host, written where the repository would have written them, and taken in by the
custodian as it takes all (`simulator.crowd`; some minutes for a million). Then a warrant over all of them is drafted,
signed by two approvers, and searched by an officer who is signed in at the console, again and again.

* answer: from the officer's click, which signs the ask, to the candidates in the console's answer: HTTP, proof, relay,
  warrant, entry, products, tags, threshold, entry. The page's own drawing is not in it.
* of which: the same search with the officer's key file at the repository's socket, and the product of a plain float32
  array of as many rows with the probe in numpy, which is the baseline.
* threshold: what the limit on false candidates demands for so many rows, and what of the scope was left out, as the
  answer says it.
"""

import argparse
import json
import shutil
import statistics
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from functools import partial
from pathlib import Path
from typing import Any

import numpy as np
from rich.console import Console
from rich.progress import Progress

ROOT = Path(__file__).resolve().parents[1]
sys.path.insert(0, str(ROOT / "tests"))

from countenance.channel.ask import Asker  # noqa: E402 - the simulator stands beside the tests
from countenance.channel.client import Connection  # noqa: E402
from countenance.cli.demo import portraits  # noqa: E402
from countenance.cli.demo.acts import APPROVERS  # noqa: E402
from countenance.cli.demo.opening import declare, found, span  # noqa: E402
from countenance.cli.demo.stage import Stage  # noqa: E402
from countenance.cli.key import load  # noqa: E402
from countenance.faces.card import own_extractor, place  # noqa: E402
from countenance.formats import records  # noqa: E402
from countenance.vocabulary.acts import Named, Verb  # noqa: E402
from countenance.vocabulary.deployment import Genesis  # noqa: E402
from countenance.vocabulary.moments import Hour  # noqa: E402
from simulator import crowd  # noqa: E402
from simulator.signed_in import SignedIn  # noqa: E402

CAMERAS = tuple(f"gate-{number}" for number in range(1, 9))
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


def filled(stage: Stage, rows: int) -> None:
    """Fill the deployment with `rows` sightings of strangers, by eight cameras in this hour and the last."""
    card, hour = own_extractor(place(stage.deployment)), Hour.of(_now()).number
    for camera in CAMERAS:
        declare(stage, camera, stage.out / "keys")
    held = [one for name in CAMERAS for one in crowd.leased(stage.deployment, "host-1", name, (hour - 1, hour))]

    def parts() -> Iterator[crowd.Part]:
        for number, start in enumerate(range(0, rows, crowd.PART)):
            templates = crowd.strangers(min(crowd.PART, rows - start), number)
            yield crowd.Part(stage.deployment, "host-1", held[number % len(held)], card.digest, templates)

    with Progress(console=Console(stderr=True)) as progress:
        making, taking = progress.add_task("sightings made", total=rows), progress.add_task("taken in", total=rows)
        made = crowd.fill(stage.deployment, parts(), lambda done: progress.update(making, completed=done))
        crowd.closed(stage.deployment, "host-1", made, card.digest)
        with Connection(stage.deployment / "sockets" / "repository", timeout=600) as repository:
            while waiting := int(str(repository.call("status").body["waiting"])):
                progress.update(taking, completed=max(0, rows - waiting))
                time.sleep(1)
        progress.update(taking, completed=rows)


def signed(stage: Stage, uses: int) -> Named:
    """A warrant over everything, drafted and signed by two approvers."""
    probe = stage.out / "keys" / "probe.jpg"
    probe.write_bytes(portraits.read().probe)
    _, end = span()
    cameras = [word for camera in CAMERAS for word in ("--camera", camera)]
    drafted = stage.verb(
        *("warrant", "draft", "--case", "bench", "--purpose", "missing person", "--basis", "a benchmark", *cameras),
        *("--from", "-2h", "--to", end, "--probe", probe, "--uses", uses, "--candidates", 20),
        person=OFFICER,
    )
    for approver in APPROVERS:
        stage.verb("warrant", "sign", drafted["warrant"], "--yes", person=approver)
    return Named(str(drafted["warrant"]), int(drafted["number"]), bytes.fromhex(str(drafted["hash"])))


def measure(rows: int, searches: int) -> dict[str, Any]:
    """The figures, in milliseconds."""
    with deployment() as stage:
        filled(stage, rows)
        named = signed(stage, 2 * searches + 1)
        genesis = records.read(Genesis, (stage.deployment / "genesis.json").read_bytes())
        key = load(stage.key(OFFICER)).signing
        officer, plain = SignedIn(genesis, OFFICER, key), crowd.strangers(min(rows, 100_000), 0)
        table = np.resize(plain.astype(np.float32), (rows, crowd.DIMENSION))
        probe = table[0].copy()
        first = officer.ask(Verb.SEARCH, named)
        taken: dict[str, list[float]] = {"console": [], "key file": [], "numpy": []}
        with Connection(stage.deployment / "sockets" / "repository", timeout=600) as repository:
            asker = Asker(genesis, repository, OFFICER, key, _now)
            by_file = partial(asker.ask, Verb.SEARCH, named, warrant=named.warrant, number=named.number, relay="search")
            for _ in range(searches):
                taken["console"].append(_milliseconds(lambda: officer.ask(Verb.SEARCH, named)))
                taken["key file"].append(_milliseconds(by_file))
                taken["numpy"].append(_milliseconds(lambda: table @ probe))
    medians = {name: statistics.median(values) for name, values in taken.items()}
    return {
        "rows": first["rows"],
        "threshold": first["threshold"],
        "expected_false": first["expected_false"],
        "missed": first["missed"],
        "not_searched": len(first["not_searched"]),
        "incomplete": len(first["incomplete"]),
        "median": round(medians["console"], 1),
        "p95": round(_p95(taken["console"]), 1),
        "by_key_file": round(medians["key file"], 1),
        "numpy": round(medians["numpy"], 1),
        "ratio_to_numpy": round(medians["console"] / medians["numpy"], 2),
    }


def _p95(values: list[float]) -> float:
    return float(np.percentile(values, 95))


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
