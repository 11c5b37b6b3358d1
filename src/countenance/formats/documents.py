"""Identity documents, spelled in one way only, whoever types them: two spellings of one would have two marks."""

import re

from countenance.errors import Malformed
from countenance.vocabulary.afterwards import Document, DocumentKind

_STATE = re.compile(r"[A-Z]{1,3}")
_NUMBER = re.compile(r"[A-Z0-9]{4,20}")
_FILLER = re.compile(r"[\s<./-]")


def document(kind: str, state: str, number: str) -> Document:
    """A document in capitals, without spaces and fillers (ICAO 9303). Raises Malformed for what is none."""
    state, number = (_FILLER.sub("", text).upper() for text in (state, number))
    if kind not in set(DocumentKind) or not _STATE.fullmatch(state) or not _NUMBER.fullmatch(number):
        raise Malformed(
            "name a passport, identity-card or residence-permit, the state by its one to three letters, and the "
            "number by its 4 to 20 letters and digits, all as in the lines of letters at the document's foot"
        )
    return Document(DocumentKind(kind), state, number)
