"""A custodian's terminal, served in this process, for verbs that people type."""

import secrets
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from countenance.channel.client import Connection
from countenance.channel.server import Server
from countenance.formats.canonical import Json
from countenance.zones.custodian import terminal
from countenance.zones.custodian.lifecycle import Custodian


@contextmanager
def serving(
    place: Path, zone: str = "custodian", kind: type[Custodian] = Custodian, **secret: Json
) -> Iterator[Custodian]:
    """The terminal of a custodian of the deployment in `place`, opened there with `secret`."""
    clock = lambda: time.time_ns() // 1_000_000  # noqa: E731 - a clock is a function
    custodian = kind(place / zone, clock=clock, random=secrets.token_bytes, log=lambda _: None)
    stop = threading.Event()
    server = Server(place / zone / "terminal", terminal.handlers(custodian), mode=0o600, log=lambda _: None)
    thread = threading.Thread(target=server.serve_forever, args=(stop,))
    thread.start()
    try:
        with Connection(place / zone / "terminal", timeout=60) as connection:
            connection.call("open", secret)
        yield custodian
    finally:
        stop.set()
        thread.join()
        custodian.close()
