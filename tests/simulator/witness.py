"""Witnesses that run: real ones behind a real door, on this machine."""

import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

from countenance.cli.witness_server import Server
from countenance.log import witness
from countenance.vocabulary.deployment import Genesis
from countenance.vocabulary.entries import Witness
from countenance.zones.custodian import witnesses
from countenance.zones.custodian.opened import Opened


@contextmanager
def serving(this: witness.Witness, url: str = ":0") -> Iterator[str]:
    """The URL at which a witness answers; `url`: the one that it had before."""
    with Server("127.0.0.1", int(url.rpartition(":")[2]), this, lambda _: None) as server:
        thread = threading.Thread(target=server.serve_forever, args=(0.01,))
        thread.start()
        try:
            yield f"http://127.0.0.1:{server.server_address[1]}"
        finally:
            server.shutdown()
            thread.join()


def made(directory: Path, name: str, genesis: Genesis, clock: Callable[[], int]) -> witness.Witness:
    """A new witness that knows the deployment's log."""
    witness.create(directory, name)
    this = witness.Witness(directory, clock)
    this.add(genesis.log_origin, genesis.log_key)
    return this


def admitted(opened: Opened, this: witness.Witness, url: str, organisation: str = "press") -> None:
    """Make it a witness of an open custodian's log."""
    witnesses.add(opened, Witness(this.key.name, organisation, url, this.key.public))
