"""Consent receipts: what an enrolled person agreed to, as a file that anybody can check, offline.

The file is JSON-LD in the Data Privacy Vocabulary (https://w3id.org/dpv, version 2), with the fields of a consent
receipt of ISO/IEC TS 27560:2023 as that vocabulary's guide maps them (w3id.org/dpv/guides/consent-27560): record,
processing, parties, events. Beside them, under `countenance:held`, lies what the gallery custodian said, word for word.

The procedure (the numbers are in the code):

1. Every entry is in the log whose key is the gallery custodian's.
2. The gallery was drafted with this consent's number; its text, where it is still held, is the text that was approved.
3. Where it has ended, the log says why, and by when it is gone.
4. Every field that follows from what the custodian said is what follows from it.

Who the controller is, whom to complain to and in which language the notice was read are the portal's word, and so are
uses the custodian's: they are in the log, and their proofs are the auditor's.
"""

import hashlib
from typing import Final

from countenance.errors import Malformed, Tampered
from countenance.formats import canonical, records
from countenance.formats.canonical import Json
from countenance.log.trail import Trail
from countenance.vocabulary.consents import Held
from countenance.vocabulary.deployment import Genesis
from countenance.vocabulary.entries import Entry, Kind
from countenance.vocabulary.galleries import StandingGallery
from countenance.vocabulary.moments import Moment, written

_OF_PORTAL: Final = frozenset(
    {"dct:language", "dpv:hasNotice", "dpv:hasConsentControl", "dpv:hasDataController", "dpv:hasAuthority"}
)
HELD: Final = "countenance:held"
SCHEMA: Final = "ISO/IEC TS 27560:2023, consent receipt; countenance 1"
_CONTEXT: Final[dict[str, Json]] = {
    "dpv": "https://w3id.org/dpv#",
    "pd": "https://w3id.org/dpv/pd#",
    "eu-gdpr": "https://w3id.org/dpv/legal/eu/gdpr#",
    "dct": "http://purl.org/dc/terms/",
    "xsd": "http://www.w3.org/2001/XMLSchema#",
    "countenance": "urn:countenance:",
}
_STATUS: Final = {
    "withdrawn by its subject": "dpv:ConsentWithdrawn",
    "withdrawn": "dpv:ConsentRevoked",
    "ended": "dpv:ConsentExpired",
}
"""By a gallery's state, what became of the consent; it stands in any other."""


def receipt(held: Held, portal: dict[str, Json]) -> dict[str, Json]:
    """The file. `portal`: fields that the portal adds. Raises Malformed for a statement without its entries."""
    return {**portal, **_fields(held), HELD: records.plain(held)}


def is_receipt(file: bytes) -> bool:
    """Whether this is a consent receipt, true or not, and not a statement of the door's. Raises Malformed."""
    said = canonical.read(file)
    return isinstance(said, dict) and HELD in said


def check(file: bytes, genesis: Genesis) -> tuple[Held, Trail]:
    """What a consent receipt says, proved. `genesis`: the gallery custodian's. Raises Malformed, Tampered."""
    said = canonical.read(file)
    if not isinstance(said, dict) or HELD not in said:
        raise Malformed("this is no consent receipt: save it from the portal again")
    held = records.read(Held, canonical.write(said[HELD]))
    if held.deployment != genesis.deployment:
        raise Tampered("this receipt is of another deployment")
    trail = Trail.of(genesis, held.entries)  # (1)
    drafted = trail.first(Kind.DRAFTED, warrant=held.gallery)  # (2)
    if not drafted.facts.get("consent"):
        raise Tampered("this gallery was not drafted with a consent")
    if held.text and hashlib.sha256(held.text.encode()).hexdigest() != drafted.facts.get("hash"):
        raise Tampered("the receipt's text is not the one that was approved")
    ended = next(trail.all(Kind.GALLERY_ENDED, warrant=held.gallery, why=held.state), None)  # (3)
    gone_by = "0" if ended is None else ended.facts.get("gone_by")
    if str(held.gone_by) != gone_by or (held.state in _STATUS) != (ended is not None) or bool(held.text) == bool(ended):
        raise Tampered("the receipt says another end than the log")
    follows = _fields(held)
    for name in (set(said) | set(follows)) - _OF_PORTAL - {HELD}:  # (4)
        if said.get(name) != follows.get(name):
            raise Tampered("a field of the receipt says something else than the custodian")
    return held, trail


def _fields(held: Held) -> dict[str, Json]:
    """What follows from the custodian's words, as the receipt says it."""
    events = [records.read(Entry, one.preimage.entry) for one in held.entries]
    fields: dict[str, Json] = {
        "@context": _CONTEXT,
        "@type": "dpv:ConsentReceipt",
        "dct:conformsTo": SCHEMA,
        "dct:identifier": f"urn:countenance:{held.deployment}:{held.gallery}",
        "dpv:hasDataSubject": {"@type": "dpv:DataSubject", "dct:identifier": f"urn:countenance:consent:{held.gallery}"},
        "dpv:hasLegalBasis": ["dpv:ExplicitlyExpressedConsent", "eu-gdpr:A9-2-a"],
        "dpv:hasConsentStatus": _STATUS.get(held.state, "dpv:ConsentGiven"),
        "dpv:hasPersonalData": [
            {
                "@type": ["pd:FacialPrint", "dpv:SpecialCategoryPersonalData"],
                "dct:title": "masked template of the face",
            },
            {"@type": ["pd:Picture", "dpv:PersonalData"], "dct:title": "photo, encrypted"},
        ],
        "dpv:hasProcessing": ["dpv:Collect", "dpv:Store", "dpv:Match", "dpv:Erase"],
        "dpv:hasRight": ["eu-gdpr:A7-3", "eu-gdpr:A15", "eu-gdpr:A17", "eu-gdpr:A77"],
        "countenance:events": [{"dct:type": one.kind.value, "dct:date": _date(one.made)} for one in events],
    }
    if held.state in _STATUS:
        fields["dpv:hasStorageCondition"] = {"@type": "dpv:StorageDeletion", "dct:date": _date(held.gone_by)}
    if held.text:
        fields |= _agreed(records.read(StandingGallery, held.text.encode()))
    return fields


def _agreed(text: StandingGallery) -> dict[str, Json]:
    return {
        "dpv:hasPurpose": {"@type": "dpv:Purpose", "dct:title": text.purpose},
        "dpv:hasStorageCondition": {
            "@type": "dpv:StorageDuration",
            "dpv:hasLocation": "the gallery custodian of this deployment",
            "dct:valid": {"countenance:from": _date(text.start), "countenance:until": _date(text.end)},
        },
        "dpv:hasRecipient": ["reviewers of this deployment"],
        "dpv:hasContext": [f"camera {one.name}: {one.place}" for one in text.cameras],
        "countenance:extractor": text.references[0].probe.extractor.hex(),
        "countenance:references": len(text.references),
    }


def _date(moment: Moment) -> Json:
    return {"@type": "xsd:dateTime", "@value": written(moment)}
