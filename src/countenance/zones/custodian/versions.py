"""Versions: the entry that a warrant's text, first or narrowed, is in the log by. No personal data is in it."""

import hashlib

from countenance.formats import records
from countenance.vocabulary.entries import Kind
from countenance.vocabulary.warrants import Warrant
from countenance.zones.custodian import governing
from countenance.zones.custodian.opened import Opened
from countenance.zones.custodian.requests import MINUTE

HOUR = 60 * MINUTE


def drafted(opened: Opened, kind: Kind, warrant: Warrant, of: int) -> int:
    """Make the entry of this `kind` on a version of a warrant; its index."""
    facts = {
        "warrant": warrant.warrant,
        "number": str(warrant.number),
        "hash": records.digest(warrant).hex(),
        "kind": warrant.kind.value,
        "policy": warrant.policy.hex(),
        "requester": warrant.requester,
        "uses": str(warrant.limits.uses),
        "one_in": str(warrant.limits.one_in),
        "expires": str(warrant.limits.expires),
        "secrecy_end": str(warrant.limits.secrecy_end),
        "cameras": str(len(warrant.scope.cameras)),
        "hours": str(-(-(warrant.scope.end - warrant.scope.start) // HOUR)),
        # The officer's own words may name somebody, and entries hold no personal data.
        "purpose_digest": hashlib.sha256(warrant.purpose.encode()).hexdigest(),
    }
    if warrant.subject is not None:
        facts["clerks"] = str(warrant.subject.clerks)
        if warrant.subject.copy:
            facts["copy"] = "asked"
    if purpose := named_purpose(opened, warrant):
        facts["purpose"] = purpose
    return opened.sequencer.append(kind, facts, of=of)


def named_purpose(opened: Opened, warrant: Warrant) -> str:
    """The warrant's purpose, if the policy's text has these very words: then they are nobody's name. Else nothing."""
    if warrant.subject is not None:
        return warrant.purpose
    stands = governing.stands(opened)
    return warrant.purpose if stands is not None and f'"{warrant.purpose}"' in stands.text else ""
