"""Narrowing: a new version of a warrant that opens less, and voids what was signed before."""

from countenance.errors import Refused
from countenance.formats import records
from countenance.vocabulary.warrants import Limits, Warrant
from countenance.warrants import scope

_SAME = ("deployment", "warrant", "case", "purpose", "legal_basis", "requester", "made", "probe")


def check(before: Warrant, after: Warrant) -> None:
    """Raise Refused unless `after` is the next version of `before`, opens no more and lasts no longer."""
    if after.number != before.number + 1 or after.narrowed_from != records.digest(before):
        raise Refused("this does not follow from the warrant's present version: read it again and narrow that")
    for name in _SAME:
        if getattr(after, name) != getattr(before, name):
            raise Refused(f"narrowing cannot change the {name.replace('_', ' ')}: draft a new warrant instead")
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
    )
