"""Collecting: take in answers while a wave is open, a day's batch at a time, so that none can be told from another.

The procedure for what a browser sends (the numbers are in the code):

1. It is small, a submission, and of this survey, wave and questionnaire's file.
2. Its answers are some that this questionnaire has, as many as each person reports.
3. Its token was signed by the issuer, whom this process is not, and is spent for the first time.
4. It waits with others until `flush`, which writes the whole day's file anew, sorted; then it is acknowledged.

Invariants:

* What was acknowledged is in the day's file with its token's hash, in one write: never counted twice, never lost.
* No file of an earlier day says which tokens were spent on it; a wave's hashes of earlier days are one sorted file.
* Times of change of files and folders are a day's beginning, not when somebody answered last.

Who has this process's memory sees the batch of now, and in which order it comes in: `budget` holds there too.
"""

import calendar
import hashlib
import os
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Final

from countenance.crypto import blind
from countenance.durable import files, lock
from countenance.errors import Malformed, Refused, Tampered
from countenance.survey import responses, waves
from countenance.survey.responses import SPENT, Header
from countenance.survey.waves import ANSWERS, Opened
from countenance.vocabulary.survey import Admission, Kiosk, Submission, Way

LOCK: Final = "collecting.lock"


class Collector:
    """The one process that takes answers into a wave. Made by `collecting`."""

    def __init__(self, opened: Opened) -> None:
        self._opened = opened
        self._width = 1 + len(opened.instrument.items)
        self._rows: dict[Way, bytearray] = {}
        self._new: dict[Way, bytearray] = {}
        self._settled = ""
        self._spent = _hashes(opened, self._width)

    def take(self, data: bytes, way: Way = Way.WEB) -> None:
        """Let one person's answers wait for `flush`. Raises Malformed or Refused, and then nothing has changed.

        `way`: KIOSK for those of a shared device, which are not randomised.
        """
        said = responses.submission(data)  # (1)
        wave, asked = self._opened.wave, self._opened.instrument
        if (said.survey, said.wave) != (wave.survey, wave.number):
            raise Refused("this wave is not the one that these answers are for: load the page again")
        if said.instrument != wave.instrument:
            raise Refused("the questions have changed since this page was loaded: load it again")
        if way is not Way.WEB and (way, asked.kiosk) != (Way.KIOSK, Kiosk.ALLOWED):
            raise Refused("this questionnaire does not let a shared device ask: answer on your own, or on paper")
        row = responses.record(asked, said.groups, said.answers, way)  # (2)
        token = self._token(said)  # (3)
        self.add(way, row, token)

    def add(self, way: Way, rows: bytes, once: bytes = b"") -> None:
        """Let records wait for `flush`. `once`: a hash that is good for one time, a token's or a file's.

        Raises Refused if it was used.
        """
        if once in self._spent:
            raise Refused("this very file was taken in already: its answers would count twice")
        self._rows.setdefault(way, bytearray()).extend(rows)
        if once:
            self._spent.add(once)
            self._new.setdefault(way, bytearray()).extend(once)

    def flush(self, day: str) -> int:
        """Make all that waits durable in the file of `day`; returns of how many people. Raises Unavailable."""
        count = sum(len(rows) for rows in self._rows.values()) // self._width
        self._settle(day)
        for way, waiting in list(self._rows.items()):  # (4)
            rows, tokens = bytes(waiting), bytes(self._new.get(way, b""))
            path = self._opened.folder / ANSWERS / f"{day}.{way.value}"
            if path.exists():
                _, old_rows, old_tokens = responses.whole(path, self._width)
                rows, tokens = old_rows + rows, old_tokens + tokens
            self._write(path, way, rows, tokens)
            del self._rows[way]
            self._new.pop(way, None)
        return count

    def _token(self, said: Submission) -> bytes:
        if self._opened.instrument.admission is Admission.OPEN:
            if said.token or said.signature:
                raise Malformed("this survey is open to all and takes no tokens")
            return b""
        if not 0 < len(said.token) <= responses.LONGEST_TOKEN:
            raise Refused("these answers came without an invitation's token: open the invitation again")
        try:
            blind.verify(self._opened.wave.issuer, said.token, said.signature)
        except Tampered as error:
            raise Refused(str(error)) from error
        hashed = responses.spent(said.token)
        if hashed in self._spent:
            raise Refused("this invitation has been answered with already: each counts once")
        return hashed

    def _settle(self, day: str) -> None:
        """Move hashes of earlier days out of their files: first into the wave's, then away; as often as need be."""
        if self._settled == day:
            return
        for way, path in self._opened.answers:
            if path.name[:10] >= day:
                continue
            _, rows, tokens = responses.whole(path, self._width)
            if tokens:
                kept = self._opened.folder / waves.SPENT
                before = kept.read_bytes() if kept.exists() else b""
                files.write(kept, b"".join(sorted(set(_cut(before)) | set(_cut(tokens)))))
                _dated(kept, day)
                self._write(path, way, rows, b"")
        self._settled = day

    def _write(self, path: Path, way: Way, rows: bytes, tokens: bytes) -> None:
        wave, day = self._opened.wave, path.name[:10]
        header = Header(
            wave.survey, wave.number, wave.instrument, day, way, len(rows) // self._width, len(tokens) // SPENT
        )
        files.write(path, responses.written(header, rows, tokens, self._width))
        _dated(path, day)


@contextmanager
def collecting(opened: Opened) -> Iterator[Collector]:
    """The collector of an open wave, while no other process is. Raises Refused for a closed wave, Unavailable."""
    with lock.hold(opened.folder / LOCK):
        # As it is now: who closed it held the lock, too.
        now = waves.read(opened.folder)
        if now.wave.closed:
            raise Refused(f"wave {now.wave.number} was closed on {now.wave.closed}: it takes no more answers")
        yield Collector(now)


def take_file(opened: Opened, way: Way, data: bytes, rows: bytes, day: str) -> int:
    """Take in what was read from one file, once; returns of how many people. Raises Refused for one taken in before."""
    with collecting(opened) as collector:
        collector.add(way, rows, hashlib.sha256(data).digest())
        return collector.flush(day)


def _dated(path: Path, day: str) -> None:
    """Give a file and its folder the beginning of a day as their time of change."""
    start = calendar.timegm(time.strptime(day, "%Y-%m-%d"))
    for one in (path, path.parent):
        os.utime(one, (start, start))


def _hashes(opened: Opened, width: int) -> set[bytes]:
    found: set[bytes] = set()
    kept = opened.folder / waves.SPENT
    if kept.exists():
        found.update(_cut(kept.read_bytes()))
    for _, path in opened.answers:
        found.update(_cut(responses.whole(path, width)[2]))
    return found


def _cut(data: bytes) -> Sequence[bytes]:
    return [data[at : at + SPENT] for at in range(0, len(data), SPENT)]
