"""What opening the custodian's store costs: every record read, decrypted and added up, beside reading its files alone.

    python benchmarks/opening.py [--sightings N]

A store with what one real sighting leaves in it, so many times under as many names, and sheets of random bytes. Both
are read from memory, where the system keeps what has just been written.
"""

import argparse
import json
import secrets
import sys
import tempfile
import time
from collections.abc import Callable
from functools import cache
from pathlib import Path

ROOT = Path(__file__).resolve().parents[1]
sys.path.insert(0, str(ROOT / "tests"))

from countenance.vocabulary.requests import Signed  # noqa: E402 - the simulator stands beside the tests
from countenance.zones.custodian.records import Place, Row, SpentNonce  # noqa: E402
from countenance.zones.custodian.sheets import Sheet  # noqa: E402
from countenance.zones.custodian.store import Store  # noqa: E402
from simulator.court import sitting  # noqa: E402
from simulator.people import SUBJECT  # noqa: E402

SHEET = 4096
# Bytes of a sheet: a row's columns, and the tags of d = 128.
SHEET_BYTES = SHEET * 73 + 8 * 128


def fill(store: Store, sightings: int, say: Callable[[int], None] = lambda _: None) -> None:
    """Put so many sightings into a store, with all that one leaves there. `say`: told how many there are so far."""
    for begun in range(0, sightings, SHEET):
        count, sheet = min(SHEET, sightings - begun), secrets.token_hex(8)
        with store.together():
            store.keep(Sheet, f"hall-1/{sheet}", secrets.token_bytes(SHEET_BYTES))
            for _ in range(count):
                name = secrets.token_hex(16)
                for kind, plain in left().items():
                    store.keep(kind, name if kind is Place else f"hall-1/{sheet}/{name}", plain)
        say(begun + count)


@cache
def left() -> dict[type, bytes]:
    """What one real sighting leaves in a store, by kind."""
    with sitting() as court:
        court.pass_by(SUBJECT)
        store = court.zone.opened.store
        return {kind: next(iter(store.all_kept(kind)))[1] for kind in (SpentNonce, Place, Row, Signed)}


def filled(folder: Path, root: bytes, sightings: int) -> None:
    """A store in `folder` with so many sightings."""
    (folder / "store").mkdir()
    store = Store.create(folder / "store", root, secrets.token_bytes)
    fill(store, sightings)
    store.close()


def seconds(act: Callable[[], object]) -> float:
    """How long `act` takes."""
    began = time.perf_counter()
    act()
    return time.perf_counter() - began


def read(folder: Path) -> int:
    """Read every file in `folder`; bytes."""
    return sum(len(path.read_bytes()) for path in folder.iterdir())


def main() -> int:
    """Measure and print one JSON object; exit code 0."""
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("--sightings", type=int, default=100_000)
    chosen = parser.parse_args()
    with tempfile.TemporaryDirectory() as place:
        root, store = secrets.token_bytes(32), Path(place) / "store"
        filled(Path(place), root, chosen.sightings)
        plain = min(seconds(lambda: read(store)) for _ in range(3))
        opened = seconds(lambda: Store.open(store, root, secrets.token_bytes).close())
        figures = {
            "sightings": chosen.sightings,
            "megabytes": round(read(store) / 1e6),
            "opening_seconds": round(opened, 2),
            "plain_read_seconds": round(plain, 3),
            "times_a_plain_read": round(opened / plain, 1),
        }
    print(json.dumps(figures))
    return 0


if __name__ == "__main__":
    sys.exit(main())
