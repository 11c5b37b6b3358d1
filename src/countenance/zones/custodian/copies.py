"""Copies: each disclosure of a candidate has a number, an entry, and a key that signs its clip once.

Invariants:

* A copy's number is one more than the log has authorised disclosures of this candidate under this warrant, whatever
  became of them.
* Its *authorised* entry names the number and the certificate of the deployment's evidence authority. The authority's
  key is derived from the root, so it lies nowhere and a restored custodian has the same one.
* What the evidence process has signed is not looked at, for the custodian sees no picture. It is signed once, by a key
  whose certificate names this entry, and that entry's *delivered* names the digest of what was handed over.
"""

import hashlib

from countenance.crypto import derive
from countenance.crypto.provenance import Authority, Credential
from countenance.vocabulary.entries import Kind
from countenance.warrants.authorise import Act
from countenance.zones.custodian.cases import Candidate
from countenance.zones.custodian.opened import Opened


def authority(opened: Opened) -> Authority:
    """The deployment's evidence authority."""
    return Authority(derive.subkey(opened.root, "evidence authority"), opened.genesis.deployment)


def facts(opened: Opened, candidate: Candidate) -> dict[str, str]:
    """What the *authorised* entry of the next copy says of it."""
    same = {"warrant": candidate.warrant, "candidate": candidate.sighting, "act": Act.DISCLOSURE.value}.items()
    before = sum(
        entry.kind is Kind.AUTHORISED and same <= dict(entry.facts).items() for entry in opened.sequencer.entries()
    )
    return {
        "candidate": candidate.sighting,
        "copy": str(before + 1),
        "authority": hashlib.sha256(authority(opened).certificate).hexdigest(),
    }


def number(opened: Opened, entry: int) -> int:
    """Which copy it is that `entry` authorised or delivered."""
    return int(dict(opened.sequencer.entry(entry).facts)["copy"])


def credential(opened: Opened, entry: int) -> Credential:
    """A key for the copy that `entry` authorised."""
    return authority(opened).credential(entry, f"entry {entry}, copy {number(opened, entry)}")
