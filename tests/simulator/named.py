"""Somebody with an identity document: it is stated by an officer, and put before a clerk."""

from countenance.crypto.seal import binding, seal
from countenance.formats import documents, records
from countenance.vocabulary.afterwards import Document, Naming, Shown
from countenance.vocabulary.moments import Hour
from countenance.zones.custodian import epochs
from countenance.zones.custodian.opened import Opened

MINE = documents.document("passport", "UTO", "L898902C3")
OTHERS = documents.document("identity-card", "D", "T22000129")
DAY = 24 * 60 * 60_000


def sealed(opened: Opened, who: str, document: Document) -> tuple[int, bytes]:
    """As the command line seals it, to the key of this hour."""
    hour = Hour.of(opened.clock()).number
    info = binding("document", opened.genesis.deployment, who)
    return hour, seal(epochs.public_key(opened, hour), info, records.write(document))


def naming(opened: Opened, who: str, matter: str, document: Document = MINE, reference: str = "") -> Naming:
    return Naming(matter, reference, *sealed(opened, who, document))


def shown(opened: Opened, who: str, document: Document = MINE, skip: int = 0) -> Shown:
    return Shown(*sealed(opened, who, document), skip)
