"""A2, a hostile repository that adds offsets to products: a stranger becomes a candidate or not, and from the yes and
no the score is found by halving; enough probes then give the template. Against it: linear tags. One altered product
and the sheet's rows are not compared at all, whatever the offset.
"""

import numpy as np
import pytest

from attacks.oracle import gallery
from countenance.errors import Tampered
from countenance.matching import encode, tag, unmask
from simulator.court import sitting
from simulator.people import SUBJECT, limits, near, unit

LEAST = encode.least_score(440, 128)


def test_succeeds_without_mitigation() -> None:
    held, generator = gallery(1), np.random.default_rng(4)
    asked = 0

    def passes(q: np.ndarray, offset: int) -> bool:
        """What a custodian without tags tells: whether there is a candidate."""
        nonlocal asked
        asked += 1
        scores = unmask.cold(held.products(q) + np.int32(offset), q, held.key, held.nonces)
        return bool(scores[0] >= LEAST)

    def score(q: np.ndarray) -> int:
        # Scores are in (-2^15, 2^15); adding LEAST - s makes the score s pass just so. Halve on s.
        low, high = -16384, 16383
        while low < high:
            middle = (low + high + 1) // 2
            low, high = (middle, high) if passes(q, LEAST - middle) else (low, middle - 1)
        return low

    probes, scores = [], []
    for _ in range(160):
        raw = generator.standard_normal(128)
        q = encode.encode((raw / np.linalg.norm(raw)).astype(np.float32))
        probes.append(q)
        scores.append(score(q))
    solved, *_ = np.linalg.lstsq(np.stack(probes).astype(float), np.array(scores, dtype=float), rcond=None)
    assert (np.rint(solved) == held.coded[0]).all()
    assert asked <= 160 * 15


def test_fails_against_product() -> None:
    held = gallery(50)
    q = held.coded[0]
    multipliers = tag.multipliers(b"k" * 32, 50)
    tags, products = tag.tags(multipliers, held.rows), held.products(q)
    generator = np.random.default_rng(5)
    for _ in range(2000):
        altered = products.copy()
        altered[generator.integers(0, 50)] += generator.integers(1, 2**15) * generator.choice([-1, 1])
        with pytest.raises(Tampered):
            tag.check(multipliers, tags, q, altered)
        # Nor do two alterations hide each other, whose sum is nothing.
        first, second = generator.choice(50, 2, replace=False)
        altered = products.copy()
        altered[[first, second]] += (offset := int(generator.integers(1, 2**15))), -offset
        with pytest.raises(Tampered):
            tag.check(multipliers, tags, q, altered)
    with sitting() as court:
        stranger = court.pass_by(unit(500))
        court.pass_by(near(SUBJECT, 0.9, 3))
        court.tell()
        text = court.approved(limits=limits(uses=12))
        said = set()
        for offset in (1, -1, 500, 5000, 13475, 20000, 2**16, -(2**16), 2**20):

            def pushed(body: dict, products: bytes, offset: int = offset) -> tuple[dict, bytes]:
                numbers = np.frombuffer(products, dtype="<i4").copy()
                numbers[0] += offset
                return body, numbers.tobytes()

            answer = court.search(text, between=pushed)
            said.add((tuple(answer["candidates"]), tuple(answer["incomplete"]), answer["rows"]))
        # Whatever the offset, the answer is the same: nothing was compared, and it says so.
        assert len(said) == 1
        ((candidates, incomplete, rows),) = said
        assert (candidates, rows) == ((), 0)
        assert "products that are not theirs" in incomplete[0]
        assert stranger not in candidates
