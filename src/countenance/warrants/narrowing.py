"""Narrowing: a new version of a warrant that opens less, and voids what was signed before.

Whoever keeps a `Standing` can check the next version without keeping the text: it has no case, purpose or photo in it.
"""

import hashlib
from dataclasses import dataclass

from countenance.errors import Refused
from countenance.formats import canonical, records
from countenance.vocabulary.warrants import Limits, Scope, Warrant
from countenance.warrants import scope

_FIXED = (
    "deployment",
    "warrant",
    "kind",
    "policy",
    "case",
    "purpose",
    "legal_basis",
    "requester",
    "made",
    "probe",
    "real_time",
    "subject",
)


@dataclass(frozen=True, slots=True)
class Standing:
    """The version of a warrant that stands. `fixed`: SHA-256 over everything that narrowing never changes."""

    number: int
    hash: bytes
    fixed: bytes
    scope: Scope
    limits: Limits


def standing(warrant: Warrant) -> Standing:
    """What must be kept of `warrant` to check its next version."""
    fixed = canonical.write([records.plain(getattr(warrant, name)) for name in _FIXED])
    return Standing(
        warrant.number, records.digest(warrant), hashlib.sha256(fixed).digest(), warrant.scope, warrant.limits
    )


def check(before: Standing, after: Warrant) -> None:
    """Raise Refused unless `after` is the version after `before`, opens no more and lasts no longer."""
    if after.number != before.number + 1 or after.narrowed_from != before.hash:
        raise Refused("this does not follow from the warrant's present version: read it again and narrow that")
    check_opens_no_more(before, after)


def check_opens_no_more(before: Standing, after: Warrant) -> None:
    """Raise Refused unless `after` is a later version of the same warrant that opens no more and lasts no longer."""
    if standing(after).fixed != before.fixed:
        raise Refused("narrowing changes scope and limits, nothing else: draft a new warrant instead")
    if not scope.within(after.scope, before.scope):
        raise Refused("narrowing cannot widen the scope: name fewer cameras or a shorter span")
    if not _no_further(after.limits, before.limits):
        raise Refused("narrowing cannot raise a limit: fewer candidates and uses, a higher threshold, earlier ends")


def _no_further(after: Limits, before: Limits) -> bool:
    return (
        after.candidates <= before.candidates
        and after.uses <= before.uses
        and after.expires <= before.expires
        and after.secrecy_end <= before.secrecy_end
        and after.threshold >= before.threshold
        and after.one_in >= before.one_in
    )
