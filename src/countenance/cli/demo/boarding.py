"""A gate in the demo that stays: a kiosk where a flight boards, a boarding pass for whoever tries it, and the flight's
gallery with the person of the story in it, so that all four ways through are there.

The flight begins at the kiosk's host, before its process starts. The gate's officer is played at the desk, as everybody
of the demo: who makes a code plays them too, and says that they saw the document, or comes when called.
"""

import csv
import time
from datetime import UTC, datetime
from pathlib import Path
from typing import Final

import segno

from countenance.cli import key as keys
from countenance.cli.demo.acts import APPROVERS
from countenance.cli.demo.opening import _free_origin
from countenance.cli.demo.stage import Stage
from countenance.cli.say import genesis_of
from countenance.errors import Refused
from countenance.gates.flights import Clock, Flights
from countenance.vocabulary.gates import Flight
from countenance.vocabulary.moments import MILLISECONDS_AN_HOUR
from countenance.web.gate.officers import Officers
from countenance.zones.edge import gate_place

KIOSK: Final = "gate-a"
OFFICER: Final = "officer-1"
_HOURS: Final = 12
_SEQUENCE, _LISTED = "0042", "0007"


def begun(stage: Stage) -> tuple[str, Path]:
    """Make the kiosk and begin its flight, before its process starts; its address, and a boarding pass to show it."""
    origin = _free_origin("http://gate.localhost")
    stage.verb("gate", "kiosk", KIOSK, "--port", origin.rpartition(":")[2])
    clock = Clock(lambda: time.time_ns() // 1_000_000, lambda: time.clock_gettime_ns(time.CLOCK_BOOTTIME) // 1_000_000)
    flights, name = Flights(gate_place.flights(stage.deployment, KIOSK), KIOSK, clock), str(_flight())
    flights.begin(_flight(), clock.now() + _HOURS * MILLISECONDS_AN_HOUR)
    officers = Officers(gate_place.officers(stage.deployment, KIOSK), genesis_of(stage.deployment), origin)
    officers.play(OFFICER, keys.load(stage.key(OFFICER)).signing.public)
    flights.passes(name).close()
    flights.outbox(name).close()
    flights.calls(name).close()
    shown = stage.out / "gate" / "boarding-pass.png"
    shown.parent.mkdir(exist_ok=True)
    segno.make_qr(_ticket(_SEQUENCE)).save(str(shown), scale=8, border=4)
    return origin, shown


def listed(stage: Stage, photo: Path) -> str:
    """The id of the flight's gallery, with the person in `photo`, which two approvers signed; empty for a poor one."""
    stage.verb("edge", "enrol", KIOSK, "--kind", "gate", "--gallery", quiet=True)
    manifest = photo.parent / "manifest.csv"
    with manifest.open("w", newline="", encoding="utf-8") as file:
        csv.writer(file).writerows([("sequence", "photo"), (_LISTED, photo.name)])
    try:
        drafted = stage.verb(
            *("gallery", "flight", _flight(), manifest, "--kiosk", KIOSK, "--place", "gate B12"),
            *("--basis", "demo: no law demands this one", "--dpia", "DPIA-DEMO-1", "--case", "demo-4"),
            *("--to", f"+{_HOURS - 1}h"),
            person=OFFICER,
        )
    except Refused as refusal:
        stage.say(f"no gallery of the flight: {refusal}")
        return ""
    for person in APPROVERS:
        stage.verb("gallery", "sign", drafted["gallery"], "--yes", person=person)
    return str(drafted["gallery"])


def _flight() -> Flight:
    return Flight("AC", "834", datetime.now(UTC).timetuple().tm_yday, "YUL", "FRA")


def _ticket(sequence: str) -> str:
    """A boarding pass of the flight (IATA Resolution 792), of nobody."""
    flight = _flight()
    return (
        f"M1{'TRAVELLER/DEMO':20}E{'DEMO42':7}{flight.origin}{flight.destination}{flight.carrier:3}"
        f"{flight.number:0>4} {flight.day:03}Y012A{sequence:5}100"
    )
