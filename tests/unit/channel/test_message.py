"""message: what was sent arrives; nothing over a limit is read or sent."""

import socket
import threading

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from countenance.channel import message
from countenance.channel.message import Message
from countenance.errors import Malformed, Unavailable
from countenance.formats import canonical

JSON = st.recursive(
    st.none()
    | st.booleans()
    | st.integers(-(2**53) + 1, 2**53 - 1)
    | st.text(st.characters(exclude_categories=["Cs"])),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text("abc", max_size=3), inner, max_size=3),
    max_leaves=10,
)


def through(data: bytes) -> Message | None:
    ours, theirs = socket.socketpair()
    with ours, theirs:
        theirs.settimeout(60)
        sender = threading.Thread(target=lambda: (ours.sendall(data), ours.shutdown(socket.SHUT_WR)))
        sender.start()
        try:
            return message.receive(theirs)
        finally:
            sender.join()


def raw(header: object) -> bytes:
    data = canonical.write(header)  # type: ignore[arg-type]
    return len(data).to_bytes(4) + data


@settings(max_examples=50, deadline=None)
@given(
    st.text("abc.", max_size=9),
    st.dictionaries(st.text("abc", max_size=3), JSON, max_size=3),
    st.lists(st.binary(max_size=300) | st.integers(0, 200_000).map(bytes), max_size=6),
)
def test_what_was_sent_arrives(verb: str, body: dict[str, object], blobs: list[bytes]) -> None:
    ours, theirs = socket.socketpair()
    with ours, theirs:
        said = Message(verb, body, tuple(blobs))  # type: ignore[arg-type]
        sender = threading.Thread(target=message.send, args=(ours, said))
        sender.start()
        assert message.receive(theirs) == said
        sender.join()


def test_the_end_between_messages_is_the_end_and_in_the_middle_a_loss() -> None:
    assert through(b"") is None
    good = raw({"verb": "v", "body": {}, "blobs": [5]}) + b"12345"
    assert through(good) == Message("v", {}, (b"12345",))
    for cut in range(1, len(good)):
        with pytest.raises(Unavailable):
            through(good[:cut])


@pytest.mark.parametrize(
    "data",
    [
        b"\xff\xff\xff\xff",
        (message.MAXIMUM_HEADER + 1).to_bytes(4),
        raw([]),
        raw({"verb": "v", "body": {}}),
        raw({"verb": "v", "body": [], "blobs": []}),
        raw({"verb": 1, "body": {}, "blobs": []}),
        raw({"verb": "v", "body": {}, "blobs": {}}),
        raw({"verb": "v", "body": {}, "blobs": [-1]}),
        raw({"verb": "v", "body": {}, "blobs": [True]}),
        raw({"verb": "v", "body": {}, "blobs": ["1"]}),
        raw({"verb": "v", "body": {}, "blobs": [0] * (message.MAXIMUM_BLOBS + 1)}),
        raw({"verb": "v", "body": {}, "blobs": [message.MAXIMUM_MESSAGE, 1]}),
        raw({"verb": "v", "body": {}, "blobs": [], "more": 1}),
        b"\x00\x00\x00\x02{ ",
    ],
)
def test_what_cannot_be_a_message_is_malformed(data: bytes) -> None:
    with pytest.raises(Malformed):
        through(data)


def test_nothing_over_a_limit_is_sent() -> None:
    ours, theirs = socket.socketpair()
    with ours, theirs:
        theirs.setblocking(False)
        for said in (Message("v", {"a": "x" * 2_000_000}), Message("v", {}, (b"",) * 5000), Message("v", {"a": 0.5})):  # type: ignore[dict-item]
            with pytest.raises(Malformed):
                message.send(ours, said)
        with pytest.raises(BlockingIOError):
            theirs.recv(1)


def test_repr_shows_no_content() -> None:
    assert "secret" not in repr(Message("v", {"key": "secret"}, (b"secret",)))
