"""The portal's process: `python -m countenance.cli.run_portal --deployment DIR`.

`countenance run` starts it, under an account of its own where there is one. It holds a reply key that it makes at every
start, and talks to the repository's door: a socket that answers questions, and nothing of what officers may do. What
people answer to open surveys it writes into `DIR/survey`, and nothing else anywhere.
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
from countenance.errors import Refused
from countenance.formats import records
from countenance.survey import waves
from countenance.survey.receiving import Receiver
from countenance.vocabulary.deployment import Genesis
from countenance.web.portal.application import application
from countenance.web.portal.configuration import PortalSettings
from countenance.web.portal.house import Beside
from countenance.zones.custodian.approval_page import serving
from countenance.zones.custodian.approval_page.patience import Limits

NAME = "portal"
PATIENCE_SECONDS = 60.0
LIMITS = Limits(most=512)


def serve(deployment: Path, genesis: Genesis, stop: threading.Event) -> None:
    """Serve the portal of `deployment`. Raises Unavailable if it cannot, Refused if there is none."""
    if genesis.portal is None:
        raise Refused("this deployment has no portal: it was made without one")
    origin = genesis.portal.origin
    call = page_process.calls(deployment / "sockets" / "door", PATIENCE_SECONDS)
    chosen = settings.section(PortalSettings, NAME, deployment, os.environ)
    beside = Beside(Receiver(deployment / "survey", waves.today), lambda: _gallery(deployment))
    shown = application(genesis, call, chosen, clock=_now, random=secrets.token_bytes, beside=beside)
    page_process.log(NAME, f"portal at {origin}")
    folder = deployment / "portal" if origin.startswith("https://") else None
    serving.serve(shown, folder, serving.port_of(origin), stop, limits=LIMITS)


def _gallery(deployment: Path) -> Genesis | None:
    """The gallery custodian's record, once the deployment has one."""
    try:
        return records.read(Genesis, (deployment / "gallery.json").read_bytes())
    except OSError:
        return None


def _now() -> int:
    return time.time_ns() // 1_000_000


if __name__ == "__main__":
    sys.exit(page_process.main(NAME, serve))
