"""One process at a time: an advisory lock (flock) on a file, which a kill releases."""

import contextlib
import fcntl
import os
from collections.abc import Iterator
from pathlib import Path

from countenance.errors import Unavailable


@contextlib.contextmanager
def hold(path: Path) -> Iterator[None]:
    """Hold the lock file `path` (made if missing) while the context lasts. Raises Unavailable if another holds it."""
    try:
        file = os.open(path, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
    except OSError as error:
        raise Unavailable(f"{path.name} cannot be opened ({error.strerror}); check its disk and owner") from error
    try:
        try:
            fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except OSError as error:
            raise Unavailable(f"another process holds {path.parent.name}/{path.name}; stop it first") from error
        yield
    finally:
        # The file stays: removing it would let two processes lock two files of one name.
        os.close(file)
