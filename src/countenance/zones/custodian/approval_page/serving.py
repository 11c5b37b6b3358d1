"""Serving: an origin on this host's loopback, the approval origin always over TLS, until it is told to stop.

Who reaches the deployment from elsewhere comes through a forwarder of the operator's that passes TCP on: TLS ends here.
Who takes this process's files has its TLS key, and can show people another page on a network they control; it cannot
make their authenticators sign for another origin, and what they sign is a text's hash.
"""

import asyncio
import ssl
import threading
from pathlib import Path
from urllib.parse import urlsplit

import uvicorn
from starlette.types import ASGIApp

from countenance.errors import Unavailable

LOOPBACK = "127.0.0.1"
MOST_CONNECTIONS = 128
# Seconds that a connection may idle, and that answers under way get at the end.
IDLE, GRACE = 15, 10
_TICK = 0.1


def port_of(origin: str) -> int:
    """The TCP port of an origin."""
    parts = urlsplit(origin)
    return parts.port or (443 if parts.scheme == "https" else 80)


def serve(
    application: ASGIApp, directory: Path | None, port: int, stop: threading.Event, *, most: int = MOST_CONNECTIONS
) -> None:
    """Answer until `stop` is set. Raises Unavailable if it cannot begin.

    `directory`: with `tls.crt` and `tls.key`; None for an origin of this machine's own names without TLS. `most`:
    connections at once.
    """
    configuration = uvicorn.Config(
        application,
        host=LOOPBACK,
        port=port,
        ssl_certfile=None if directory is None else str(directory / "tls.crt"),
        ssl_keyfile=None if directory is None else str(directory / "tls.key"),
        ssl_version=ssl.PROTOCOL_TLS_SERVER,
        limit_concurrency=most,
        timeout_keep_alive=IDLE,
        timeout_graceful_shutdown=GRACE,
        access_log=False,
        server_header=False,
        date_header=False,
        lifespan="off",
        ws="none",
        loop="asyncio",
        http="h11",
        log_level="warning",
    )
    try:
        configuration.load()
    except OSError as error:
        raise Unavailable("tls.crt or tls.key in this page's folder cannot be read: restore both") from error
    server = uvicorn.Server(configuration)
    try:
        asyncio.run(_until(server, stop))
    except (SystemExit, OSError) as error:
        raise Unavailable(f"port {port} cannot be had: see what else listens there") from error


async def _until(server: uvicorn.Server, stop: threading.Event) -> None:
    async def watch() -> None:
        while not stop.is_set():
            await asyncio.sleep(_TICK)
        server.should_exit = True

    watching = asyncio.create_task(watch())
    try:
        await server.serve()
    finally:
        watching.cancel()
