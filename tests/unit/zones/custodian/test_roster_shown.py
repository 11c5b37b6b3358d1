"""The roster as the console shows it: whoever watches over a deployment sees who may do what, and no key."""

from collections.abc import Iterator

import pytest

from countenance.errors import Refused
from countenance.formats import canonical
from countenance.vocabulary.acts import Nothing, Verb
from countenance.vocabulary.entries import Kind
from countenance.zones.custodian import roster
from simulator.court import Court, sitting


@pytest.fixture
def court() -> Iterator[Court]:
    with sitting() as court:
        yield court


@pytest.mark.parametrize("name", ["officer-1", "reviewer-1", "clerk-1", "court-b/judge-1"])
def test_the_roster_is_not_for_everybody(court: Court, name: str) -> None:
    before = roster.members(court.zone.opened)
    with pytest.raises(Refused, match="operator or auditor"):
        court.ask(name, Verb.ROSTER, Nothing())
    assert roster.members(court.zone.opened) == before
    assert dict(court.zone.last(Kind.REFUSED).facts)["person"] == name


def test_everybody_is_shown_and_nobodys_keys(court: Court) -> None:
    roster.revoke(court.zone.opened, "clerk-1")
    told = court.ask("operator-1", Verb.ROSTER, Nothing())
    persons = {one["name"]: one for one in told["persons"]}
    assert persons["officer-1"]["roles"] == ["officer"]
    assert (persons["clerk-1"]["revoked"], persons["officer-1"]["revoked"]) == (True, False)
    assert (persons["officer-1"]["key"], persons["officer-1"]["credentials"]) == (True, 0)
    text = canonical.write(told).decode()
    for member in roster.members(court.zone.opened):
        assert not any(held.hex() in text for held in member.person.held)
