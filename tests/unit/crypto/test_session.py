"""A session's messages: in order, once, and not to be read from what is left behind."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from countenance.crypto import session
from countenance.crypto.session import COUNTER, MOST_SKIPPED, OVERHEAD, Receiving, Sending
from countenance.errors import Malformed, Tampered

KEY = bytes(range(32))


def opened(end: Receiving, data: bytes) -> bytes:
    room = bytearray(1000)
    return bytes(room[: end.decrypt_into(data, room)])


@given(st.lists(st.binary(max_size=200), min_size=1, max_size=8))
def test_messages_come_through_in_order(plain: list[bytes]) -> None:
    sender, receiver = Sending(KEY, b"context"), Receiving(KEY, b"context")
    sealed = [sender.encrypt(one) for one in plain]
    assert [len(data) - len(one) for data, one in zip(sealed, plain, strict=True)] == [OVERHEAD] * len(plain)
    assert [opened(receiver, data) for data in sealed] == plain


def test_known_answer() -> None:
    """AES-256 of counters 0 to 3 under the chain key, then AES-256-GCM with a zero nonce: written down once."""
    from cryptography.hazmat.primitives.ciphers import Cipher
    from cryptography.hazmat.primitives.ciphers.aead import AESGCM
    from cryptography.hazmat.primitives.ciphers.algorithms import AES256
    from cryptography.hazmat.primitives.ciphers.modes import CTR

    sender = Sending(KEY, b"c")
    for number in range(3):
        assert sender.encrypt(b"probe") == number.to_bytes(8) + AESGCM(
            message_key(number, Cipher, AES256, CTR)
        ).encrypt(bytes(12), b"probe", b"c" + number.to_bytes(8))


def message_key(number: int, cipher: type, aes: type, ctr: type) -> bytes:
    chain = KEY
    for _ in range(number + 1):
        stream = cipher(aes(chain), ctr(bytes(16))).encryptor().update(bytes(64))
        chain, message = stream[:32], stream[32:]
    return bytes(message)


def test_a_message_opens_once_and_never_after_a_later_one() -> None:
    sender, receiver = Sending(KEY, b""), Receiving(KEY, b"")
    first, second, third = (sender.encrypt(name) for name in (b"1", b"2", b"3"))
    assert opened(receiver, first) == b"1"
    assert opened(receiver, third) == b"3"
    for replayed in (first, second, third):
        with pytest.raises(Tampered):
            opened(receiver, replayed)
    assert opened(receiver, sender.encrypt(b"4")) == b"4"


@pytest.mark.parametrize("at", [0, COUNTER - 1, COUNTER, -1])
def test_altered_bytes_change_nothing(at: int) -> None:
    sender, receiver = Sending(KEY, b""), Receiving(KEY, b"")
    good = sender.encrypt(b"probe")
    bad = bytearray(good)
    bad[at] ^= 1
    with pytest.raises(Tampered):
        opened(receiver, bytes(bad))
    assert opened(receiver, good) == b"probe"


def test_other_keys_and_contexts_are_other_sessions() -> None:
    data = Sending(KEY, b"a").encrypt(b"probe")
    for end in (Receiving(bytes(32), b"a"), Receiving(KEY, b"b")):
        with pytest.raises(Tampered):
            opened(end, data)
    with pytest.raises(Malformed):
        Sending(b"short", b"")


def test_a_forged_counter_costs_little_and_a_short_message_nothing() -> None:
    receiver = Receiving(KEY, b"")
    for data in (b"", bytes(OVERHEAD - 1), (MOST_SKIPPED + 1).to_bytes(8) + bytes(16), b"\xff" * 40):
        with pytest.raises(Tampered):
            opened(receiver, data)
    with pytest.raises(Malformed):
        receiver.decrypt_into(bytes(OVERHEAD + 10), bytearray(9))


def test_old_keys_are_not_in_what_is_left() -> None:
    """Who takes the receiver's state after a message cannot open the message again, even with the ciphertext."""
    sender, receiver = Sending(KEY, b""), Receiving(KEY, b"")
    data = sender.encrypt(b"probe")
    opened(receiver, data)
    assert KEY not in bytes(receiver._chain.key)
    assert bytes(receiver._chain.key) != KEY
    assert not any(receiver._chain.room)
    thief = Receiving(bytes(receiver._chain.key), b"")
    with pytest.raises(Tampered):
        opened(thief, data)


def test_wiping_is_in_place() -> None:
    buffer = bytearray(b"secret")
    view = memoryview(buffer)
    session.wipe(buffer)
    assert bytes(view) == bytes(6)


def test_they_do_not_show_keys() -> None:
    assert repr(Sending(KEY, b"")) == "Sending(0 messages)"
    assert repr(Receiving(KEY, b"")) == "Receiving(0 messages)"
