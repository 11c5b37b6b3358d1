"""A bundle of evidence, unpacked into a folder.

Invariants:

* `unpack` writes nothing unless every entry is acceptable, and never into a folder that holds anything.
* What is unpacked is readable by its owner alone: directory 0700, files 0600.
"""

import os
from pathlib import Path

from countenance.durable import files
from countenance.errors import Refused, Unavailable
from countenance.formats import bundle


def unpack(data: bytes, folder: Path) -> tuple[str, ...]:
    """Write the bundle's files into `folder`, made if missing; their names. Raises Refused if it holds anything."""
    contents = bundle.read(data)
    vacant(folder)
    files.make_directory(folder)
    try:
        folder.chmod(0o700)
    except OSError as error:
        raise Unavailable(f"the folder {folder.name} cannot be made private; choose another --out") from error
    for name, content in contents.items():
        files.write(folder / name, content, mode=0o600)
    return tuple(sorted(contents))


def vacant(folder: Path) -> None:
    """Return if `folder` is missing or an empty directory; else raise Refused."""
    if folder.is_symlink() or (folder.exists() and (not folder.is_dir() or any(os.scandir(folder)))):
        raise Refused(f"{folder.name} is not an empty folder; give --out a new one")
