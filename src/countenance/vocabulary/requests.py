"""What people send to the custodian through a repository that must not read it."""

from dataclasses import dataclass

from countenance.vocabulary.moments import Moment


@dataclass(frozen=True, slots=True)
class Signed:
    """Canonical record bytes and the Ed25519 signature of `signer` (name of a person or edge) over them."""

    signer: str
    body: bytes
    signature: bytes


@dataclass(frozen=True, slots=True)
class Ask:
    """One act of one person, signed by their key and sealed to the custodian.

    `body`: canonical JSON of the verb's own record. `nonce` (16 random bytes) is accepted once, and only within five
    minutes of `made`. The answer is sealed to `reply_key`, which the asking process made for this call alone.
    """

    deployment: str
    person: str
    verb: str
    body: bytes
    made: Moment
    nonce: bytes
    reply_key: bytes
