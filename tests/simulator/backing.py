"""A backup of any custodian, and what people bring to restore it."""

import secrets
import shutil
from dataclasses import dataclass, replace
from pathlib import Path

from countenance.zones.custodian import backups, restoring
from countenance.zones.custodian.keys import Secret
from countenance.zones.custodian.opened import Clock, Opened
from countenance.zones.custodian.restoring import Brought, Restored, Which


@dataclass
class Backing:
    """One backup of the custodian in `directory`, made now. `which`: as restoring names it."""

    opened: Opened
    directory: Path
    shares: tuple[str, ...]
    which: Which
    place: Path
    days: int = backups.DEFAULT_DAYS

    def __post_init__(self) -> None:
        self.file, self.piece = self.place / "disk" / "backup", self.place / "stick" / "piece"
        for path in (self.file, self.piece):
            path.parent.mkdir(parents=True)
        backups.make(self.opened, self.file, self.piece, days=self.days)
        self.secret = Secret(shares=self.shares)
        self.brought = Brought(self.file.read_bytes(), self.piece.read_bytes(), self.secret)

    def copied_log(self, name: str = "log") -> Path:
        """A copy of the log as it is now."""
        copy = self.place / name
        shutil.copytree(self.directory / "log", copy)
        return copy

    def lose(self) -> None:
        """The disk is gone."""
        shutil.rmtree(self.directory)

    def restore(self, clock: Clock, log: Path | None, **changed: object) -> Restored:
        """Into the directory that was lost, or `directory`."""
        into = changed.pop("directory", self.directory)
        assert isinstance(into, Path)
        brought = replace(self.brought, log=log, **changed)
        return restoring.restore(into, brought, self.which, clock=clock, random=secrets.token_bytes)
