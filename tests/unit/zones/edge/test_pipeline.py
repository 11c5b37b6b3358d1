import itertools
import threading
from collections.abc import Iterator

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from countenance.errors import CountenanceError, Unavailable
from countenance.video.decode import Source
from countenance.video.encode import Coding
from countenance.video.frame import Frame, of_rgb
from countenance.vocabulary.live import SourceState
from countenance.zones.edge import pipeline
from countenance.zones.edge.examine import Examined
from countenance.zones.edge.pipeline import Moments, Pipeline, Playing
from countenance.zones.edge.recorder import Tools
from countenance.zones.edge.stages import Shares


@given(st.lists(st.tuples(st.integers(-(10**7), 10**7), st.integers(0, 10**5)), max_size=50))
def test_live_moments_rise_whatever_the_clock_does(jumps: list[tuple[int, int]]) -> None:
    state = {"wall": 10**12, "ticks": 0.0}
    moments = Moments(lambda: int(state["wall"]), lambda: state["ticks"])
    last = moments.now()
    for jump, passed in jumps:
        state["wall"] += jump + passed
        state["ticks"] += passed / 1000
        now = moments.now()
        assert now > last
        assert now >= state["wall"]
        assert now - last >= passed - 1
        last = now


def test_a_clock_set_back_does_not_stop_time() -> None:
    state = {"wall": 10**12, "ticks": 0.0}
    moments = Moments(lambda: int(state["wall"]), lambda: state["ticks"])
    first = moments.now()
    state.update(wall=10**12 - 3_600_000, ticks=0.04)
    assert moments.now() == first + 40


class Camera:
    """A live source that answers with the given frames, then vanishes, as often as there are lists left."""

    def __init__(self, lives: list[list[Frame] | CountenanceError]) -> None:
        self.lives = lives
        self.opened = 0

    def __call__(self, source: Source) -> "Camera":
        self.opened += 1
        if self.lives and isinstance(self.lives[0], CountenanceError):
            raise self.lives.pop(0)  # type: ignore[misc]
        return self

    rate = 25.0
    damaged = 0

    def __enter__(self) -> "Camera":
        return self

    def __exit__(self, *_: object) -> None:
        return None

    def __iter__(self) -> Iterator[Frame]:
        life = self.lives.pop(0) if self.lives else []
        assert isinstance(life, list)
        yield from life
        raise Unavailable("the camera stopped sending; it is asked again until it answers")


class Taken:
    """A recorder that notes what it is given."""

    def __init__(self) -> None:
        self.moments: list[int] = []
        self.flushed = 0
        self.dropped = 0

    @property
    def frames(self) -> int:
        return len(self.moments)

    def keep(self, item: Examined, *, dropped: int = 0) -> None:
        self.moments.append(item.frame.moment_ms)
        self.dropped += dropped

    def flush(self) -> None:
        self.flushed += 1


def test_a_camera_that_vanishes_is_asked_again_until_it_returns(monkeypatch: pytest.MonkeyPatch) -> None:
    pictures = [of_rgb(np.zeros((48, 64, 3), np.uint8), index=n, moment_ms=40 * n) for n in range(3)]
    said: list[str] = []
    source = Camera([pictures, Unavailable("no answer"), pictures])
    stop = threading.Event()
    waits: list[float] = []
    states: list[SourceState] = []

    def wait(seconds: float | None = None) -> bool:
        waits.append(seconds or 0.0)
        states.append(run.source)
        if not source.lives:
            stop.set()
        return stop.is_set()

    monkeypatch.setattr(stop, "wait", wait)
    monkeypatch.setattr(pipeline, "Reader", source)
    taken = Taken()
    tools = Tools(
        leases=None,  # type: ignore[arg-type]
        ledger=None,  # type: ignore[arg-type]
        sealer=None,  # type: ignore[arg-type]
        extractor=None,  # type: ignore[arg-type]
        detector=None,  # type: ignore[arg-type]
        shares=Shares(),
        coding=Coding(),
        say=said.append,
        clock=itertools.count(10**12, 40).__next__,
    )

    class Examining:
        def examine(self, frame: Frame) -> Examined:
            states.append(run.source)
            return Examined(frame, (), (), ())

    run = Pipeline(Playing(Source("rtsp://camera.invalid/"), stop=stop), Examining(), tools)  # type: ignore[arg-type]
    run.recorder = taken  # type: ignore[assignment]
    run.run()
    assert len(taken.moments) == 6
    assert taken.moments == sorted(set(taken.moments))
    assert (source.opened, taken.flushed) == (3, 3)
    assert waits == [1.0, 2.0, 1.0]
    seen, waiting = [SourceState.PLAYING] * 3, SourceState.WAITING
    assert states == [*seen, waiting, waiting, *seen, waiting]
    assert run.source is SourceState.ENDED
    assert [line for line in said if "camera.invalid" in line] == []
    assert len(said) == 3
