"""A1, the score oracle: whoever may ask for scores asks with unit vectors and reads every template, component by
component. Against it: no score leaves the custodian; probes are bound to a photo by an enrolled helper; and those that
no template is coded to, whose products would be the components themselves, are refused.
"""

import numpy as np
import pytest

from attacks.oracle import axis, careless_scores, gallery
from countenance.errors import Malformed
from countenance.matching import encode, unmask
from countenance.vocabulary.entries import Kind
from countenance.zones.custodian.cases import WarrantState
from simulator.court import Court, sitting
from simulator.people import SUBJECT, limits, near, probe

AXIS = encode.to_bytes(axis(128, 3))
# As long as a template, so it is one for all that its numbers say: with scores, it too would read a component.
LONG_AXIS = encode.to_bytes(axis(128, 3, 175))
# Of a search's answer, by what they are; none is made of a score but `candidates` and whether there were more.
COUNTS = {"number", "rows", "partitions", "threshold", "more_than_limit", "expected_false", "missed", "entry"}
WORDS = {"type", "warrant", "candidates", "incomplete", "not_recorded", "not_searched", "not_compared", "calibrations"}


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
        for size in (1, 100, 1000, 2**15 - 1):
            q = axis(128, at, size)
            with pytest.raises(Malformed):
                unmask.cold(held.products(q), q, held.key, held.nonces)
    with sitting() as court:
        sighting = court.pass_by(near(SUBJECT, 0.8, 3))
        court.tell()
        # A unit vector is not filed, though an enrolled helper signed that a photo gave it.
        with pytest.raises(Malformed, match="coded template"):
            court.file(court.text(probe=probe(AXIS, court.zone.probe.signing)), template=AXIS)
        assert list(court.zone.opened.store.all(WarrantState)) == []
        # Nor is it searched with in the place of one that was.
        text = court.approved(limits=limits(uses=2))
        with pytest.raises(Malformed, match="coded template"):
            court.search(text, papers=lambda sealed: (sealed[0], court.sealed(text, AXIS)[1]))
        assert Kind.AUTHORISED not in court.zone.kinds()
        # A helper that lies, and a quorum that signs, get as far as a search; its answer has no score to read.
        lie = {"warrant": "f" * 16, "probe": probe(LONG_AXIS, court.zone.probe.signing)}
        answer = _searched(court, lie, LONG_AXIS)
        assert (answer["candidates"], answer["rows"]) == ([], 1)
        # A template of a face brings ids, and nothing that depends on a score but which ids.
        answer = court.search(text)
        assert answer["candidates"] == [sighting]
        assert {name for name, value in answer.items() if isinstance(value, int)} == COUNTS
        assert set(answer) - COUNTS <= WORDS


def _searched(court: Court, changed: dict, template: bytes) -> dict:
    text = court.text(**changed)
    court.file(text, template=template)
    for name in ("supervisor-1", "court-b/judge-1"):
        court.say(name, text)
    return court.search(text)
