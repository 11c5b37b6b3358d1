"""Encrypted search against plain search: time, memory and exactness, in one run on the same cores.

    python benchmarks/encrypted_search.py [--rows N] [--dim D] [--rounds R] [--json]
    python benchmarks/encrypted_search.py --sizes 10000 100000 1000000 [--picture FILE] [--tenseal] [--json]

Two processes, as in a deployment: this one plays the repository, its child the custodian, and they talk over a Unix
socket in the product's own messages. Rows lie in sheet files, mapped into memory and multiplied by
`zones.repository.search.multiply`; the custodian's part is `zones.custodian.scoring` with its tags, pads and threshold.
A search is timed from the first message to the answer. What is left out of it is what a search pays once, however many
rows there are: the warrant's checks, the log's two entries, the store's sheets read.

* one core: both processes and every baseline on the same one core; two cores: both may use both, and each baseline its
  fastest number of threads.
* warm: what the product holds of sheets under open warrants is in memory: multipliers, and round keys or, on a
  processor that makes pads more slowly than it reads them, pads. cold: nothing is held.
* up to 1,000,000 rows the other ways are run too: pads held, registers of 128 and 256 bits, no AES in the processor.
* OPENBLAS_CORETYPE and OPENBLAS_L2_SIZE are taken out of the environment first: they slow numpy, the baseline.
* Everything is run in turn, round by round; figures are medians, ratios are ours / theirs. What other processes of the
  machine disturbed is run again (`Undisturbed`), ours and theirs alike.
* `exact`: every score, of all rows, is the score of the plain int16 templates. Scores leave the child for this only.
"""

import argparse
import contextlib
import json
import os
import statistics
import subprocess
import sys
import tempfile
import threading
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import faiss
import numpy as np
from threadpoolctl import threadpool_limits

from countenance.channel.client import Connection
from countenance.channel.message import Message
from countenance.channel.server import Server
from countenance.crypto import derive
from countenance.matching import encode, fused, lanes, matcher, padding, shares, tag, unmask
from countenance.vocabulary.warrants import Scope
from countenance.zones.custodian import scoping, scoring, sheets
from countenance.zones.custodian.pads import EXPANDED, Pads
from countenance.zones.custodian.records import PartitionKeys
from countenance.zones.custodian.sheets import Sheet
from countenance.zones.repository import search, sheet
from countenance.zones.repository.maps import Maps
from countenance.zones.repository.sheet import SheetId

HOUR = 480_000
CAMERA = "bench"
ROOT, SALT = bytes(range(32)), bytes(range(32, 64))
KEYS = PartitionKeys(CAMERA, HOUR, "edge", SALT, SALT, True, 0)
BATCH = 16
CANDIDATES = 50
THRESHOLD = 500
Figures = dict[str, Any]


def main() -> int:
    """Measure what was asked for and print it."""
    asked = _arguments()
    slow = {"OPENBLAS_CORETYPE", "OPENBLAS_L2_SIZE"} & set(os.environ)
    if slow:
        # They make numpy's products slower than they are: the baseline would not be honest.
        kept = {name: value for name, value in os.environ.items() if name not in slow}
        return subprocess.run([sys.executable, *sys.argv], env=kept, check=False).returncode
    if asked.custodian:
        return serve(asked.custodian, asked.dim)
    if asked.figures:
        picture(json.loads(asked.figures.read_text()), Path(asked.picture))
        return 0
    sizes = asked.sizes or [asked.rows]
    figures = []
    for rows in sizes:
        if not asked.json:
            print(f"{rows} rows of {asked.dim} components …", flush=True)
        figures.append(measure(rows, asked.dim, asked.rounds))
        if asked.keep:
            asked.keep.write_text(json.dumps(figures, indent=1) + "\n", encoding="utf-8")
        if not asked.json:
            print(json.dumps(figures[-1], indent=1), flush=True)
    if asked.tenseal:
        figures[-1]["tenseal"] = lattice(asked.dim)
        if asked.keep:
            asked.keep.write_text(json.dumps(figures, indent=1) + "\n", encoding="utf-8")
    if asked.picture:
        picture(figures, Path(asked.picture))
    if asked.json:
        print(json.dumps(figures if asked.sizes else figures[0]))
    return 0


