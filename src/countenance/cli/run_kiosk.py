"""A kiosk's process: `python -m countenance.cli.run_kiosk --name NAME --deployment DIR`; `countenance run` starts it.

An edge of its own (`edge/NAME`): the camera at the desk is its browser's, to whose machine alone it serves its page.
SIGTERM and SIGINT end it.
"""

import os
import secrets
import sys
import threading
import time
from pathlib import Path

from countenance import settings
from countenance.cli import page_process
from countenance.faces import Engine
from countenance.web.kiosk.application import application
from countenance.web.portal.configuration import PortalSettings
from countenance.zones.custodian.approval_page import serving
from countenance.zones.edge import agent, identity, kiosk_place
from countenance.zones.edge.kiosk import Kiosk

PATIENCE_SECONDS = 60.0
TIDY_SECONDS = 5.0


def serve(deployment: Path, name: str, stop: threading.Event) -> None:
    """Serve the kiosk `name`. Raises Unavailable if it cannot."""
    origin = kiosk_place.origin(deployment, name)
    genesis = agent.genesis(deployment)
    call = page_process.calls(deployment / "sockets" / "repository", PATIENCE_SECONDS)
    kiosk = Kiosk(
        genesis,
        identity.load(deployment, name),
        Engine(*agent.cards(deployment)),
        call,
        clock=lambda: time.time_ns() // 1_000_000,
        random=secrets.token_bytes,
    )
    told = settings.section(PortalSettings, "portal", deployment, os.environ)
    shown = application(genesis, origin, kiosk, told, clock=lambda: time.time_ns() // 1_000_000)
    threading.Thread(target=_tidied, args=(kiosk, stop), daemon=True).start()
    page_process.log(name, f"kiosk at {origin}")
    serving.serve(shown, None, serving.port_of(origin), stop)


def _tidied(kiosk: Kiosk, stop: threading.Event) -> None:
    while not stop.wait(TIDY_SECONDS):
        kiosk.tidy()


if __name__ == "__main__":
    sys.exit(page_process.edge("countenance.cli.run_kiosk", serve))
