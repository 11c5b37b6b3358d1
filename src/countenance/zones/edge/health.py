"""Health: how one camera stands, counted where it is known and said in its beats.

Nothing of what a camera saw is in it: counts, times, sizes.
"""

import shutil
import time
from collections.abc import Callable
from pathlib import Path

from countenance.vocabulary.live import Beat, SourceState
from countenance.vocabulary.moments import Hour, Moment
from countenance.vocabulary.sightings import Counters
from countenance.zones.edge.leases import Leases
from countenance.zones.edge.pipeline import Pipeline
from countenance.zones.edge.spool import Spool
from countenance.zones.edge.uplink import Sender

_MEGABYTE = 1_000_000


class Health:
    """Measures one camera; one thread at a time. `disk`: a place on the spool's; `ticks`: never go back, seconds."""

    def __init__(
        self, sender: Sender, spool: Spool, leases: Leases, disk: Path, *, ticks: Callable[[], float] = time.monotonic
    ) -> None:
        self._sender = sender
        self._spool = spool
        self._leases = leases
        self._disk = disk
        self._ticks = ticks
        self._before = (ticks(), 0)
        self._rate = 0

    def beat(self, pipeline: Pipeline | None) -> Beat | None:
        """How `pipeline` stands now, for `tiles` to add pictures to; None while nothing is recorded."""
        if pipeline is None:
            return None
        recorder, hour = pipeline.recorder, self._leases.current
        lease = self._leases.get(hour)
        width, height = recorder.size if recorder else (0, 0)
        return Beat(
            edge=self._sender.identity.name,
            camera=self._sender.camera,
            made=self._sender.clock(),
            source=pipeline.source,
            newest=0,
            width=width,
            height=height,
            rate=self._measured(recorder.frames if recorder else 0),
            hour=hour,
            counters=recorder.counters if recorder else Counters(),
            people=recorder.people if recorder and pipeline.source is SourceState.PLAYING else 0,
            sightings=recorder.sightings if recorder else 0,
            waiting=len(self._spool),
            refused=sum(self._spool.aside().values()),
            free_mb=self._free(),
            lease_until=self._until(hour) if lease else 0,
            extracts=lease is not None and lease.extracts,
            lost=0,
        )

    def _measured(self, frames: int) -> int:
        """Thousandths of frames a second since the last time."""
        now, (then, before) = self._ticks(), self._before
        if now > then:
            self._rate = round(1000 * (frames - before) / (now - then))
            self._before = (now, frames)
        return self._rate

    def _until(self, hour: int) -> Moment:
        held = self._leases.hours
        while hour in held:
            hour += 1
        return Hour(hour).start

    def _free(self) -> int:
        try:
            return shutil.disk_usage(self._disk).free // _MEGABYTE
        except OSError:
            # A disk that cannot be asked takes nothing either.
            return 0
