"""Blind signatures: the authors' vectors of RFC 9474, and what a signer and a cheat can do with them."""

import json
import secrets
from pathlib import Path

import pytest
from cryptography.hazmat.primitives.asymmetric import rsa

from countenance.crypto import blind
from countenance.crypto.blind import Blinding, IssuingKey
from countenance.errors import Malformed, Tampered

VECTORS = json.loads((Path(__file__).parents[2] / "vectors" / "blind" / "rsabssa-sha384-pss.json").read_text())


@pytest.fixture(scope="module")
def key() -> IssuingKey:
    return IssuingKey.generate(2048)


def published() -> IssuingKey:
    p, q = int(VECTORS["p"], 16), int(VECTORS["q"], 16)
    d = pow(65537, -1, (p - 1) * (q - 1))
    crt = rsa.RSAPrivateNumbers(p, q, d, d % (p - 1), d % (q - 1), pow(q, -1, p), rsa.RSAPublicNumbers(65537, p * q))
    return IssuingKey(crt.private_key())


@pytest.mark.parametrize("case", VECTORS["cases"], ids=lambda case: case["name"])
def test_the_published_vectors_come_out(case: dict[str, str]) -> None:
    issuer = published()
    modulus = int(VECTORS["p"], 16) * int(VECTORS["q"], 16)
    cover = int(VECTORS["cover"], 16)
    cover = cover if case["cover_is"] == "r" else pow(cover, -1, modulus)
    prepared = bytes.fromhex(case["prefix"] + VECTORS["message"])
    made = blind.blinded_with(prepared, issuer.public, bytes.fromhex(case["salt"]), cover)
    assert made.blinded.hex() == case["blinded"]
    signed = issuer.sign(made.blinded)
    assert signed.hex() == case["blind_signature"]
    assert blind.finish(made, signed, issuer.public).hex() == case["signature"]


def test_what_was_signed_blind_verifies_and_nothing_else_does(key: IssuingKey) -> None:
    made = blind.blind(b"token", key.public)
    signature = blind.finish(made, key.sign(made.blinded), key.public)
    blind.verify(key.public, made.prepared, signature)
    for prepared, given in (
        (made.prepared + b"x", signature),
        (made.prepared, signature[:-1] + bytes([signature[-1] ^ 1])),
        (made.prepared, signature[:-1]),
        (made.prepared, key.sign(made.blinded)),
        (made.prepared, b""),
    ):
        with pytest.raises(Tampered):
            blind.verify(key.public, prepared, given)
    with pytest.raises(Tampered):
        blind.verify(IssuingKey.generate(2048).public, made.prepared, signature)


def test_a_signer_sees_another_number_each_time_and_one_blind_signature_serves_any_token(key: IssuingKey) -> None:
    """Whatever the signer saw could have become either token: for both there is a cover that leads from one to it."""
    modulus = int.from_bytes(key.sign((2).to_bytes(256))) and _modulus(key)
    first, second = blind.blind(b"one", key.public), blind.blind(b"two", key.public)
    assert first.blinded != blind.blind(b"one", key.public).blinded
    for seen in (first, second):
        for token in (first, second):
            encoded = int.from_bytes(token.blinded) * pow(token.inverse, 65537, modulus) % modulus
            ratio = int.from_bytes(seen.blinded) * pow(encoded, -1, modulus) % modulus
            assert 0 < ratio < modulus
            signed = blind.finish(
                Blinding(token.prepared, seen.blinded, pow(_root(key, ratio, modulus), -1, modulus)),
                key.sign(seen.blinded),
                key.public,
            )
            blind.verify(key.public, token.prepared, signed)


def _modulus(key: IssuingKey) -> int:
    return blind._public(key.public).public_numbers().n


def _root(key: IssuingKey, number: int, modulus: int) -> int:
    return int.from_bytes(key.sign(number.to_bytes((modulus.bit_length() + 7) // 8)))


def test_a_signer_signs_numbers_below_its_modulus_only(key: IssuingKey) -> None:
    for bad in (b"", bytes(256), b"\xff" * 256, b"\x01" * 255, b"\x01" * 257):
        with pytest.raises(Malformed):
            key.sign(bad)


def test_a_signer_that_signs_something_else_is_found_out(key: IssuingKey) -> None:
    made = blind.blind(b"token", key.public)
    with pytest.raises(Tampered):
        blind.finish(made, key.sign(blind.blind(b"other", key.public).blinded), key.public)


def test_keys_survive_their_file_and_nothing_else_is_one(key: IssuingKey) -> None:
    assert IssuingKey.from_bytes(key.to_bytes()).public == key.public
    for data in (b"", secrets.token_bytes(200), key.public):
        with pytest.raises(Malformed):
            IssuingKey.from_bytes(data)
    with pytest.raises(Malformed):
        blind.verify(b"none", b"", b"")
    with pytest.raises(Malformed):
        blind.verify(IssuingKey(rsa.generate_private_key(65537, 1024)).public, b"", b"")


def test_nothing_secret_is_in_what_they_look_like(key: IssuingKey) -> None:
    made = blind.blind(b"token", key.public)
    assert made.prepared.hex() not in repr(made)
    assert len(repr(key)) < 40
