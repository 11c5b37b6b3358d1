"""What people send to the custodian through a repository that must not read it."""

from dataclasses import dataclass

from countenance.vocabulary.moments import Moment

ED25519 = 64
"""Bytes of an Ed25519 signature; what is longer in its place is an `Assertion`, which always is."""


@dataclass(frozen=True, slots=True)
class Signed:
    """Canonical record bytes and the word of `signer` (name of a person or edge) on them.

    `signature`: Ed25519 over `body`, 64 bytes; or the canonical bytes of an `Assertion` over its SHA-256, or of a
    `SessionWord` over it.
    """

    signer: str
    body: bytes
    signature: bytes

    @property
    def by_key_file(self) -> bool:
        """Whether a key in a file made this, rather than a credential in hardware."""
        return len(self.signature) == ED25519


@dataclass(frozen=True, slots=True)
class Assertion:
    """What an authenticator says (WebAuthn level 3, section 6.3.3), its challenge the SHA-256 of what is signed.

    `credential`: its id. `client_data`: the JSON that the client collected; `authenticator_data`: as it was signed.
    """

    credential: bytes
    authenticator_data: bytes
    client_data: bytes
    signature: bytes


@dataclass(frozen=True, slots=True)
class Session:
    """What a person's sign-in credential signs: from `made` to `expires` this key speaks for them at the console.

    `key`: of a pair that a browser made and gives to nobody: P-256, the uncompressed point, 65 bytes.
    """

    deployment: str
    person: str
    key: bytes
    made: Moment
    expires: Moment
    nonce: bytes


@dataclass(frozen=True, slots=True)
class SessionWord:
    """The word of a session's key. `session`: the written `Signed` Session; `signature`: ECDSA with SHA-256, r ‖ s."""

    session: bytes
    signature: bytes


@dataclass(frozen=True, slots=True)
class Enrolment:
    """Whose credential a registration makes, for which deployment; its digest is the registration's challenge."""

    deployment: str
    person: str
    made: Moment
    nonce: bytes


@dataclass(frozen=True, slots=True)
class Registration:
    """A new credential as its authenticator made it (WebAuthn level 3, section 7.1), to be carried to the terminal.

    `attestation`: the attestation object, CBOR.
    """

    enrolment: Enrolment
    client_data: bytes
    attestation: bytes


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
