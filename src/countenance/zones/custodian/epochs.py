"""Epoch keys: one random key pair an hour, what that hour's row nonces are sealed to on their way to the custodian.

Invariants:

* An epoch key is in no backup and under the root: without it, nonces that lie sealed in the repository stay sealed.
* It is destroyed once its hour ended 24 hours ago and the repository said it has nothing left from before that time
  (`drained`), and 48 hours after its hour in any case, open or locked: destroying needs no key. So a custodian that
  stays locked for two days loses what it had not taken in, and a receipt that names a date is true.
* Who has arrived in time is the repository's to judge: it refuses uploads of hours that ended 24 hours ago.
* Every destruction is an entry, made at once or when the custodian is next open: a marker stays until it is.
"""

from dataclasses import dataclass
from pathlib import Path

from countenance.crypto import derive, keypair, record
from countenance.durable import files
from countenance.errors import Refused, Tampered, Unavailable
from countenance.formats import records
from countenance.vocabulary.entries import Kind
from countenance.vocabulary.moments import MILLISECONDS_AN_HOUR, Hour, Moment
from countenance.zones.custodian.opened import Opened

ARRIVALS_HOURS = 24
LAST_HOURS = 48
_KEY, _MARK = ".key", ".destroyed"


@dataclass(frozen=True, slots=True, repr=False)
class EpochKey:
    """An hour's key pair as it lies on disk. `private` is encrypted under a subkey of the root."""

    hour: int
    public: bytes
    private: bytes

    def __repr__(self) -> str:
        return f"EpochKey({self.hour})"


def public_key(opened: Opened, hour: int) -> bytes:
    """What nonces of `hour` are sealed to; made at first need. Raises Refused once the hour's key was destroyed."""
    with opened.lock:
        path = _path(opened.directory, hour, _KEY)
        if path.exists():
            public = _read(path).public
            # Nothing else would show that it was damaged, until nonces sealed to it cannot be opened.
            if keypair.from_private(private_key(opened, hour)).public != public:
                raise Tampered("an epoch key is damaged: what is sealed to it would be lost; restore its file")
            return public
        if _path(opened.directory, hour, _MARK).exists() or opened.clock() >= closing(hour):
            raise Refused("this hour is over, and its epoch key with it")
        pair = keypair.generate()
        private = record.encrypt(_wrapping(opened), pair.private, _context(hour), random=opened.random)
        files.write(path, records.write(EpochKey(hour, pair.public, private)))
        return pair.public


def private_key(opened: Opened, hour: int) -> bytes:
    """What opens nonces of `hour`. Raises Refused if there is none, or none any more."""
    path = _path(opened.directory, hour, _KEY)
    if not path.exists():
        raise Refused("the epoch key of this hour was destroyed: what had not been taken in by then is lost")
    return record.decrypt(_wrapping(opened), _read(path).private, _context(hour))


def alive(directory: Path, hour: int) -> bool:
    """Whether the key of `hour` still exists."""
    return _path(directory, hour, _KEY).exists()


def oldest(directory: Path) -> int:
    """The earliest hour whose key still exists, or -1."""
    return min(_hours(directory, _KEY), default=-1)


def closing(hour: int) -> Moment:
    """From when on nothing more arrives for `hour`: 24 hours after its end."""
    return Hour(hour).end + ARRIVALS_HOURS * MILLISECONDS_AN_HOUR


def last_moment(hour: int) -> Moment:
    """When the key of `hour` is destroyed at the latest: 48 hours after its end."""
    return Hour(hour).end + LAST_HOURS * MILLISECONDS_AN_HOUR


def destroy_due(directory: Path, now: Moment, *, drained: Moment = 0) -> tuple[int, ...]:
    """Destroy every key whose time is over at `now`; returns their hours. Needs no key, so a locked custodian may.

    `drained`: before which moment the repository has nothing left to present. Repeating it after a crash is fine.
    """
    due = tuple(hour for hour in _hours(directory, _KEY) if _is_due(hour, now, drained))
    for hour in due:
        files.write(_path(directory, hour, _MARK), b"")
        files.destroy(_path(directory, hour, _KEY))
    return due


def report(opened: Opened) -> None:
    """Make the entries of what was destroyed. A crash in between makes an entry twice, never none."""
    with opened.lock:
        hours = _hours(opened.directory, _MARK)
        if hours:
            listed = " ".join(str(hour) for hour in hours)
            opened.sequencer.append(Kind.EPOCH_DESTROYED, {"hours": listed, "count": str(len(hours))})
        for hour in hours:
            _path(opened.directory, hour, _MARK).unlink()


def _is_due(hour: int, now: Moment, drained: Moment) -> bool:
    return now >= last_moment(hour) or closing(hour) <= min(now, drained)


def _hours(directory: Path, suffix: str) -> tuple[int, ...]:
    return tuple(sorted(int(path.stem) for path in (directory / "epochs").glob(f"*{suffix}") if path.stem.isdigit()))


def _path(directory: Path, hour: int, suffix: str) -> Path:
    return directory / "epochs" / f"{hour}{suffix}"


def _read(path: Path) -> EpochKey:
    try:
        return records.read(EpochKey, path.read_bytes())
    except OSError as error:
        raise Unavailable("an epoch key cannot be read; check the custodian's disk") from error


def _wrapping(opened: Opened) -> bytes:
    return derive.subkey(opened.root, "epochs")


def _context(hour: int) -> bytes:
    return f"epoch {hour}".encode()
