"""Stop a piece of work at its nth step towards the disk: a kill, an error, or an error after the step was done.

A step is a call of fsync, replace or unlink, or a COMMIT of SQLite.
"""

import errno
import os
import sqlite3
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any

KILLED = 9


class Steps:
    """Counts steps; at number `at`, does what `stop` says."""

    def __init__(self, at: int, stop: Callable[[Callable[[], Any]], Any]) -> None:
        self._at = at
        self._stop = stop
        self.count = 0
        self.over = False

    def take(self, act: Callable[[], Any]) -> Any:
        if self.over:
            return act()
        self.count += 1
        return self._stop(act) if self.count == self._at else act()


def die(act: Callable[[], Any]) -> Any:
    """As kill -9 does, before the step: no `finally` runs."""
    os._exit(KILLED)


def fail(act: Callable[[], Any]) -> Any:
    """The step fails and has no effect."""
    raise OSError(errno.ENOSPC, "no space left on device")


def fail_after(act: Callable[[], Any]) -> Any:
    """The step reports failure, but its effect is there."""
    act()
    raise OSError(errno.EIO, "input/output error")


@contextmanager
def counted(steps: Steps) -> Iterator[None]:
    """Every step inside goes through `steps`."""
    fsync, replace, unlink, connect = os.fsync, os.replace, os.unlink, sqlite3.connect

    class Connection(sqlite3.Connection):
        def execute(self, sql: str, *arguments: Any) -> sqlite3.Cursor:
            if sql != "COMMIT":
                return super().execute(sql, *arguments)
            commit = super().execute
            try:
                found: sqlite3.Cursor = steps.take(lambda: commit(sql))
            except OSError as error:
                raise sqlite3.OperationalError("disk I/O error") from error
            return found

    os.fsync = lambda *a: steps.take(lambda: fsync(*a))
    os.replace = lambda *a, **k: steps.take(lambda: replace(*a, **k))
    os.unlink = lambda *a, **k: steps.take(lambda: unlink(*a, **k))
    sqlite3.connect = lambda *a, **k: connect(*a, factory=Connection, **k)  # type: ignore[assignment]
    try:
        yield
    finally:
        steps.over = True
        os.fsync, os.replace, os.unlink, sqlite3.connect = fsync, replace, unlink, connect


def killed_at(step: int, work: Callable[[], object]) -> bool:
    """Do `work` in a child process that dies before its nth step; whether it died rather than finished."""
    child = os.fork()
    if child == 0:
        with counted(Steps(step, die)):
            work()
        os._exit(0)
    code = os.waitstatus_to_exitcode(os.waitpid(child, 0)[1])
    assert code in (0, KILLED)
    return code == KILLED
