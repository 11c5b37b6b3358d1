"""Facts: what of a warrant, its approvals, the hour and the count of searches a policy may speak of. Pure.

Lengths are rounded up to whole hours and days, so that nothing counts as less than it is.
"""

import datetime
import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from countenance.errors import Refused
from countenance.formats.canonical import Json
from countenance.vocabulary.cameras import Camera
from countenance.vocabulary.moments import MILLISECONDS_AN_HOUR, Moment
from countenance.vocabulary.warrants import Approval, Person, Warrant
from countenance.warrants import policy as policies
from countenance.warrants.policy import Policy, Question, Step

NOBODY = Person("", "", (), b"")
"""Who asks, for a policy, once they have left the roster: without roles or organisation."""

_DAY = 24 * MILLISECONDS_AN_HOUR
_WORD = re.compile(r"[^\W_]+")


@dataclass(frozen=True, slots=True)
class Matter:
    """A warrant, who asks for it, the cameras that were declared, and now: what every question is about."""

    warrant: Warrant
    person: Person
    cameras: Mapping[str, Camera]
    now: Moment

    def question(self, step: Step, context: Mapping[str, Json]) -> Question:
        """The question whether `step` is allowed in `context`."""
        return Question(step, self.person, self._attributes(), context)

    def _attributes(self) -> dict[str, Json]:
        said, scope, limits = self.warrant, self.warrant.scope, self.warrant.limits
        declared = [self.cameras[name] for name in scope.cameras if name in self.cameras]
        words = {word for camera in declared for word in _WORD.findall(camera.place.casefold())}
        listed: list[Json] = [*sorted(words)]
        return {
            "purpose": said.purpose,
            "kind": said.kind.value,
            "cameras": len(scope.cameras),
            "hours": _up(scope.end - scope.start, MILLISECONDS_AN_HOUR),
            "candidates": limits.candidates,
            "uses": limits.uses,
            "threshold": limits.threshold,
            "valid_hours": _up(limits.expires - said.made, MILLISECONDS_AN_HOUR),
            "secrecy_days": _up(limits.secrecy_end - said.made, _DAY),
            "ended_hours_ago": (self.now - scope.end) // MILLISECONDS_AN_HOUR,
            # A camera that nobody declared counts as the strictest.
            "publicly_accessible": len(declared) < len(scope.cameras)
            or any(camera.publicly_accessible for camera in declared),
            "place_words": listed,
        }


@dataclass(frozen=True, slots=True)
class Searches:
    """Searches for one purpose, the one that is asked for counted: of the person in 24 hours and in 30 days, and of
    the person's organisation in 30 days.
    """

    person_day: int
    person_month: int
    organisation_month: int


def approved(matter: Matter, approvals: Iterable[Approval], people: Mapping[str, Person]) -> dict[str, Json]:
    """The context of an act that was approved: how many persons and organisations, in which roles."""
    signed = [people[word.person] for word in approvals]
    homes = {person.organisation for person in signed}
    roles: list[Json] = [*sorted({role.value for person in signed for role in person.roles})]
    return {
        "approvers": len(signed),
        "organisations": len(homes),
        "approver_roles": roles,
        "other_organisation": bool(homes - {matter.person.organisation}),
    }


def usual(policy: Policy, matter: Matter) -> bool:
    """Whether the policy counts this hour of the week, in UTC, as usual for this warrant."""
    now = datetime.datetime.fromtimestamp(matter.now / 1000, datetime.UTC)
    return policies.allows(policy, matter.question(Step.AT_THIS_HOUR, {"weekday": now.isoweekday(), "hour": now.hour}))


def within_budget(policy: Policy, matter: Matter, searches: Searches) -> bool:
    """Whether the policy allows so many searches."""
    counted: dict[str, Json] = {
        "person_day": searches.person_day,
        "person_month": searches.person_month,
        "organisation_month": searches.organisation_month,
    }
    return policies.allows(policy, matter.question(Step.WITHIN_BUDGET, counted))


def expected_false(policy: Policy, matter: Matter) -> int:
    """Thousandths of a stranger that a search may be expected to return: the widest of BOUNDS the policy allows.

    Raises Refused if it allows none.
    """
    for bound in policies.BOUNDS:
        if policies.allows(policy, matter.question(Step.EXPECTING, {"false_candidates": bound})):
            return bound
    raise Refused(
        "the policy allows no number of expected false candidates for this purpose: 'countenance policy show' says why"
    )


def _up(length: int, unit: int) -> int:
    return -(-length // unit)
