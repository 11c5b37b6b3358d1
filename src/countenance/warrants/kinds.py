"""Kinds: what an urgent warrant, one for real time and a subject's request must say, whatever the policy. Pure.

Invariants:

* An urgent warrant lasts at most 24 hours, and nothing is exported under it.
* A scope that is real-time in a publicly accessible place is refused, unless the warrant is of that kind and says what
  AI Act Art. 5(1)(h) asks for: ground of the closed list, person, place, period, national law, fundamental rights
  impact assessment, registration. Who approves it, `quorum` checks.
* No warrant is two of them. What a subject's request must say is `subjects`'.
"""

from collections.abc import Mapping

from countenance.errors import Refused
from countenance.vocabulary.cameras import Camera
from countenance.vocabulary.moments import MILLISECONDS_AN_HOUR, Moment
from countenance.vocabulary.warrants import RealTime, Warrant, WarrantKind
from countenance.warrants import scope, subjects

URGENT_HOURS = 24
"""Longest life of an urgent warrant (AI Act Art. 5(3): the authorisation is asked for within 24 hours)."""

REAL_TIME_DAYS = 7
"""Longest period of one real-time warrant: our number; the AI Act says "strictly necessary"."""

LONGEST_FIELD = 500
"""Characters of each text of a real-time warrant."""


def check(warrant: Warrant, cameras: Mapping[str, Camera], now: Moment) -> None:
    """Raise Refused, with the reason, for a warrant that is not what its kind asks for at `now`."""
    if (warrant.kind is WarrantKind.SUBJECT_ACCESS) != (warrant.subject is not None):
        raise Refused("only a request made at a kiosk is a subject's own, and says so")
    if warrant.subject is not None and warrant.real_time is None:
        subjects.check(warrant, warrant.subject, cameras, now)
        return
    if warrant.kind is WarrantKind.REAL_TIME:
        if warrant.real_time is None:
            raise Refused("a real-time warrant says ground, person, place, period and law: draft it with --real-time")
        scope.check_declared(warrant.scope, cameras)
        _check_exception(warrant, warrant.real_time)
        return
    if warrant.real_time is not None:
        raise Refused("only a warrant of the kind real-time has its particulars: draft it with --real-time")
    scope.check_real_time(warrant.scope, cameras, now)
    if (
        warrant.kind is WarrantKind.URGENT
        and warrant.limits.expires > warrant.made + URGENT_HOURS * MILLISECONDS_AN_HOUR
    ):
        raise Refused(f"an urgent warrant lasts at most {URGENT_HOURS} hours: give an earlier expiry")


def _check_exception(warrant: Warrant, said: RealTime) -> None:
    for name in ("person", "place", "law", "fria", "registration"):
        text = getattr(said, name)
        if not text.strip() or len(text) > LONGEST_FIELD:
            raise Refused(f"the real-time warrant's {name} is missing or longer than {LONGEST_FIELD} characters")
    if not 0 <= said.start < said.end <= said.start + REAL_TIME_DAYS * 24 * MILLISECONDS_AN_HOUR:
        raise Refused(f"the period of a real-time warrant is at most {REAL_TIME_DAYS} days, and ends after its start")
    if warrant.scope.start < said.start or warrant.scope.end > said.end or warrant.limits.expires > said.end:
        raise Refused("scope and expiry of a real-time warrant lie within its period: draft it with an earlier end")
