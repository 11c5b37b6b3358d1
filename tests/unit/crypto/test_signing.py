"""sign and verify: a signature is over one record of one type by one key."""

import dataclasses

import pytest

from countenance.crypto.sign import SigningKey, signed
from countenance.crypto.verify import opened, verify
from countenance.errors import Malformed, Tampered
from countenance.vocabulary.acts import Nothing, Withdrawal
from countenance.vocabulary.requests import Signed

KEY = SigningKey.generate()


def test_signed_record_opens() -> None:
    letter = signed(Withdrawal("gate-1"), "operator-1", KEY)
    assert letter.signer == "operator-1"
    assert opened(Withdrawal, letter, KEY.public) == Withdrawal("gate-1")


def test_altered_body_signature_or_key_is_tampered() -> None:
    letter = signed(Withdrawal("gate-1"), "operator-1", KEY)
    for other in (
        dataclasses.replace(letter, body=letter.body.replace(b"gate-1", b"gate-2")),
        dataclasses.replace(letter, signature=bytes(64)),
        dataclasses.replace(letter, signature=letter.signature[:-1]),
    ):
        with pytest.raises(Tampered):
            opened(Withdrawal, other, KEY.public)
    for public in (SigningKey.generate().public, b"", bytes(31)):
        with pytest.raises(Tampered):
            opened(Withdrawal, letter, public)


def test_signature_over_one_type_is_none_over_another() -> None:
    with pytest.raises(Malformed):
        opened(Withdrawal, signed(Nothing(), "operator-1", KEY), KEY.public)
    junk = Signed("operator-1", b"junk", KEY.sign(b"junk"))
    with pytest.raises(Malformed):
        opened(Withdrawal, junk, KEY.public)


def test_rfc_8032_vector_2() -> None:
    key = SigningKey.from_bytes(bytes.fromhex("4ccd089b28ff96da9db6c346ec114e0f5b8a319f35aba624da8cf6ed4fb8a6fb"))
    assert key.public.hex() == "3d4017c3e843895a92b70aa74d1b7ebc9c982ccf2ec4968cc0cd55f12af4660c"
    signature = key.sign(b"\x72")
    assert signature.hex().startswith("92a009a9f0d4cab8720e820b5f642540")
    verify(key.public, b"\x72", signature)


def test_key_round_trip_and_repr() -> None:
    assert SigningKey.from_bytes(KEY.to_bytes()).public == KEY.public
    assert KEY.to_bytes().hex()[:8] not in repr(KEY)
    with pytest.raises(Malformed):
        SigningKey.from_bytes(bytes(31))
