"""What the two custodians of a deployment say to each other, and the second to an edge."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Call:
    """One question of the first custodian to the second, signed by the first's log key.

    `deployment`: the second's name. `number`: UTC milliseconds, or one more than the call before, whichever is greater;
    the second hears each number once, in order. `body`: canonical JSON. `digests`: SHA-256 of each blob beside it.
    """

    deployment: str
    verb: str
    number: int
    body: bytes
    digests: tuple[bytes, ...]


@dataclass(frozen=True, slots=True, repr=False)
class Share:
    """The second custodian's part of one lease, signed by its log key and sealed to the edge. Keys: 32 bytes each."""

    camera: str
    hour: int
    edge: str
    block_key: bytes
    footage_key: bytes

    def __repr__(self) -> str:
        return f"Share({self.camera}/{self.hour})"
