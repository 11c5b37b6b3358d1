"""Collecting: take in answers while a wave is open, into one file a day, sorted, that says nothing else of when.

The procedure for what a browser sends (the numbers are in the code):

1. It is small, a submission, and of this survey, wave and questionnaire's file.
2. Its answers are some that this questionnaire has, as many as each person reports.
3. Its token was signed by the issuer, whom this process is not, and is spent for the first time; where anybody may
   answer it is a number that the browser drew, and one that was spent makes this a repeat, which is not counted.
4. It waits with others until `flush`, which writes the whole day's file anew, sorted; then it is acknowledged.

Invariants:

* What was acknowledged is in the day's file with its token's hash, in one write: never counted twice, never lost.
* No file of an earlier day says which tokens were spent on it; a wave's hashes of earlier days are one sorted file.
  Those of numbers that browsers drew, shared devices aside, go once there was a batch on a second later day: repeats
  come soon, and what is kept must have an end where anybody may send.
* What a process that was killed left half written goes with the next batch, and when the wave is closed.
* Times of modification of files and folders are a day's beginning, not when somebody answered last, and reading leaves
  none. Those of change (ctime) and birth nobody can set: a day's file has its last batch's until the first batch of
  another day writes it anew, and then that one's.

Who has this process's memory, or copies the day's file as often as it is written, five times a second at most, sees
each batch as it comes in: `budget` holds there too. Who also has what somebody's browser sent finds its token's hash,
and so that this person answered, until it goes.
"""

import hashlib
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Final

from countenance.crypto import blind
from countenance.durable import files, lock
from countenance.errors import Malformed, Refused, Tampered
from countenance.survey import responses, waves
from countenance.survey.responses import SPENT, Header
from countenance.survey.spending import Spent
from countenance.survey.waves import ANSWERS, Opened
from countenance.vocabulary.survey import Admission, Kiosk, Submission, Way

PATIENCE: Final = 15.0
"""Seconds for which a batch waits for another process's batch, or file, in the same wave."""
DRAWN: Final = 32
"""Bytes that a browser draws where anybody may answer."""


class Collector:
    """The one process that takes answers into a wave. Made by `collecting`."""

    def __init__(self, opened: Opened) -> None:
        self._opened = opened
        self._width = 1 + len(opened.instrument.items)
        self._rows: dict[Way, bytearray] = {}
        self._new: dict[Way, bytearray] = {}
        self._settled = ""
        self._drawn = opened.instrument.admission is Admission.OPEN
        self._spent = Spent(_hashes(opened, self._width))

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
        if token not in self._spent:
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
        try:
            waves.sweep(self._opened.folder)
            self._settle(day)
            for way, waiting in list(self._rows.items()):  # (4)
                path, rows, tokens = self._opened.folder / ANSWERS / f"{day}.{way.value}", b"", b""
                if path.exists():
                    _, rows, tokens = responses.whole(path, self._width)
                rows = responses.joined(rows, bytes(waiting), self._width)
                self._write(path, way, rows, responses.joined(tokens, bytes(self._new.get(way, b"")), SPENT))
                del self._rows[way]
                self._new.pop(way, None)
        finally:
            waves.dated(day, self._opened.folder / ANSWERS, self._opened.folder)
        return count

    def _token(self, said: Submission) -> bytes:
        if self._drawn:
            if len(said.token) != DRAWN or said.signature:
                raise Malformed("these answers come without the number that their page draws: load the page again")
            return responses.spent(said.token)
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
        recent = self._opened.folder / f"{waves.SPENT}-{day}"
        for way, path in self._opened.answers:
            if path.name[:10] >= day or not responses.hashes(path, self._width):
                continue
            _, rows, tokens = responses.whole(path, self._width)
            # Beside numbers of a shared device lie those of files taken in, which come again at any time.
            kept = recent if self._drawn and way is Way.WEB else self._opened.folder / waves.SPENT
            before = responses.contents(kept) if kept.exists() else b""
            files.write(kept, b"".join(sorted(set(_cut(before)) | set(_cut(tokens)))))
            waves.dated(day, kept)
            self._write(path, way, rows, b"")
        for old in waves.spent(self._opened.folder):
            # One of a later day is there if the clock was put back: what is in it is of now.
            if waves.SPENT < old.name < recent.name:
                files.destroy(old)
        self._settled = day

    def _write(self, path: Path, way: Way, rows: bytes, tokens: bytes) -> None:
        wave, day = self._opened.wave, path.name[:10]
        header = Header(
            wave.survey, wave.number, wave.instrument, day, way, len(rows) // self._width, len(tokens) // SPENT
        )
        files.write(path, responses.written(header, rows, tokens))
        waves.dated(day, path)


@contextmanager
def collecting(opened: Opened) -> Iterator[Collector]:
    """The collector of an open wave, while no other process is. Raises Refused for a closed wave, Unavailable.

    Who collects at the same time is waited for.
    """
    with lock.hold(opened.folder / waves.COLLECTING, patience=PATIENCE):
        # As it is now: who closed it held the lock, too.
        now = waves.read(opened.folder)
        if now.wave.closed:
            raise Refused(f"wave {now.wave.number} was closed on {now.wave.closed}: it takes no more answers")
        yield Collector(now)


def close(opened: Opened, day: str) -> Opened:
    """Close a wave for good, while nobody collects; again, to finish what a crash left. Raises Unavailable."""
    with lock.hold(opened.folder / waves.COLLECTING, patience=PATIENCE):
        now = waves.read(opened.folder)
        if not now.wave.closed:
            return waves.end(now, day)
        waves.forget(now)
        return now


def take_file(opened: Opened, way: Way, data: bytes, rows: bytes, day: str) -> int:
    """Take in what was read from one file, once; returns of how many people. Raises Refused for one taken in before."""
    with collecting(opened) as collector:
        collector.add(way, rows, hashlib.sha256(data).digest())
        return collector.flush(day)


def _hashes(opened: Opened, width: int) -> Iterator[bytes]:
    """What was spent, file by file."""
    for kept in waves.spent(opened.folder):
        yield responses.contents(kept)
    for _, path in opened.answers:
        yield responses.hashes(path, width)


def _cut(data: bytes) -> Sequence[bytes]:
    return [data[at : at + SPENT] for at in range(0, len(data), SPENT)]
