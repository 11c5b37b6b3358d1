"""WebAuthn (level 3): verify what an authenticator asserted, and what a new credential says of itself.

The only module that imports `webauthn`, which parses and verifies; what it leaves open is closed here. Invariants:

* An assertion counts for one rp id and one origin, both exactly those given, in the top document of its page, with the
  user present and verified. A check that fails raises; there is no answer to ignore.
* A credential is taken on only if a certificate on the allow-list vouches for the model that made it, and only if it
  cannot leave its device: one that may be backed up may be copied.
"""

import hashlib
import json
from collections.abc import Sequence
from dataclasses import dataclass

import webauthn
from cryptography import x509
from cryptography.exceptions import UnsupportedAlgorithm
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat
from webauthn.helpers import bytes_to_base64url, parse_attestation_object, parse_authenticator_data
from webauthn.helpers.cose import COSEAlgorithmIdentifier
from webauthn.helpers.exceptions import WebAuthnException
from webauthn.helpers.structs import (
    AttestationFormat,
    AuthenticationCredential,
    AuthenticatorAssertionResponse,
    AuthenticatorAttestationResponse,
    CredentialDeviceType,
    RegistrationCredential,
)
from webauthn.helpers.validate_certificate_chain import validate_certificate_chain

from countenance.errors import Malformed, Refused, Tampered
from countenance.formats import records
from countenance.vocabulary.deployment import ApprovalOrigin
from countenance.vocabulary.requests import Assertion, Registration
from countenance.vocabulary.warrants import Credential

ALGORITHMS = (COSEAlgorithmIdentifier.ECDSA_SHA_256, COSEAlgorithmIdentifier.EDDSA)
"""ES256, which every authenticator has, and EdDSA."""

LONGEST = 64 * 1024
"""Bytes of any part of an assertion or registration; real ones have a few hundred, with certificates a few thousand."""

# id-fido-gen-ce-aaguid
_MODEL = x509.ObjectIdentifier("1.3.6.1.4.1.45724.1.1.4")
# What a parser of others' bytes may raise besides what it means to.
_UNREADABLE = (
    *(WebAuthnException, ValueError, KeyError, TypeError, IndexError, OverflowError, RecursionError),
    *(x509.InvalidVersion, x509.DuplicateExtension, x509.UnsupportedGeneralNameType),
)


@dataclass(frozen=True, slots=True)
class Attested:
    """A credential whose registration was verified, and the subject of the certificate that vouched for it."""

    credential: Credential
    vouched: str


def verify(assertion: Assertion, credential: Credential, origin: ApprovalOrigin, message: bytes) -> int:
    """Return the authenticator's counter if `assertion` is of `credential`, at `origin`, over SHA-256 of `message`.

    Raises Tampered with what does not hold. The counter says nothing by itself: compare it with the last one.
    """
    if max(map(len, (assertion.client_data, assertion.authenticator_data, assertion.signature))) > LONGEST:
        raise Tampered("this assertion is longer than any that an authenticator makes")
    if assertion.credential != credential.id or (credential.rp_id, credential.origin) != (origin.rp_id, origin.origin):
        raise Tampered("this assertion is of another credential, or of one that was enrolled for another origin")
    _check_client_data(assertion.client_data, "webauthn.get")
    given = AuthenticationCredential(
        id=bytes_to_base64url(assertion.credential),
        raw_id=assertion.credential,
        response=AuthenticatorAssertionResponse(
            client_data_json=assertion.client_data,
            authenticator_data=assertion.authenticator_data,
            signature=assertion.signature,
        ),
    )
    try:
        verified = webauthn.verify_authentication_response(
            credential=given,
            expected_challenge=hashlib.sha256(message).digest(),
            expected_rp_id=origin.rp_id,
            expected_origin=origin.origin,
            credential_public_key=credential.public_key,
            credential_current_sign_count=0,
            require_user_verification=True,
        )
    except (*_UNREADABLE, UnsupportedAlgorithm) as error:
        raise Tampered(
            "this assertion does not verify: it is over something else, made elsewhere, or made without the person"
        ) from error
    if verified.credential_device_type is not CredentialDeviceType.SINGLE_DEVICE:
        raise Tampered("this credential may be copied to other devices, and does not count")
    return verified.new_sign_count


def counter(assertion: Assertion) -> int:
    """The counter of an assertion that was verified before. Raises Malformed for one that cannot be read."""
    try:
        return parse_authenticator_data(assertion.authenticator_data).sign_count
    except _UNREADABLE as error:
        raise Malformed("this assertion cannot be read") from error


