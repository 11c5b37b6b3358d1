"""A flight's key at one kiosk: made or taken over, held until the flight is over, then destroyed.

`FOLDER/FLIGHT/key` is one record; beside it `passes`, the kiosk's list (`gates.passes`), `outbox`, what others are
still to be told (`gates.outbox`), and `calls`, who waits for somebody's word (`gates.calls`). Invariants:

* The key is at this flight's kiosks and nowhere else: it is handed over sealed to an enrolled kiosk, signed by another.
* From `ends` on nothing opens under it, and the next call destroys it: first the key, durably, then the list. A
  crash in between is finished at the next start.
* A key ends at most LONGEST after it was made; before it was made it opens nothing either, so that a clock that went
  back makes no key younger than it is. While the process runs, time that passed counts whatever the clock says.

Who can read this folder while a flight boards opens tokens of that flight that they hold, and makes none. Afterwards it
holds nothing of it. Who sets a stopped kiosk's clock back keeps a key longer; they hold the host in any case.
"""

import re
import secrets
import threading
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from countenance.crypto import sign
from countenance.crypto.lease import OwnKey
from countenance.crypto.seal import binding, seal
from countenance.crypto.sign import SigningKey
from countenance.crypto.token import ROOT, FlightKey
from countenance.crypto.verify import opened
from countenance.durable import files
from countenance.errors import Malformed, Refused, Tampered, Unavailable
from countenance.formats import records
from countenance.gates.outbox import Outbox
from countenance.gates.passes import Passes
from countenance.vocabulary.gates import Decision, Flight, KeyGone
from countenance.vocabulary.moments import MILLISECONDS_AN_HOUR, Moment
from countenance.vocabulary.requests import Signed

LONGEST: Final = 36 * MILLISECONDS_AN_HOUR
"""How long a flight's key may be held, from when the first traveller may enrol."""

_STOPPED: Final = "stopped"
_NAME: Final = re.compile(r"[A-Z0-9]{2,3}[0-9]{1,4}[A-Z]?-[0-9]{3}-[A-Z]{3}-[A-Z]{3}")

Last = Callable[[str, Sequence[Decision]], None]
"""Is given a flight that is over, and this kiosk's decisions about it, in which there is nobody."""


@dataclass(frozen=True, slots=True, repr=False)
class HeldKey:
    """A flight's key as it lies in its file and is handed over. `key`: 32 bytes."""

    flight: str
    key: bytes
    made: Moment
    ends: Moment

    def __repr__(self) -> str:
        return f"HeldKey({self.flight})"


@dataclass(frozen=True, slots=True)
class Clock:
    """`now`: UTC milliseconds. `passed`: milliseconds that never go back, sleep included (Linux CLOCK_BOOTTIME)."""

    now: Callable[[], Moment]
    passed: Callable[[], int]


@dataclass(slots=True, repr=False)
class _Held:
    record: HeldKey
    passes: Passes
    outbox: Outbox
    calls: Outbox
    until: int


