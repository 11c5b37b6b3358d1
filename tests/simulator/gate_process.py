"""One kiosk as a process of its own, without a camera: `python gate_process.py FOLDER NAME KEY OTHER=PUBLIC SOCKET`.

Reads one JSON array a line, an act and what it is about, and answers each with one line.
"""

import json
import sys
import threading
import time
from pathlib import Path

from countenance.cli import gate_letters
from countenance.crypto.sign import SigningKey
from countenance.gates.flights import Clock
from countenance.gates.syncing import Syncing
from simulator.gate import FLIGHT, AtGate, Time, pass_of


class Now(Time):
    """Both clocks of this machine."""

    def __init__(self) -> None:
        pass

    @property
    def clock(self) -> Clock:
        passed = time.CLOCK_BOOTTIME
        return Clock(lambda: self.now, lambda: time.clock_gettime_ns(passed) // 1_000_000)

    def __getattribute__(self, name: str):  # type: ignore[no-untyped-def]
        return time.time_ns() // 1_000_000 if name == "now" else super().__getattribute__(name)


def main() -> None:
    folder, name, key, other, socket = sys.argv[1:]
    known, _, public = other.partition("=")
    signing, kiosks = SigningKey.from_bytes(bytes.fromhex(key)), {known: bytes.fromhex(public)}
    at = AtGate(Path(folder), Now(), name=name, others=(known,), signing=signing, issuers=tuple(kiosks.values()))
    syncing = Syncing(at.flights, name, signing, kiosks, at.time.clock)
    gate_letters.carry(syncing, Path(socket), threading.Event(), lambda line: sys.stderr.write(f"{name}: {line}\n"))
    for line in sys.stdin:
        act, *about = json.loads(line)
        print(json.dumps(answer(at, syncing, act, *about)), flush=True)


def answer(at: AtGate, syncing: Syncing, act: str, *about: str) -> object:
    flight = str(FLIGHT)
    if act == "begin":
        at.begin()
    elif act == "join":
        syncing.handing.join(flight)
    elif act == "token":
        return at.token(code=pass_of(int(about[0]))).hex()
    elif act == "decide":
        found = at.decide(bytes.fromhex(about[1]), code=pass_of(int(about[0]))).decision
        return [found.outcome.value, [one.value for one in found.reasons], found.alone]
    elif act == "known":
        names = at.flights.names()
        return [len(at.passes.everywhere()), at.passes.alone(at.others, at.time.now)] if names else []
    elif act == "twice":
        return at.passes.twice
    return None


if __name__ == "__main__":
    main()
