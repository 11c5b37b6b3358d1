"""The edge's end of a session: whom it believes, and what."""

import hashlib
from dataclasses import dataclass, field

import pytest

from countenance.channel import session as wire
from countenance.channel.message import Message
from countenance.channel.session import Caller
from countenance.crypto import keypair
from countenance.crypto.session import Receiving, Sending
from countenance.crypto.sign import SigningKey
from countenance.crypto.unseal import unseal
from countenance.errors import Malformed, Tampered
from countenance.formats import canonical, records
from countenance.formats.canonical import Json
from countenance.vocabulary.galleries import MaskedGallery, SessionOffer
from countenance.vocabulary.requests import Signed
from simulator.people import genesis

KEYS = keypair.generate()
GENESIS = genesis(custodian_key=KEYS.public)
CALLER = Caller("host-1", "hall", SigningKey.generate())
ROWS = bytes(range(256)) * 2
LISTED = MaskedGallery("00" * 8, 1, 2, 128, b"e" * 32, hashlib.sha256(ROWS).digest())


@dataclass
class Custodian:
    """The other end, as the gallery custodian is, with what a test makes of its answers."""

    private: bytes = KEYS.private
    proof: bytes = wire.PROOF
    rows: tuple[bytes, ...] = (ROWS,)
    listed: list[object] = field(default_factory=lambda: [LISTED])
    offers: list[bytes] = field(default_factory=list)
    probes: list[bytes] = field(default_factory=list)

    def call(self, verb: str, body: object = None, blobs: tuple[bytes, ...] = ()) -> Message:
        if verb == wire.BEGIN:
            self.offers.append(blobs[0])
            info = wire.secret_binding(GENESIS.deployment, "host-1", "hall")
            try:
                secret = unseal(self.private, info, blobs[1])
            except Tampered:
                secret = bytes(32)
            keys = wire.derived(secret, blobs[0], b"c" * 32)
            self.answers, self.received = Sending(keys.answers, keys.name), Receiving(keys.probes, keys.name)
            return Message(verb, {}, (b"c" * 32, self.answers.encrypt(self.proof)))
        if verb == wire.GALLERIES:
            plain: list[Json] = [records.plain(one) for one in self.listed]
            return Message(verb, {}, (self.answers.encrypt(canonical.write(plain)), *self.rows))
        room = bytearray(1000)
        self.probes.append(bytes(room[: self.received.decrypt_into(blobs[0], room)]))
        return wire.ACKNOWLEDGED


def begun(custodian: Custodian) -> wire.Session:
    session = wire.begin(custodian, GENESIS, CALLER, 7)
    assert session is not None
    return session


def test_the_offer_is_signed_and_names_what_it_is_for() -> None:
    custodian = Custodian()
    begun(custodian)
    signed = records.read(Signed, custodian.offers[0])
    offer = records.read(SessionOffer, signed.body)
    assert (offer.deployment, offer.edge, offer.camera, offer.made) == (GENESIS.deployment, "host-1", "hall", 7)


def test_probes_and_galleries_pass() -> None:
    custodian = Custodian()
    session = begun(custodian)
    assert session.galleries(()) == ((LISTED,), {LISTED.digest: ROWS})
    session.probe(bytearray(b"a probe"))
    session.probe(memoryview(b"another"))
    assert custodian.probes == [b"a probe", b"another"]


@pytest.mark.parametrize(
    "impostor", [Custodian(private=keypair.generate().private), Custodian(proof=b"something else")], ids=["key", "word"]
)
def test_who_lacks_the_key_is_not_believed(impostor: Custodian) -> None:
    with pytest.raises(Tampered):
        begun(impostor)


@pytest.mark.parametrize("rows", [(bytes(512),), (ROWS[:-2],), (ROWS, ROWS[:10])])
def test_rows_are_those_that_were_listed(rows: tuple[bytes, ...]) -> None:
    with pytest.raises(Tampered):
        begun(Custodian(rows=rows)).galleries(())


def test_a_digest_of_rows_of_another_size_is_refused() -> None:
    wrong = MaskedGallery("00" * 8, 1, 3, 128, b"e" * 32, LISTED.digest)
    with pytest.raises(Tampered):
        begun(Custodian(listed=[wrong])).galleries(())


def test_what_is_no_list_is_malformed() -> None:
    custodian = Custodian()
    session = begun(custodian)
    custodian.listed = [GENESIS]
    with pytest.raises(Malformed):
        session.galleries(())


def test_where_nothing_stands_there_is_no_session() -> None:
    class Empty(Custodian):
        def call(self, verb: str, body: object = None, blobs: tuple[bytes, ...] = ()) -> Message:
            return Message(verb, {"stands": False})

    assert wire.begin(Empty(), GENESIS, CALLER, 7) is None


def test_two_sessions_share_no_key() -> None:
    custodian = Custodian()
    first = begun(custodian)
    begun(custodian)
    with pytest.raises(Tampered):
        first.probe(bytearray(b"a probe"))


def test_keys_are_not_shown() -> None:
    keys = wire.derived(bytes(32), b"", b"")
    assert repr(keys) == f"Keys({keys.name.hex()[:8]})"
    assert len({keys.probes, keys.asks, keys.answers}) == 3
