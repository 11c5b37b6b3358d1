"""Receiving: what browsers send to open waves, collected a batch at a time by whoever serves the page.

Whoever sent something is answered once it is durable. The collector's lock is held while a batch is written and not
longer, so that a wave can be closed, and paper taken in, while its page is served; each batch reads the wave anew.
Nothing is kept of who sent it: neither time, address, language nor order, and nothing is logged.
"""

import asyncio
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import Final

from countenance.errors import CountenanceError, Refused, Unavailable
from countenance.survey import collecting, waves
from countenance.survey.reading import LONGEST_NAME, NAME
from countenance.survey.waves import Opened
from countenance.vocabulary.survey import Way

WINDOW_SECONDS: Final = 0.2
"""How long the first of a batch waits for others."""
MOST: Final = 1024
"""Submissions that wait at once, over all surveys."""

_Sent = tuple[bytes, Way]
_Waiting = list[tuple[_Sent, "asyncio.Future[None]"]]


class Receiver:
    """Takes submissions into the surveys of one folder. `day`: today's ISO 8601 date in UTC."""

    def __init__(self, folder: Path, day: Callable[[], str]) -> None:
        self._folder = folder
        self._day = day
        self._waiting: dict[str, _Waiting] = {}
        self._tasks: set[asyncio.Task[None]] = set()

    def current(self, name: str) -> Opened:
        """The open wave of a survey. Raises Refused if there is none, Tampered for one whose files were changed."""
        _check(name)
        return waves.current(self._folder / name)

    def opened(self) -> Mapping[str, Opened]:
        """Every survey with an open wave that can be read, by name."""
        found: dict[str, Opened] = {}
        for place in sorted(self._folder.glob("*")):
            try:
                found[place.name] = self.current(place.name)
            except CountenanceError:
                continue
        return found

    async def take(self, name: str, data: bytes, way: Way = Way.WEB) -> None:
        """Return once one person's answers are durable. Raises what the collector raises, Unavailable for too many."""
        _check(name)
        if sum(map(len, self._waiting.values())) >= MOST:
            raise Unavailable("too many answers arrive at once: send yours again in a minute")
        if name not in self._waiting:
            self._waiting[name] = []
            task = asyncio.create_task(self._write(name))
            self._tasks.add(task)
            task.add_done_callback(self._tasks.discard)
        # The task has not begun: it finds this one waiting.
        done: asyncio.Future[None] = asyncio.get_running_loop().create_future()
        self._waiting[name].append(((data, way), done))
        await done

    async def _write(self, name: str) -> None:
        while self._waiting[name]:
            await asyncio.sleep(WINDOW_SECONDS)
            batch, self._waiting[name] = self._waiting[name], []
            # What comes while this is written joins the next batch.
            outcomes = await asyncio.to_thread(self._outcomes, name, [sent for sent, _ in batch])
            for (_, done), outcome in zip(batch, outcomes, strict=True):
                if done.done():
                    continue
                if outcome is None:
                    done.set_result(None)
                else:
                    done.set_exception(outcome)
        del self._waiting[name]

    def _outcomes(self, name: str, batch: Sequence[_Sent]) -> Sequence[CountenanceError | None]:
        try:
            return self._collected(name, batch)
        except CountenanceError as error:
            return [error] * len(batch)
        except Exception:  # noqa: BLE001 - its text may quote an answer; everybody in the batch is told
            return [Unavailable("answers could not be kept: send yours again in a minute")] * len(batch)

    def _collected(self, name: str, batch: Sequence[_Sent]) -> list[CountenanceError | None]:
        outcomes: list[CountenanceError | None] = []
        with collecting.collecting(self.current(name)) as collector:
            for data, way in batch:
                try:
                    collector.take(data, way)
                    outcomes.append(None)
                except CountenanceError as error:
                    outcomes.append(error)
            collector.flush(self._day())
        return outcomes


def _check(name: str) -> None:
    if not NAME.fullmatch(name) or len(name) > LONGEST_NAME:
        raise Refused("there is no such survey here: choose one on the first page")