# The deployment in small.


@dataclass
class World:
    """The sheets of one size, on disk for both processes, and the plain templates for the baselines."""

    directory: Path
    listed: list[tuple[SheetId, int]]
    coded: np.ndarray
    custodian_bytes: float

    @property
    def rows(self) -> int:
        """How many there are."""
        return len(self.coded)


def make(directory: Path, rows: int, dimension: int) -> World:
    """Random unit templates, coded, masked, in sheet files; the custodian's sheets beside them."""
    generator = np.random.default_rng(rows + dimension)
    coded = np.empty((rows, dimension), dtype=np.int16)
    place = SimpleNamespace(root=ROOT)
    listed, kept = [], 0
    for number, first in enumerate(range(0, rows, tag.ROWS)):
        values = generator.standard_normal((min(tag.ROWS, rows - first), dimension), dtype=np.float32)
        values /= np.linalg.norm(values, axis=1, keepdims=True)
        part = coded[first : first + len(values)]
        np.rint(encode.scale(dimension) * values, out=values)
        part[...] = values
        empty = sheets.begun(CAMERA, HOUR, number, extractor=bytes(32), dimension=dimension)
        nonces = generator.bytes(16 * len(part))
        masked = padding.masked(part, sheets.block_key(place, KEYS, empty), nonces)
        multipliers = tag.multipliers(derive.tag_key(ROOT, SALT, empty.name), len(part))
        whole = Sheet(
            **{
                name: getattr(empty, name)
                for name in ("camera", "hour", "number", "generation", "extractor", "dimension")
            },
            salt=b"",
            ids=generator.bytes(16 * len(part)),
            nonces=nonces,
            records=generator.bytes(32 * len(part)),
            starts=np.zeros(len(part), dtype=np.uint32),
            ends=np.ones(len(part), dtype=np.uint32),
            states=np.full(len(part), sheets.LIVING | sheets.TAGGED, dtype=np.uint8),
            tags=tag.tags(multipliers, masked),
        )
        data = whole.to_bytes()
        (directory / f"{number:06d}.sheet").write_bytes(data)
        kept += len(data)
        which = SheetId(CAMERA, HOUR, number, 0)
        (directory / f"{which.name}.rows").write_bytes(sheet.header(which, dimension) + masked.tobytes())
        listed.append((which, len(part)))
    return World(directory, listed, coded, kept / rows)


