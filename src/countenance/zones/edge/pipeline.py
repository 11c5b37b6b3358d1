"""Pipeline: one camera's frames from the source to the recorder, in three threads with bounded queues.

    decode ──8 frames──► examine ──4 frames──► cover, encode, seal

Invariants:

* A recording loses no frame: what is behind waits. A live source does not wait: frames that find the queue full are
  dropped and counted.
* A camera that vanishes is asked again, after 1 to 30 seconds, until it answers or the process is stopped; what was
  recorded until then is kept at once.
* Moments rise within a run, whatever the host's clock does. A recording plays as if live: the start of playing plus the
  frame's time. A live frame gets the wall clock, but never less than the last frame plus the time that passed since:
  after the clock was set back, moments run ahead of it until it has caught up.

Memory: at most 12 frames here, beside the recorder's bounds. The whole process at 640x360 stays below 384 MiB resident
(measured: 319) and, after its first minutes, within 16 MiB of what it had then; `tests/prove/test_memory.py` proves it.
Where a standing gallery stands before the camera, compiled kernels come on top, about 130 MiB.
"""

import dataclasses
import threading
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field

from countenance.errors import Unavailable
from countenance.video.decode import Reader, Source
from countenance.video.frame import Frame
from countenance.vocabulary.live import SourceState
from countenance.vocabulary.moments import Hour, Moment
from countenance.zones.edge.examine import Examiner
from countenance.zones.edge.recorder import Recorder, Tools
from countenance.zones.edge.stages import Ahead

FRAMES_AHEAD, EXAMINED_AHEAD = 8, 4
FIRST_WAIT, LONGEST_WAIT = 1.0, 30.0


@dataclass(slots=True)
class Moments:
    """Gives live frames their moments. `clock`: UTC milliseconds; `ticks`: seconds that never go back."""

    clock: Callable[[], Moment]
    ticks: Callable[[], float] = time.monotonic
    _last: Moment = 0
    _ticked: float = 0.0

    def now(self) -> Moment:
        """Later than every moment before."""
        ticked = self.ticks()
        passed = round(1000 * (ticked - self._ticked))
        self._last = max(self.clock(), self._last + max(1, passed)) if self._last else self.clock()
        self._ticked = ticked
        return self._last


@dataclass(frozen=True, slots=True)
class Playing:
    """How a source is played. `pace`: a recording in real time instead of as fast as it goes.

    `lease_wait`: seconds that a recording waits for its first lease before it goes on without.
    """

    source: Source
    pace: bool = False
    lease_wait: float = 20.0
    stop: threading.Event = field(default_factory=threading.Event)


class Pipeline:
    """Runs one camera once. `started`: the moment of a recording's first frame. `source`: as of now."""

    def __init__(self, playing: Playing, examiner: Examiner, tools: Tools) -> None:
        self._playing = playing
        self._examiner = examiner
        self._tools = tools
        self._moments = Moments(tools.clock)
        self.started: Moment = 0
        self.source = SourceState.WAITING
        self.recorder: Recorder | None = None

    def run(self) -> None:
        """Until the recording ends or `stop` is set. Raises Malformed if the source is no video."""
        stop, live = self._playing.stop, self._playing.source.live
        wait, recorded = FIRST_WAIT, 0
        while not stop.is_set():
            try:
                with Reader(self._playing.source) as reader:
                    self._play(reader)
                    if reader.damaged:
                        self._tools.say(f"{reader.damaged} damaged pictures or packets of the source were passed over")
            except Unavailable as error:
                self._tools.say(str(error))
            finally:
                self.source = SourceState.WAITING if live else SourceState.ENDED
                if self.recorder is not None:
                    self.recorder.flush()
            if not live:
                return
            recorded, before = self._frames, recorded
            wait = FIRST_WAIT if recorded > before else min(2 * wait, LONGEST_WAIT)
            stop.wait(wait)
        self.source = SourceState.ENDED

    @property
    def _frames(self) -> int:
        return self.recorder.frames if self.recorder is not None else 0

    def _play(self, reader: Reader) -> None:
        """Record what the reader yields."""
        recorder = self.recorder = self.recorder or Recorder(self._tools, rate=reader.rate)
        live = self._playing.source.live
        frames = Ahead(self._stamped(reader), most=FRAMES_AHEAD, stop=self._playing.stop, drop=live)
        examined = Ahead(map(self._examiner.examine, frames), most=EXAMINED_AHEAD, stop=threading.Event())
        dropped = 0
        for item in examined:
            recorder.keep(item, dropped=frames.dropped - dropped)
            dropped = frames.dropped

    def _stamped(self, reader: Reader) -> Iterator[Frame]:
        frames = iter(reader)
        while not self._playing.stop.is_set():
            with self._tools.shares.of("decode"):
                frame = next(frames, None)
            if frame is None:
                return
            self.source = SourceState.PLAYING
            yield dataclasses.replace(frame, moment_ms=self._moment(frame))

    def _moment(self, frame: Frame) -> Moment:
        if self._playing.source.live:
            return self._moments.now()
        if not self.started:
            self.started = self._tools.clock()
            self._await_lease()
        moment = self.started + frame.moment_ms
        if self._playing.pace:
            self._playing.stop.wait(max(0, moment - self._tools.clock()) / 1000)
        return moment

    def _await_lease(self) -> None:
        hour = Hour.of(self.started).number
        self._tools.leases.want(hour, hour + 1)
        if not self._tools.leases.wait(hour, self._playing.lease_wait):
            self._tools.say("there is no lease for this hour: until there is one, nothing is kept, and it is counted")
