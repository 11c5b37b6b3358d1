from cryptography import x509
from cryptography.hazmat.primitives.serialization import load_pem_private_key

from countenance.crypto import certificate
from simulator.people import NOW


def test_a_certificate_is_for_its_host_and_its_key() -> None:
    public, private = certificate.self_signed("approve.localhost", NOW)
    read, key = x509.load_pem_x509_certificate(public), load_pem_private_key(private, None)
    names = read.extensions.get_extension_for_class(x509.SubjectAlternativeName).value
    assert names.get_values_for_type(x509.DNSName) == ["approve.localhost"]
    assert read.public_key() == key.public_key()
    assert read.not_valid_before_utc.timestamp() * 1000 <= NOW < read.not_valid_after_utc.timestamp() * 1000
    assert (read.not_valid_after_utc - read.not_valid_before_utc).days == certificate.DAYS
