import hashlib
import secrets

import numpy as np
import pytest

from countenance.crypto import derive, segment
from countenance.crypto.keystream import pad
from countenance.crypto.seal import binding
from countenance.crypto.unseal import unseal
from countenance.formats import patches
from countenance.formats.patches import Piece
from countenance.matching import encode
from countenance.video.encode import Segment
from countenance.vocabulary.cameras import Partition
from countenance.vocabulary.faces import Template
from countenance.vocabulary.moments import MILLISECONDS_AN_HOUR
from countenance.vocabulary.second import Share
from countenance.zones.edge.sealing import Sealer, Sighting
from simulator.camera_host import DEPLOYMENT, World, held

HOUR = 480_000
START = HOUR * MILLISECONDS_AN_HOUR
VECTOR = np.random.default_rng(1).normal(size=128).astype(np.float32)
VECTOR /= np.linalg.norm(VECTOR)
TEMPLATE = Template(b"e" * 32, VECTOR.tobytes(), 5)
PIECES = tuple(Piece(START + n, 0, 0, 2, 2, b"jpeg") for n in range(3))
SIGHTING = Sighting(START, START + 900, 62, TEMPLATE, PIECES[0], PIECES)


SECOND = Share("entrance", HOUR, "host-1", b"B" * 32, b"F" * 32)


@pytest.mark.parametrize("second", [None, SECOND])
def test_the_custodians_and_nobody_else_can_read_a_sighting(world: World, second: Share | None) -> None:
    lease = held(world.repository.lease(HOUR)[0], second)
    record, (row, sealed, still, pieces) = Sealer(DEPLOYMENT, secrets.token_bytes).sighting(SIGHTING, lease)
    info = binding(
        "nonce",
        DEPLOYMENT,
        "host-1",
        str(Partition("entrance", HOUR)),
        record.sighting,
        record.extractor.hex(),
    )
    nonce = unseal(world.repository.epoch.private, info, sealed)
    assert len(nonce) == 16
    plain = np.frombuffer(row, "<u2")
    for key in lease.block_keys:
        plain = plain - np.frombuffer(pad(key, nonce, 256), "<u2")
    assert (plain.astype(np.int16) == encode.encode(VECTOR)).all()
    name = record.sighting
    key = derive.combined(*(derive.still_key(one, nonce, name) for one in lease.block_keys))
    assert patches.read_still(segment.decrypt(key, still)) == PIECES[0]
    key = derive.combined(*(derive.patches_key(one, nonce, name) for one in lease.block_keys))
    assert patches.read_patches(segment.decrypt(key, pieces)) == PIECES


def test_the_record_names_every_part_by_its_digest(world: World) -> None:
    lease = held(world.repository.lease(HOUR)[0])
    record, parts = Sealer(DEPLOYMENT, secrets.token_bytes).sighting(SIGHTING, lease)
    named = (record.row_digest, record.sealed_nonce_digest, record.still_digest, record.patches_digest)
    assert named == tuple(hashlib.sha256(part).digest() for part in parts)
    assert (record.edge, record.camera, record.hour) == ("host-1", "entrance", HOUR)
    assert (record.start, record.end, record.quality, record.shots) == (START, START + 900, 620, 5)
    assert (record.dimension, record.extractor) == (128, b"e" * 32)


def test_nothing_is_drawn_twice(world: World) -> None:
    lease = held(world.repository.lease(HOUR)[0])
    drawn: list[bytes] = []

    def random(count: int) -> bytes:
        drawn.append(secrets.token_bytes(count))
        return drawn[-1]

    sealer = Sealer(DEPLOYMENT, random)
    rows = {sealer.sighting(SIGHTING, lease)[1][0] for _ in range(3)}
    assert len(rows) == 3
    assert [len(data) for data in drawn] == [16] * 6
    assert len(set(drawn)) == 6


def test_footage_opens_with_the_footage_key_and_its_own_id(world: World) -> None:
    lease = held(world.repository.lease(HOUR)[0])
    piece = Segment(b"video", 25, START, START + 1000)
    record, data = Sealer(DEPLOYMENT, secrets.token_bytes).footage(piece, 3, lease)
    assert segment.decrypt(derive.subkey(lease.footage_key, record.segment), data) == b"video"
    assert (record.frames, record.covered_whole, record.start, record.end) == (25, 3, START, START + 1000)
    assert record.digest == hashlib.sha256(data).digest()


def test_a_sighting_shows_nothing(world: World) -> None:
    assert "jpeg" not in repr(SIGHTING)
    assert VECTOR.tobytes().hex() not in repr(SIGHTING)
