"""Content: what a warrant's text must say by itself, before anybody signs it.

Checked when a warrant is drafted or narrowed and again at every act, since time and cameras change.
"""

import re

from countenance.crypto import verify
from countenance.errors import Malformed, Refused, Tampered
from countenance.formats import records
from countenance.vocabulary.deployment import Genesis
from countenance.vocabulary.moments import Moment
from countenance.vocabulary.warrants import Limits, Probe, ProbeBinding, Warrant
from countenance.warrants import scope as scopes
from countenance.warrants import threshold as thresholds

MAXIMUM_CANDIDATES = 50
"""Candidates one search may return: each is shown to two people, and most are strangers."""

MAXIMUM_USES = 100
"""Searches under one warrant: uses are what stops a probe from being asked again and again."""

LONGEST_TEXT = 2000
"""Characters of case, purpose and legal basis: an approver must be able to read them."""

_WARRANT = re.compile(r"[0-9a-f]{16}")


def check(warrant: Warrant, *, genesis: Genesis, now: Moment) -> None:
    """Raise Refused, with the reason, for a text that no number of signatures could make lawful at `now`."""
    if warrant.deployment != genesis.deployment:
        raise Refused("this warrant was written for another deployment: draft it here")
    if not _WARRANT.fullmatch(warrant.warrant) or warrant.number < 1:
        raise Malformed("a warrant has an id of 16 hex digits and a number from 1")
    for name in ("case", "purpose", "legal_basis", "requester"):
        text = getattr(warrant, name)
        if not text.strip() or len(text) > LONGEST_TEXT:
            raise Refused(f"the warrant's {name.replace('_', ' ')} is missing or longer than {LONGEST_TEXT} characters")
    if (warrant.number == 1) != (warrant.narrowed_from == b""):
        raise Refused("a first version follows from none, and every other names the version it was narrowed from")
    scopes.check(warrant.scope)
    _check_limits(warrant.limits, warrant.made, now)


def check_probe(probe: Probe, helper_key: bytes) -> None:
    """Raise Refused unless the probe helper whose Ed25519 key is `helper_key` signed this binding."""
    binding = ProbeBinding(
        image_digest=probe.image_digest,
        template_digest=probe.template_digest,
        extractor=probe.extractor,
        helper=probe.helper,
    )
    try:
        verify.verify(helper_key, records.write(binding), probe.signature)
    except Tampered as error:
        raise Refused("no enrolled probe helper signed this probe: extract it again from the photo") from error


def _check_limits(limits: Limits, made: Moment, now: Moment) -> None:
    if limits.expires <= now:
        raise Refused("this warrant has expired: draft a new one")
    if limits.expires <= made:
        raise Refused("the warrant expires before it was made: give a later expiry")
    if limits.secrecy_end <= made:
        raise Refused("the warrant has no end of secrecy: give a moment after it was made")
    if not 1 <= limits.candidates <= MAXIMUM_CANDIDATES:
        raise Refused(f"a search returns 1 to {MAXIMUM_CANDIDATES} candidates: choose a number between")
    if not 1 <= limits.uses <= MAXIMUM_USES:
        raise Refused(f"a warrant has 1 to {MAXIMUM_USES} uses: choose a number between")
    if not 1 <= limits.threshold <= 1000:
        raise Refused("a threshold is a comparison score of 1 to 1000 thousandths: choose one between")
    thresholds.check_one_in(limits.one_in)
