"""Unix sockets by path, however long the path is.

A socket's address holds at most 107 bytes; the directory is therefore opened first and the socket reached through its
descriptor, under `/proc/self/fd`.
"""

import contextlib
import os
import socket
from collections.abc import Iterator
from pathlib import Path

from countenance.errors import Unavailable

_BACKLOG = 64
_LONGEST = 107


def connect(path: Path, timeout: float) -> socket.socket:
    """A connection to the process listening at `path`; `timeout` in seconds. Raises Unavailable if there is none."""
    connection = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM)
    try:
        connection.settimeout(timeout)
        with _short(path) as address:
            connection.connect(address)
    except OSError as error:
        connection.close()
        raise Unavailable(
            f"nothing answers at the socket {path.name}: start it with 'countenance run', or wait until it is up"
        ) from error
    return connection


def listen(path: Path, mode: int) -> socket.socket:
    """A socket that listens at `path` with file permissions `mode`. A dead process's socket is replaced.

    Raises Unavailable if a living process listens there, or the directory does not let us.
    """
    if _answers(path):
        raise Unavailable(f"another process listens at {path.name} already; stop it first")
    listener = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM)
    try:
        path.unlink(missing_ok=True)
        with _short(path) as address:
            listener.bind(address)
            Path(address).chmod(mode)
        listener.listen(_BACKLOG)
    except OSError as error:
        listener.close()
        raise Unavailable(f"no socket can be made at {path.name} ({error.strerror}); check its directory") from error
    return listener


def _answers(path: Path) -> bool:
    try:
        connect(path, 1.0).close()
    except Unavailable:
        return False
    return True


@contextlib.contextmanager
def _short(path: Path) -> Iterator[str]:
    if len(os.fsencode(path)) <= _LONGEST:
        yield str(path)
        return
    directory = os.open(path.parent, os.O_PATH | os.O_DIRECTORY | os.O_CLOEXEC)
    try:
        yield f"/proc/self/fd/{directory}/{path.name}"
    finally:
        os.close(directory)
