"""Who vouches for a copy of evidence: a deployment's own certificate authority, and a key for each copy's signature.

Invariants:

* The authority's key is derived; its certificate is the same bytes whenever it is made.
* A copy's key is made for it and lives as long as its object. Its certificate can issue none, and its serial number is
  the entry that authorised the copy.
* No certificate says when: validity has neither a beginning nor an end that matters, for whoever checks one offline has
  no clock that proves anything. The log says when.

Certificates are as the C2PA Technical Specification 2.4 profiles them; signatures are ES256 (RFC 7518, 3.4).
"""

import datetime
import hashlib

from cryptography import x509
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.asymmetric.utils import decode_dss_signature
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.serialization import Encoding
from cryptography.x509.oid import ExtendedKeyUsageOID, NameOID

# The order of P-256 (FIPS 186-5, SP 800-186).
_ORDER = 0xFFFFFFFF00000000FFFFFFFFFFFFFFFFBCE6FAADA7179E84F3B9CAC2FC632551
_START = datetime.datetime(2020, 1, 1, tzinfo=datetime.UTC)
# No well-defined end (RFC 5280, 4.1.2.5).
_END = datetime.datetime(9999, 12, 31, 23, 59, 59, tzinfo=datetime.UTC)
# c2pa-kp-claimSigning; readers of C2PA 1 know the other one only.
_USES = (x509.ObjectIdentifier("1.3.6.1.4.1.62558.2.1"), ExtendedKeyUsageOID.EMAIL_PROTECTION)
_SCALAR = 32


class Credential:
    """A key for one copy. `certificate`: PEM, issued by the authority."""

    __slots__ = ("_key", "certificate")

    def __init__(self, key: ec.EllipticCurvePrivateKey, certificate: bytes) -> None:
        self._key = key
        self.certificate = certificate

    def sign(self, data: bytes) -> bytes:
        """The ES256 signature over `data`: r and s, 64 bytes."""
        numbers = decode_dss_signature(self._key.sign(data, ec.ECDSA(SHA256())))
        return b"".join(number.to_bytes(_SCALAR, "big") for number in numbers)

    def __repr__(self) -> str:
        return f"Credential({len(self.certificate)} bytes)"


class Authority:
    """A certificate authority. `certificate`: PEM, self-signed."""

    __slots__ = ("_key", "_organisation", "_subject", "certificate")

    def __init__(self, secret: bytes, deployment: str) -> None:
        """`secret`: whatever the key is derived from, 32 bytes that nobody else has."""
        # Twice as many bits as the order has leave no bias that could be measured.
        scalar = int.from_bytes(hashlib.sha512(secret).digest(), "big") % (_ORDER - 1) + 1
        self._key = ec.derive_private_key(scalar, ec.SECP256R1())
        self._organisation = f"Countenance {deployment}"
        self._subject = self._named("evidence authority")
        builder = (
            self._begun(self._subject, self._key.public_key(), 1)
            .add_extension(x509.BasicConstraints(ca=True, path_length=0), critical=True)
            .add_extension(_usage(signs=False), critical=True)
        )
        self.certificate = self._issued(builder)

    def credential(self, entry: int, name: str) -> Credential:
        """A new key for the copy that `entry` (above 1) authorised, certified under `name`."""
        key = ec.generate_private_key(ec.SECP256R1())
        builder = (
            self._begun(self._named(name), key.public_key(), entry)
            .add_extension(x509.BasicConstraints(ca=False, path_length=None), critical=True)
            .add_extension(_usage(signs=True), critical=True)
            .add_extension(x509.ExtendedKeyUsage(_USES), critical=False)
            .add_extension(x509.AuthorityKeyIdentifier.from_issuer_public_key(self._key.public_key()), critical=False)
        )
        return Credential(key, self._issued(builder))

    def __repr__(self) -> str:
        return f"Authority({self._organisation})"

    def _named(self, name: str) -> x509.Name:
        return x509.Name(
            [
                x509.NameAttribute(NameOID.ORGANIZATION_NAME, self._organisation),
                x509.NameAttribute(NameOID.COMMON_NAME, name),
            ]
        )

    def _begun(self, subject: x509.Name, key: ec.EllipticCurvePublicKey, serial: int) -> x509.CertificateBuilder:
        return (
            x509.CertificateBuilder()
            .subject_name(subject)
            .issuer_name(self._subject)
            .public_key(key)
            .serial_number(serial)
            .not_valid_before(_START)
            .not_valid_after(_END)
            .add_extension(x509.SubjectKeyIdentifier.from_public_key(key), critical=False)
        )

    def _issued(self, builder: x509.CertificateBuilder) -> bytes:
        return builder.sign(self._key, SHA256(), ecdsa_deterministic=True).public_bytes(Encoding.PEM)


def _usage(*, signs: bool) -> x509.KeyUsage:
    """What a key is for: signing what is said, or else signing certificates."""
    return x509.KeyUsage(
        digital_signature=signs,
        content_commitment=False,
        key_encipherment=False,
        data_encipherment=False,
        key_agreement=False,
        key_cert_sign=not signs,
        crl_sign=False,
        encipher_only=False,
        decipher_only=False,
    )
