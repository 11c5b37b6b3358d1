"""Manifests that running searches wait for, and which cameras are there to make them.

A search over an hour that is still running needs the edge's word on what exists up to now. The edge asks with
`edge.poll` what is wanted; the search waits, but only for cameras whose edge asked lately.
"""

import threading
import time
from collections.abc import Callable, Iterable

from countenance.vocabulary.cameras import Partition
from countenance.vocabulary.moments import Hour, Moment
from countenance.vocabulary.sightings import Manifest

# A camera whose edge has not asked for this long (milliseconds) is taken to be off: nobody waits for it.
LIVE_MILLISECONDS = 10_000


class Wanted:
    """What is waited for now. Nothing of it outlives the process: a search that was cut off is asked again."""

    def __init__(self, clock: Callable[[], Moment]) -> None:
        self._clock = clock
        self._changed = threading.Condition()
        self._since: dict[Partition, Moment] = {}
        self._polled: dict[str, Moment] = {}

    def poll(self, camera: str) -> tuple[int, ...]:
        """Hours of `camera` for which a manifest is wanted; notes that its edge is there."""
        with self._changed:
            self._polled[camera] = self._clock()
            return tuple(sorted(partition.hour for partition in self._since if partition.camera == camera))

    def arrived(self, manifest: Manifest) -> None:
        """A manifest was stored: whoever waits for it may go on. One that closes the running hour ends a recording."""
        with self._changed:
            if manifest.closed and Hour.of(self._clock()).number <= manifest.hour:
                self._polled.pop(manifest.camera, None)
            since = self._since.get(Partition(manifest.camera, manifest.hour))
            if since is not None and (manifest.made >= since or manifest.closed):
                del self._since[Partition(manifest.camera, manifest.hour)]
                self._changed.notify_all()

    def wait(self, partitions: Iterable[Partition], since: Moment, *, seconds: float) -> int:
        """Ask for manifests of `partitions` made at or after `since`; how many came within `seconds`."""
        with self._changed:
            live = {p for p in partitions if self._clock() - self._polled.get(p.camera, 0) <= LIVE_MILLISECONDS}
            for partition in live:
                self._since[partition] = max(since, self._since.get(partition, since))
            deadline = time.monotonic() + seconds
            while live & self._since.keys() and (left := deadline - time.monotonic()) > 0:
                self._changed.wait(left)
            missing = live & self._since.keys()
            for partition in missing:
                del self._since[partition]
            return len(live) - len(missing)
