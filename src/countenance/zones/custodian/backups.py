"""Backups: making them, and ending them by the custodian's clock.

Invariants:

* A backup is an entry before its file exists, and counts as living from then on until its piece is destroyed.
* Epoch keys are in no backup: nonces that lie sealed in the repository cannot be opened by a restored custodian.
* When a backup ends, its piece is overwritten and removed where the custodian wrote it, and an entry says whether it
  was found there. Until then every receipt's `gone_by` is no earlier than its end.

What is not true: that copies of the piece die. Who copied it, and has file and root, can open that backup for ever.
"""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from pathlib import Path

from countenance.durable import files
from countenance.errors import CountenanceError, Malformed, Refused
from countenance.formats import records
from countenance.vocabulary.entries import Entry, Kind
from countenance.vocabulary.moments import MILLISECONDS_AN_HOUR, Moment
from countenance.zones.custodian import backup_file, keys
from countenance.zones.custodian.backup_file import Header, Piece
from countenance.zones.custodian.opened import Opened

DEFAULT_DAYS = 30
MOST_DAYS = 90
_DAY = 24 * MILLISECONDS_AN_HOUR
_ID = 8
KEPT = ("genesis.json", "second.json", "root", "shares", "keys", "log/journal", "log/checkpoint")
FOLDERS = ("photos", "masked")
"""What a backup holds, as far as it is there, besides the store; folders with all in them. `epochs` is not in it."""


@dataclass(frozen=True, slots=True)
class Backup:
    """A backup that lives (key: its id). `until`: its end; `piece`: where its piece was written, if that is known.

    `missed`: its end has come, and the piece was not there to be destroyed.
    """

    until: Moment
    entry: int
    piece: str
    missed: bool = False


def make(opened: Opened, file: Path, piece: Path, *, days: int = DEFAULT_DAYS, settings: str = "") -> Backup:
    """Back this custodian up into `file`, and the piece without which it does not open into `piece`.

    `settings`: text of countenance.toml, to go along. Raises Refused if either exists or both lie in one directory,
    Malformed for days other than 1 to 90, Unavailable if a disk will not take them.
    """
    if not 1 <= days <= MOST_DAYS:
        raise Malformed(f"a backup lives 1 to {MOST_DAYS} days: every receipt must count them")
    if not (file.is_absolute() and piece.is_absolute()):
        raise Malformed("a backup's file and its piece are named by whole paths")
    if file.parent.resolve() == piece.parent.resolve():
        raise Refused("file and piece lie in one directory, where one thief finds both: name another place for one")
    if file.exists() or piece.exists():
        raise Refused("a backup overwrites nothing: name a new file")
    for place in (file, piece):
        files.check_place(place)
    with opened.lock:
        now, name = opened.clock(), opened.random(_ID).hex()
        until = now + days * _DAY
        entry = opened.sequencer.append(Kind.BACKED_UP, {"backup": name, "until": str(until)})
        # Before anything is written: what was begun counts, whatever becomes of it.
        backup = Backup(until, entry, str(piece))
        opened.store.put(backup, name)
        part = Piece(opened.genesis.deployment, name, until, opened.random(backup_file.PIECE))
        data = _written(opened, part, settings)
    files.write(piece, records.write(part))
    files.write(file, data)
    return backup


def living(opened: Opened) -> dict[str, Backup]:
    """Backups that have not ended, by id."""
    return dict(opened.store.all(Backup))


def horizon(opened: Opened) -> Moment:
    """When the last of them ends, or 0: until then what was held when it was made may come back."""
    return max((backup.until for backup in living(opened).values()), default=0)


def enforce(opened: Opened, history: Sequence[Entry]) -> None:
    """At opening: a backup that only the log knows lives too; where its piece lies is then unknown."""
    ended = {entry.of for entry in history if entry.kind is Kind.BACKUP_ENDED}
    for index, entry in enumerate(history):
        if entry.kind is Kind.BACKED_UP and index not in ended:
            facts = dict(entry.facts)
            if opened.store.get(Backup, facts["backup"]) is None:
                opened.store.put(Backup(int(facts["until"]), index, ""), facts["backup"])


def end_due(opened: Opened, now: Moment) -> None:
    """Destroy the pieces whose time is over. One that is not where it was written is looked for at every tick."""
    for name, backup in living(opened).items():
        if backup.until > now:
            continue
        try:
            there = _destroyed(backup, name)
        except (CountenanceError, OSError):
            there = False
        if there or not backup.missed:
            facts = {"backup": name, "destroyed": "true" if there else "false"}
            opened.sequencer.append(Kind.BACKUP_ENDED, facts, of=backup.entry)
        if there or now > backup.until + MOST_DAYS * _DAY:
            opened.store.drop(Backup, name)
        elif not backup.missed:
            opened.store.put(replace(backup, missed=True), name)


def _written(opened: Opened, part: Piece, settings: str) -> bytes:
    directory, sharing = opened.directory, keys.sharing_of(opened.directory)
    found = [directory / name for name in KEPT] + [path for name in FOLDERS for path in (directory / name).rglob("*")]
    held = {str(path.relative_to(directory)): path.read_bytes() for path in found if path.is_file()}
    held |= opened.store.snapshot()
    if settings:
        held["settings"] = settings.encode()
    header = Header(
        backup=part.backup,
        genesis=opened.genesis,
        made=opened.clock(),
        until=part.until,
        entries=opened.sequencer.size,
        sharing=sharing,
        wrapped=held.get("root", b""),
    )
    return backup_file.write(header, opened.root, part, held, opened.random)


def _destroyed(backup: Backup, name: str) -> bool:
    """Whether the piece of backup `name` was found and destroyed: nothing else is ever overwritten."""
    path = Path(backup.piece)
    if not backup.piece or not path.exists() or records.read(Piece, path.read_bytes()).backup != name:
        return False
    files.destroy(path)
    return True
