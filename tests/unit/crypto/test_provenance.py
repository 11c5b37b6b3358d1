from cryptography import x509
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.asymmetric.utils import encode_dss_signature
from cryptography.hazmat.primitives.hashes import SHA256

from countenance.crypto.provenance import Authority

SECRET, DEPLOYMENT = bytes(range(32)), "00112233445566aa"


def test_an_authority_is_the_same_whenever_it_is_made() -> None:
    one = Authority(SECRET, DEPLOYMENT).certificate
    assert one == Authority(SECRET, DEPLOYMENT).certificate
    assert one != Authority(bytes(32), DEPLOYMENT).certificate
    assert one != Authority(SECRET, "ffffffffffffffff").certificate
    certificate = x509.load_pem_x509_certificate(one)
    certificate.verify_directly_issued_by(certificate)
    assert certificate.extensions.get_extension_for_class(x509.BasicConstraints).value.path_length == 0


def test_a_credential_signs_for_its_entry_and_issues_nothing() -> None:
    authority = Authority(SECRET, DEPLOYMENT)
    first, second = (authority.credential(17, "copy 1") for _ in range(2))
    assert first.certificate != second.certificate
    certificate = x509.load_pem_x509_certificate(first.certificate)
    certificate.verify_directly_issued_by(x509.load_pem_x509_certificate(authority.certificate))
    assert certificate.serial_number == 17
    assert not certificate.extensions.get_extension_for_class(x509.BasicConstraints).value.ca
    usage = certificate.extensions.get_extension_for_class(x509.KeyUsage).value
    assert usage.digital_signature
    assert not usage.key_cert_sign
    signature = first.sign(b"a claim")
    r, s = (int.from_bytes(signature[half : half + 32], "big") for half in (0, 32))
    key = certificate.public_key()
    assert isinstance(key, ec.EllipticCurvePublicKey)
    key.verify(encode_dss_signature(r, s), b"a claim", ec.ECDSA(SHA256()))


def test_no_key_is_in_a_repr() -> None:
    authority = Authority(SECRET, DEPLOYMENT)
    said = repr(authority) + repr(authority.credential(2, "copy 1"))
    assert said.startswith(f"Authority(Countenance {DEPLOYMENT})Credential(")
    assert SECRET.hex() not in said
    assert "BEGIN" not in said
