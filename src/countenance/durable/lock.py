"""One process at a time: an advisory lock (flock) on a file, which a kill releases."""

import contextlib
import fcntl
import os
import time
from collections.abc import Iterator
from pathlib import Path

from countenance.errors import Unavailable

_TICK = 0.02


@contextlib.contextmanager
def hold(path: Path, *, patience: float = 0.0) -> Iterator[None]:
    """Hold the lock file `path` (made if missing) while the context lasts.

    Raises Unavailable if another holds it, for as long as `patience`, in seconds.
    """
    try:
        file = os.open(path, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
    except OSError as error:
        raise Unavailable(f"{path.name} cannot be opened ({error.strerror}); check its disk and owner") from error
    try:
        until = time.monotonic() + patience
        while (fault := _taken(file)) is not None:
            if time.monotonic() >= until:
                raise Unavailable(f"another process holds {path.parent.name}/{path.name}; stop it first") from fault
            time.sleep(_TICK)
        yield
    finally:
        # The file stays: removing it would let two processes lock two files of one name.
        os.close(file)


def _taken(file: int) -> OSError | None:
    try:
        fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except OSError as error:
        return error
    return None
