"""What carries letters between kiosks: honest, cut off, or somebody's who replays, mixes up, forges and withholds."""

from collections.abc import Sequence
from dataclasses import dataclass, field

from countenance.errors import Unavailable
from countenance.gates.syncing import Syncing
from countenance.zones.repository.letters import Letters
from simulator.gate import AtGate, Time


@dataclass
class Carrier:
    """`seen`: everything that was ever left, with its place. `cut`: kiosks (addresses) that reach nobody."""

    time: Time
    letters: Letters = field(init=False)
    seen: list[tuple[bytes, bytes, bytes]] = field(default_factory=list)
    down: bool = False

    def __post_init__(self) -> None:
        self.letters = Letters(lambda: self.time.now)

    def __call__(self, gate: bytes, kiosk: bytes, letter: bytes) -> Sequence[tuple[bytes, bytes]]:
        if self.down:
            raise Unavailable("nobody answers")
        self.letters.forget()
        self.seen.append((gate, kiosk, letter))
        found = self.letters.leave(gate.hex(), kiosk.hex(), letter)
        return self.given(gate, kiosk, [(bytes.fromhex(place), data) for place, data in found])

    def given(self, gate: bytes, kiosk: bytes, found: list[tuple[bytes, bytes]]) -> Sequence[tuple[bytes, bytes]]:
        """What is handed out of what lies there."""
        del gate, kiosk
        return found


@dataclass
class Pair:
    """Two kiosks of a gate, and what carries their letters."""

    one: AtGate
    two: AtGate
    carrier: Carrier

    def __post_init__(self) -> None:
        self.talking = {
            kiosk.name: Syncing(
                kiosk.flights, kiosk.name, kiosk.signing, {other.name: other.signing.public}, kiosk.time.clock
            )
            for kiosk, other in ((self.one, self.two), (self.two, self.one))
        }

    def talk(self, rounds: int = 4, *, milliseconds: int = 500) -> int:
        """So many exchanges; how many letters were passed over."""
        over = 0
        for _ in range(rounds):
            self.one.time.on(milliseconds)
            over += sum(one.step(self.carrier) for one in self.talking.values())
        return over