def serve(directory: Path, dimension: int) -> int:
    """The custodian: the product's scoring behind a socket, with keys and sheets of the benchmark's own making."""
    kept = [Sheet.from_bytes(path.read_bytes()) for path in sorted(directory.glob("*.sheet"))]
    store = SimpleNamespace(get=lambda _kind, _key: KEYS)
    opened = SimpleNamespace(root=ROOT, pads=Pads(2**40, expanded=False), store=store, second=None)
    chosen = scoping.Chosen(tuple(kept), (), (), {})
    span, least = Scope((CAMERA,), 0, 2**50), encode.least_score(THRESHOLD, dimension)
    state: dict[str, Any] = {}
    made = {width: fused.kernels(width) for width in (1, 2, 4) if width <= fused.WIDTH}
    stop = threading.Event()

    def start(message: Message) -> Message:
        state["q"] = np.frombuffer(message.blobs[0], dtype="<i2").astype(np.int16)
        state["comparing"] = scoring.Comparing(opened, chosen, state["q"])
        return Message("sheets")

    def finish(message: Message) -> Message:
        comparing, q = state["comparing"], state["q"]
        products = comparing.read(message.blobs[0])
        assert not comparing.doubtful(products, q, chosen.sheets)
        tally = scoring.Tally(least, span, frozenset())
        tally.count(chosen.sheets, products, comparing.padded())
        found, _ = tally.best(CANDIDATES)
        tally.wipe()
        comparing.wipe()
        return Message("finish", {"candidates": [one.sighting(position) for one, position in found]})

    def scores(message: Message) -> Message:
        comparing = state["comparing"]
        found = unmask.difference(comparing.read(message.blobs[0]), comparing.padded())
        return Message("scores", {}, (found.tobytes(),))

    def warm(message: Message) -> Message:
        opened.pads.wipe()
        opened.pads = Pads(2**40, expanded=bool(message.body["expanded"]))
        width = int(str(message.body["width"]))
        fused.WIDTH, fused._KERNELS = width, made.setdefault(width, fused.kernels(width)) if width else None
        if message.body["warm"]:
            for one in kept:
                opened.pads.warm(one, scoring.keys_of(opened, one))
        return Message("warm", {"bytes": opened.pads.bytes})

    def pin(message: Message) -> Message:
        _pin(message.body["cores"])
        return Message("pin")

    def end(message: Message) -> Message:
        del message
        stop.set()
        return Message("end")

    handlers = {"sheets": start, "finish": finish, "scores": scores, "warm": warm, "pin": pin, "end": end}
    Server(directory / "socket", handlers, log=lambda _: None).serve_forever(stop)
    return 0


def _settle() -> None:
    """Wait until no thread of a library spins any more, as those of OpenMP and OpenBLAS do after they had work."""
    for _ in range(100):
        before = time.process_time()
        time.sleep(0.005)
        if time.process_time() - before < 0.0005:
            return


class Undisturbed:
    """Times acts, and times them again if other processes ran meanwhile: at most TRIES times, and PATIENCE in all.

    The try that was disturbed least counts. `worst`: the largest share of one processor's time that others had in a try
    that counted.
    """

    TRIES = 8
    SHARE = 0.03
    PATIENCE = 120.0
    """Seconds that a size's repetitions may take."""

    def __init__(self, child: int) -> None:
        self._ours = {os.getpid(), child}
        self._left = self.PATIENCE
        self.worst = 0.0

    def milliseconds(self, act: Callable[[], object], cores: list[int]) -> float:
        """The time of `act` on `cores`, ours and every library's threads."""
        before = sorted(os.sched_getaffinity(0))
        _pin(cores)
        try:
            return self._milliseconds(act)
        finally:
            _pin(before)

    def _milliseconds(self, act: Callable[[], object]) -> float:
        tries = []
        for _ in range(self.TRIES):
            _settle()
            # Once unmeasured, so that no processor is still asleep and caches are its own: ours and theirs alike.
            act()
            before, began = self._others(), time.perf_counter()
            act()
            taken, after = time.perf_counter() - began, self._others()
            ran = sum(spent - before.get(process, 0.0) for process, spent in after.items())
            tries.append((ran / taken, taken))
            if tries[-1][0] < self.SHARE or self._left < 0:
                break
            time.sleep(0.05)
            self._left -= time.perf_counter() - began
        share, taken = min(tries)
        self.worst = max(self.worst, share)
        return 1000 * taken

    def _others(self) -> dict[int, float]:
        found = {}
        for process in (int(path.name) for path in Path("/proc").iterdir() if path.name.isdigit()):
            if process not in self._ours:
                with contextlib.suppress(OSError):
                    # How Linux numbers the clock of another process's processor time.
                    found[process] = time.clock_gettime((~process << 3) | 2)
        return found


@contextlib.contextmanager
def custodian(world: World, dimension: int) -> Iterator[tuple[Connection, Undisturbed]]:
    """The child process, and the way to it."""
    words = [sys.executable, __file__, "--custodian", str(world.directory), "--dim", str(dimension)]
    with subprocess.Popen(words) as child:
        while not (world.directory / "socket").exists():
            time.sleep(0.05)
            if child.poll() is not None:
                raise SystemExit("the custodian's process did not start")
        with Connection(world.directory / "socket", timeout=600) as connection:
            yield connection, Undisturbed(child.pid)
            connection.call("end")