class Flights:
    """The flights that one kiosk boards. `folder` is made if it is missing. One process at a time; threads share it."""

    def __init__(self, folder: Path, kiosk: str, clock: Clock, *, last: Last = lambda *_: None) -> None:
        self._last = last
        self._folder = folder
        self._kiosk = kiosk
        self._clock = clock
        self._held: dict[str, _Held] = {}
        self._gone: list[KeyGone] = []
        self._late: list[tuple[str, Sequence[Decision]]] = []
        self._lock = threading.RLock()
        files.make_directory(folder)
        for place in sorted(folder.iterdir()):
            self._found(place)

    def begin(self, flight: Flight, ends: Moment, *, random: Callable[[int], bytes] = secrets.token_bytes) -> None:
        """Make the key of `flight`, held until `ends`. Raises Refused if there is one, or `ends` is too far."""
        self._keep(HeldKey(str(flight), random(ROOT), self._clock.now(), ends))

    def hand_over(self, flight: str, other: bytes, signing: SigningKey) -> bytes:
        """The key of `flight`, signed, sealed to the enrolled kiosk whose own key is `other`."""
        held = self._of(flight)
        word = sign.signed(held.record, self._kiosk, signing)
        return seal(other, binding("flight-key", flight), records.write(word))

    def take_over(self, flight: str, sealed: bytes, own: OwnKey, kiosks: Mapping[str, bytes]) -> None:
        """Hold the key that another kiosk handed over; `kiosks`: public keys of those enrolled. Raises Tampered."""
        word = records.read(Signed, own.open(binding("flight-key", flight), sealed))
        public = kiosks.get(word.signer)
        if public is None:
            raise Refused("the kiosk that hands this key over is not enrolled: enrol it first")
        taken = opened(HeldKey, word, public)
        if taken.flight != flight or len(taken.key) != ROOT:
            raise Malformed("this is the key of another flight: ask for it again")
        self._keep(taken)

    def key(self, flight: str, *, phone: bytes | None = None) -> FlightKey:
        """The key of `flight`; with `phone`, as one phone has a part in it. Raises Refused outside its time."""
        return FlightKey(self._of(flight).record.key, flight, phone=phone)

    def passes(self, flight: str) -> Passes:
        """The list of `flight` at this kiosk. Raises Refused before and after its time."""
        return self._of(flight).passes

    def outbox(self, flight: str) -> Outbox:
        """What carrier and border are still to be told of `flight`. Raises Refused before and after its time."""
        return self._of(flight).outbox

    def calls(self, flight: str) -> Outbox:
        """Who of `flight` waits for a word, or to be struck out. Raises Refused before and after its time."""
        return self._of(flight).calls

    def stop(self, flight: str, *, stopped: bool) -> None:
        """Stop the face lane of `flight`, or let it go on; a start finds it as it was. Raises Refused."""
        self._of(flight)
        mark = self._folder / flight / _STOPPED
        if stopped:
            files.write(mark, b"")
        else:
            files.destroy(mark)

    def stopped(self, flight: str) -> bool:
        """Whether the face lane of `flight` is stopped. Raises Refused before and after its time."""
        self._of(flight)
        return (self._folder / flight / _STOPPED).exists()

    def ends(self, flight: str) -> Moment:
        """Until when the key of `flight` is held."""
        return self._of(flight).record.ends

    def names(self) -> tuple[str, ...]:
        """Flights whose key is held, in order."""
        with self._lock:
            return tuple(sorted(self._held))

    def end(self, flight: str) -> KeyGone:
        """Destroy the key of `flight`, then all else of it. Raises Refused if it is not held."""
        with self._lock:
            held = self._held.get(flight)
            if held is None:
                raise Refused(f"the key of {flight} is not here: it was destroyed, or never was")
            identity = FlightKey(held.record.key, flight).id
            decisions, unsent = held.passes.decisions(), held.outbox.untold
            receipt = KeyGone(flight, self._kiosk, identity, len(decisions), self._clock.now(), unsent)
            # Whether or not the disk does its part now, nothing opens any more; `tidy` tries again.
            held.until = self._clock.passed()
            held.passes.close()
            held.outbox.close()
            held.calls.close()
            _destroy(self._folder / flight)
            del self._held[flight]
        # After the destruction, which nothing may hinder.
        self._last(flight, decisions)
        return receipt

    def tidy(self) -> list[KeyGone]:
        """Destroy what is over; receipts of that, and of what another call destroyed since the last time."""
        with self._lock:
            for flight in [flight for flight, held in self._held.items() if self._over(held)]:
                self._gone.append(self.end(flight))
            gone, self._gone = self._gone, []
            return gone

    def late(self) -> list[tuple[str, Sequence[Decision]]]:
        """Flights that were over before this start, and this kiosk's decisions about them; each once."""
        late, self._late = self._late, []
        return late

    def _of(self, flight: str) -> _Held:
        with self._lock:
            held = self._held.get(flight)
            if held is not None and self._over(held):
                self._gone.append(self.end(flight))
                held = None
        if held is None:
            raise Refused(f"{flight} does not board here: its key is not here, or it is over")
        if self._clock.now() < held.record.made:
            raise Refused("the kiosk's clock went back: set it, and begin again")
        return held

    def _over(self, held: _Held) -> bool:
        return self._clock.now() >= held.record.ends or self._clock.passed() >= held.until

    def _keep(self, record: HeldKey) -> None:
        now = self._clock.now()
        if not _NAME.fullmatch(record.flight):
            raise Malformed("a flight is named as its tickets name it: carrier, number, day, two airports")
        if not record.made <= now < record.ends <= record.made + LONGEST:
            raise Refused(f"a flight's key is held for at most {LONGEST // MILLISECONDS_AN_HOUR} hours from its making")
        place = self._folder / record.flight
        with self._lock:
            if place.exists():
                raise Refused(f"the key of {record.flight} is here already")
            files.make_directory(place)
            try:
                files.write(place / "key", records.write(record))
                self._hold(place, record)
            except BaseException:
                # What is not held would be destroyed by nobody.
                _destroy(place)
                raise

    def _hold(self, place: Path, record: HeldKey) -> None:
        left = min(record.ends - self._clock.now(), LONGEST)
        passes = Passes(place / "passes", record.flight, self._kiosk)
        outbox, calls = Outbox(place / "outbox"), Outbox(place / "calls")
        self._held[record.flight] = _Held(record, passes, outbox, calls, self._clock.passed() + left)

    def _found(self, place: Path) -> None:
        """Go on with what a start finds: a flight that is not over; anything else is destroyed."""
        try:
            record = records.read(HeldKey, (place / "key").read_bytes())
        except (OSError, Malformed):
            _destroy(place)
            return
        if record.flight != place.name or self._clock.now() >= min(record.ends, record.made + LONGEST):
            # The list says nothing without its key, and the decisions in it nothing of anybody.
            files.destroy(place / "key")
            self._late += _decided(place, record.flight, self._kiosk)
            _destroy(place)
            return
        try:
            self._hold(place, record)
        except (Malformed, Tampered):
            # Without its list a kiosk cannot tell what went through: then it boards this flight no more.
            _destroy(place)


def _decided(place: Path, flight: str, kiosk: str) -> list[tuple[str, Sequence[Decision]]]:
    """A kiosk's decisions about a flight whose list was found; nothing of a list that cannot be read."""
    if not (place / "passes").is_file():
        return []
    try:
        passes = Passes(place / "passes", flight, kiosk)
    except (Malformed, Tampered, Unavailable):
        return []
    found = passes.decisions()
    passes.close()
    return [(flight, found)]


def _destroy(place: Path) -> None:
    """The key first: what is left without it opens nothing."""
    files.destroy(place / "key")
    for left in _files(place):
        files.destroy(left)
    try:
        if place.is_dir():
            place.rmdir()
            files.sync_directory(place.parent)
    except OSError as error:
        raise Unavailable(f"{place.name} could not be removed ({error.strerror}); remove it by hand") from error


def _files(place: Path) -> Iterator[Path]:
    if place.is_dir():
        yield from sorted(place.iterdir())
    elif place.exists():
        yield place
