"""A4, hill climbing: from one photo that matches, probes are changed a little at a time, keeping what raises the score,
until the probe is the person's template. Against it: an answer has no score, a probe is bound to a photo by an enrolled
helper and named by the warrant, and a warrant's uses are counted.
"""

import numpy as np
import pytest

from countenance.errors import CountenanceError, Refused
from countenance.matching import encode
from countenance.vocabulary.entries import Kind
from simulator.court import sitting
from simulator.people import SUBJECT, limits, near


def climbed(target: np.ndarray, start: np.ndarray, score: object, queries: int) -> float:
    """How close (cosine) a climber comes with `queries` answers of `score`."""
    generator = np.random.default_rng(2)
    best, value, step = start.copy(), score(start), 0.35
    for _ in range(queries):
        tried = best + step * generator.standard_normal(len(best)) / np.sqrt(len(best))
        tried /= np.linalg.norm(tried)
        found = score(tried)
        if found is not None and value is not None and found > value:
            best, value, step = tried, found, step * 1.1
        else:
            step = max(0.02, step * 0.985)
    return float(best @ target)


def test_succeeds_without_mitigation() -> None:
    target, start = SUBJECT.astype(float), near(SUBJECT, 0.52, 8).astype(float)
    coded = encode.encode(SUBJECT).astype(np.int64)

    def score(probe: np.ndarray) -> int:
        return int(encode.encode(probe.astype(np.float32)).astype(np.int64) @ coded)

    assert float(start @ target) < 0.53
    assert climbed(target, start, score, 2304) > 0.9


def test_fails_against_product() -> None:
    with sitting() as court:
        found = court.pass_by(SUBJECT)
        court.tell()
        text = court.approved(limits=limits(uses=2))
        # The climber's feedback is which sighting came, the same for every probe near enough: nothing rises.
        assert [court.search(text)["candidates"] for _ in range(2)] == [[found], [found]]
        with pytest.raises(Refused, match="no use left"):
            court.search(text)
        # Another probe under the same warrant is another text, which nobody has signed, and a changed template is none.
        changed = encode.to_bytes(encode.encode(near(SUBJECT, 0.97, 4)))
        with pytest.raises(CountenanceError):
            court.search(text, papers=lambda sealed: (sealed[0], court.sealed(text, changed)[1]))
        searches = [facts for facts in court.facts(Kind.AUTHORISED) if facts["act"] == "search"]
        assert len(searches) == 2
    target, start = SUBJECT.astype(float), near(SUBJECT, 0.52, 8).astype(float)
    # With the answer that there is, a candidate or none, accepting only what rises leads nowhere.
    coded = encode.encode(SUBJECT).astype(np.int64)

    def answered(probe: np.ndarray) -> int:
        score = int(encode.encode(probe.astype(np.float32)).astype(np.int64) @ coded)
        return int(score >= encode.least_score(440, 128))

    assert climbed(target, start, answered, 2304) == pytest.approx(float(start @ target))
