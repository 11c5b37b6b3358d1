"""The approval origin's process: `python -m countenance.cli.run_approval_page --deployment DIR`.

`countenance run` starts it, under an account of its own where there is one. It holds its TLS key and a reply key that
it makes at every start, and talks to the repository's socket only. SIGTERM and SIGINT end it.
"""

import argparse
import os
import resource
import signal
import sys
import threading
from collections.abc import Mapping
from pathlib import Path

from countenance.channel.client import Connection
from countenance.channel.message import Message
from countenance.errors import CountenanceError, Unavailable
from countenance.formats import records
from countenance.formats.canonical import Json
from countenance.vocabulary.deployment import Genesis
from countenance.zones.custodian.approval_page import page, serving
from countenance.zones.custodian.approval_page.application import application
from countenance.zones.custodian.approval_page.passing import Passing

PATIENCE_SECONDS = 120.0


def main() -> int:
    """Serve until told to stop; the exit code."""
    os.umask(0o077)
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
    parser = argparse.ArgumentParser(prog="countenance.cli.run_approval_page")
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
    """Serve the approval origin of `deployment`. Raises Unavailable if it cannot, Refused if there is none."""
    try:
        genesis = records.read(Genesis, (deployment / "genesis.json").read_bytes())
    except OSError as error:
        raise Unavailable("there is no deployment in this directory: 'countenance init' makes one") from error

    def call(verb: str, body: Mapping[str, Json], blobs: tuple[bytes, ...]) -> Message:
        # One connection a call: an ask that waits must not hold up another person's.
        with Connection(deployment / "sockets" / "repository", timeout=PATIENCE_SECONDS) as repository:
            return repository.call(verb, body, blobs)

    passing = Passing(genesis, call)
    shown = application(passing, page.assembled())
    _log(f"approvals at {passing.origin.origin}")
    serving.serve(shown, deployment / "approve", serving.port_of(passing.origin.origin), stop)


def _log(line: str) -> None:
    sys.stderr.write(f"approve: {line}\n")
    sys.stderr.flush()


if __name__ == "__main__":
    sys.exit(main())
