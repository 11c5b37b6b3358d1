from dataclasses import replace

import pytest

from countenance.errors import Refused
from countenance.formats import records
from countenance.matching import encode
from countenance.vocabulary.warrants import Scope, Warrant
from countenance.warrants import narrowing
from simulator.people import HOUR, NOW, limits, probe, unit, warrant

BEFORE = warrant()


def after(**changed: object) -> Warrant:
    made = replace(BEFORE, number=2, narrowed_from=records.digest(BEFORE), narrowed_by="court-b/judge-1")
    return replace(made, **changed)


@pytest.mark.parametrize(
    "changed",
    [
        {},
        {"scope": Scope(("hall-east",), NOW - 2 * HOUR, NOW - HOUR)},
        {"limits": limits(candidates=1, uses=1, expires=NOW + 1, secrecy_end=NOW + 2, threshold=600)},
    ],
)
def test_less_is_allowed(changed):
    narrowing.check(narrowing.standing(BEFORE), after(**changed))


@pytest.mark.parametrize(
    "changed",
    [
        {"number": 3},
        {"number": 1},
        {"narrowed_from": bytes(32)},
        {"case": "another"},
        {"purpose": "another"},
        {"legal_basis": "another"},
        {"requester": "officer-2"},
        {"made": NOW},
        {"warrant": "f" * 16},
        {"probe": probe(encode.to_bytes(encode.encode(unit(2))))},
        {"scope": Scope(("hall-east", "hall-west", "roof"), NOW - 2 * HOUR, NOW)},
        {"scope": Scope(("hall-east",), NOW - 4 * HOUR, NOW)},
        {"scope": Scope(("hall-east",), NOW - 2 * HOUR, NOW + 1)},
        {"limits": limits(candidates=11)},
        {"limits": limits(uses=4)},
        {"limits": limits(threshold=439)},
        {"limits": limits(expires=NOW + 48 * HOUR + 1)},
        {"limits": limits(secrecy_end=NOW + 90 * 24 * HOUR + 1)},
    ],
)
def test_more_or_other_is_refused(changed):
    with pytest.raises(Refused):
        narrowing.check(narrowing.standing(BEFORE), after(**changed))
