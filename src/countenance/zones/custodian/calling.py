"""Calling: how the first of two custodians asks the second, and what makes it sure of the answer.

Invariants:

* A call is signed by the first's log key over its verb, body and the digests of its blobs, with a number that grows:
  the second hears nobody else, and nothing twice.
* An answer is sealed to the first's sealing key, for that one call, and signed by the second's log key, which the
  first has known from the beginning: whoever else binds the socket can withhold an answer and give none.
* Without an answer nothing is done with one custodian's keys alone.
* A second custodian that is silent holds up one call, not every one: while it is, the others fail at once.
"""

import hashlib
import threading
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Protocol

from countenance.channel.message import Message
from countenance.crypto import sign, verify
from countenance.crypto.seal import binding, seal
from countenance.crypto.sign import PRIVATE_BYTES, SigningKey
from countenance.crypto.unseal import unseal
from countenance.errors import Malformed, Refused, Tampered, Unavailable
from countenance.formats import canonical, records
from countenance.formats.canonical import Json
from countenance.vocabulary.deployment import Genesis
from countenance.vocabulary.moments import Moment
from countenance.vocabulary.second import Call

PATIENCE_SECONDS = 15.0
"""Without a byte of an answer. A sheet's pads take the second milliseconds, a new key of its store about a second."""

SLOW, PAUSE = 5_000, 10_000
"""Milliseconds: who took so long and gave no answer is silent, and is not asked again before the pause is over."""

CALLER = "custodian"
"""In whose name calls are signed."""

SIGNATURE = 2 * PRIVATE_BYTES


class Line(Protocol):
    """A connection to the second custodian's socket, or what stands for one."""

    def call(self, verb: str, body: Mapping[str, Json] = ..., blobs: tuple[bytes, ...] = ()) -> Message:
        """The answer. Raises what the second raised, Unavailable without one."""


@dataclass(frozen=True, slots=True, repr=False)
class Own:
    """The first custodian's private keys: `signing`, of its log, and `sealing`, 96 bytes."""

    signing: SigningKey
    sealing: bytes

    def __repr__(self) -> str:
        return "Own(2 keys)"


class Caller:
    """Asks the custodian whose genesis record is `second`. Threads may share it; one call is under way at a time."""

    def __init__(self, second: Genesis, line: Line, own: Own, clock: Callable[[], Moment]) -> None:
        self._second = second
        self._line = line
        self._own = own
        self._clock = clock
        self._turn = threading.Lock()
        self._last: Moment = 0
        self._silent: Moment | None = None

    def ask(self, verb: str, body: Mapping[str, Json], *blobs: bytes) -> bytes:
        """The second's answer. Raises what it raised, Unavailable if it does not run, Tampered if it is not its own."""
        with self._turn:
            asked = self._clock()
            if self._silent is not None and abs(asked - self._silent) < PAUSE:
                raise Unavailable(
                    "the second custodian runs and does not answer, and both are needed: see whether its process is "
                    "stopped, or its host out of memory, then try again in ten seconds"
                )
            self._silent = None
            number = self._last = max(asked, self._last + 1)
            digests = tuple(hashlib.sha256(blob).digest() for blob in blobs)
            call = Call(self._second.deployment, verb, number, canonical.write(body), digests)
            letter = records.write(sign.signed(call, CALLER, self._own.signing))
            try:
                answer = self._line.call(verb, {}, (letter, *blobs))
            except Unavailable as error:
                if (now := self._clock()) - asked >= SLOW:
                    self._silent = now
                raise Unavailable(
                    "the second custodian is locked or does not answer, and both are needed: 'countenance run' starts "
                    "it, 'countenance custodian open --second' opens it"
                ) from error
            except (Refused, Tampered, Malformed) as error:
                # Whoever reads it must know whose lists are meant: the sentences of both custodians are the same.
                raise type(error)(
                    f"the second custodian answers (its lists are kept with --second): {error}"
                ) from error
        if len(answer.blobs) != 1:
            raise Tampered("the second custodian's answer is not in one piece: run the same version on both sides")
        return opened(self._second, self._own, (verb, number), answer.blobs[0])

    def __repr__(self) -> str:
        return f"Caller({self._second.deployment})"


def answered(second: Genesis, signing: SigningKey, first: Genesis, asked: tuple[str, int], data: bytes) -> bytes:
    """What the second sends back: `data`, signed by its log key and sealed to the first. `asked`: verb and number."""
    info = _info(second, asked)
    return seal(first.custodian_key, info, signing.sign(_meant(info, data)) + data)


def opened(second: Genesis, own: Own, asked: tuple[str, int], sealed: bytes) -> bytes:
    """What `answered` was given, by the first. Raises Tampered if it is no answer of the second's to this call."""
    info = _info(second, asked)
    plain = unseal(own.sealing, info, sealed)
    verify.verify(second.log_key, _meant(info, plain[SIGNATURE:]), plain[:SIGNATURE])
    return plain[SIGNATURE:]


def _info(second: Genesis, asked: tuple[str, int]) -> bytes:
    verb, number = asked
    return binding("second", second.deployment, verb, str(number))


def _meant(info: bytes, data: bytes) -> bytes:
    """What is signed. No record is spelled like it, so it is a signature over nothing else."""
    return info + hashlib.sha256(data).digest()
