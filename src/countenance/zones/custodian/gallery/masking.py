"""Masking: a permitted gallery becomes rows that an edge may hold, and the keys that unmask them.

How a gallery is masked, once:

1. *authorised* is an entry.
2. Every reference's template is opened and held against the probe that its text names; coded templates lie in one
   buffer.
3. A fresh salt and a fresh nonce a row give the pads; the masked rows are written down.
4. Salt and nonces are kept, and all sealed templates dropped, in one transaction; the store key is replaced.
5. The buffer is overwritten; *delivered* is an entry.

A crash in between leaves the templates, and the gallery is masked anew, under another salt and other nonces. Rows and
keys lie in one process's directory: with its root key they are the templates.
"""

import hashlib
from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from countenance.crypto import derive
from countenance.durable import files
from countenance.errors import CountenanceError, Malformed, Refused, Tampered, Unavailable
from countenance.formats import records
from countenance.formats.probes import MAXIMUM_DIMENSION
from countenance.matching import encode, padding
from countenance.vocabulary.entries import Kind
from countenance.vocabulary.galleries import StandingGallery
from countenance.warrants import calibrations, content
from countenance.warrants.galleries import Permission, Standing
from countenance.zones.custodian import present
from countenance.zones.custodian.gallery import referring
from countenance.zones.custodian.gallery.records import GalleryText, MaskingKeys, SealedTemplate, masked, state
from countenance.zones.custodian.opened import Opened

SALT = 32
NONCE = 16


def keys(opened: Opened, permission: Permission) -> MaskingKeys:
    """The gallery's masking keys; made, and its references masked, at the first call. Raises Refused once it ended."""
    gallery = permission.standing.gallery
    with opened.lock:
        if state(opened, gallery).ended:
            raise Refused("this gallery has ended, and its key was destroyed")
        return opened.store.get(MaskingKeys, gallery) or _masked(opened, permission)


def rows(opened: Opened, gallery: str, kept: MaskingKeys) -> bytes:
    """The masked rows, one after the other. Raises Tampered if they are not those that were masked."""
    try:
        data = masked(opened.directory, gallery).read_bytes()
    except OSError as error:
        raise Unavailable("a masked gallery cannot be read; restore the gallery custodian's directory") from error
    if hashlib.sha256(data).digest() != kept.digest:
        raise Tampered("a masked gallery is not as it was written; withdraw it and draft it again")
    return data


def pads(opened: Opened, gallery: str, kept: MaskingKeys) -> NDArray[np.int16]:
    """The pads of all rows, shape (n, d); who gets them overwrites them."""
    return padding.pads(_block_key(opened, gallery, kept.salt), kept.nonces, kept.dimension)


def _masked(opened: Opened, permission: Permission) -> MaskingKeys:
    kept = permission.standing
    facts = {
        "warrant": kept.gallery,
        "number": str(kept.number),
        "hash": kept.hash.hex(),
        "act": "gallery",
        **calibrations.named(permission.of),
    }
    entry = opened.sequencer.append(Kind.AUTHORISED, facts, of=state(opened, kept.gallery).entry)  # (1)
    try:
        made = _kept(opened, kept, entry)
    except CountenanceError:
        opened.sequencer.append(Kind.OUTCOME_UNKNOWN, facts, of=entry)
        raise
    opened.sequencer.append(Kind.DELIVERED, facts, of=entry)  # (5)
    return made


def _kept(opened: Opened, kept: Standing, entry: int) -> MaskingKeys:
    references = _references(opened, kept.gallery)
    coded = _coded(opened, kept.gallery, references)  # (2)
    try:
        salt, nonces = opened.random(SALT), opened.random(NONCE * len(coded))  # (3)
        out = padding.pads(_block_key(opened, kept.gallery, salt), nonces, coded.shape[1])
        out += coded
        written = out.astype("<i2").tobytes()
    finally:
        coded.fill(0)
    files.write(masked(opened.directory, kept.gallery), written)
    made = MaskingKeys(salt, nonces, references, coded.shape[1], hashlib.sha256(written).digest(), entry)
    with opened.store.together():  # (4)
        opened.store.put(made, kept.gallery)
        for reference in references:
            opened.store.drop(SealedTemplate, f"{kept.gallery}/{reference}")
    opened.store.replace_key()
    return made


def _references(opened: Opened, gallery: str) -> tuple[str, ...]:
    """The ids of the references, in the order of the text."""
    kept = opened.store.get(GalleryText, gallery)
    if kept is None:
        raise Refused("this gallery has ended, and its text with it")
    return tuple(one.reference for one in records.read(StandingGallery, kept.text).references)


def _coded(opened: Opened, gallery: str, references: Sequence[str]) -> NDArray[np.int16]:
    """All coded templates, shape (n, d)."""
    helpers = present.circumstances(opened, 0).helpers
    coded: NDArray[np.int16] | None = None
    for at, reference in enumerate(references):
        brought, plain = referring.template(opened, gallery, reference)
        content.check_probe(brought.probe, helpers[brought.probe.helper])
        if hashlib.sha256(plain).digest() != brought.probe.template_digest:
            raise Refused("a reference's template is not the one its probe names: draft the gallery again")
        one = encode.from_bytes(plain)
        if coded is None:
            if len(one) > MAXIMUM_DIMENSION:
                raise Refused(f"a gallery's templates have at most {MAXIMUM_DIMENSION} components")
            coded = np.zeros((len(references), len(one)), dtype=np.int16)
        if len(one) != coded.shape[1]:
            raise Refused("the references' templates have different dimensions: extract all photos again")
        coded[at] = one
        one.fill(0)
    if coded is None:
        raise Malformed("a gallery has at least one reference")
    return coded


def _block_key(opened: Opened, gallery: str, salt: bytes) -> bytes:
    return derive.block_key(opened.root, salt, f"gallery/{gallery}")
