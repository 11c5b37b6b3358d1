"""A FIDO2 key for `countenance.cli.usb`: CTAP2 in front of `simulator.authenticator`, with verification of its own."""

import hashlib
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field

import cbor2
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.hashes import SHA256
from fido2.ctap import CtapDevice
from fido2.hid import CAPABILITY

from simulator.authenticator import MODEL, PRESENT, VERIFIED, Authenticator, data_of

GET_ASSERTION, GET_INFO = 0x02, 0x04
NO_CREDENTIALS = b"\x2e"


@dataclass
class Key(CtapDevice):
    """One USB key. `rp_id`: of the credential it holds; `asked`: the client data hashes that it signed."""

    own: Authenticator = field(default_factory=Authenticator)
    rp_id: str = "approve.localhost"
    asked: list[bytes] = field(default_factory=list)

    @property
    def capabilities(self) -> int:
        return int(CAPABILITY.CBOR)

    def call(self, cmd: int, data: bytes = b"", event: object = None, on_keepalive: Callable | None = None) -> bytes:
        command, arguments = data[0], cbor2.loads(data[1:]) if len(data) > 1 else {}
        if command == GET_INFO:
            options = {"rk": True, "up": True, "uv": True}
            return b"\0" + cbor2.dumps({1: ["FIDO_2_0"], 3: MODEL, 4: options, 6: [1]})
        assert command == GET_ASSERTION
        if arguments[1] != self.rp_id:
            return NO_CREDENTIALS
        assert arguments[5]["uv"] is True
        self.asked.append(arguments[2])
        self.own.count += 1
        told = data_of(arguments[1], PRESENT | VERIFIED, self.own.count)
        signature = self.own.key.sign(told + arguments[2], ec.ECDSA(SHA256()))
        user = {"id": hashlib.sha256(b"user").digest()[:16]}
        identity = {"id": self.own.id, "type": "public-key"}
        return b"\0" + cbor2.dumps({1: identity, 2: told, 3: signature, 4: user})

    @classmethod
    def list_devices(cls) -> Iterator["Key"]:
        return iter(())
