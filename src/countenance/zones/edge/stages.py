"""Stages: work in threads of their own, with bounded queues between them, and where the time goes.

The networks, the decoder and the encoder let other threads run, so decoding, examining and recording overlap on as many
cores as there are. Invariant: no queue is without a bound; a stage that is too fast waits, or, before a live source,
drops and counts.
"""

import contextlib
import queue
import threading
import time
from collections.abc import Iterable, Iterator
from typing import Generic, TypeVar

T = TypeVar("T")

_TICK = 0.2


class Ahead(Generic[T]):
    """Iterates over `items` in a thread, at most `most` ahead of who iterates over this; errors are passed on.

    With `drop`, an item that finds the queue full is dropped and counted. When `stop` is set, iteration ends once the
    queue is empty, even if the thread still waits for its source.
    """

    def __init__(self, items: Iterable[T], *, most: int, stop: threading.Event, drop: bool = False) -> None:
        self._items = items
        self._queue: queue.Queue[T] = queue.Queue(most)
        self._stop = stop
        self._drop = drop
        self._closed = threading.Event()
        self._error: BaseException | None = None
        self.dropped = 0

    def __iter__(self) -> Iterator[T]:
        thread = threading.Thread(target=self._work, daemon=True)
        thread.start()
        try:
            while True:
                over = not thread.is_alive() or self._stop.is_set()
                try:
                    yield self._queue.get(timeout=0.0 if over else _TICK)
                except queue.Empty:
                    if over:
                        break
            if self._error is not None:
                raise self._error
        finally:
            self._closed.set()

    def _work(self) -> None:
        try:
            for item in self._items:
                if not self._put(item):
                    return
        except BaseException as error:  # noqa: BLE001 - raised again by who iterates
            self._error = error

    def _put(self, item: T) -> bool:
        """Whether there is still someone to put items for."""
        while not self._closed.is_set():
            try:
                self._queue.put(item, timeout=0.0 if self._drop else _TICK)
            except queue.Full:
                if self._drop:
                    self.dropped += 1
                    return True
            else:
                return True
        return False


class Shares:
    """Processor seconds of the calling threads by part of the work. Parts do not overlap: the inner one counts."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._within = threading.local()
        self.seconds: dict[str, float] = {}

    @contextlib.contextmanager
    def of(self, part: str) -> Iterator[None]:
        """Count the time in the context as `part`'s, without that of contexts inside."""
        outer: float = getattr(self._within, "inner", 0.0)
        self._within.inner = 0.0
        start = time.thread_time()
        try:
            yield
        finally:
            spent = time.thread_time() - start
            with self._lock:
                self.seconds[part] = self.seconds.get(part, 0.0) + spent - self._within.inner
            self._within.inner = outer + spent