# What is measured.


def measure(rows: int, dimension: int, rounds: int) -> Figures:
    """All figures of one size."""
    with tempfile.TemporaryDirectory(prefix="countenance-") as scratch:
        world = make(Path(scratch), rows, dimension)
        generator = np.random.default_rng(1)
        raw = generator.standard_normal((BATCH, dimension))
        probes = np.rint(encode.scale(dimension) * raw / np.linalg.norm(raw, axis=1, keepdims=True)).astype(np.int16)
        with custodian(world, dimension) as (connection, clock):
            maps = Maps(lambda which: world.directory / f"{which.name}.rows", print)
            exact = is_exact(world, maps, connection, probes[0])
            milliseconds, ram = timed(world, maps, (connection, clock), probes, rounds)
    return report(world, dimension, exact, milliseconds, ram)


def is_exact(world: World, maps: Maps, connection: Connection, q: np.ndarray) -> bool:
    """Whether every score is the plain one."""
    connection.call("sheets", {}, (q.astype("<i2").tobytes(),))
    products = search.multiply(maps, q, world.listed).products
    found = np.frombuffer(connection.call("scores", {}, (products.tobytes(),)).blobs[0], dtype="<i2")
    plain = np.concatenate([_plain(world.coded[at : at + tag.ROWS], q) for at in range(0, world.rows, tag.ROWS)])
    return bool((found == plain).all())


def _plain(coded: np.ndarray, q: np.ndarray) -> np.ndarray:
    return coded.astype(np.int32) @ q.astype(np.int32)


def timed(
    world: World, maps: Maps, child: tuple[Connection, Undisturbed], probes: np.ndarray, rounds: int
) -> tuple[dict[str, float], float]:
    """Medians in milliseconds, everything in turn, and bytes of memory a row that warm pads take."""
    connection, clock = child
    q, every = probes[0], sorted(os.sched_getaffinity(0))
    plain = world.coded.astype(np.float32)
    probe, many = q.astype(np.float32), np.ascontiguousarray(probes.T.astype(np.float32))
    flat, coarse = faiss.IndexFlatIP(plain.shape[1]), _coarse(plain)
    flat.add(plain)
    one, two = every[:1], every[:2]

    def ours() -> None:
        answer = connection.call("sheets", {}, (q.astype("<i2").tobytes(),))
        del answer
        done = search.multiply(maps, q, world.listed, threads=search.threads())
        connection.call("finish", {}, (done.products.tobytes(),))

    def blas(threads: int, right: np.ndarray) -> Callable[[], object]:
        room = np.empty((world.rows, *right.shape[1:]), dtype=np.float32)

        def run() -> None:
            with threadpool_limits(threads):
                np.matmul(plain, right, out=room)

        return run

    acts: dict[str, tuple[list[int], Callable[[], object]]] = {
        "numpy_float32": (one, blas(1, probe)),
        "numpy_float32_blas_two_threads": (two, blas(2, probe)),
        "numpy_float32_split_two_threads": (two, _split(plain, probe)),
        "faiss_flat_one_thread": (one, lambda: _faiss(flat, probe, 1)),
        "faiss_flat_two_threads": (two, lambda: _faiss(flat, probe, 2)),
        "faiss_sq8": (one, lambda: _faiss(coarse, probe, 1)),
        "matcher": (one, lambda: search.multiply(maps, q, world.listed)),
        "numpy_batch16_one_thread": (one, blas(1, many)),
        "numpy_batch16_two_threads": (two, blas(2, many)),
        "numpy_batch16_split_two_threads": (two, _split(plain, many)),
        "batch16": (two, _batch(world, maps, probes)),
    }
    ways = OURS | (OTHERS if world.rows <= LARGEST_WEIGHED else {})
    taken: dict[str, list[float]] = {name: [] for name in (*acts, *ways)}
    ram = 0.0
    for _ in range(rounds):
        for name, (cores, act) in acts.items():
            taken[name].append(clock.milliseconds(act, cores))
        for name, way in ways.items():
            held = {"warm": way.held, "expanded": way.expanded, "width": way.width}
            taking = float(str(connection.call("warm", held).body["bytes"]))
            ram = max(ram, taking if name in OURS else 0.0)
            chosen = one if way.cores == 1 else two
            connection.call("pin", {"cores": list(chosen)})
            taken[name].append(clock.milliseconds(ours, chosen))
    print(f"others ran at most {clock.worst:.0%} of the time of any act", file=sys.stderr)
    return {name: statistics.median(times) for name, times in taken.items()}, ram / world.rows


