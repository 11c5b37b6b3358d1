"""The way of a gate kiosk's letters: a thread that carries them by the repository's socket, for as long as it runs."""

import threading
from collections.abc import Callable, Sequence
from pathlib import Path

from countenance.channel.client import Connection
from countenance.errors import Malformed
from countenance.formats.canonical import Json
from countenance.gates.relaying import Relay
from countenance.gates.syncing import Syncing

PATIENCE_SECONDS = 5.0


def relay(connection: Connection) -> Relay:
    """What leaves a letter by `connection` and takes the others'."""

    def leave(gate: bytes, kiosk: bytes, letter: bytes) -> Sequence[tuple[bytes, bytes]]:
        answer = connection.call("gate.letter", {"gate": gate.hex(), "kiosk": kiosk.hex()}, (letter,))
        kiosks = answer.body.get("kiosks")
        if not isinstance(kiosks, list) or len(kiosks) != len(answer.blobs):
            raise Malformed("what the repository answers a kiosk cannot be read: run the same version on both sides")
        return [(_address(one), found) for one, found in zip(kiosks, answer.blobs, strict=True)]

    return leave


def carry(syncing: Syncing, socket: Path, stop: threading.Event, say: Callable[[str], None]) -> threading.Thread:
    """Carry letters by the repository's `socket` until `stop` is set; the thread that does, which has begun."""

    def run() -> None:
        with Connection(socket, timeout=PATIENCE_SECONDS) as connection:
            syncing.run(relay(connection), stop, say)

    thread = threading.Thread(target=run, name="letters", daemon=True)
    thread.start()
    return thread


def filed(socket: Path) -> Callable[[bytes], None]:
    """What brings the custodian a kiosk's word on its lanes, by the repository's `socket`."""

    def file(letter: bytes) -> None:
        with Connection(socket, timeout=PATIENCE_SECONDS) as connection:
            connection.call("gate.lanes", {}, (letter,))

    return file


def _address(spelled: Json) -> bytes:
    try:
        return bytes.fromhex(str(spelled))
    except ValueError as error:
        raise Malformed("an address of a kiosk is hex: run the same version on both sides") from error
