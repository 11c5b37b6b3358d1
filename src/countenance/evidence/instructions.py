"""Read what the custodian hands over for one disclosure, and hold it against itself before anything is fetched.

Invariants:

* The warrant's text has the hash that the approvals name, and the coded template the digest that the text names.
* The sighting record carries the edge's signature; every key is 32 bytes.

Keys never leave this process, and no `repr` shows them.
"""

import hashlib
from collections.abc import Mapping
from dataclasses import dataclass

from countenance.crypto.verify import opened
from countenance.errors import Malformed, Tampered
from countenance.formats import canonical, records
from countenance.formats.canonical import Json
from countenance.vocabulary.disclosures import Instructions
from countenance.vocabulary.sightings import SightingRecord
from countenance.vocabulary.warrants import Warrant

KEY = 32
# Blobs beside the footage keys: photo key, still key, patches key before them; warrant text and template after.
_BEFORE, _AFTER = 3, 2


@dataclass(frozen=True, slots=True, repr=False)
class Keys:
    """What opens the ciphertexts of one disclosure. `footage`: one key an hour number."""

    photo: bytes
    still: bytes
    patches: bytes
    footage: Mapping[int, bytes]

    def __repr__(self) -> str:
        return f"Keys({len(self.footage)} hours)"


@dataclass(frozen=True, slots=True, repr=False)
class Task:
    """One disclosure to compose. `template`: the coded probe, int16 little-endian; `text`: the warrant's bytes."""

    instructions: Instructions
    keys: Keys
    text: bytes
    template: bytes
    warrant: Warrant
    sighting: SightingRecord

    def __repr__(self) -> str:
        return f"Task({self.instructions.warrant}/{self.sighting.sighting})"


def read(value: Json, blobs: tuple[bytes, ...]) -> Task:
    """The task in the body and blobs of a `compose` message. Raises Malformed, or Tampered where parts disagree."""
    instructions = records.read(Instructions, canonical.write(value))
    if len(blobs) != _BEFORE + len(instructions.hours) + _AFTER:
        raise Malformed("a disclosure comes with three keys, a key an hour, the warrant's text and the template")
    keys, (text, template) = blobs[:-_AFTER], blobs[-_AFTER:]
    if any(len(key) != KEY for key in keys):
        raise Malformed(f"every key of a disclosure is {KEY} bytes")
    warrant = records.read(Warrant, text)
    if hashlib.sha256(text).digest() != instructions.hash:
        raise Tampered("the warrant's text does not have the hash that was approved; the disclosure stops here")
    if (warrant.warrant, warrant.number) != (instructions.warrant, instructions.number):
        raise Tampered("the warrant's text is that of another warrant or version; the disclosure stops here")
    if hashlib.sha256(template).digest() != warrant.probe.template_digest:
        raise Tampered("the probe's template is not the one that the warrant names; the disclosure stops here")
    return Task(
        instructions=instructions,
        keys=Keys(keys[0], keys[1], keys[2], dict(zip(instructions.hours, keys[_BEFORE:], strict=True))),
        text=text,
        template=template,
        warrant=warrant,
        sighting=opened(SightingRecord, instructions.sighting, instructions.edge_key),
    )
