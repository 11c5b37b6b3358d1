"""Somebody who can connect to a socket and has no key."""

import socket
import threading
import tracemalloc
from pathlib import Path

import pytest

from countenance.channel import address, message
from countenance.channel.message import Message
from countenance.channel.server import Server
from countenance.errors import Malformed
from countenance.formats import canonical


def claimed(size: int) -> bytes:
    header = canonical.write({"blobs": [size], "body": {}, "verb": "x"})
    return len(header).to_bytes(4) + header


def test_what_a_header_claims_costs_no_memory_before_it_arrives() -> None:
    ours, theirs = socket.socketpair()
    with ours, theirs:
        theirs.settimeout(0.2)
        ours.sendall(claimed(400 * 1024 * 1024) + b"a few bytes")
        tracemalloc.start()
        try:
            with pytest.raises(TimeoutError):
                message.receive(theirs)
            _, peak = tracemalloc.get_traced_memory()
        finally:
            tracemalloc.stop()
    assert peak < 16 * 1024 * 1024


def test_a_server_reads_no_more_than_it_was_told_to(tmp_path: Path) -> None:
    stop = threading.Event()
    server = Server(tmp_path / "s", {"x": lambda asked: Message("ok")}, log=lambda _: None, largest=1000)
    thread = threading.Thread(target=server.serve_forever, args=(stop,))
    thread.start()
    try:
        with address.connect(tmp_path / "s", 5.0) as connection:
            message.send(connection, Message("x", {}, (bytes(600), bytes(400))))
            assert message.receive(connection) == Message("ok")
            connection.sendall(claimed(1001))
            answer = message.receive(connection)
            assert answer is not None
            assert answer.body["error"] == Malformed.name
    finally:
        stop.set()
        thread.join()
