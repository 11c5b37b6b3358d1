"""What the record costs: warrant to answer beside the search itself, appends, audits, signatures, and code to trust.

    python benchmarks/custodian.py [--searches N] [--rows N] [--entries N] [--json]

* overhead: from an officer's act to the answer they read, over the custodian's real socket, with a real store and log
  on this disk, less the search itself: the products, tags, pads, scores and the choice of candidates. The repository is
  the tests' own, in this process; its database is not in the figure. Once without witnesses, once with two on this
  machine whose cosignatures are required.
* appends: `log.sequencer`, fsync of journal and checkpoint included, one after the other.
* audit: `log.audit` over a public copy in memory: bundles, leaf hashes, every tile, the checkpoint. With the
  custodian's journal, besides, every entry read and held against every rule. Both without unsealing.
* signatures: checkpoints and cosignatures verified.
* trusted lines: lines with code, without blanks, comments and docstrings, of every countenance module that is loaded in
  a custodian's process after each verb of both its sockets was asked once.
"""

import argparse
import ast
import contextlib
import io
import json
import secrets
import signal
import statistics
import subprocess
import sys
import tempfile
import threading
import time
import tokenize
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import numpy as np

ROOT = Path(__file__).resolve().parents[1]
sys.path.insert(0, str(ROOT / "tests"))

from countenance.channel.client import Connection  # noqa: E402 - the simulator stands beside the tests
from countenance.channel.message import Message  # noqa: E402
from countenance.channel.server import Server  # noqa: E402
from countenance.crypto.sign import SigningKey  # noqa: E402
from countenance.errors import CountenanceError  # noqa: E402
from countenance.formats import canonical, records  # noqa: E402
from countenance.log import audit, checkpoint, cosignature, leaf, merkle, tiles  # noqa: E402
from countenance.log.sequencer import Sequencer  # noqa: E402
from countenance.vocabulary.acts import Named, Verb  # noqa: E402
from countenance.vocabulary.entries import Entry, Kind, Preimage  # noqa: E402
from countenance.warrants import policy as policies  # noqa: E402
from countenance.zones.custodian import governing, scoring, service, terminal, witnesses  # noqa: E402
from countenance.zones.custodian.opened import Opened  # noqa: E402
from simulator.court import Court  # noqa: E402
from simulator.people import SUBJECT, limits, near, unit  # noqa: E402
from simulator.witness import admitted, made, serving  # noqa: E402
from simulator.zone import Edge, Zone  # noqa: E402

APPEND_SECONDS = 3.0
SIGNATURES = 2000
# More searches than any ready policy's budget; the evaluator is asked for every one of them all the same.
POLICY = '@id("all") @says("Whatever the code allows.") @source("a benchmark") permit (principal, action, resource);'


class Itself:
    """Time spent in the search itself, by wrapping what computes."""

    def __init__(self) -> None:
        self.seconds = 0.0
        self._deep = 0

    def timed(self, act: Callable[..., Any]) -> Callable[..., Any]:
        """`act`, its time counted once however deep it calls itself."""

        def run(*args: Any, **kwargs: Any) -> Any:
            began = time.perf_counter()
            self._deep += 1
            try:
                return act(*args, **kwargs)
            finally:
                self._deep -= 1
                if not self._deep:
                    self.seconds += time.perf_counter() - began

        return run


class Behind:
    """The open custodian of a court, as the relay socket's handlers take it."""

    def __init__(self, zone: Zone) -> None:
        self._zone = zone

    @contextmanager
    def acting(self) -> Iterator[Opened]:
        """See `lifecycle.Custodian`."""
        yield self._zone.opened

    def warm(self) -> None:
        """Pads are made when they are needed."""

    def used(self) -> None:
        """It does not lock by itself."""


def overhead(folder: Path, searches: int, rows: int) -> dict[str, float]:
    """Milliseconds, median and 95th percentile, without and with witnesses."""
    court, itself = Court.sit(folder / "court"), Itself()
    governing.set_policy(court.zone.opened, POLICY)
    court.pass_by(near(SUBJECT, 0.8, 3))
    for number in range(rows - 1):
        court.pass_by(unit(1000 + number))
    court.tell()
    with contextlib.ExitStack() as stack:
        for kind, name in (
            *((scoring.Comparing, name) for name in ("__init__", "read", "doubtful", "padded")),
            *((scoring.Tally, name) for name in ("count", "best")),
        ):
            real = getattr(kind, name)
            setattr(kind, name, itself.timed(real))
            stack.callback(setattr, kind, name, real)
        relay = stack.enter_context(_relay(court, folder / "relay"))
        alone = [_search(court, relay, itself) for _ in range(searches)]
        for number in (1, 2):
            name = f"w{number}.example"
            this = made(folder / name, name, court.zone.genesis, court.zone.clock)
            admitted(court.zone.opened, this, stack.enter_context(serving(this)), f"organisation {number}")
        witnesses.require(court.zone.opened, 2)
        witnessed = [_search(court, relay, itself) for _ in range(searches)]
    court.zone.crash()
    return {
        "overhead_ms_median": _ms(statistics.median(alone)),
        "overhead_ms_p95": _ms(float(np.percentile(alone, 95))),
        "witnessed_overhead_ms_median": _ms(statistics.median(witnessed)),
        "witnessed_overhead_ms_p95": _ms(float(np.percentile(witnessed, 95))),
        "search_itself_ms": _ms(itself.seconds / (2 * searches)),
    }


