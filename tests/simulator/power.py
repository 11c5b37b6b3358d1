"""A recording file layer: what a disk holds if the power fails at any step, with unsynced writes lost, kept or torn.

A step is a call of fsync, replace or unlink, or a COMMIT of SQLite, which in mode FULL is on the disk when it returns.
A file's bytes are sure once it was fsynced; a name, once its directory was.
"""

import os
import sqlite3
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

Disk = dict[str, bytes]


class Power:
    """Watches `directory`. `cuts`: what the disk may hold, each with how many answers had left when it did."""

    def __init__(self, directory: Path) -> None:
        self.directory = directory
        self.answers = 0
        self.cuts: list[tuple[Disk, int]] = []
        self._sure: dict[int, bytes] = {}
        self._names: dict[str, int] = {}
        for path in self._files():
            self._settle(path)
            self._names[str(path)] = path.stat().st_ino

    def cut(self) -> None:
        """The power might fail now."""
        now = {str(path): path.read_bytes() for path in self._files()}
        lost = {name: self._sure[inode] for name, inode in self._names.items() if inode in self._sure}
        torn = {name: self._torn(name, data) for name, data in now.items()}
        for disk in (lost, now, torn):
            if (disk, self.answers) not in self.cuts[-6:]:
                self.cuts.append((disk, self.answers))

    def synced(self, descriptor: int) -> None:
        path = Path(f"/proc/self/fd/{descriptor}").readlink()
        if path.is_dir():
            within = {name: inode for name, inode in self._names.items() if Path(name).parent != path}
            here = {str(one): one.stat().st_ino for one in self._files() if one.parent == path}
            self._names = within | here
        elif path.exists() and self.directory in path.parents:
            self._settle(path)

    def committed(self) -> None:
        """A transaction is on the disk, and so are the names of its files."""
        for path in self.directory.glob("store-*"):
            self._settle(path)
            self._names[str(path)] = path.stat().st_ino

    def _settle(self, path: Path) -> None:
        self._sure[path.stat().st_ino] = path.read_bytes()

    def _torn(self, name: str, data: bytes) -> bytes:
        """Half of what was added to a file since it was sure."""
        sure = self._sure.get(Path(name).stat().st_ino, b"")
        return data[: len(sure) + (len(data) - len(sure)) // 2] if data.startswith(sure) else data

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
    fsync, replace, unlink, execute = os.fsync, os.replace, os.unlink, Committing.execute

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

    def committing(connection: sqlite3.Connection, sql: str, *arguments: Any) -> sqlite3.Cursor:
        found = execute(connection, sql, *arguments)
        if sql == "COMMIT":
            # In the middle of it: frames of the write-ahead log all there, half there, or none.
            power.cut()
            power.committed()
            power.cut()
        return found

    os.fsync, os.replace, os.unlink = syncing, then(replace), then(unlink)
    Committing.execute = committing  # type: ignore[method-assign, assignment]
    try:
        yield
    finally:
        os.fsync, os.replace, os.unlink, Committing.execute = fsync, replace, unlink, execute  # type: ignore[method-assign]


class Committing(sqlite3.Connection):
    """A connection whose commits can be watched."""

    def execute(self, sql: str, *arguments: Any) -> sqlite3.Cursor:
        return super().execute(sql, *arguments)
