"""Rubbish at the doors: the sockets of repository and custodian get noise, mutated frames and well-formed nonsense.

Neither process may end, accept anything, or let a stranger fill its disk.
"""

import contextlib
import random
import socket
from pathlib import Path

import pytest

from countenance.channel.client import Connection
from countenance.cli.demo.stage import Stage
from countenance.errors import CountenanceError
from prove.scale import count

VERBS = {
    "custodian": ["lease", "intake.sightings", "intake.manifest", "ask", "search.begin", "search.finish", "disclose"],
    "repository": [
        *("edge.lease", "edge.sighting", "edge.segment", "edge.manifest", "edge.poll", "ask", "warrant.file"),
        *("warrant.photo", "search", "disclose", "sightings.list", "sightings.show", "object", "segments", "segment"),
    ],
}
# Verbs that answer a stranger, with public metadata only.
PUBLIC = {"edge.poll", "sightings.list", "segments"}


def noise(place: Path, chance: random.Random) -> None:
    """Raw bytes, sometimes with a plausible length in front."""
    with contextlib.suppress(OSError), socket.socket(socket.AF_UNIX) as line:
        line.settimeout(5)
        line.connect(str(place))
        body = chance.randbytes(chance.choice([0, 1, 7, 64, 4096]))
        line.sendall(chance.choice([b"", len(body).to_bytes(4), b"\xff\xff\xff\xff"]) + body)
        line.shutdown(socket.SHUT_WR)
        line.recv(4096)


def nonsense(connection: Connection, verb: str, chance: random.Random) -> bool:
    """A well-formed message with meaningless contents; whether it was accepted."""
    words = ["", "0" * 16, "0" * 32, "hall-east", -1, 0, 2**53 - 1, None, [], {}, True]
    fields = [
        "warrant",
        "number",
        "sighting",
        "part",
        "segment",
        "camera",
        "start",
        "end",
        "edge",
        "search",
        "partitions",
    ]
    body = {field: chance.choice(words) for field in chance.sample(fields, chance.randint(0, 6))}
    blobs = tuple(chance.randbytes(chance.choice([0, 32, 256, 1200, 5000])) for _ in range(chance.randint(0, 5)))
    try:
        connection.call(verb, body, blobs)
    except CountenanceError:
        return False
    return True


def size_of(folder: Path) -> int:
    return sum(path.stat().st_size for path in folder.rglob("*") if path.is_file())


@pytest.mark.parametrize("zone", sorted(VERBS))
@pytest.mark.timeout(1500)
def test_rubbish_changes_nothing(stage: Stage, zone: str) -> None:
    chance = random.Random(11)
    place = stage.deployment / "sockets" / zone
    before = size_of(stage.deployment / zone)
    entries = stage.verb("custodian", "status", quiet=True)["entries"]
    accepted = []
    with Connection(place, timeout=10.0) as connection:
        for _ in range(count(200_000, 3_000)):
            verb = chance.choice(VERBS[zone])
            if nonsense(connection, verb, chance) and verb not in PUBLIC:
                accepted.append(verb)
    for _ in range(count(20_000, 300)):
        noise(place, chance)
    assert set(accepted) <= {"intake.sightings"} if zone == "custodian" else not accepted
    assert stage.verb("custodian", "status", quiet=True)["entries"] <= entries + 30
    assert size_of(stage.deployment / zone) <= before + 2_000_000
    assert "ended" not in (stage.out / "processes.log").read_text(), "no process ended"
