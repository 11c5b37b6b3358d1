"""What the processes of pages have in common: they start, serve one deployment until told to stop, and say why not.

Files they make are for their account alone, and they leave no core dump.
"""

import argparse
import os
import resource
import signal
import sys
import threading
from collections.abc import Callable, Mapping
from pathlib import Path

from countenance.channel.client import Connection
from countenance.channel.message import Message
from countenance.channel.relayed import Call
from countenance.cli import open_files
from countenance.errors import CountenanceError, Unavailable
from countenance.formats import records
from countenance.formats.canonical import Json
from countenance.vocabulary.deployment import Genesis

MOST_FILES = 8192
"""Each connection is one, and each ask that is under way another."""


def main(name: str, serve: Callable[[Path, Genesis, threading.Event], None]) -> int:
    """Serve the deployment that the arguments name until SIGTERM or SIGINT; the exit code. `name`: of its lines."""
    deployment: Path = _chosen(argparse.ArgumentParser(prog=name)).deployment.resolve()
    return _until_told(name, lambda stop: serve(deployment, _genesis(deployment), stop))


def edge(program: str, serve: Callable[[Path, str, threading.Event], None]) -> int:
    """The same for an edge that has pages, which the argument `--name` names."""
    parser = argparse.ArgumentParser(prog=program)
    parser.add_argument("--name", required=True)
    chosen = _chosen(parser)
    return _until_told(chosen.name, lambda stop: serve(chosen.deployment.resolve(), chosen.name, stop))


def calls(socket: Path, patience: float) -> Call:
    """What asks the process at `socket`. `patience`: seconds that an answer may take."""

    def call(verb: str, body: Mapping[str, Json], blobs: tuple[bytes, ...]) -> Message:
        # One connection a call: an ask that waits must not hold up another person's.
        with Connection(socket, timeout=patience) as connection:
            return connection.call(verb, body, blobs)

    return call


def log(name: str, line: str) -> None:
    """Say one thing on standard error."""
    sys.stderr.write(f"{name}: {line}\n")
    sys.stderr.flush()


def _chosen(parser: argparse.ArgumentParser) -> argparse.Namespace:
    parser.add_argument("--deployment", type=Path, default=Path(os.environ.get("COUNTENANCE_DIR", ".")))
    return parser.parse_args()


def _until_told(name: str, serve: Callable[[threading.Event], None]) -> int:
    os.umask(0o077)
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
    open_files.allow(MOST_FILES)
    stop = threading.Event()
    for number in (signal.SIGTERM, signal.SIGINT):
        signal.signal(number, lambda _number, _frame: stop.set())
    try:
        serve(stop)
    except CountenanceError as error:
        log(name, f"{error.name}: {error}")
        return error.exit_code
    return 0


def _genesis(deployment: Path) -> Genesis:
    try:
        return records.read(Genesis, (deployment / "genesis.json").read_bytes())
    except OSError as error:
        raise Unavailable("there is no deployment in this directory: 'countenance init' makes one") from error
