"""A flight, a kiosk or two, tickets and templates, without a camera."""

import itertools
from dataclasses import dataclass, field
from pathlib import Path

import numpy as np

from countenance.crypto.sign import SigningKey
from countenance.gates.deciding import Answered, Gate, House, Look
from countenance.gates.enrolling import Enrolment
from countenance.gates.flights import Clock, Flights
from countenance.vocabulary.faces import Template
from countenance.vocabulary.gates import Checked, Flight
from countenance.vocabulary.moments import MILLISECONDS_AN_HOUR as HOUR

EXTRACTOR = bytes(range(32))
FLIGHT = Flight("AC", "834", 226, "YUL", "FRA")
NOW = 1_750_000_000_000
SAME = 0.43
PASS = "M1DESMARAIS/LUC       EABC123 YULFRAAC 0834 226F001A0025 100"
OTHER_PASS = "M1GRANDMAIRE/MELANIE  EXYZ789 YULFRAAC 0834 226Y014C0031 100"


def pass_of(number: int) -> str:
    """The boarding pass of traveller `number` of the flight."""
    return f"M1{'TRAVELLER/A':20}EB{number:05d} YULFRAAC 0834 226F001A{number:04d} 100"


@dataclass
class Time:
    """A wall clock that can be set, and one that only goes on."""

    now: int = NOW
    passed: int = 5_000

    def on(self, milliseconds: int) -> None:
        self.now += milliseconds
        self.passed += milliseconds

    @property
    def clock(self) -> Clock:
        return Clock(lambda: self.now, lambda: self.passed)


def face(seed: int, *, like: Template | None = None, score: float = 0.8) -> Template:
    """A template drawn by `seed`; of the same person as `like` if that is given, with that comparison score."""
    random = np.random.default_rng(seed)
    drawn = random.normal(size=128)
    drawn /= np.linalg.norm(drawn)
    if like is not None:
        axis = np.frombuffer(like.values, "<f4").astype(np.float64)
        drawn -= axis * float(drawn @ axis)
        drawn = score * axis + (1 - score**2) ** 0.5 * drawn / np.linalg.norm(drawn)
    return Template(EXTRACTOR, drawn.astype("<f4").tobytes())


ME, STRANGER = face(1), face(2)


@dataclass
class AtGate:
    """One kiosk: it enrols and it decides."""

    folder: Path
    time: Time = field(default_factory=Time)
    name: str = "gate-a"
    others: tuple[str, ...] = ()
    signing: SigningKey = field(default_factory=SigningKey.generate)
    issuers: tuple[bytes, ...] = ()
    seed: "itertools.count[int]" = field(default_factory=lambda: itertools.count(100))

    def __post_init__(self) -> None:
        self.flights = Flights(self.folder, self.name, self.time.clock)
        issuers = (*self.issuers, self.signing.public)
        house = House(self.name, FLIGHT, issuers, frozenset(self.others), EXTRACTOR, SAME)
        self.gate = Gate(house, self.flights, self.time.clock)

    def begin(self, hours: int = 4) -> "AtGate":
        self.flights.begin(FLIGHT, self.time.now + hours * HOUR)
        return self

    @property
    def enrolment(self) -> Enrolment:
        return Enrolment(FLIGHT, self.signing, same=SAME, ends=self.flights.ends(str(FLIGHT)))

    def token(self, who: Template = ME, code: str = PASS, checked: Checked = Checked.CHIP) -> bytes:
        live = face(next(self.seed), like=who)
        return self.enrolment.token(self.key, code, checked, who, [live], self.time.now)

    @property
    def key(self):  # type: ignore[no-untyped-def]
        return self.flights.key(str(FLIGHT))

    @property
    def passes(self):  # type: ignore[no-untyped-def]
        return self.flights.passes(str(FLIGHT))

    def decide(self, token: bytes, look: "Look | Template" = ME, code: str = PASS, **given: "bytes | None") -> Answered:
        shown = face(next(self.seed), like=look) if isinstance(look, Template) else None
        return self.gate.decide(code, token, (lambda: shown) if shown else look, **given)  # type: ignore[arg-type]
