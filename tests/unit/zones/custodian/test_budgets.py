"""Searches are counted by purpose, person and organisation; hours are the policy's; beyond them is a freeze."""

from collections.abc import Iterator

import pytest

from countenance.errors import Refused
from countenance.vocabulary.entries import Kind
from countenance.vocabulary.warrants import Warrant
from countenance.warrants import policy
from countenance.warrants.policy import Policy
from countenance.zones.custodian import budgets, governing
from countenance.zones.custodian.budgets import Spent
from simulator.court import Court, sitting
from simulator.people import HOUR, limits

DAY = 24 * HOUR
SMALL = """
@id("all") @says("s") @source("law")
permit (principal, action in Action::"warranted", resource);
@id("expecting") @says("s") @source("law")
permit (principal, action == Action::"expecting", resource);
@id("budget") @says("s") @source("law")
permit (principal, action == Action::"within-budget", resource)
when { context.person_day <= 2 && context.person_month <= 4 && context.organisation_month <= 5 };
@id("hours") @says("s") @source("law")
permit (principal, action == Action::"at-this-hour", resource)
when { context.hour >= %d };
"""


@pytest.fixture
def court() -> Iterator[Court]:
    with sitting() as court:
        court.tell()
        yield court


def under(court: Court, text: str) -> Policy:
    governing.set_policy(court.zone.opened, text)
    return policy.read(text)


def spent(court: Court) -> int:
    return court.zone.opened.store.count(Spent)


def approved(court: Court, which: Policy, **changed: object) -> Warrant:
    ends = limits(uses=20, expires=court.zone.clock() + 100 * DAY, secrecy_end=court.zone.clock() + 200 * DAY)
    return court.approved(policy=which.hash, limits=ends, **changed)


def test_a_day_a_month_and_another_purpose(court: Court) -> None:
    which = under(court, SMALL % 0)
    text = approved(court, which)
    court.search(text)
    court.search(text)
    uses = court.zone.opened.store.count(Spent)
    with pytest.raises(Refused, match="frozen"):
        court.search(text)
    assert spent(court) == uses == 2
    (facts,) = court.facts(Kind.FROZEN)
    named = {"warrant": text.warrant, "policy": which.hash.hex()}
    assert facts == {"person": "officer-1", "cause": "over budget", **named}
    assert len([one for one in court.facts(Kind.AUTHORISED) if one["act"] == "search"]) == 2
    court.clear("officer-1")
    # Cleared is not forgiven: the day's searches stay counted.
    with pytest.raises(Refused, match="frozen"):
        court.search(text)
    court.clear("officer-1")
    other = approved(court, which, warrant="2" * 16, purpose="another purpose")
    court.search(other)
    court.zone.clock.now += DAY
    court.search(text)
    court.search(text)
    court.zone.clock.now += DAY
    with pytest.raises(Refused, match="frozen"):
        court.search(text)
    court.clear("officer-1")
    court.zone.clock.now += 30 * DAY
    court.search(text)
    assert spent(court) == 1


def test_a_house_shares_one_budget_and_nobody_is_frozen_for_it(court: Court) -> None:
    which = under(court, SMALL % 0)
    first = approved(court, which)
    court.search(first)
    court.search(first)
    court.zone.clock.now += DAY
    court.search(first)
    second = court.text(policy=which.hash, warrant="3" * 16, requester="officer-2", limits=first.limits)
    # The same photo in another's name is an alarm: here it is told and cleared.
    court.file(second, "officer-2")
    court.clear("officer-2")
    for name in ("supervisor-1", "court-b/judge-1"):
        court.say(name, second)
    court.search(second, "officer-2")
    court.search(second, "officer-2")
    court.zone.clock.now += DAY
    with pytest.raises(Refused, match="your organisation"):
        court.search(second, "officer-2")
    assert court.frozen() == {}


def test_an_unusual_hour(court: Court) -> None:
    assert court.zone.clock.now // HOUR % 24 == 0
    which = under(court, SMALL % 6)
    with pytest.raises(Refused, match="frozen"):
        court.file(court.text(policy=which.hash))
    assert not court.facts(Kind.DRAFTED)
    assert court.frozen()["officer-1"]["cause"] == "unusual hour"
    court.zone.clock.now += 7 * HOUR
    court.clear("officer-1")
    text = approved(court, which)
    court.search(text)
    court.zone.clock.now += 18 * HOUR
    with pytest.raises(Refused, match="frozen"):
        court.search(text)
    assert len([one for one in court.facts(Kind.AUTHORISED) if one["act"] == "search"]) == 1


def test_what_is_counted_is_forgotten_after_a_month(court: Court) -> None:
    store, now = court.zone.opened.store, court.zone.clock()
    store.put(
        Spent("officer-1", "police", "missing person", now - budgets.MONTH - 1), f"{now - budgets.MONTH - 1:015d}/a"
    )
    court.search(court.approved())
    assert [one.made for _, one in store.all(Spent)] == [now]
