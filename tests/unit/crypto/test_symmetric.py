"""record, keystream, derive, passphrase: one key, one purpose."""

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from countenance.crypto import derive, keystream, passphrase, record
from countenance.errors import Malformed, Refused, Tampered

KEY = bytes(range(32))


@settings(max_examples=50, deadline=None)
@given(st.binary(max_size=500), st.binary(max_size=50))
def test_record_round_trip(plaintext: bytes, context: bytes) -> None:
    data = record.encrypt(KEY, plaintext, context)
    assert len(data) == len(plaintext) + 28
    assert record.decrypt(KEY, data, context) == plaintext


def test_keys_are_combined_of_all_values_in_order_and_one_value_is_itself() -> None:
    one, two = bytes(range(32)), bytes(range(1, 33))
    assert derive.combined(one) == one
    both = derive.combined(one, two)
    assert len(both) == 32
    assert len({both, derive.combined(two, one), derive.combined(one, one), one, two}) == 5
    for values in ((), (one, b"short"), (one, two, b"")):
        with pytest.raises(Malformed):
            derive.combined(*values)


def test_record_opens_with_its_key_and_context_only() -> None:
    data = record.encrypt(KEY, b"text", b"row/1")
    for key, altered, context in (
        (bytes(32), data, b"row/1"),
        (KEY, data, b"row/2"),
        (KEY, data[:-1], b"row/1"),
        (KEY, b"", b"row/1"),
        (KEY, data[:20], b"row/1"),
        (KEY, bytes([data[0] ^ 1]) + data[1:], b"row/1"),
    ):
        with pytest.raises(Tampered):
            record.decrypt(key, altered, context)
    with pytest.raises(Malformed):
        record.encrypt(b"short", b"", b"")


def test_keystream_is_nist_sp_800_38a_f_5_5() -> None:
    key = bytes.fromhex("603deb1015ca71be2b73aef0857d77811f352c073b6108d72d9810a30914dff4")
    nonce = bytes.fromhex("f0f1f2f3f4f5f6f7f8f9fafbfcfdfeff")
    plaintext = bytes.fromhex("6bc1bee22e409f96e93d7e117393172aae2d8a571e03ac9c9eb76fac45af8e51")
    ciphertext = "601ec313775789a5b7a7f504bbf3d228f443e3ca4d62b59aca84e990cacaf5c5"
    pad = keystream.pad(key, nonce, 32)
    assert bytes(a ^ b for a, b in zip(pad, plaintext, strict=True)).hex() == ciphertext
    assert keystream.pad(key, nonce, 7) == pad[:7]
    with pytest.raises(Malformed):
        keystream.pad(key, nonce[:12], 32)
    with pytest.raises(Malformed):
        keystream.pad(key[:16], nonce, 32)


def test_no_two_purposes_share_a_key() -> None:
    salt, nonce = bytes(32), bytes(16)
    keys = [
        derive.block_key(KEY, salt, "gate-1/2026-01-01T00Z"),
        derive.block_key(KEY, salt, "gate-1/2026-01-01T01Z"),
        derive.block_key(KEY, b"\1" * 32, "gate-1/2026-01-01T00Z"),
        derive.footage_key(KEY, salt, "gate-1/2026-01-01T00Z"),
        derive.still_key(KEY, nonce, "ab"),
        derive.patches_key(KEY, nonce, "ab"),
        derive.patches_key(KEY, b"\1" * 16, "ab"),
        derive.subkey(KEY, "store"),
        derive.subkey(KEY, "log"),
    ]
    assert len(set(keys)) == len(keys)
    assert all(len(key) == 32 for key in keys)
    with pytest.raises(Malformed):
        derive.subkey(b"short", "store")


def test_passphrase() -> None:
    wrapped = passphrase.wrap(b"secret", "open sesame")
    assert b"secret" not in wrapped
    assert passphrase.unwrap(wrapped, "open sesame") == b"secret"
    with pytest.raises(Refused, match="passphrase"):
        passphrase.unwrap(wrapped, "open sesame ")
    with pytest.raises(Refused):
        passphrase.unwrap(wrapped[:-1], "open sesame")
    for junk in (b"", b"\x02" + wrapped[1:], wrapped[:10]):
        with pytest.raises(Malformed):
            passphrase.unwrap(junk, "open sesame")
    with pytest.raises(Malformed):
        passphrase.wrap(b"secret", "")
