"""A1, the score oracle: whoever may ask for scores asks with unit vectors and reads every template, component by
component. Against it: probes that no face template is coded to are refused, and no score leaves the custodian.
"""

import numpy as np
import pytest

from attacks.oracle import axis, careless_scores, gallery
from countenance.errors import CountenanceError, Malformed
from countenance.matching import encode, unmask
from simulator.court import sitting
from simulator.people import SUBJECT, limits, near


def test_succeeds_without_mitigation() -> None:
    held = gallery(20)
    read = np.stack(
        [careless_scores(held.products(q), q, held.key, held.nonces) for q in (axis(128, at) for at in range(128))],
        axis=1,
    )
    assert (read == held.coded).all()


def test_fails_against_product() -> None:
    held = gallery(20)
    for at in range(128):
        q = axis(128, at)
        with pytest.raises(Malformed):
            unmask.cold(held.products(q), q, held.key, held.nonces)
    with sitting() as court:
        court.pass_by(near(SUBJECT, 0.8, 3))
        court.tell()
        # A probe that is a unit vector is not filed, whoever signs that a photo gave it.
        text = court.text()
        with pytest.raises(CountenanceError):
            court.file(text, template=axis(128, 3).tobytes())
        # One that is a template brings ids, and nothing that depends on a score but which ids.
        answer = court.search(court.approved(limits=limits(uses=2)))
        numbers = {name for name, value in answer.items() if isinstance(value, int)}
        assert numbers == {
            *("number", "rows", "partitions", "threshold", "more_than_limit", "expected_false", "missed", "entry")
        }
        assert encode.SCALE[128] == 175
