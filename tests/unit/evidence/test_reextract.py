"""What a batch of stills comes with: keys and nonces, and where there are two custodians the second's pads."""

import hashlib
from dataclasses import dataclass
from types import SimpleNamespace

import numpy as np
import pytest

from countenance.channel.message import Message
from countenance.crypto import segment
from countenance.errors import Malformed
from countenance.evidence import reextract
from countenance.formats import patches, records
from countenance.formats.patches import Piece
from countenance.vocabulary.migration import Batch

BATCH = Batch(bytes(32), 4, ("aa" * 16, "bb" * 16), (bytes(32), bytes(32)))
KEYS = (bytes(32), bytes(range(64)), bytes(range(32)))
PADS = bytes(range(16))


def test_a_batch_of_one_custodian_and_of_two() -> None:
    _, alone = reextract.read(records.plain(BATCH), KEYS)
    assert alone.pads == ()
    batch, both = reextract.read(records.plain(BATCH), (*KEYS, PADS))
    assert batch == BATCH
    assert both.pads == (PADS[:8], PADS[8:])
    assert (both.block, both.stills, both.nonces) == (alone.block, alone.stills, alone.nonces)


@pytest.mark.parametrize("blobs", [KEYS[:2], (*KEYS, PADS[:-1]), (*KEYS, b""), (*KEYS, PADS, PADS)])
def test_parts_that_do_not_fit_are_refused(blobs: tuple[bytes, ...]) -> None:
    with pytest.raises(Malformed):
        reextract.read(records.plain(BATCH), blobs)


@dataclass
class Engine:
    """Finds the same row in every still."""

    card: SimpleNamespace

    def row(self, jpeg: bytes, block_key: bytes, nonce: bytes) -> bytes:
        assert (jpeg, block_key, len(nonce)) == (b"jpeg", KEYS[0], 16)
        return bytes((1, 0) * 4)


@dataclass
class Repository:
    """Has every still, encrypted."""

    still: bytes

    def call(self, verb: str, body: object) -> Message:
        return Message(verb, {}, (self.still,))


def test_the_pads_of_both_are_on_the_rows_that_leave() -> None:
    key = bytes(range(32))
    still = segment.encrypt(key, patches.write_still(Piece(1, 0, 0, 2, 2, b"jpeg")))
    batch = Batch(bytes(32), 4, BATCH.sightings, (hashlib.sha256(still).digest(),) * 2)
    process = reextract.Reextracting(Repository(still), None, lambda: None)  # type: ignore[arg-type]
    process._engine = Engine(SimpleNamespace(digest=bytes(32)))  # type: ignore[assignment]
    question = Message("reextract", {"batch": records.plain(batch)}, (KEYS[0], key * 2, KEYS[2], PADS))
    answer = process.reextract(question)
    assert (answer.body["without"], answer.body["altered"]) == ([], [])
    rows = np.frombuffer(answer.blobs[0], dtype="<u2") - np.frombuffer(PADS, dtype="<u2")
    assert rows.tolist() == [1] * 8
