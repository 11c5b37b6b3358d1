"""Consents: what an enrolled person is told of a gallery that stands by their own consent.

Who enrols makes a code, which nobody else has, and hands the desk its *number*. Gallery and receipt bear the number;
the code alone opens what is held, and ends it. It is asked with an `Enquiry`, sealed to the gallery custodian.
"""

import hashlib
from dataclasses import dataclass

from countenance.vocabulary.disclosures import Logged
from countenance.vocabulary.moments import Moment

BY_CONSENT = "GDPR Art. 9(2)(a)"
"""The legal basis of a gallery by consent, to the letter; no other gallery has it."""

NUMBER = 16
"""Bytes of a consent's number, spelled as a code is."""

MOST_USES = 200
"""Uses that are told at once, the newest."""


@dataclass(frozen=True, slots=True)
class Use:
    """One entry of the log that says that what is held was used. `index`: of the entry.

    `what`: `text`, `photo`, `masked gallery` (handed to an edge), `alerted` (a passer-by was taken for them), `alerts`
    (a reviewer was told of alerts, these among them).
    """

    index: int
    made: Moment
    what: str


@dataclass(frozen=True, slots=True, repr=False)
class Held:
    """What the gallery custodian tells whoever has the code.

    `text`: the gallery's canonical text as people approved it, which says purpose, cameras, times, extractor and how
    many references; empty once it has ended. `state`: as galleries are listed. `gone_by`: once it has ended, when no
    copy is left anywhere; 0 before. `uses`: oldest first; `earlier`: how many more there were before those. `entries`:
    drafted, then authorised and ended as far as it came, with proofs.
    """

    deployment: str
    gallery: str
    state: str
    text: str
    gone_by: Moment
    uses: tuple[Use, ...]
    earlier: int
    entries: tuple[Logged, ...]

    def __repr__(self) -> str:
        return f"Held({self.gallery}, {self.state})"


def number_of(code: bytes) -> bytes:
    """The number of the consent whose code this is: 16 bytes from which nobody finds the code."""
    return hashlib.sha256(b"consent" + code).digest()[:NUMBER]