def appends(folder: Path) -> float:
    """Entries a second."""
    log = Sequencer(folder / "journal", "bench/log", SigningKey.generate(), lambda: time.time_ns() // 1_000_000)
    began = time.perf_counter()
    while time.perf_counter() - began < APPEND_SECONDS:
        log.append(Kind.AUTHORISED, {"warrant": "0" * 16, "number": "1", "act": "search", "person": "officer-1"})
    taken = log.size / (time.perf_counter() - began)
    log.close()
    return taken


def audits(count: int) -> dict[str, float]:
    """Entries a second, of a public copy alone and with the journal."""
    with tempfile.TemporaryDirectory() as place:
        genesis = Zone(Path(place)).genesis
    key = SigningKey.generate()
    genesis = records.read(type(genesis), canonical.write({**records.plain(genesis), "log_key": key.public.hex()}))
    head = Entry(Kind.GENESIS, 1, -1, (("demo", "true"), ("digest", records.digest(genesis).hex())))
    lines = [head, *(Entry(Kind.MALFORMED, 1 + number, -1, (("count", "1"),)) for number in range(count - 1))]
    hidden = [Preimage(secrets.token_bytes(32), records.write(line)) for line in lines]
    shown = _published(genesis.log_origin, [leaf.leaf_data(one) for one in hidden], key)
    note = shown["checkpoint"].decode()

    def fetch(name: str) -> bytes | None:
        return b"sealed" if name.startswith("preimages/") else shown.get(name)

    began = time.perf_counter()
    report = audit.examine(fetch, genesis)
    public = time.perf_counter() - began
    assert report.irregularities == (), report.irregularities[:3]
    began = time.perf_counter()
    whole = audit.examine(fetch, genesis, None, audit.Journal(tuple(hidden), note))
    ruled = time.perf_counter() - began
    assert whole.rules_checked
    assert whole.irregularities == (), whole.irregularities[:3]
    return {"audit_entries_per_second": round(count / public), "audit_rules_entries_per_second": round(count / ruled)}


def signatures() -> float:
    """Checkpoints and cosignatures verified a second."""
    key, theirs = SigningKey.generate(), SigningKey.generate()
    note = checkpoint.write_note("bench/log", 7, bytes(32), key)
    note = cosignature.joined(note, [cosignature.cosign(note, "w.example", theirs, 1)])
    began = time.perf_counter()
    for _ in range(SIGNATURES // 2):
        checkpoint.read_note(note, "bench/log", key.public)
        cosignature.of_witness(note, "w.example", theirs.public)
    return SIGNATURES / (time.perf_counter() - began)


def trusted(folder: Path) -> dict[str, int]:
    """Code lines and modules of a custodian's process that was asked every verb."""
    place = folder / "deployment"
    (place / "sockets").mkdir(parents=True)
    plan = {"demo": True, "quorum": 2, "passphrase": "only for this benchmark", "probe": _probe()}
    command = [sys.executable, "-m", "countenance.cli.run_custodian", "genesis", "--deployment", str(place)]
    subprocess.run(command, input=canonical.write(plan), check=True, capture_output=True)
    process = subprocess.Popen(
        [sys.executable, "-c", _LISTING, "serve", "--deployment", str(place)],
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
    )
    assert process.stderr is not None
    assert process.stdout is not None
    assert b"waiting" in process.stderr.readline()
    for socket, verbs in (
        (place / "custodian" / "terminal", terminal.handlers),
        (place / "sockets" / "custodian", lambda custodian: service.handlers(custodian, place / "evidence")),
    ):
        with Connection(socket, timeout=120) as line:
            line.call("status")
            if socket.name == "terminal":
                line.call("open", {"passphrase": "only for this benchmark"})
            for verb in verbs(None):
                if verb not in ("open", "close"):
                    with contextlib.suppress(CountenanceError):
                        line.call(verb, {}, (b"{}",))
    process.send_signal(signal.SIGTERM)
    modules: dict[str, str] = json.loads(process.stdout.read())
    process.wait()
    return {"trusted_lines": sum(_code_lines(Path(file)) for file in modules.values()), "trusted_modules": len(modules)}


_LISTING = """
import json, sys
from countenance.cli import run_custodian
run_custodian.main()
print(json.dumps({name: one.__file__ for name, one in sys.modules.items() if name.split(".")[0] == "countenance"}))
"""


def _search(court: Court, relay: Connection, itself: Itself) -> float:
    """Seconds from the officer's act to their answer, less the search itself."""
    policy = policies.read(POLICY).hash
    text = court.approved(warrant=secrets.token_hex(8), limits=limits(uses=1), policy=policy)
    before, began = itself.seconds, time.perf_counter()
    letter = court.letter("officer-1", Verb.SEARCH, Named(text.warrant, text.number, records.digest(text)))
    begun = relay.call("search.begin", {}, (letter.sealed, *court.filed[text.warrant, 1][:2]))
    named = relay.call("search.sheets", {"search": begun.body["search"]})
    products = itself.timed(court.products)(named)
    answer = relay.call("search.finish", {"search": begun.body["search"], "missing": []}, (products,))
    found = letter.read(Message(answer.verb, answer.body, answer.blobs))
    taken = time.perf_counter() - began - (itself.seconds - before)
    assert len(found["candidates"]) == 1
    assert not found["incomplete"]
    return taken


@contextmanager
def _relay(court: Court, path: Path) -> Iterator[Connection]:
    handlers = service.handlers(Behind(court.zone), path)  # type: ignore[arg-type]
    server, stop = Server(path, handlers, log=lambda _: None), threading.Event()
    thread = threading.Thread(target=server.serve_forever, args=(stop,))
    thread.start()
    try:
        with Connection(path, timeout=120) as connection:
            yield connection
    finally:
        stop.set()
        thread.join()


def _published(origin: str, leaves: list[bytes], key: SigningKey) -> dict[str, bytes]:
    """The files of a public copy, but for the preimages."""
    tree = merkle.Tree(leaves)
    shown = {"checkpoint": checkpoint.write_note(origin, tree.size, tree.root(), key).encode()}
    for number in range(-(-len(leaves) // tiles.WIDTH)):
        part = leaves[number * tiles.WIDTH : (number + 1) * tiles.WIDTH]
        shown[tiles.tile_path("entries", number, len(part))] = b"".join(b"\x00\x20" + data for data in part)
    level, span = 0, 1
    while tree.size >= span:
        count = tree.size // span
        for number in range(-(-count // tiles.WIDTH)):
            first, width = number * tiles.WIDTH, min(tiles.WIDTH, count - number * tiles.WIDTH)
            hashes = (tree.subtree(at * span, (at + 1) * span) for at in range(first, first + width))
            shown[tiles.tile_path(level, number, width)] = b"".join(hashes)
        level, span = level + 1, span * tiles.WIDTH
    return shown


def _probe() -> Any:
    return records.plain(Edge("probe", "probe").identity)


def _code_lines(path: Path) -> int:
    text = path.read_text(encoding="utf-8")
    strings: set[int] = set()
    for node in ast.walk(ast.parse(text)):
        # Docstrings, and the strings that stand below a constant to explain it.
        if isinstance(node, ast.Expr) and isinstance(node.value, ast.Constant) and isinstance(node.value.value, str):
            strings |= set(range(node.lineno, (node.end_lineno or node.lineno) + 1))
    code: set[int] = set()
    silent = (tokenize.COMMENT, tokenize.NL, tokenize.NEWLINE, tokenize.INDENT, tokenize.DEDENT, tokenize.ENDMARKER)
    for token in tokenize.generate_tokens(io.StringIO(text).readline):
        if token.type not in silent:
            code |= set(range(token.start[0], token.end[0] + 1))
    return len(code - strings)


def _ms(seconds: float) -> float:
    return round(1000 * seconds, 1)


def main() -> int:
    """Measure and print; exit code 0."""
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("--searches", type=int, default=60)
    parser.add_argument("--rows", type=int, default=200)
    parser.add_argument("--entries", type=int, default=100_000)
    parser.add_argument("--json", action="store_true")
    chosen = parser.parse_args()
    with tempfile.TemporaryDirectory() as place:
        folder = Path(place)
        figures: dict[str, Any] = {
            **overhead(folder, chosen.searches, chosen.rows),
            "log_appends_per_second": round(appends(folder)),
            **audits(chosen.entries),
            "signatures_per_second": round(signatures()),
            **trusted(folder),
        }
    if chosen.json:
        print(json.dumps(figures))
    else:
        for name, value in figures.items():
            print(f"{name.replace('_', ' '):32} {value}")
    return 0


if __name__ == "__main__":
    sys.exit(main())
