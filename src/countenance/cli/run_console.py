"""The console's process: `python -m countenance.cli.run_console --deployment DIR`.

`countenance run` starts it, under an account of its own where there is one. It holds a reply key that it makes at every
start, and the footage keys of people who are looking, in memory; it talks to the repository's socket and the probe
helper's only. SIGTERM and SIGINT end it.
"""

import argparse
import os
import resource
import secrets
import signal
import sys
import threading
import time
from collections.abc import Mapping
from pathlib import Path

from countenance.channel.client import Connection
from countenance.channel.message import Message
from countenance.channel.relayed import Call
from countenance.errors import CountenanceError, Malformed, Refused, Unavailable
from countenance.formats import records
from countenance.formats.canonical import Json
from countenance.vocabulary.deployment import Genesis
from countenance.web.console import demo
from countenance.web.console.application import Lines, application
from countenance.zones.custodian.approval_page import serving

PATIENCE_SECONDS = 600.0
MOST_CONNECTIONS = 2048


def main() -> int:
    """Serve until told to stop; the exit code."""
    os.umask(0o077)
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
    parser = argparse.ArgumentParser(prog="countenance.cli.run_console")
    parser.add_argument("--deployment", type=Path, default=Path(os.environ.get("COUNTENANCE_DIR", ".")))
    deployment: Path = parser.parse_args().deployment.resolve()
    stop = threading.Event()
    for number in (signal.SIGTERM, signal.SIGINT):
        signal.signal(number, lambda _number, _frame: stop.set())
    try:
        serve(deployment, stop)
    except CountenanceError as error:
        _log(f"{error.name}: {error}")
        return error.exit_code
    return 0


def serve(deployment: Path, stop: threading.Event) -> None:
    """Serve the console of `deployment`. Raises Unavailable if it cannot, Refused if there is none."""
    try:
        genesis = records.read(Genesis, (deployment / "genesis.json").read_bytes())
    except OSError as error:
        raise Unavailable("there is no deployment in this directory: 'countenance init' makes one") from error
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
    _log(f"console at {origin}")
    folder = deployment / "console" if origin.startswith("https://") else None
    serving.serve(shown, folder, serving.port_of(origin), stop, most=MOST_CONNECTIONS)


def _gallery(deployment: Path) -> tuple[Genesis, Call] | None:
    """Whom to ask for alerts, once the deployment has a gallery custodian."""
    try:
        genesis = records.read(Genesis, (deployment / "gallery.json").read_bytes())
    except (OSError, Malformed):
        return None
    return genesis, _calls(deployment / "sockets" / "gallery")


def _calls(socket: Path) -> Call:
    def call(verb: str, body: Mapping[str, Json], blobs: tuple[bytes, ...]) -> Message:
        # One connection a call: an ask that waits must not hold up another person's.
        with Connection(socket, timeout=PATIENCE_SECONDS) as connection:
            return connection.call(verb, body, blobs)

    return call


def _now() -> int:
    return time.time_ns() // 1_000_000


def _log(line: str) -> None:
    sys.stderr.write(f"console: {line}\n")
    sys.stderr.flush()


if __name__ == "__main__":
    sys.exit(main())
