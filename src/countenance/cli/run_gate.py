"""A gate kiosk's process: `python -m countenance.cli.run_gate --name NAME --deployment DIR`.

`countenance run` starts it. An edge of its own (`edge/NAME`): the camera at the gate is its browser's, to whose machine
alone it serves its pages. Letters to the gate's other kiosks, and what others are told, go out by threads of their own:
it goes on without a network. SIGTERM and SIGINT end it; a flight that boards goes on at the next start, and one whose
time is over by then is destroyed first.
"""

import os
import secrets
import sys
import threading
import time
from functools import partial
from pathlib import Path

from countenance import settings
from countenance.channel.session import Caller
from countenance.cli import gate_letters, page_process
from countenance.errors import CountenanceError, Unavailable
from countenance.faces import Engine
from countenance.gates import sending
from countenance.gates.calls import Owed
from countenance.gates.configuration import GateSettings
from countenance.gates.filing import Filing
from countenance.gates.flights import Clock
from countenance.gates.sending import Sending
from countenance.web.gate.application import application
from countenance.web.gate.kiosk import GateKiosk
from countenance.web.gate.officers import Officers
from countenance.web.kit.demo import desk_of
from countenance.web.portal.configuration import PortalSettings
from countenance.zones.custodian.approval_page import serving
from countenance.zones.edge import agent, gate_place, identity, neighbours
from countenance.zones.edge.flight_gallery import FlightGallery

TIDY_SECONDS = 1.0


def serve(deployment: Path, name: str, stop: threading.Event) -> None:
    """Serve the gate's kiosk `name`. Raises Unavailable if it cannot."""
    place, genesis = gate_place.read(deployment, name), agent.genesis(deployment)
    say, known = partial(page_process.log, name), identity.load(deployment, name)
    chosen = settings.section(GateSettings, "gate", deployment, os.environ)
    kiosk = GateKiosk(
        identity.load(deployment, name),
        Engine(*agent.cards(deployment)),
        gate_place.flights(deployment, name),
        Clock(_now, _passed),
        random=secrets.token_bytes,
        say=say,
    )
    shown = application(
        genesis,
        place,
        kiosk,
        settings.section(PortalSettings, "portal", deployment, os.environ),
        Officers(
            gate_place.officers(deployment, name),
            genesis,
            place.origin,
            desk=desk_of(genesis, deployment / "desk.json"),
        ),
        random=secrets.token_bytes,
    )
    socket = deployment / "sockets" / "repository"
    filing = Filing(gate_place.lanes(deployment, name), name, known.signing, place.allowed, _now)
    kiosk.beside(neighbours.known(deployment, name), sending.addressees(chosen), filing)
    _late(kiosk, filing, say)
    threading.Thread(target=filing.run, args=(gate_letters.filed(socket), stop, say), daemon=True).start()
    gate_letters.carry(kiosk.syncing, socket, stop, say)
    sent = Sending(kiosk.flights, sending.addressees(chosen), sending.post(chosen), kiosk.clock)
    threading.Thread(target=sent.run, args=(stop, say), daemon=True).start()
    threading.Thread(target=_tidied, args=(kiosk, stop, say), daemon=True).start()
    gallery = kiosk.gallery = FlightGallery(
        deployment, Caller(name, name, known.signing), Owed(kiosk.flights), clock=_now
    )
    threading.Thread(target=gallery.run, args=(stop, say), daemon=True).start()
    say(f"gate at {place.origin}")
    serving.serve(shown, None, serving.port_of(place.origin), stop)


def _late(kiosk: GateKiosk, filing: Filing, say: "partial[None]") -> None:
    """Put by what is to be said of lanes of flights that ended while this process was off."""
    for flight, decisions in kiosk.flights.late():
        try:
            filing.keep(flight, decisions)
        except Unavailable as error:
            say(f"figures of lanes are lost: {error}")


def _tidied(kiosk: GateKiosk, stop: threading.Event, say: "partial[None]") -> None:
    while not stop.wait(TIDY_SECONDS):
        try:
            kiosk.tidy()
        except CountenanceError as error:
            # A key that could not be removed opens nothing any more; it is tried again in a second.
            say(f"{error.name}: {error}")


def _now() -> int:
    return time.time_ns() // 1_000_000


def _passed() -> int:
    return time.clock_gettime_ns(time.CLOCK_BOOTTIME) // 1_000_000


if __name__ == "__main__":
    sys.exit(page_process.edge("countenance.cli.run_gate", serve))
