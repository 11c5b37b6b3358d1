"""The evidence folder as one file, and back: a plain ZIP in which the same folder always has the same bytes.

Invariant: names are flat, lower-case letters, digits, dots and hyphens, so no entry can leave the folder it is unpacked
into; what is not so, too large, compressed or there twice is refused whole.
"""

import io
import re
import zipfile
from collections.abc import Mapping

from countenance.errors import Malformed, Tampered

MAXIMUM_FILES = 64
MAXIMUM_BYTES = 512 * 1024 * 1024
NAME = re.compile(r"[a-z0-9][a-z0-9-]{0,40}(\.[a-z0-9]{1,12}){0,2}")
_EPOCH = (1980, 1, 1, 0, 0, 0)


def pack(folder: Mapping[str, bytes]) -> bytes:
    """A ZIP of the files, in order of name, stored uncompressed, without times. Raises Malformed for a bad name."""
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w", zipfile.ZIP_STORED) as archive:
        for name in sorted(folder):
            _checked(name)
            entry = zipfile.ZipInfo(name, _EPOCH)
            # Made by Unix, a regular file of its owner: the same on every machine.
            entry.create_system = 3
            entry.external_attr = 0o100600 << 16
            archive.writestr(entry, folder[name])
    return out.getvalue()


def read(data: bytes) -> dict[str, bytes]:
    """The files in a ZIP of `pack`. Raises Malformed, or Tampered for an entry that has no business in evidence."""
    try:
        with zipfile.ZipFile(io.BytesIO(data)) as archive:
            entries = archive.infolist()
            total = sum(entry.file_size for entry in entries)
            if len(entries) > MAXIMUM_FILES or total > MAXIMUM_BYTES:
                raise Tampered("this bundle is larger than evidence ever is; nothing was unpacked")
            if len({entry.filename for entry in entries}) != len(entries):
                raise Tampered("this bundle holds two files of one name; nothing was unpacked")
            for entry in entries:
                _checked(entry.filename)
                if entry.compress_type != zipfile.ZIP_STORED:
                    raise Tampered("this bundle holds a compressed file; nothing was unpacked")
            return {entry.filename: archive.read(entry) for entry in entries}
    except (zipfile.BadZipFile, EOFError, OSError, ValueError, NotImplementedError, RuntimeError) as error:
        raise Malformed("this bundle is not a readable ZIP; ask for the disclosure again") from error


def _checked(name: str) -> None:
    if not NAME.fullmatch(name):
        raise Tampered("this bundle holds a file with a name that evidence never has; nothing was unpacked")
