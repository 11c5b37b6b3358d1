"""What an open custodian is: keys in memory, its store, the log. Every act takes it; a locked custodian has none."""

import hashlib
import hmac
import threading
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path

from countenance.crypto import derive
from countenance.crypto.sign import SigningKey
from countenance.log.sequencer import Sequencer
from countenance.vocabulary.deployment import Genesis
from countenance.vocabulary.moments import Moment
from countenance.zones.custodian.calling import Caller
from countenance.zones.custodian.desk import Desk
from countenance.zones.custodian.pads import Pads
from countenance.zones.custodian.store import Store

WITHDRAWAL = 10 * 60_000
"""Milliseconds between a quorum and the first search, if no setting says otherwise."""

Clock = Callable[[], Moment]
Random = Callable[[int], bytes]


class Onward:
    """`clock`, but never before `last` nor before what it said: a clock set back brings no expired warrant back."""

    def __init__(self, clock: Clock, last: Moment) -> None:
        self._clock = clock
        self._last = last

    def __call__(self) -> Moment:
        """UTC milliseconds."""
        self._last = max(self._last, self._clock())
        return self._last


@dataclass(frozen=True, slots=True, repr=False)
class Opened:
    """One opening of the custodian. `root`: 32 bytes; `directory`: the zone's own; `since`: when it was opened.

    `signing`: the log key, which `sequencer` signs with. `pads`: those of sheets under open warrants. `second`: asks
    the second custodian, where there are two. `withdrawal`: milliseconds in which approvals may be taken back before a
    search begins.

    Acts that read, decide and write hold `lock` (the store's own) throughout.
    """

    genesis: Genesis
    directory: Path
    root: bytes
    sealing_private: bytes
    store: Store
    sequencer: Sequencer
    clock: Clock
    random: Random
    lock: threading.RLock
    since: Moment
    signing: SigningKey
    desk: Desk = field(default_factory=Desk)
    pads: Pads = field(default_factory=Pads)
    second: Caller | None = None
    withdrawal: int = WITHDRAWAL

    def __repr__(self) -> str:
        return f"Opened({self.genesis.deployment})"


def keyed_hash(opened: Opened, purpose: str, data: bytes) -> bytes:
    """HMAC-SHA256 under a subkey of the root: equal for equal data, and of no use to who lacks the root."""
    return hmac.digest(derive.subkey(opened.root, purpose), data, hashlib.sha256)
