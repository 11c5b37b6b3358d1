"""Lifecycle: the second custodian of a process: locked or open. It opens, closes and forgets as the first does."""

from collections.abc import Iterator
from contextlib import contextmanager

from countenance.errors import Unavailable
from countenance.formats.canonical import Json
from countenance.zones.custodian.lifecycle import Custodian
from countenance.zones.custodian.opened import Opened

_FOREIGN = ("rows", "erasures_waiting", "rotations_waiting", "pads_bytes", "oldest_epoch", "withdrawal_minutes")


class SecondCustodian(Custodian):
    """Locked or open."""

    @contextmanager
    def acting(self) -> Iterator[Opened]:
        """The open second custodian, for one act. Raises Unavailable while it is locked."""
        if self.summary()["state"] == "locked":
            raise Unavailable("the second custodian is locked: open it with 'countenance custodian open --second'")
        with super().acting() as opened:
            yield opened

    def status(self) -> dict[str, Json]:
        """What the terminal shows: counts, never content."""
        return {name: value for name, value in super().status().items() if name not in _FOREIGN}

    def _ticked(self) -> None:
        """Nothing: its log has no public copy, so padding would hide nothing, and no witnesses that are shown it."""
