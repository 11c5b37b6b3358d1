"""Rubbish at the doors: the sockets of repository and custodian get noise, mutated messages and well-formed nonsense.

Neither process may end, accept anything, let a stranger fill its disk or its memory, or stop answering others.
"""

import contextlib
import io
import random
import socket
from pathlib import Path

import pytest

from countenance.channel import message
from countenance.channel.client import Connection
from countenance.channel.message import Message
from countenance.cli.demo.stage import Stage
from countenance.errors import CountenanceError
from countenance.formats.canonical import Json
from countenance.vocabulary.entries import Kind
from prove import killing, scenes
from prove.scale import count

VERBS = {
    "custodian": ["lease", "intake.sightings", "intake.manifest", "ask", "search.begin", "search.finish", "disclose"],
    "repository": [
        *("edge.lease", "edge.sighting", "edge.segment", "edge.manifest", "edge.poll", "ask", "warrant.file"),
        *("warrant.photo", "search", "disclose", "sightings.list", "sightings.show", "object", "segments", "segment"),
        *("edge.live", "live.wait", "live.beats", "cameras.measure", "cameras.place"),
        *("cameras.places", "usage"),
    ],
}
# Verbs that answer a stranger, with public metadata only.
PUBLIC = {"edge.poll", "sightings.list", "segments", "live.beats", "cameras.places", "usage"}
WORDS: tuple[Json, ...] = ("", "0" * 16, "0" * 32, "hall-east", -1, 0, 2**53 - 1, None, [], {}, True)
FIELDS = ("warrant", "number", "sighting", "part", "segment", "camera", "start", "end", "edge", "search", "partitions")
MOST_GROWN = 128 * 1024 * 1024


def telling(stage: Stage) -> int:
    """Entries that say something: a tick that falls into the test adds padding."""
    return sum(entry.kind is not Kind.PADDING for entry in killing.entries(stage))


def spoken(place: Path, data: bytes) -> None:
    """Send raw bytes as a connection of their own, and hear what comes back."""
    with contextlib.suppress(OSError), socket.socket(socket.AF_UNIX) as line:
        line.settimeout(5)
        line.connect(str(place))
        line.sendall(data)
        line.shutdown(socket.SHUT_WR)
        while line.recv(65536):
            pass


def noise(chance: random.Random) -> bytes:
    """Raw bytes, sometimes with a plausible length in front."""
    body = chance.randbytes(chance.choice([0, 1, 7, 64, 4096]))
    return chance.choice([b"", len(body).to_bytes(4), b"\xff\xff\xff\xff"]) + body


def mutated(whole: bytes, chance: random.Random) -> bytes:
    """A message with bits flipped, bytes missing, doubled or put in between, or its end cut off."""
    data = bytearray(whole)
    for _ in range(chance.randint(1, 4)):
        at = chance.randrange(len(data))
        end = at + chance.randint(1, 8)
        match chance.randrange(5):
            case 0:
                data[at] ^= 1 << chance.randrange(8)
            case 1:
                del data[at : min(end, len(data) - 1)]
            case 2:
                data[at:at] = data[at:end]
            case 3:
                data[at:at] = chance.randbytes(end - at)
            case _:
                del data[max(1, at) :]
    return bytes(data)


def framed(said: Message) -> bytes:
    """A message as it goes over the line."""
    ours, theirs = socket.socketpair()
    out = io.BytesIO()
    with ours, theirs:
        message.send(ours, said)
        ours.shutdown(socket.SHUT_WR)
        while part := theirs.recv(65536):
            out.write(part)
    return out.getvalue()


def meaningless(verb: str, chance: random.Random) -> Message:
    """A well-formed message without a meaning."""
    body = {field: chance.choice(WORDS) for field in chance.sample(FIELDS, chance.randint(0, 6))}
    blobs = tuple(chance.randbytes(chance.choice([0, 32, 256, 1200, 5000])) for _ in range(chance.randint(0, 5)))
    return Message(verb, body, blobs)


def accepted(connection: Connection, said: Message) -> bool:
    """Whether something was taken of a well-formed message: an answer, of an intake one that took in a sighting."""
    try:
        answer = connection.call(said.verb, said.body, said.blobs)
    except CountenanceError:
        return False
    return answer.body.get("taken") != []


def size_of(folder: Path) -> int:
    return sum(path.stat().st_size for path in folder.rglob("*") if path.is_file())


@pytest.mark.parametrize("zone", sorted(VERBS))
@pytest.mark.timeout(1500)
def test_rubbish_changes_nothing(stage: Stage, zone: str) -> None:
    chance = random.Random(11)
    place, process = stage.deployment / "sockets" / zone, killing.serving(stage, zone)
    before, resident = size_of(stage.deployment / zone), process.memory_info().rss
    entries = telling(stage)
    with Connection(place, timeout=10.0) as connection:
        for _ in range(count(200_000, 3_000)):
            said = meaningless(chance.choice(VERBS[zone]), chance)
            assert not accepted(connection, said) or said.verb in PUBLIC, said
    for _ in range(count(20_000, 600)):
        spoken(place, noise(chance))
        spoken(place, mutated(framed(meaningless(chance.choice(VERBS[zone]), chance)), chance))
    assert telling(stage) <= entries + 30
    assert size_of(stage.deployment / zone) <= before + 2_000_000
    assert process.memory_info().rss <= resident + MOST_GROWN
    assert killing.serving(stage, zone).pid == process.pid, "the process never ended"
    assert stage.verb("custodian", "status", quiet=True)["state"] == "open"
    assert stage.verb("sightings", "list", quiet=True)["sightings"] == []
    stage.stop_all()
    assert scenes.regular(stage)["entries"] >= entries
