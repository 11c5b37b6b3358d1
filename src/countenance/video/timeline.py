"""From a container's time stamps to milliseconds that never go back.

A camera's clock may be set back, jump a day ahead, restart at zero or be missing. Every such step counts as one frame
interval, so that the order and the length of a recording stay what was seen.
"""

# A step longer than this is a clock that jumped, not a pause between two frames.
LONGEST_STEP_MS = 60_000.0


class Timeline:
    """Gives each frame its moment: milliseconds since the first frame, rising by at least one."""

    def __init__(self, interval_ms: float) -> None:
        """`interval_ms`: nominal time between two frames."""
        self._interval = max(1.0, interval_ms)
        self._stamp: float | None = None
        # Half a millisecond ahead, so that cutting the fraction rounds to the nearest. Python's own rounding goes to
        # the even neighbour (1.5 and 2.5 both give 2), so two frames could get one moment.
        self._moment: float | None = None
        self.jumps = 0

    def place(self, stamp_ms: float | None) -> int:
        """The moment of the next frame, whose source says `stamp_ms` (None if it says nothing)."""
        self._moment = 0.5 if self._moment is None else self._moment + self._step(stamp_ms)
        if stamp_ms is not None:
            self._stamp = stamp_ms
        return int(self._moment)

    def _step(self, stamp_ms: float | None) -> float:
        if stamp_ms is None or self._stamp is None:
            return self._interval
        step = stamp_ms - self._stamp
        if 0 < step <= LONGEST_STEP_MS:
            return max(1.0, step)
        self.jumps += 1
        return self._interval
