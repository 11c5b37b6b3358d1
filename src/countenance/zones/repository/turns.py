"""Turns: while a search has a list of sheets, none of them is rewritten or loses a row; searches run side by side.

A change that waits goes before searches that come after it, so that erasure is never put off for ever.
"""

import threading
from collections.abc import Iterator
from contextlib import contextmanager


class Turns:
    """Many may be `searching`, or one `changing`."""

    def __init__(self) -> None:
        self._free = threading.Condition()
        self._searching = 0
        self._changing = 0
        self._held = False

    @contextmanager
    def searching(self) -> Iterator[None]:
        """While the block lasts no sheet is changed, except by rows that are added."""
        with self._free:
            self._free.wait_for(lambda: not self._changing)
            self._searching += 1
        try:
            yield
        finally:
            with self._free:
                self._searching -= 1
                self._free.notify_all()

    @contextmanager
    def changing(self) -> Iterator[None]:
        """While the block lasts no search is under way."""
        with self._free:
            self._changing += 1
            self._free.wait_for(lambda: not self._searching and not self._held)
            self._held = True
        try:
            yield
        finally:
            with self._free:
                self._changing -= 1
                self._held = False
                self._free.notify_all()
