"""The log entries in an evidence folder, proved before they are read."""

from countenance.log.trail import Line, Trail
from countenance.vocabulary.disclosures import Instructions
from countenance.vocabulary.entries import Kind


def trail(told: Instructions) -> Trail:
    """The entries that the custodian gave for this disclosure."""
    return Trail.of(told.genesis, told.entries)


def authorised(told: Instructions) -> Line:
    """The entry that authorised this disclosure. Raises Tampered if it is not among them."""
    facts = {"warrant": told.warrant, "act": "disclosure", "person": told.request.signer}
    return trail(told).last(Kind.AUTHORISED, **facts)