def attested(registration: Registration, origin: ApprovalOrigin) -> Attested:
    """The credential that `registration` makes, if it may be enrolled at `origin`. Procedure:

    1. Type, challenge, origin, rp id, presence and verification of the user, and the attestation's signature hold.
    2. It carries a certificate, and one on the allow-list vouches for it: with no list, nobody is enrolled.
    3. It cannot be backed up.

    Raises Malformed for what cannot be read, Tampered for (1), Refused for (2) and (3).
    """
    if max(len(registration.client_data), len(registration.attestation)) > LONGEST:
        raise Malformed("this registration is longer than any that an authenticator makes")
    try:
        stated = parse_attestation_object(registration.attestation)
        identity = stated.auth_data.attested_credential_data
    except _UNREADABLE as error:
        raise Malformed("this registration cannot be read: make it anew on the approval page") from error
    if identity is None:
        raise Malformed("this registration has no credential in it: make it anew on the approval page")
    _check_client_data(registration.client_data, "webauthn.create")
    _verify(registration, identity.credential_id, origin)  # (1)
    certificates = list(stated.att_stmt.x5c or [])
    if stated.fmt != AttestationFormat.PACKED or not certificates:
        raise Refused("this credential comes without a certificate of its maker: use a hardware key that has one")
    vouched = _vouched(certificates, origin.roots)  # (2)
    if stated.auth_data.flags.be or stated.auth_data.flags.bs:  # (3)
        raise Refused("this credential may be copied to other devices: use a hardware key that keeps it")
    aaguid = bytes(identity.aaguid)
    _check_model(certificates[0], aaguid)
    made = Credential(identity.credential_id, identity.credential_public_key, aaguid, origin.rp_id, origin.origin)
    return Attested(made, vouched)


def fingerprint(registration: Registration) -> str:
    """Twenty hex digits in groups of four, of the registration's SHA-256: what a person reads out at the terminal."""
    digits = records.digest(registration).hex()[:20]
    return " ".join(digits[start : start + 4] for start in range(0, 20, 4))


def made_at(registration: Registration) -> str:
    """The origin that a registration says it was made at; nothing is verified. Raises Malformed if it says none."""
    try:
        origin = json.loads(registration.client_data)["origin"]
    except (*_UNREADABLE, UnicodeDecodeError) as error:
        raise Malformed("this registration cannot be read: make it anew on the page") from error
    return str(origin)


def certificates(data: bytes) -> tuple[bytes, ...]:
    """The certificates of a PEM file, each in DER. Raises Malformed if there is none."""
    try:
        return tuple(one.public_bytes(Encoding.DER) for one in x509.load_pem_x509_certificates(data))
    except ValueError as error:
        raise Malformed("this is no file of certificates in PEM: ask the authenticator's maker for it") from error


def _verify(registration: Registration, credential: bytes, origin: ApprovalOrigin) -> None:
    given = RegistrationCredential(
        id=bytes_to_base64url(credential),
        raw_id=credential,
        response=AuthenticatorAttestationResponse(
            client_data_json=registration.client_data, attestation_object=registration.attestation
        ),
    )
    try:
        webauthn.verify_registration_response(
            credential=given,
            expected_challenge=records.digest(registration.enrolment),
            expected_rp_id=origin.rp_id,
            expected_origin=origin.origin,
            require_user_verification=True,
            supported_pub_key_algs=list(ALGORITHMS),
        )
    except (*_UNREADABLE, UnsupportedAlgorithm) as error:
        raise Tampered(
            "this registration does not verify: it was altered, made elsewhere, or made without the person"
        ) from error


def _check_client_data(data: bytes, kind: str) -> None:
    """What the library does not look at: pages inside other pages, and keys given twice."""
    try:
        pairs = json.loads(data, object_pairs_hook=list)
        told = dict(pairs)
    except (*_UNREADABLE, UnicodeDecodeError) as error:
        raise Tampered("what the client says of this act cannot be read") from error
    if len(told) != len(pairs) or told.get("type") != kind:
        raise Tampered("what the client says of this act names another kind of act, or says something twice")
    if told.get("crossOrigin", False) is not False or "topOrigin" in told:
        raise Tampered("this act was made inside another page: open the approval page by itself")


def _vouched(chain: Sequence[bytes], roots: Sequence[bytes]) -> str:
    """The subject of the listed certificate that vouches for `chain` (the model's own first).

    A list may name the model's certificate itself; then its key counts. Otherwise the path is verified.
    """
    try:
        leaf = x509.load_der_x509_certificate(chain[0])
        listed = [x509.load_der_x509_certificate(root) for root in roots]
        for anchor in listed:
            if _spelled(anchor) == _spelled(leaf):
                return anchor.subject.rfc4514_string()
        for anchor in listed:
            pem = anchor.public_bytes(Encoding.PEM)
            if _leads(chain, pem):
                return anchor.subject.rfc4514_string()
    except (*_UNREADABLE, UnsupportedAlgorithm) as error:
        raise Malformed("a certificate of this registration or of the allow-list cannot be read") from error
    raise Refused("no certificate on this deployment's allow-list vouches for this authenticator: use a listed model")


def _check_model(certificate: bytes, aaguid: bytes) -> None:
    """A certificate that names a model (WebAuthn level 3, section 8.2.1) vouches for no other."""
    try:
        extensions = x509.load_der_x509_certificate(certificate).extensions
    except _UNREADABLE as error:
        raise Malformed("the certificate of this registration cannot be read") from error
    for extension in extensions:
        named = extension.value
        if extension.oid != _MODEL or not isinstance(named, x509.UnrecognizedExtension):
            continue
        # An OCTET STRING of 16 bytes inside the extension's own.
        if named.value != b"\x04\x10" + aaguid:
            raise Tampered("the certificate is of another model of authenticator than the registration names")


def _leads(chain: Sequence[bytes], root: bytes) -> bool:
    try:
        return validate_certificate_chain(x5c=list(chain), pem_root_certs_bytes=[root])
    except WebAuthnException:
        return False


def _spelled(certificate: x509.Certificate) -> tuple[str, bytes]:
    key = certificate.public_key().public_bytes(Encoding.DER, PublicFormat.SubjectPublicKeyInfo)
    return certificate.subject.rfc4514_string(), key
