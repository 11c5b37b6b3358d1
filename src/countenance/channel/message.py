"""One message on the wire: a verb, a JSON object, and blobs.

Wire: length of the header (u32, big-endian), the header (canonical JSON: `blobs`, an array of lengths, `body`, an
object, and `verb`, a string), then the blobs one after another. Limits are checked before anything is read for them.
"""

import io
import socket
from collections.abc import Mapping
from dataclasses import dataclass, field

from countenance.errors import Malformed, Unavailable
from countenance.formats import canonical
from countenance.formats.canonical import Json

MAXIMUM_HEADER = 1024 * 1024
MAXIMUM_BLOBS = 4096
# Bytes of all blobs of one message together.
MAXIMUM_MESSAGE = 512 * 1024 * 1024
_LENGTH = 4
# Blobs below this many bytes are joined before sending: one system call instead of thousands.
_JOINED = 64 * 1024
# Bytes that are made room for at a time: the products of three million rows.
_RECEIVED = 12 * 1024 * 1024


@dataclass(frozen=True, slots=True, repr=False)
class Message:
    """What one process says to another. `repr` shows verb and sizes only: bodies and blobs may hold keys."""

    verb: str
    body: Mapping[str, Json] = field(default_factory=dict)
    blobs: tuple[bytes, ...] = ()

    def __repr__(self) -> str:
        return (
            f"Message({self.verb}, {len(self.body)} fields, {len(self.blobs)} blobs, {sum(map(len, self.blobs))} bytes)"
        )


def send(connection: socket.socket, message: Message) -> None:
    """Write `message` whole. Raises Malformed if it is over a limit, OSError if the other side went away."""
    lengths = [len(blob) for blob in message.blobs]
    header = canonical.write({"verb": message.verb, "body": message.body, "blobs": lengths})
    if len(header) > MAXIMUM_HEADER:
        raise Malformed(f"a message's header has at most {MAXIMUM_HEADER} bytes; put the bulk in blobs")
    _within_limits(lengths)
    pending = bytearray(len(header).to_bytes(_LENGTH) + header)
    for blob in message.blobs:
        if len(blob) < _JOINED:
            pending += blob
        if len(blob) >= _JOINED or len(pending) >= _JOINED:
            connection.sendall(pending)
            pending.clear()
        if len(blob) >= _JOINED:
            connection.sendall(blob)
    connection.sendall(pending)


def receive(connection: socket.socket, *, largest: int = MAXIMUM_MESSAGE) -> Message | None:
    """The next message, or None if the other side has closed between two. Raises Malformed, Unavailable, OSError.

    `largest`: bytes of all blobs together.
    """
    start = _exactly(connection, _LENGTH, may_end=True)
    if not start:
        return None
    length = int.from_bytes(start)
    if length > MAXIMUM_HEADER:
        raise Malformed(f"a message's header has at most {MAXIMUM_HEADER} bytes")
    verb, body, lengths = _header(canonical.read(_exactly(connection, length)))
    if sum(lengths) > largest:
        raise Malformed(f"this process reads at most {largest} bytes at a time; send it in parts")
    return Message(verb, body, tuple(_exactly(connection, size) for size in lengths))


def _header(value: Json) -> tuple[str, Mapping[str, Json], list[int]]:
    if not isinstance(value, Mapping) or set(value) != {"verb", "body", "blobs"}:
        raise Malformed("a message's header has verb, body and blobs, and nothing else")
    verb, body, blobs = value["verb"], value["body"], value["blobs"]
    if not isinstance(verb, str) or not isinstance(body, Mapping) or not isinstance(blobs, list):
        raise Malformed("a message has a verb, an object as its body and an array of blob lengths")
    lengths = [size for size in blobs if type(size) is int and size >= 0]
    if len(lengths) != len(blobs):
        raise Malformed("the lengths of blobs are whole numbers")
    _within_limits(lengths)
    return verb, body, lengths


def _within_limits(lengths: list[int]) -> None:
    if len(lengths) > MAXIMUM_BLOBS or sum(lengths) > MAXIMUM_MESSAGE:
        raise Malformed(f"a message has at most {MAXIMUM_BLOBS} blobs and {MAXIMUM_MESSAGE} bytes; send it in parts")


def _exactly(connection: socket.socket, length: int, *, may_end: bool = False) -> bytes:
    """`length` bytes. Memory grows with what arrives, not with what a header claims: anybody can claim."""
    parts, missing = list[bytes](), length
    # Without a buffer of its own, and so without reading on into the next message; it fills one bytes object in place.
    with io.BufferedReader(connection.makefile("rb", buffering=0), 1) as reader:
        while missing:
            part = reader.read(min(_RECEIVED, missing))
            missing -= len(part)
            parts.append(part)
            if len(part) < _RECEIVED and missing:
                if may_end and missing == length:
                    return b""
                raise Unavailable("the other process closed the connection in the middle of a message; try again")
    return parts[0] if len(parts) == 1 else b"".join(parts)
