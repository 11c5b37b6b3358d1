"""A recording file layer: what a disk holds if the power fails at any step, with unsynced writes lost, kept or torn.

A step is a call of fsync, replace or unlink, or of SQLite's file layer: sync or delete. A file's bytes are sure once it
was synced; a name, once its directory was. Of what SQLite wrote and did not sync any part may be there: each write
for itself, whatever came before or after it, whole or up to a sector.
"""

import itertools
import os
import random
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from simulator import vfs

Disk = dict[str, bytes]
SECTOR = 512


class Power:
    """Watches `directory`. `cuts`: what the disk may hold, each with how many answers had left when it did.

    `tears`: how many parts of what is not synced are tried at each step.
    """

    def __init__(self, directory: Path, tears: int = 1) -> None:
        self.directory = directory
        self._tears = tears
        self._chance = random.Random(3)
        self._pending: dict[int, list[tuple[int, bytes | None]]] = {}
        self.answers = 0
        self.cuts: list[tuple[Disk, int]] = []
        self._ids: dict[int, int] = {}
        self._given = itertools.count()
        self._sure: dict[int, bytes] = {}
        self._names: dict[str, int] = {}
        for path in self._files():
            self._settle(path)
            self._names[str(path)] = self._id(path)

    def cut(self) -> None:
        """The power might fail now."""
        self._retire()
        now = {str(path): path.read_bytes() for path in self._files()}
        lost = {name: self._sure[one] for name, one in self._names.items() if one in self._sure}
        torn = [{name: self._torn(name, data) for name, data in now.items()} for _ in range(self._tears)]
        for disk in (lost, now, *torn):
            if (disk, self.answers) not in self.cuts[-6 * self._tears :]:
                self.cuts.append((disk, self.answers))

    def synced(self, descriptor: int) -> None:
        path = Path(f"/proc/self/fd/{descriptor}").readlink()
        if path.is_dir():
            self._settle_names(path)
        elif path.exists() and self.directory in path.parents:
            self._settle(path)

    def wrote(self, path: Path, offset: int, data: bytes) -> None:
        """See `vfs.Watching`; so are the others."""
        self._pending.setdefault(self._id(path), []).append((offset, data))

    def cut_off(self, path: Path, length: int) -> None:
        self._pending.setdefault(self._id(path), []).append((length, None))

    def syncing(self, path: Path) -> None:
        self.cut()

    def synced_file(self, path: Path) -> None:
        self._settle(path)
        if not path.name.endswith(".db"):
            # SQLite syncs a log's directory with it, the first time: nobody would look for one that has no name.
            self._settle_names(path.parent)
        self.cut()

    def deleted(self, path: Path) -> None:
        self.cut()

    def _id(self, path: Path) -> int:
        """Tells files apart, also one from another that had its inode before."""
        return self._ids.setdefault(path.stat().st_ino, next(self._given))

    def _retire(self) -> None:
        here = {path.stat().st_ino for path in self._files()}
        self._ids = {inode: number for inode, number in self._ids.items() if inode in here}

    def _settle(self, path: Path) -> None:
        self._sure[self._id(path)] = path.read_bytes()
        self._pending.pop(self._id(path), None)

    def _settle_names(self, folder: Path) -> None:
        within = {name: one for name, one in self._names.items() if Path(name).parent != folder}
        here = {str(one): self._id(one) for one in self._files() if one.parent == folder}
        self._names = within | here

    def _torn(self, name: str, data: bytes) -> bytes:
        """Some of what SQLite wrote, or a part of what a file was overwritten with or grew by, since it was sure."""
        one = self._id(Path(name))
        sure = self._sure.get(one, b"")
        if one in self._pending:
            return self._some(sure, self._pending[one])
        if len(sure) == len(data):
            written = self._chance.randrange(len(data) + 1)
            return data[:written] + sure[written:]
        return data[: len(sure) + (len(data) - len(sure)) // 2] if data.startswith(sure) else data

    def _some(self, sure: bytes, writes: list[tuple[int, bytes | None]]) -> bytes:
        disk = bytearray(sure)
        for offset, data in writes:
            if self._chance.random() < 0.5:
                continue
            if data is None:
                del disk[offset:]
                continue
            part = data[: self._chance.randrange(0, len(data) + 1, SECTOR)] if self._chance.random() < 0.25 else data
            disk.extend(bytes(max(0, offset - len(disk))))
            disk[offset : offset + len(part)] = part
        return bytes(disk)

    def _files(self) -> list[Path]:
        return [path for path in self.directory.rglob("*") if path.is_file()]

    def restored(self, disk: Disk, directory: Path) -> None:
        """Write what was left on `disk` into `directory`."""
        for name in [path for path in self.directory.rglob("*") if path.is_dir()]:
            (directory / name.relative_to(self.directory)).mkdir(parents=True, exist_ok=True)
        for name, data in disk.items():
            if not name.endswith("-shm"):
                place = directory / Path(name).relative_to(self.directory)
                place.parent.mkdir(parents=True, exist_ok=True)
                place.write_bytes(data)


@contextmanager
def recorded(power: Power) -> Iterator[None]:
    """Every step inside may be the last."""
    fsync, replace, unlink = os.fsync, os.replace, os.unlink

    def syncing(descriptor: int) -> None:
        power.cut()
        fsync(descriptor)
        power.synced(descriptor)
        power.cut()

    def then(act: Any) -> Any:
        def done(*arguments: Any, **named: Any) -> None:
            act(*arguments, **named)
            power.cut()

        return done

    os.fsync, os.replace, os.unlink = syncing, then(replace), then(unlink)
    try:
        with vfs.watched(power):
            yield
    finally:
        os.fsync, os.replace, os.unlink = fsync, replace, unlink
