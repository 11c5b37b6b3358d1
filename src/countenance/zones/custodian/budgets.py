"""Budgets: how often one officer, and one organisation, may search for one purpose, and at which hours they do.

What is usual and how much is enough, the policy says; an officer who goes beyond is frozen until a quorum has looked.
Invariants:

* A search is counted, durably, before anything is compared; one whose outcome is unknown stays counted.
* Searches are counted by purpose, by person and by organisation, so that a budget is not multiplied by drafting more
  warrants, nor without limit by sharing the work among accounts of one house.
"""

from dataclasses import dataclass, replace

from countenance.errors import Refused
from countenance.vocabulary.moments import MILLISECONDS_AN_HOUR, Moment
from countenance.vocabulary.warrants import Warrant
from countenance.warrants import authorise, facts
from countenance.warrants.facts import Searches
from countenance.zones.custodian import freezing, present
from countenance.zones.custodian.freezing import Cause
from countenance.zones.custodian.opened import Opened

DAY = 24 * MILLISECONDS_AN_HOUR
MONTH = 30 * DAY


@dataclass(frozen=True, slots=True)
class Spent:
    """One search (key: its moment and a random number, so that the old ones come first). `purpose`: a policy's."""

    person: str
    organisation: str
    purpose: str
    made: Moment


def check_hour(opened: Opened, warrant: Warrant, *, of: int) -> None:
    """Return if this is an hour that the policy counts as usual; else freeze the requester and raise Refused."""
    circumstances = present.circumstances(opened, 0)
    policy = authorise.standing_policy(warrant.policy, circumstances)
    if not facts.usual(policy, authorise.matter(warrant, circumstances)):
        freezing.stop(opened, warrant.requester, Cause.HOURS, _named(warrant), of=of)


def check_room(opened: Opened, warrant: Warrant, *, of: int) -> None:
    """Return if the policy's budgets have room for one more search; else freeze the requester and raise Refused."""
    circumstances = present.circumstances(opened, 0)
    policy, matter = authorise.standing_policy(warrant.policy, circumstances), authorise.matter(warrant, circumstances)
    now, home = circumstances.now, matter.person.organisation
    _forget(opened, now - MONTH)
    same = [
        spent
        for _, spent in opened.store.all(Spent)
        if spent.organisation == home and spent.purpose == warrant.purpose and spent.made > now - MONTH
    ]
    own = [spent for spent in same if spent.person == warrant.requester]
    today = sum(spent.made > now - DAY for spent in own)
    counted = Searches(today + 1, len(own) + 1, len(same) + 1)
    if not facts.within_budget(policy, matter, counted):
        if facts.within_budget(policy, matter, replace(counted, organisation_month=counted.person_month)):
            # Whoever comes first after their colleagues has done nothing to be frozen for.
            raise Refused("your organisation has made all its searches for this purpose: wait, or ask another body")
        freezing.stop(opened, warrant.requester, Cause.BUDGET, _named(warrant), of=of)


def count(opened: Opened, warrant: Warrant) -> None:
    """Count one more search, which `check_room` had room for."""
    circumstances = present.circumstances(opened, 0)
    home, now = authorise.matter(warrant, circumstances).person.organisation, circumstances.now
    spent = Spent(warrant.requester, home, warrant.purpose, now)
    opened.store.put(spent, f"{now:015d}/{opened.random(8).hex()}")


def _named(warrant: Warrant) -> dict[str, str]:
    return {"warrant": warrant.warrant, "policy": warrant.policy.hex()}


def _forget(opened: Opened, before: Moment) -> None:
    oldest = f"{max(0, before):015d}"
    for key, _ in opened.store.all(Spent):
        if key >= oldest:
            break
        opened.store.drop(Spent, key)
