"""A small value in a file, replaced in place often: two slots written in turn, one fsync each time.

Invariants:

* After `write` returns, its value is in the file even if the power fails; before, the one before it is, whole.
* Nothing grows: a full disk takes what it took before.

The file does not say which slot is the newer or whether one is whole: the values do, being numbered and authenticated.
"""

import os
from pathlib import Path

from countenance.durable import files

_APART = 4096
# Far enough apart that no drive writes both at once.


def create(path: Path, value: bytes) -> None:
    """A new file at `path`, durable, with `value` in both slots; in place of one that is there."""
    files.write(path, both(value))


def both(value: bytes) -> bytes:
    """The bytes of a file with `value` in both slots."""
    return value.ljust(_APART, b"\0") + value


def write(path: Path, number: int, value: bytes) -> None:
    """Overwrite the slot of `number`, odd or even, in the file at `path`. Raises OSError."""
    descriptor = os.open(path, os.O_WRONLY | os.O_CLOEXEC)
    try:
        if os.pwrite(descriptor, value, number % 2 * _APART) != len(value):
            raise OSError("a slot was written in part")
        os.fsync(descriptor)
    finally:
        os.close(descriptor)


def read(path: Path, length: int) -> tuple[bytes, bytes]:
    """Both slots of values of `length` bytes; one that was being written may be neither old nor new. Raises OSError."""
    data = path.read_bytes()
    return data[:length], data[_APART : _APART + length]
