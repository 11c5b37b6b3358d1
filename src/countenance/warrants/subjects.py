"""Subjects: what a warrant says by which somebody at a desk asks about themselves, with their face. Pure.

Invariants, whatever the policy, which is not asked: these rights come from the law (GDPR Art. 15, 17, 21), and no
operator's text may take them away.

* It looks for whoever stands there and nobody else: the probe is a kiosk's, made while a clerk watched.
* At most eight cameras and one day, once, within eight hours; at most ten candidates, and at most one stranger
  expected in twenty such searches: twice as strict as an officer's.
* It is never narrowed, never urgent, never for real time. Evidence is made under it only where its subject asked for a
  copy, which two clerks approve.
"""

from collections.abc import Mapping

from countenance.errors import Malformed, Refused
from countenance.vocabulary.cameras import Camera
from countenance.vocabulary.moments import MILLISECONDS_AN_HOUR, Moment
from countenance.vocabulary.rights import Wish
from countenance.vocabulary.warrants import Subject, Warrant
from countenance.warrants import scope

PURPOSE = "subject access"
MOST_CAMERAS = 8
MOST_HOURS = 24
VALID_HOURS = 8
MOST_CANDIDATES = 10
LEAST_ONE_IN = 20
_DIGEST = 32


def check(warrant: Warrant, said: Subject, cameras: Mapping[str, Camera], now: Moment) -> None:
    """Raise Refused or Malformed, with the reason, for a text that is no subject's request at `now`."""
    if said.wish not in {wish.value for wish in Wish} or len(said.code_hash) != _DIGEST or len(said.consent) != _DIGEST:
        raise Malformed("a subject's request has a wish, the hash of a code, and of the words they agreed to")
    if warrant.purpose != PURPOSE or warrant.number != 1 or warrant.narrowed_by:
        raise Refused(f"a subject's request has the purpose '{PURPOSE}' and one version")
    scope.check_declared(warrant.scope, cameras)
    if len(warrant.scope.cameras) > MOST_CAMERAS:
        raise Refused(f"a subject's request names at most {MOST_CAMERAS} cameras: ask about the others separately")
    if warrant.scope.end - warrant.scope.start > MOST_HOURS * MILLISECONDS_AN_HOUR or warrant.scope.end > now:
        raise Refused(f"a subject's request spans at most {MOST_HOURS} hours, which are past")
    limits = warrant.limits
    if limits.expires > warrant.made + VALID_HOURS * MILLISECONDS_AN_HOUR or limits.uses != 1:
        raise Refused(f"a subject's request is good for one search within {VALID_HOURS} hours")
    if limits.candidates > MOST_CANDIDATES or limits.one_in < LEAST_ONE_IN:
        raise Refused(
            f"a subject's request returns at most {MOST_CANDIDATES} candidates, a stranger in at most one of "
            f"{LEAST_ONE_IN} searches"
        )
