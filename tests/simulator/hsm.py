"""A PKCS#11 token in memory: a P-256 key that agrees, for custodians that are tested without a library."""

import secrets
from dataclasses import dataclass, field

from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat

from countenance.formats import records
from countenance.zones.custodian.keys import Hsm, Place, Secret

CURVE = ec.SECP256R1()


@dataclass(repr=False)
class Token:
    """One key in one token."""

    own: ec.EllipticCurvePrivateKey = field(default_factory=lambda: ec.generate_private_key(CURVE))
    key: bytes = field(default_factory=lambda: secrets.token_bytes(16))

    @property
    def place(self) -> Place:
        point = self.own.public_key().public_bytes(Encoding.X962, PublicFormat.UncompressedPoint)
        return Place("/lib/token.so", "token", self.key, point)

    def agree(self, point: bytes) -> bytes:
        return self.own.exchange(ec.ECDH(), ec.EllipticCurvePublicKey.from_encoded_point(CURVE, point))

    def secret(self, file: bytes) -> Secret:
        """What it brings to open the custodian whose file `hsm` is `file`."""
        return Secret(agreed=self.agree(records.read(Hsm, file).point))
