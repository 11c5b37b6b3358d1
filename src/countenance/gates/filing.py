"""Filing: what a kiosk says of its two lanes after a flight, until the custodian has made an entry of it.

`FOLDER` holds a signed `LanesSaid` for each flight that is over and not filed yet: counts and times, of nobody.
One that is not taken within two days is dropped. It is of this kiosk's own decisions: no traveller is in two.
"""

import threading
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Final

from countenance.crypto import sign
from countenance.crypto.sign import SigningKey
from countenance.durable import files
from countenance.errors import CountenanceError, Malformed, Refused, Tampered
from countenance.formats import records
from countenance.gates import lanes
from countenance.vocabulary.gates import Decision, LanesSaid
from countenance.vocabulary.moments import MILLISECONDS_AN_HOUR, Moment

KEPT: Final = 48 * MILLISECONDS_AN_HOUR
PAUSE_SECONDS: Final = 30.0
_DIGITS: Final = 15


class Filing:
    """The folder of one kiosk. `allowed`: milliseconds that its lanes may differ by. Threads may share it."""

    def __init__(self, folder: Path, kiosk: str, signing: SigningKey, allowed: int, now: Callable[[], Moment]) -> None:
        self._folder = folder
        self._kiosk = kiosk
        self._signing = signing
        self._allowed = allowed
        self._now = now
        files.make_directory(folder)

    def keep(self, flight: str, decisions: Sequence[Decision]) -> None:
        """Put by what there is to say of a flight that is over, if anybody came."""
        if decisions:
            made = max(self._now(), *(moment + 1 for moment in self._waiting()), 0)
            said = LanesSaid(self._kiosk, made, lanes.beside(flight, decisions, self._allowed))
            data = records.write(sign.signed(said, self._kiosk, self._signing))
            files.write(self._folder / f"{made:0{_DIGITS}d}", data)

    def step(self, file: Callable[[bytes], None]) -> None:
        """Bring what waits, in order. Raises what `file` raised; what is refused is dropped after two days."""
        for moment in self._waiting():
            place = self._folder / f"{moment:0{_DIGITS}d}"
            try:
                file(place.read_bytes())
            except (Refused, Malformed, Tampered):
                if 0 <= self._now() - moment < KEPT:
                    raise
            files.destroy(place)

    def run(self, file: Callable[[bytes], None], stop: threading.Event, say: Callable[[str], None]) -> None:
        """Go on until `stop` is set. A fault is said once, and again when it is another."""
        said = ""
        while not stop.is_set():
            try:
                self.step(file)
                said = ""
            except CountenanceError as error:
                if str(error) != said:
                    say(f"figures of lanes wait: {error}")
                said = str(error)
            stop.wait(PAUSE_SECONDS)

    def _waiting(self) -> list[Moment]:
        return sorted(int(place.name) for place in self._folder.iterdir() if place.name.isdigit())
