"""Write files whole or not at all, and destroy them as well as a file system can.

Invariants:

* After `write` returns, the file has the new bytes even if the power fails; before, the old ones or none; no mixture.
* `write` and `destroy` may be repeated after a crash.

`destroy` overwrites in place; flash drives and copy-on-write file systems may keep old blocks. What must be unreadable
is therefore encrypted under a key that is destroyed, and that key is small.
"""

import contextlib
import os
import tempfile
from collections.abc import Iterator
from pathlib import Path

from countenance.errors import Unavailable


def write(path: Path, data: bytes, *, mode: int = 0o600) -> None:
    """Replace `path` by `data` durably. Raises Unavailable (disk full, no permission), and then nothing has changed."""
    with _explained(path, "written"):
        descriptor, name = tempfile.mkstemp(prefix=f".{path.name}.", suffix=".part", dir=path.parent)
        try:
            with os.fdopen(descriptor, "wb") as file:
                os.fchmod(file.fileno(), mode)
                file.write(data)
                file.flush()
                os.fsync(file.fileno())
            Path(name).replace(path)
        except BaseException:
            Path(name).unlink(missing_ok=True)
            raise
        sync_directory(path.parent)


def check_place(path: Path) -> None:
    """Raise Unavailable if nothing can be made at `path`; for asking before something that is not done twice."""
    with _explained(path, "made"):
        above = next(parent for parent in path.absolute().parents if parent.exists())
        tempfile.TemporaryFile(dir=above).close()


def destroy(path: Path) -> None:
    """Overwrite `path` with zeros, then remove it, durably. A file that is gone already is fine. Raises Unavailable."""
    with _explained(path, "destroyed"), contextlib.suppress(FileNotFoundError):
        with path.open("r+b") as file:
            left = os.fstat(file.fileno()).st_size
            while left > 0:
                left -= file.write(bytes(min(left, 1 << 20)))
            file.flush()
            os.fsync(file.fileno())
        path.unlink()
        sync_directory(path.parent)


def make_directory(path: Path, mode: int = 0o700) -> None:
    """Make `path` and what is missing above it, each with `mode`, durably. One that exists is left as it is."""
    with _explained(path, "made"):
        if path.is_dir():
            return
        make_directory(path.parent, mode)
        with contextlib.suppress(FileExistsError):
            path.mkdir(mode)
            # mkdir's mode is cut by the process's mask; a shared socket directory must be as open as was asked.
            path.chmod(mode)
            sync_directory(path.parent)


def sync_directory(path: Path) -> None:
    """Make new, renamed and removed names in `path` durable. Raises OSError."""
    descriptor = os.open(path, os.O_RDONLY | os.O_DIRECTORY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)


@contextlib.contextmanager
def _explained(path: Path, act: str) -> Iterator[None]:
    try:
        yield
    except OSError as error:
        reason = error.strerror or type(error).__name__
        raise Unavailable(
            f"{path.name} could not be {act} ({reason}); free or repair its disk and try again"
        ) from error
