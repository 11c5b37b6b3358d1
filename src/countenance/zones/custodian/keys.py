"""The custodian's keys at rest: the root under a passphrase or in shares, everything else under the root.

Invariants:

* The root key lies nowhere in clear. With a passphrase it lies in `root`, wrapped (Argon2id); with SLIP-39 shares it
  lies nowhere at all, and `shares` says how many are needed.
* Where a PKCS#11 token opens it too, the root also lies in `hsm`, sealed to a key that never leaves the token.
* The signing (log) key and the sealing key lie in `keys`, encrypted under a subkey of the root.

Who can read this directory and guess the passphrase, or gather the shares, or use the token, is the custodian.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import shamir_mnemonic

from countenance.crypto import agreement, derive, passphrase, record
from countenance.durable import files
from countenance.errors import Malformed, Refused, Tampered, Unavailable
from countenance.formats import records

ROOT_BYTES = 32
SHORTEST_PASSPHRASE = 12
# SLIP-39 counts members in four bits.
MOST_SHARES = 16
HSM = "hsm"
_CONTEXT = b"custodian keys"
_PURPOSE = "custodian root"


@dataclass(frozen=True, slots=True, repr=False)
class Secret:
    """What people bring to open the custodian: a passphrase, shares, or what a token agreed on; one of them."""

    passphrase: str = ""
    shares: tuple[str, ...] = ()
    agreed: bytes = b""

    def __repr__(self) -> str:
        return f"Secret({self.kind})"

    @property
    def kind(self) -> str:
        """Its kind in a word, for the log."""
        return "hsm" if self.agreed else "shares" if self.shares else "passphrase"


@dataclass(frozen=True, slots=True)
class Sharing:
    """Into how many shares the root was split, and how many of them bring it back."""

    threshold: int
    count: int


@dataclass(frozen=True, slots=True)
class Place:
    """A P-256 key in a PKCS#11 token. `module`: path of the token's library; `token`: its label; `key`: CKA_ID.

    `public`: an uncompressed point, 65 bytes.
    """

    module: str
    token: str
    key: bytes
    public: bytes


@dataclass(frozen=True, slots=True)
class Hsm:
    """The root sealed to the key at `place`. `point`: what the token agrees with, 65 bytes."""

    place: Place
    point: bytes
    sealed: bytes


@dataclass(frozen=True, slots=True, repr=False)
class CustodianKeys:
    """The private keys under the root: Ed25519 signing (log) key, 32 bytes, and sealing key."""

    signing: bytes
    sealing: bytes

    def __repr__(self) -> str:
        return "CustodianKeys(2 keys)"


def keep(directory: Path, root: bytes, keys: CustodianKeys, secret: str | Sharing) -> tuple[str, ...]:
    """Write the key files of a new custodian; returns the shares, which exist nowhere else, or nothing.

    `secret`: the passphrase, or how to share. Raises Malformed for a short passphrase or an impossible sharing.
    """
    encrypted = record.encrypt(derive.subkey(root, "keys"), records.write(keys), _CONTEXT)
    if isinstance(secret, Sharing):
        shares = _split(root, secret)
        files.write(directory / "shares", records.write(secret))
    else:
        if len(secret) < SHORTEST_PASSPHRASE:
            raise Malformed(f"a passphrase has at least {SHORTEST_PASSPHRASE} characters; choose a longer one")
        shares = ()
        files.write(directory / "root", passphrase.wrap(root, secret))
    files.write(directory / "keys", encrypted)
    return shares


def unlock(directory: Path, secret: Secret) -> tuple[bytes, CustodianKeys]:
    """The root and the keys under it. Raises Refused for a wrong passphrase, wrong shares or another token."""
    sharing = sharing_of(directory)
    if secret.agreed:
        root = _under_token(directory, secret.agreed)
    else:
        root = root_of(sharing, _read(directory / "root") if sharing is None else b"", secret)
    try:
        plain = record.decrypt(derive.subkey(root, "keys"), _read(directory / "keys"), _CONTEXT)
    except Tampered as error:
        if secret.kind == "passphrase":
            raise
        raise Refused(
            "these shares, or what the token opened, belong to another custodian, or one is mistyped; try again"
        ) from error
    return root, records.read(CustodianKeys, plain)


def root_of(sharing: Sharing | None, wrapped: bytes, secret: Secret) -> bytes:
    """The root (32 bytes) from shares, or from `wrapped` under a passphrase. Raises Refused for a wrong secret.

    Shares of another custodian give another root; what it does not open tells.
    """
    return passphrase.unwrap(wrapped, secret.passphrase) if sharing is None else _join(sharing, secret)


def sharing_of(directory: Path) -> Sharing | None:
    """How the root is shared, or None if it lies under a passphrase."""
    path = directory / "shares"
    return records.read(Sharing, _read(path)) if path.exists() else None


def sealed_to(place: Place, root: bytes) -> Hsm:
    """The root sealed to the key at `place`. Raises Malformed if its public key is none."""
    return Hsm(place, *agreement.seal(place.public, root, _PURPOSE))


def hsm_of(directory: Path) -> Hsm | None:
    """The token that opens it too, if there is one. Raises Malformed if the file was altered."""
    path = directory / HSM
    return records.read(Hsm, _read(path)) if path.exists() else None


def _under_token(directory: Path, agreed: bytes) -> bytes:
    hsm = hsm_of(directory)
    if hsm is None:
        raise Refused("no token opens this custodian; bring its passphrase or its shares")
    try:
        return agreement.unseal(agreed, hsm.place.public, hsm.point, hsm.sealed, _PURPOSE)
    except Tampered as error:
        raise Refused("this is another token's key, or the file hsm was altered; bring passphrase or shares") from error


def _split(root: bytes, sharing: Sharing) -> tuple[str, ...]:
    if not 2 <= sharing.threshold <= sharing.count <= MOST_SHARES:
        raise Malformed(f"shares are K/N with K at least 2 and N at most {MOST_SHARES}, for example 2/3")
    groups = shamir_mnemonic.generate_mnemonics(1, [(sharing.threshold, sharing.count)], root)
    return tuple(groups[0])


def _join(sharing: Sharing, secret: Secret) -> bytes:
    distinct = _distinct(secret.shares)
    if len(distinct) < sharing.threshold:
        raise Refused(f"this custodian opens with {sharing.threshold} different shares; bring more")
    try:
        root: bytes = shamir_mnemonic.combine_mnemonics(distinct[: sharing.threshold])
    # The library's message quotes words of a share; ours must not.
    except (shamir_mnemonic.MnemonicError, ValueError) as error:
        raise Refused("these shares do not fit together, or a word is mistyped; try again") from error
    if len(root) != ROOT_BYTES:
        raise Refused("these shares belong to something else; bring this custodian's")
    return root


def _distinct(shares: Sequence[str]) -> list[str]:
    return list(dict.fromkeys(" ".join(share.lower().split()) for share in shares))


def _read(path: Path) -> bytes:
    try:
        return path.read_bytes()
    except OSError as error:
        raise Unavailable(f"{path.name} in the custodian's directory cannot be read; restore it") from error
