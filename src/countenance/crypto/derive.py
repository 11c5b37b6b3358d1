"""Derive keys with HKDF-SHA256 (RFC 5869), each for one purpose.

`info` is the canonical JSON array `["countenance", purpose, name]`, so no two purposes or names ever share a key.
What the custodian forgets (a partition's salts, a row's nonce) is gone: without it no holder of the root can derive the
key again.
"""

from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.kdf.hkdf import HKDF

from countenance.errors import Malformed
from countenance.formats import canonical

KEY = 32


def block_key(root: bytes, salt: bytes, partition: str) -> bytes:
    """The key (32 bytes) that masks the rows of `partition`, from the custodian's root and the block salt."""
    return _derive(root, salt, "block", partition)


def footage_key(root: bytes, salt: bytes, partition: str) -> bytes:
    """The key (32 bytes) of `partition`'s footage, from its own salt: footage may expire before sightings."""
    return _derive(root, salt, "footage", partition)


def mac_key(root: bytes, salt: bytes, sheet: str) -> bytes:
    """The key (32 bytes) of the MACs that the repository keeps beside the rows of one generation of a sheet."""
    return _derive(root, salt, "mac", sheet)


def tag_key(root: bytes, salt: bytes, sheet: str) -> bytes:
    """The key (32 bytes) of the multipliers in the linear tags of one generation of a sheet."""
    return _derive(root, salt, "tag", sheet)


def still_key(block_key: bytes, nonce: bytes, sighting: str) -> bytes:
    """The key (32 bytes) of one sighting's still. It dies with the row's nonce."""
    return _derive(block_key, nonce, "still", sighting)


def patches_key(block_key: bytes, nonce: bytes, sighting: str) -> bytes:
    """The key (32 bytes) of one sighting's patches. It dies with the row's nonce."""
    return _derive(block_key, nonce, "patches", sighting)


def backup_key(root: bytes, piece: bytes, backup: str) -> bytes:
    """The key (32 bytes) of a backup of the custodian, of the root and a random piece: it dies with the piece."""
    return _derive(root, piece, "backup", backup)


def combined(*values: bytes) -> bytes:
    """The key (32 bytes) that as many custodians as there are `values` derive together: one's own value as it is.

    Of two it is HKDF over both: who lacks either knows nothing of it. Raises Malformed for values of another length.
    """
    if not values or any(len(value) != KEY for value in values):
        raise Malformed(f"keys are combined of values of {KEY} bytes")
    if len(values) == 1:
        return values[0]
    info = canonical.write(["countenance", "combined", str(len(values))])
    return HKDF(SHA256(), KEY, b"", info).derive(b"".join(values))


def agreed_key(shared: bytes, points: bytes, purpose: str) -> bytes:
    """A key (32 bytes) of what two key pairs agreed on. `points`: both public keys, so that no other pair gives it."""
    return _derive(shared, points, "agreed", purpose)


def subkey(root: bytes, purpose: str) -> bytes:
    """A key (32 bytes) of `root` for `purpose`, where nothing needs a salt of its own."""
    return _derive(root, b"", "subkey", purpose)


def _derive(key: bytes, salt: bytes, purpose: str, name: str) -> bytes:
    if len(key) != KEY:
        raise Malformed(f"keys are derived from keys of {KEY} bytes")
    return HKDF(SHA256(), KEY, salt, canonical.write(["countenance", purpose, name])).derive(key)
