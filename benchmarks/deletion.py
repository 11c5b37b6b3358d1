"""What a deletion costs the custodian: nonces, rows and tags gone, and its store's key replaced.

    python benchmarks/deletion.py [--among N] [--erased N] [--json]

The store holds N sightings, each with all that a real one leaves there (four records, and its line in a sheet, of
random bytes), and as many real ones as are deleted; twice, with a quarter of N and with N. Replacing the key copies the
store and writes its sheets anew, so its time is a straight line over N: what ten million would take is read off it, and
the figures say that it was. Baseline: a plain copy of the store's file, which must reach the disk.
"""

import argparse
import json
import os
import shutil
import sys
import tempfile
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

ROOT = Path(__file__).resolve().parents[1]
sys.path[:0] = [str(ROOT / "tests"), str(ROOT / "benchmarks")]

from rich.console import Console  # noqa: E402 - the simulator stands beside the tests
from rich.progress import Progress  # noqa: E402

import opening  # noqa: E402
from countenance.zones.custodian import erasure, intake  # noqa: E402
from simulator.court import LAST_HOUR, Court  # noqa: E402
from simulator.zone import presented, sighting  # noqa: E402

TEN_MILLION = 10_000_000
BATCH = 1000


def passed(court: Court, count: int) -> list[str]:
    """So many real sightings, taken in; their ids."""
    names: list[str] = []
    while len(names) < count:
        lease = court.leases["hall-east", LAST_HOUR]
        made = [sighting(court.zone, court.edge, lease) for _ in range(min(BATCH, count - len(names)))]
        names += [one.sighting for one in intake.sightings(court.zone.opened, presented(*made)).placed]
    return names


def erased(court: Court, names: list[str]) -> tuple[float, float]:
    """Seconds in which `names` are dropped, and in which the key is replaced, so that they are gone."""
    opened = court.zone.opened
    started = time.perf_counter()
    with opened.lock:
        with opened.store.together():
            erasure.bury(opened, names)
        dropped = time.perf_counter()
        opened.store.replace_key()
    return dropped - started, time.perf_counter() - dropped


def copied(folder: Path) -> float:
    """Seconds in which the store's file is copied, onto the disk."""
    (file,) = folder.glob("*.db")
    started = time.perf_counter()
    with (folder / "a copy").open("wb") as to, file.open("rb") as of:
        shutil.copyfileobj(of, to, 1 << 20)
        os.fsync(to.fileno())
    spent = time.perf_counter() - started
    (folder / "a copy").unlink()
    return spent


def measure(among: int, erasing: int, say: Callable[[int], None]) -> dict[str, Any]:
    """The figures. `say`: told how many sightings the store holds."""
    with tempfile.TemporaryDirectory() as place:
        court = Court.sit(Path(place) / "court")
        folder = next((Path(place) / "court").rglob("*.db")).parent
        points: list[tuple[int, float, float, float]] = []
        there = 0
        for size in (among // 4, among):
            names = passed(court, erasing)
            opening.fill(court.zone.opened.store, size - there, lambda done, had=there: say(had + done))
            there = size
            points.append((size, *erased(court, names), copied(folder)))
        megabytes = next(folder.glob("*.db")).stat().st_size // 10**6
        court.zone.crash()
    (few, _, short, _), (many, dropping, long, plain) = points
    ten_million = dropping + long + (long - short) / (many - few) * (TEN_MILLION - many)
    return {
        "delete_10000_of_10m_seconds": round(ten_million, 1) if erasing == 10_000 else None,
        "read_off_a_line": many != TEN_MILLION,
        "erased": erasing,
        "dropping_seconds": round(dropping, 2),
        "among": [few, many],
        "key_seconds": [round(short, 2), round(long, 2)],
        "store_megabytes": megabytes,
        "key_times_a_plain_copy": round(long / plain, 2),
    }


def shown(among: int, erasing: int) -> dict[str, Any]:
    """`measure`, with its progress on the error stream."""
    with Progress(console=Console(stderr=True)) as progress:
        task = progress.add_task("sightings", total=among)
        return measure(among, erasing, lambda done: progress.update(task, completed=done))


def main() -> int:
    """Measure and print."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--among", type=int, default=400_000)
    parser.add_argument("--erased", type=int, default=10_000)
    parser.add_argument("--json", action="store_true")
    chosen = parser.parse_args()
    told = shown(chosen.among, chosen.erased)
    print(json.dumps(told) if chosen.json else "\n".join(f"{name:28} {value}" for name, value in told.items()))
    return 0


if __name__ == "__main__":
    sys.exit(main())
