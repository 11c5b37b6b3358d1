"""What a batch of stills comes with: keys and nonces, and where there are two custodians the second's pads."""

import pytest

from countenance.errors import Malformed
from countenance.evidence import reextract
from countenance.formats import records
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
