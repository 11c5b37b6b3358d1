"""seal, unseal, lease, keypair: what was sealed opens with its key and its purpose, and with nothing else."""

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from countenance.crypto import hybrid, keypair
from countenance.crypto.lease import OwnKey
from countenance.crypto.seal import binding, seal
from countenance.crypto.unseal import unseal
from countenance.errors import Malformed, Tampered

PAIR = keypair.generate()
INFO = binding("nonce", "0123456789abcdef", "gate-1")


@settings(max_examples=25, deadline=None)
@given(st.binary(max_size=3000))
def test_what_was_sealed_opens(plaintext: bytes) -> None:
    sealed = seal(PAIR.public, INFO, plaintext)
    assert len(sealed) == len(plaintext) + hybrid.OVERHEAD
    assert unseal(PAIR.private, INFO, sealed) == plaintext


def test_two_sealings_differ() -> None:
    assert seal(PAIR.public, INFO, b"same") != seal(PAIR.public, INFO, b"same")


@pytest.mark.parametrize("at", [0, 500, 1088, 1119, 1120, -1])
def test_one_changed_bit_does_not_open(at: int) -> None:
    sealed = bytearray(seal(PAIR.public, INFO, b"text"))
    sealed[at] ^= 1
    with pytest.raises(Tampered):
        unseal(PAIR.private, INFO, bytes(sealed))


@pytest.mark.parametrize("change", [lambda s: b"", lambda s: s[:100], lambda s: s[:-1], lambda s: s + b"\0"])
def test_cut_or_longer_does_not_open(change) -> None:
    with pytest.raises(Tampered):
        unseal(PAIR.private, INFO, change(seal(PAIR.public, INFO, b"text")))


def test_another_purpose_name_or_key_does_not_open() -> None:
    sealed = seal(PAIR.public, INFO, b"text")
    for info in (binding("answer", "0123456789abcdef", "gate-1"), binding("nonce", "0123456789abcdef", "gate-2"), b""):
        with pytest.raises(Tampered):
            unseal(PAIR.private, info, sealed)
    with pytest.raises(Tampered):
        unseal(keypair.generate().private, INFO, sealed)


def test_bindings_do_not_run_together() -> None:
    assert binding("a", "b", "c") == b'["countenance","a","b","c"]'
    assert len({binding("a", "b", "c"), binding("a", "bc"), binding("ab", "c"), binding("a", 'b","c')}) == 4


@pytest.mark.parametrize(
    "public", [b"", PAIR.public[:-1], PAIR.public + b"\0", b"\xff" * 1216, PAIR.public[:1184] + bytes(32)]
)
def test_a_key_that_is_none_is_named(public: bytes) -> None:
    with pytest.raises(Malformed):
        seal(public, INFO, b"text")


def test_a_private_key_that_is_none_is_named() -> None:
    with pytest.raises(Malformed):
        unseal(PAIR.private[:-1], INFO, b"")
    with pytest.raises(Malformed):
        OwnKey.from_bytes(b"short")


def test_a_pair_is_restored_from_its_private_half() -> None:
    assert keypair.from_private(PAIR.private) == PAIR


def test_own_key_opens_its_own_mail_only() -> None:
    own, other = OwnKey.generate(), OwnKey.generate()
    sealed = seal(own.public, INFO, b"lease")
    assert OwnKey.from_bytes(own.to_bytes()).open(INFO, sealed) == b"lease"
    with pytest.raises(Tampered):
        other.open(INFO, sealed)


def test_reprs_show_no_private_bytes() -> None:
    own = OwnKey.generate()
    for holder, private in ((PAIR, PAIR.private), (own, own.to_bytes())):
        for piece in (private[:8].hex(), private[64:72].hex(), repr(private[:8])[2:-1]):
            assert piece not in repr(holder)
