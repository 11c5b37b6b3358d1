"""The console's process: `python -m countenance.cli.run_console --deployment DIR`.

`countenance run` starts it, under an account of its own where there is one. It holds a reply key that it makes at every
start, and the footage keys of people who are looking, in memory; it talks to the sockets of the repository, the probe
helper and, for alerts, the gallery custodian. SIGTERM and SIGINT end it.
"""

import secrets
import sys
import threading
import time
from functools import partial
from pathlib import Path

from countenance.channel.relayed import Call
from countenance.cli import page_process
from countenance.errors import Malformed, Refused
from countenance.formats import records
from countenance.vocabulary.deployment import Genesis
from countenance.web.console.application import Lines, application
from countenance.web.kit import demo
from countenance.zones.custodian.approval_page import serving
from countenance.zones.custodian.approval_page.patience import Limits

NAME = "console"
PATIENCE_SECONDS = 600.0
LIMITS = Limits(most=2048)

_calls = partial(page_process.calls, patience=PATIENCE_SECONDS)


def serve(deployment: Path, genesis: Genesis, stop: threading.Event) -> None:
    """Serve the console of `deployment`. Raises Unavailable if it cannot, Refused if there is none."""
    if genesis.console is None:
        raise Refused("this deployment has no console: it was made without one")
    sockets, origin = deployment / "sockets", genesis.console.origin
    lines = Lines(
        repository=_calls(sockets / "repository"),
        helper=_calls(sockets / "probe"),
        gallery=lambda: _gallery(deployment),
        desk=demo.desk_of(genesis, deployment / "desk.json"),
    )
    shown = application(genesis, lines, clock=_now, random=secrets.token_bytes)
    page_process.log(NAME, f"console at {origin}")
    folder = deployment / "console" if origin.startswith("https://") else None
    serving.serve(shown, folder, serving.port_of(origin), stop, limits=LIMITS)


def _gallery(deployment: Path) -> tuple[Genesis, Call] | None:
    """Whom to ask for alerts, once the deployment has a gallery custodian."""
    try:
        genesis = records.read(Genesis, (deployment / "gallery.json").read_bytes())
    except (OSError, Malformed):
        return None
    return genesis, _calls(deployment / "sockets" / "gallery")


def _now() -> int:
    return time.time_ns() // 1_000_000


if __name__ == "__main__":
    sys.exit(page_process.main(NAME, serve))
