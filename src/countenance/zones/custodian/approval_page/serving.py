"""Serving: an origin on this host's loopback, the approval origin always over TLS, until it is told to stop.

Browsers look for this machine's own names at both of its loopback addresses: so both are taken, or neither, and no
other account of the machine can stand at one of them under the same name.
Who reaches the deployment from elsewhere comes through a forwarder of the operator's that passes TCP on: TLS ends here.
Who takes this process's files has its TLS key, and can show people another page on a network they control; it cannot
make their authenticators sign for another origin, and what they sign is a text's hash.
"""

import asyncio
import errno
import socket
import ssl
import threading
from pathlib import Path
from urllib.parse import urlsplit

import uvicorn
from starlette.types import ASGIApp

from countenance.errors import Unavailable
from countenance.zones.custodian.approval_page.patience import LIMITS, Limits, patient

LOOPBACK, LOOPBACK_6 = "127.0.0.1", "::1"
_NO_IPV6 = frozenset({errno.EAFNOSUPPORT, errno.EADDRNOTAVAIL})
# Seconds that a connection may idle, and that answers under way get at the end.
IDLE, GRACE = 15, 10
_TICK = 0.1


def port_of(origin: str) -> int:
    """The TCP port of an origin."""
    parts = urlsplit(origin)
    return parts.port or (443 if parts.scheme == "https" else 80)


def serve(
    application: ASGIApp, directory: Path | None, port: int, stop: threading.Event, *, limits: Limits = LIMITS
) -> None:
    """Answer until `stop` is set. Raises Unavailable if it cannot begin.

    `directory`: with `tls.crt` and `tls.key`; None for an origin of this machine's own names without TLS. `limits`:
    what is granted to whoever connects.
    """
    configuration = uvicorn.Config(
        application,
        ssl_certfile=None if directory is None else str(directory / "tls.crt"),
        ssl_keyfile=None if directory is None else str(directory / "tls.key"),
        ssl_version=ssl.PROTOCOL_TLS_SERVER,
        timeout_keep_alive=IDLE,
        timeout_graceful_shutdown=GRACE,
        access_log=False,
        server_header=False,
        date_header=False,
        lifespan="off",
        ws="none",
        loop="asyncio",
        http=patient(limits),
        log_level="warning",
    )
    try:
        configuration.load()
    except OSError as error:
        raise Unavailable("tls.crt or tls.key in this page's folder cannot be read: restore both") from error
    server = uvicorn.Server(configuration)
    try:
        asyncio.run(_until(server, _taken(port), stop))
    except (SystemExit, OSError) as error:
        raise Unavailable(f"port {port} cannot be had: see what else listens there") from error


def _taken(port: int) -> list[socket.socket]:
    """Both loopback addresses at `port`, where this machine has both. Raises OSError if one is somebody else's."""
    taken = [socket.create_server((LOOPBACK, port))]
    try:
        taken.append(socket.create_server((LOOPBACK_6, port), family=socket.AF_INET6))
    except OSError as error:
        if error.errno not in _NO_IPV6:
            taken[0].close()
            raise
    return taken


async def _until(server: uvicorn.Server, sockets: list[socket.socket], stop: threading.Event) -> None:
    async def watch() -> None:
        while not stop.is_set():
            await asyncio.sleep(_TICK)
        server.should_exit = True

    watching = asyncio.create_task(watch())
    try:
        await server.serve(sockets)
    finally:
        watching.cancel()