@dataclass(frozen=True)
class Way:
    """How ours is run. `held`: in memory before; `expanded`: pads among it; `width`: blocks a register holds."""

    held: bool
    cores: int
    expanded: bool = EXPANDED
    width: int = fused.WIDTH


OURS = {
    "warm_one_core": Way(True, 1),
    "cold_one_core": Way(False, 1),
    "warm_two_cores": Way(True, 2),
    "cold_two_cores": Way(False, 2),
}
LARGEST_WEIGHED = 1_000_000
# What was weighed in docs/adr/0012: pads held in memory, and processors with narrower registers or no AES.
OTHERS = {
    f"{'pads_held' if expanded else f'{128 * width}_bits'}_{words}": Way(True, cores, expanded, width)
    for expanded, width in [(True, fused.WIDTH), *((False, width) for width in (1, 2) if width < fused.WIDTH)]
    for cores, words in ((1, "one_core"), (2, "two_cores"))
} | {"no_aes_cold_one_core": Way(False, 1, True, 0)}


def report(world: World, dimension: int, exact: bool, taken: dict[str, float], ram: float) -> Figures:
    """The figures as `countenance bench search --json` prints them: ratios ours / theirs."""
    taken = dict(taken)
    two = min(taken["numpy_float32_blas_two_threads"], taken["numpy_float32_split_two_threads"], taken["numpy_float32"])
    best = min(taken["faiss_flat_one_thread"], taken["faiss_flat_two_threads"])
    batch = min(time for name, time in taken.items() if name.startswith("numpy_batch16"))
    taken |= {"numpy_float32_two_threads": two, "faiss_flat_best": best, "numpy_batch16_best": batch}
    taken["masking_a_million"] = masking(dimension)
    return {
        "rows": world.rows,
        "dim": dimension,
        "exact": exact,
        "bytes_per_template": 2 * dimension,
        "custodian_bytes_per_template": round(world.custodian_bytes, 1),
        "custodian_ram_bytes_per_template": round(ram, 1),
        "matcher_vs_numpy": round(taken["matcher"] / taken["numpy_float32"], 3),
        "warm_one_core_tag_vs_numpy": round(taken["warm_one_core"] / taken["numpy_float32"], 3),
        "cold_one_core_tag_vs_numpy": round(taken["cold_one_core"] / taken["numpy_float32"], 3),
        "warm_two_core_tag_vs_numpy": round(taken["warm_two_cores"] / two, 3),
        "warm_two_core_tag_vs_faiss": round(taken["warm_two_cores"] / best, 3),
        "batch16_vs_numpy": round(taken["batch16"] / batch, 3),
        "milliseconds": {name: round(value, 3) for name, value in sorted(taken.items())},
    }


def masking(dimension: int) -> float:
    """Milliseconds to mask a million templates, as rows arrive in bulk."""
    coded = np.zeros((65_536, dimension), dtype=np.int16)
    nonces = os.urandom(16 * len(coded))
    times = [_milliseconds(lambda: padding.masked(coded, ROOT, nonces)) for _ in range(5)]
    return statistics.median(times) * 1e6 / len(coded)


