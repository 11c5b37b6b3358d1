"""Calls: who asks, and that nobody hears an answer but the first custodian.

A call is heard if, in this order (the numbers are in the code):

1. it is a `Call` that the first custodian's log key signed, for this custodian and of the verb it came with;
2. the blobs beside it are those that were signed;
3. its number is within five minutes of this clock, later than this opening, and greater than every one before it.

What fails is counted, not logged one by one. A call proves who asks, never that they may: that is each act's to check.
"""

import hashlib
from collections.abc import Mapping
from dataclasses import dataclass

from countenance.channel.message import Message
from countenance.crypto import verify
from countenance.errors import CountenanceError, Malformed, Refused, Tampered, Unavailable
from countenance.formats import canonical, records
from countenance.formats.canonical import Json
from countenance.vocabulary.deployment import Genesis
from countenance.vocabulary.requests import Signed
from countenance.vocabulary.second import Call
from countenance.zones.custodian import calling, requests
from countenance.zones.custodian.opened import Opened
from countenance.zones.custodian.records import OTHER_KEY
from countenance.zones.custodian.requests import FRESH_MINUTES, MINUTE

NONCE = 16


@dataclass(frozen=True, slots=True, repr=False)
class Heard:
    """A call that is the first custodian's. `blobs`: those beside its letter."""

    first: Genesis
    verb: str
    number: int
    body: Mapping[str, Json]
    blobs: tuple[bytes, ...]

    def __repr__(self) -> str:
        return f"Heard({self.verb}, {self.number})"


def first(opened: Opened) -> Genesis:
    """The genesis record of the deployment whose second custodian this is."""
    found = opened.store.get(Genesis, OTHER_KEY)
    if found is None:
        raise Tampered("the first custodian's record is not in the store any more: restore the second's directory")
    return found


def heard(opened: Opened, message: Message) -> Heard:
    """The call in `message`. Raises what it fails by; a failure changes nothing but the count."""
    with opened.lock:
        try:
            return _checked(opened, message)
        except Unavailable:
            raise
        except CountenanceError:
            requests.count_malformed(opened)
            raise


def answer(opened: Opened, call: Heard, data: bytes) -> Message:
    """`data`, for the first custodian's eyes."""
    asked = (call.verb, call.number)
    return Message(call.verb, {}, (calling.answered(opened.genesis, opened.signing, call.first, asked, data),))


def text(call: Heard, field: str) -> str:
    """A text in the call's body. Raises Malformed."""
    value = call.body.get(field)
    if not isinstance(value, str):
        raise Malformed(f"this verb comes with a text {field}")
    return value


def number(call: Heard, field: str) -> int:
    """A whole number in the call's body. Raises Malformed."""
    value = call.body.get(field)
    if type(value) is not int or value < 0:
        raise Malformed(f"this verb comes with a whole number {field}")
    return value


def nonces(data: bytes, most: int) -> int:
    """How many nonces `data` is. Raises Malformed for a torn one, none, or more than `most`."""
    count, rest = divmod(len(data), NONCE)
    if rest or not 1 <= count <= most:
        raise Malformed(f"this verb comes with 1 to {most} nonces of {NONCE} bytes")
    return count


def _checked(opened: Opened, message: Message) -> Heard:
    if not message.blobs:
        raise Malformed("a call comes with a signed letter")
    letter, *blobs = message.blobs
    signed, of = records.read(Signed, letter), first(opened)
    call = verify.opened(Call, signed, of.log_key)
    meant = (calling.CALLER, opened.genesis.deployment, message.verb)
    if (signed.signer, call.deployment, call.verb) != meant:  # (1)
        raise Tampered("this call is for another custodian, or of another name or verb than it came with")
    if call.digests != tuple(hashlib.sha256(blob).digest() for blob in blobs):  # (2)
        raise Tampered("what came with this call is not what the first custodian signed")
    if abs(opened.clock() - call.number) > FRESH_MINUTES * MINUTE:  # (3)
        raise Refused("this call is not of the last five minutes: set the clocks of both custodians")
    if call.number <= opened.desk.heard or call.number < opened.since:
        raise Refused("this call was made before, or before this custodian was opened: ask anew")
    opened.desk.heard = call.number
    body = canonical.read(call.body)
    if not isinstance(body, Mapping):
        raise Malformed("a call's body is an object")
    return Heard(of, call.verb, call.number, body, tuple(blobs))
