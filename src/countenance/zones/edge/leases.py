"""Leases: the keys of one camera's hours, while this edge may have them.

Implements the edge's part of DESIGN section 4.4. A lease arrives sealed to this edge's own key and lies on the disk
just so, in `leases/CAMERA-HOUR`. Invariants:

* A lease is taken only for this camera, this edge and the hour it was asked for.
* Where there are two custodians, a lease without the second's share, signed by the second, is no lease.
* Two hours after its hour a lease is destroyed, on the disk and here, whether it was used or not; at every start too.
* Without a lease there is no template, no patch and no footage. Nothing is kept to be encrypted later.

Who takes the host gets the leases that are there: at most those of the current, the next and the last two hours.
"""

import threading
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from countenance.crypto import derive, verify
from countenance.crypto.seal import binding
from countenance.durable import files
from countenance.errors import Malformed, Tampered, Unavailable
from countenance.formats import records
from countenance.vocabulary.cameras import Partition
from countenance.vocabulary.deployment import Genesis
from countenance.vocabulary.moments import Hour, Moment
from countenance.vocabulary.requests import Signed
from countenance.vocabulary.second import Share
from countenance.vocabulary.sightings import Lease
from countenance.zones.edge.identity import Identity

# Hours after its own for which a lease is kept.
KEPT_HOURS = 2


@dataclass(frozen=True, slots=True, repr=False)
class Held:
    """A lease that this edge has opened. `block_keys`: one a custodian, whose pads are stacked; `footage_key`: of all.

    `epoch_public_key`: what the hour's row nonces are sealed to. `extracts` False: record covered footage only.
    """

    camera: str
    hour: int
    edge: str
    block_keys: tuple[bytes, ...]
    footage_key: bytes
    epoch_public_key: bytes
    extracts: bool

    def __repr__(self) -> str:
        return f"Held({self.camera}/{self.hour}, {len(self.block_keys)} custodians)"


@dataclass(frozen=True, slots=True)
class Issuers:
    """Whose keys this edge records with. `deployment`: its name; `second`: genesis of a second custodian, if any."""

    deployment: str
    second: Genesis | None = None


class Leases:
    """The leases of one camera in `directory` (made if missing). Threads may share it."""

    def __init__(self, directory: Path, *, camera: str, identity: Identity, issuers: Issuers, now: Moment) -> None:
        files.make_directory(directory)
        self._directory = directory
        self._camera = camera
        self._identity = identity
        self._issuers = issuers
        self._lock = threading.Condition()
        self._wanted: tuple[int, ...] = ()
        self._held: dict[int, Held] = {}
        self.sweep(now)
        for hour, path in self._files():
            try:
                self._held[hour] = self._opened(hour, path.read_bytes())
            except (Malformed, Tampered):
                files.destroy(path)

    @property
    def hours(self) -> tuple[int, ...]:
        """Hours whose lease is held, in order."""
        with self._lock:
            return tuple(sorted(self._held))

    def get(self, hour: int) -> Held | None:
        """The lease of `hour`, if held."""
        with self._lock:
            return self._held.get(hour)

    def want(self, *hours: int) -> None:
        """Say which hours are needed now; earlier wishes are forgotten."""
        with self._lock:
            self._wanted = hours

    @property
    def current(self) -> int:
        """The first hour that is wanted: the one being recorded. -1 before there is one."""
        with self._lock:
            return min(self._wanted, default=-1)

    def missing(self) -> tuple[int, ...]:
        """Hours that are wanted and not held, in order."""
        with self._lock:
            return tuple(hour for hour in sorted(self._wanted) if hour not in self._held)

    def take(self, hours: Sequence[int], sealed: Sequence[bytes]) -> None:
        """Keep what was handed over for `hours`. Raises Tampered or Malformed for what is not that, Unavailable."""
        if len(hours) != len(sealed):
            raise Malformed("the repository handed over leases for other hours than it says; ask again")
        for hour, letter in zip(hours, sealed, strict=True):
            lease = self._opened(hour, letter)
            files.write(self._directory / f"{self._camera}-{hour}", letter)
            with self._lock:
                self._held[hour] = lease
                self._lock.notify_all()

    def wait(self, hour: int, seconds: float) -> bool:
        """Whether the lease of `hour` was there within `seconds`."""
        with self._lock:
            return self._lock.wait_for(lambda: hour in self._held, seconds)

    def sweep(self, now: Moment) -> None:
        """Destroy the leases of hours that ended more than two hours before `now`."""
        last = Hour.of(now).number - KEPT_HOURS
        for hour, path in self._files():
            if hour < last:
                files.destroy(path)
        with self._lock:
            for hour in [hour for hour in self._held if hour < last]:
                del self._held[hour]

    def _files(self) -> list[tuple[int, Path]]:
        try:
            found = [(path.name.rpartition("-"), path) for path in self._directory.iterdir()]
        except OSError as error:
            raise Unavailable(f"the leases cannot be listed ({error.strerror}); check the edge's disk") from error
        return [(int(hour), path) for (camera, _, hour), path in found if camera == self._camera and hour.isdigit()]

    def _opened(self, hour: int, letter: bytes) -> Held:
        partition, name = str(Partition(self._camera, hour)), self._identity.name
        info = binding("lease", self._issuers.deployment, name, partition)
        lease = records.read(Lease, self._identity.own.open(info, letter))
        if (lease.camera, lease.hour, lease.edge) != (self._camera, hour, name):
            raise Tampered("the custodian's lease is for another camera, hour or edge; report it to its operator")
        parts: tuple[Lease | Share, ...] = (lease,)
        if self._issuers.second is not None:
            parts = (lease, self._share(self._issuers.second, lease, partition))
        return Held(
            camera=lease.camera,
            hour=lease.hour,
            edge=lease.edge,
            block_keys=tuple(part.block_key for part in parts),
            footage_key=derive.combined(*(part.footage_key for part in parts)),
            epoch_public_key=lease.epoch_public_key,
            extracts=lease.extracts,
        )

    def _share(self, second: Genesis, lease: Lease, partition: str) -> Share:
        if not lease.second:
            raise Tampered("a lease came without the second custodian's share: nothing is recorded with one key alone")
        info = binding("share", second.deployment, lease.edge, partition)
        signed = records.read(Signed, self._identity.own.open(info, lease.second))
        share = verify.opened(Share, signed, second.log_key)
        if (share.camera, share.hour, share.edge) != (lease.camera, lease.hour, lease.edge):
            raise Tampered("the second custodian's share is for another camera, hour or edge; report it")
        return share