def _batch(world: World, maps: Maps, probes: np.ndarray) -> Callable[[], object]:
    """Sixteen probes at once over rows and pads, tags checked, on two threads: no sockets.

    Held are multipliers, and round keys or pads, as the product does.
    """
    place = SimpleNamespace(root=ROOT)
    kept = [Sheet.from_bytes(path.read_bytes()) for path in sorted(world.directory.glob("*.sheet"))]
    key = sheets.block_key(place, KEYS, kept[0])
    stream = None if EXPANDED else fused.keystream_of(key)
    sources: list[Any] = [
        padding.pads(key, one.nonces, one.dimension) if stream is None else unmask.Making(stream, one.nonces)
        for one in kept
    ]
    multipliers = [tag.multipliers(derive.tag_key(ROOT, SALT, one.name), one.rows) for one in kept]
    least, woven = encode.least_score(THRESHOLD, probes.shape[1]), lanes.woven(probes)

    def part(indices: range) -> None:
        each = unmask.padded_batch(probes, (sources[index] for index in indices))
        room = np.empty((tag.ROWS, lanes.PROBES), dtype=np.int32)
        for index, padded in zip(indices, each, strict=True):
            products = matcher.batch(woven, maps.rows(*world.listed[index]), out=room[: kept[index].rows])
            tag.check_batch(multipliers[index], kept[index].tags, probes, products)
            unmask.surpassing_batch(products, padded, least, len(probes))

    return lambda: shares.together(shares.of([one.rows for one in kept]), part, threads=2)


def _coarse(plain: np.ndarray) -> Any:
    index = faiss.IndexScalarQuantizer(plain.shape[1], faiss.ScalarQuantizer.QT_8bit, faiss.METRIC_INNER_PRODUCT)
    index.train(plain[:65_536])
    index.add(plain)
    return index


def _split(plain: np.ndarray, right: np.ndarray) -> Callable[[], object]:
    """numpy's product in two halves by two threads."""
    half, room = len(plain) // 2, np.empty((len(plain), *right.shape[1:]), dtype=np.float32)

    def run() -> None:
        with threadpool_limits(1):
            other = threading.Thread(target=lambda: np.matmul(plain[:half], right, out=room[:half]))
            other.start()
            np.matmul(plain[half:], right, out=room[half:])
            other.join()

    return run


def _faiss(index: Any, probe: np.ndarray, threads: int) -> None:
    faiss.omp_set_num_threads(threads)
    index.search(probe[None], CANDIDATES)


def _pin(cores: list[int]) -> None:
    """Let every thread of this process run on `cores` only: new threads inherit it, those of libraries do not."""
    for thread in Path("/proc/self/task").iterdir():
        with contextlib.suppress(OSError):
            os.sched_setaffinity(int(thread.name), cores)


def _milliseconds(act: Callable[[], object]) -> float:
    began = time.perf_counter()
    act()
    return 1000 * (time.perf_counter() - began)


# Peers of another kind, and the picture.


def lattice(dimension: int) -> Figures:
    """TenSEAL, one plain probe against packed columns, every slot filled; milliseconds a million rows, extrapolated.

    The quickest way of several: a component at a time as a scalar, rescaling left out, the best of nine.
    """
    import tenseal  # noqa: PLC0415 - only for this figure

    found: Figures = {"note": "extrapolated linearly to a million rows; column packing"}
    for name, rows in (("ckks", 4096), ("bfv", 8192)):
        values = np.random.default_rng(3).integers(-60, 60, (dimension, rows))
        if name == "ckks":
            context = tenseal.context(tenseal.SCHEME_TYPE.CKKS, 8192, coeff_mod_bit_sizes=[60, 40, 60])
            context.global_scale, context.auto_rescale = 2**40, False
            columns = [tenseal.ckks_vector(context, column.astype(float).tolist()) for column in values]
        else:
            context = tenseal.context(tenseal.SCHEME_TYPE.BFV, 8192, plain_modulus=1032193)
            columns = [tenseal.bfv_vector(context, column.tolist()) for column in values]
        q = values[:, 0].tolist()

        def product(columns: list[Any] = columns, q: list[int] = q) -> object:
            total = columns[0] * q[0]
            for column, value in zip(columns[1:], q[1:], strict=True):
                total += column * value
            return total

        assert np.allclose(product().decrypt(), values.T @ values[:, 0], atol=0.1)
        found[f"{name}_milliseconds_a_million"] = round(min(_milliseconds(product) for _ in range(9)) * 1e6 / rows, 1)
        found[f"{name}_bytes_per_template"] = round(sum(len(column.serialize()) for column in columns) / rows)
    return found


def picture(figures: list[Figures], path: Path) -> None:
    """Milliseconds against rows, both logarithmic; told apart by marker and dash, not by colour."""
    import matplotlib as mpl  # noqa: PLC0415 - only for the picture

    mpl.use("Agg")
    from matplotlib import pyplot as plt  # noqa: PLC0415 - after the backend was chosen

    rows = [one["rows"] for one in figures]
    lines = (
        ("numpy float32, one thread", "numpy_float32", "s", "--"),
        ("faiss flat float32, its best", "faiss_flat_best", "^", "--"),
        ("faiss 8-bit, one thread", "faiss_sq8", "v", ":"),
        ("encrypted, cold, one core", "cold_one_core", "D", "-"),
        ("encrypted, warm, one core", "warm_one_core", "o", "-"),
        ("encrypted, warm, two cores", "warm_two_cores", "*", "-"),
    )
    plt.rcParams["svg.hashsalt"] = "countenance"
    figure, axes = plt.subplots(figsize=(8, 5))
    for label, name, marker, dash in lines:
        color = "tab:blue" if name.endswith(("core", "cores")) else "0.45"
        times = [one["milliseconds"][name] for one in figures]
        axes.plot(rows, times, marker=marker, linestyle=dash, label=label, color=color, linewidth=1.2)
    for name, marker in (("ckks", "P"), ("bfv", "X")):
        known = figures[-1].get("tenseal", {}).get(f"{name}_milliseconds_a_million")
        if known:
            axes.plot(
                [1e6], [known], marker=marker, linestyle="", color="0.1", label=f"TenSEAL {name.upper()}, extrapolated"
            )
    axes.set(
        xscale="log",
        yscale="log",
        xlabel=f"templates of {figures[-1]['dim']} components",
        ylabel="milliseconds a search",
    )
    axes.grid(which="both", alpha=0.2)
    axes.legend()
    figure.tight_layout()
    for suffix in (".svg", ".png"):
        figure.savefig(path.with_suffix(suffix), dpi=110, metadata={"Date": None} if suffix == ".svg" else None)


def _arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("--rows", type=int, default=100_000)
    parser.add_argument("--dim", type=int, default=128)
    parser.add_argument("--sizes", type=int, nargs="+", help="several numbers of rows, one after the other")
    parser.add_argument("--rounds", type=int, default=7)
    parser.add_argument("--tenseal", action="store_true", help="the lattice schemes too, extrapolated")
    parser.add_argument("--picture", help="write FILE.svg and FILE.png of time against rows")
    parser.add_argument("--keep", type=Path, help="write what is measured to FILE after each size")
    parser.add_argument("--figures", type=Path, help="draw the picture from an earlier run's JSON instead of measuring")
    parser.add_argument("--json", action="store_true")
    parser.add_argument("--custodian", type=Path, help=argparse.SUPPRESS)
    asked = parser.parse_args()
    if min([asked.rows, asked.rounds, *(asked.sizes or [1])]) < 1 or not 1 <= asked.dim <= encode.MAXIMUM_DIMENSION:
        parser.error("rows and rounds are at least 1, and a template has 1 to 4096 components")
    return asked


if __name__ == "__main__":
    sys.exit(main())
