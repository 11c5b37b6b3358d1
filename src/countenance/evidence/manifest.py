"""The clip's C2PA manifest: what it says, how it is put in, and how it is checked. Offline; no file is written.

Invariants:

* It says nothing that `disclosure.json` and the log do not say; `stated` makes it from them, for writer and reader.
* The signature is asked of whoever holds the key, once, over bytes that hold the digests of clip and statements.
* It counts if it was signed under the given authority, by a certificate whose serial number is the entry that
  authorised the copy.

The C2PA Technical Specification 2.4 leaves `ftyp`, `mfra` and the padding beside the signature out of its digests: a
byte altered there is found by the digest of the file in `disclosure.json` alone.
"""

import io
import json
from collections.abc import Callable
from dataclasses import dataclass
from importlib import metadata

import c2pa

from countenance.errors import Tampered, Unavailable
from countenance.formats import records
from countenance.formats.canonical import Json
from countenance.log.trail import Line
from countenance.vocabulary.disclosures import Instructions, Model

LABEL = "countenance.disclosure"
AUTHORITY = "authority.pem"
_FORMAT = "video/mp4"
# IPTC's term for a picture put together of parts that were all taken by a camera.
_SOURCE = "http://cv.iptc.org/newscodes/digitalsourcetype/compositeCapture"
_EDITED = "The confirmed person is uncovered, everyone else stays covered; the copy's mark is beneath the picture."


@dataclass(frozen=True, slots=True, repr=False)
class Signing:
    """Who signs. `authority`, `credential`: certificates, PEM; `sign` returns an ES256 signature of 64 bytes."""

    authority: str
    credential: str
    sign: Callable[[bytes], bytes]

    def __repr__(self) -> str:
        return "Signing()"


def stated(told: Instructions, authorised: Line, models: tuple[Model, ...]) -> dict[str, Json]:
    """What the manifest says of a disclosure. `authorised`: the entry of this copy."""
    return {
        "deployment": told.genesis.deployment,
        "genesis": records.digest(told.genesis).hex(),
        "assurance": told.genesis.assurance.value,
        "demo": told.genesis.demo,
        "warrant": told.warrant,
        "number": told.number,
        "hash": told.hash.hex(),
        "sighting": authorised.facts.get("candidate", ""),
        "camera": told.camera.name,
        "requester": told.request.signer,
        "entry": authorised.index,
        "copy": authorised.facts.get("copy", ""),
        "models": [{"task": one.task, "name": one.name, "digest": one.digest.hex()} for one in models],
    }


def put(clip: bytes, said: dict[str, Json], signing: Signing) -> bytes:
    """The clip (MP4) with a manifest. Raises Unavailable if it was not signed."""
    actions = [
        {"action": "c2pa.created", "digitalSourceType": _SOURCE},
        {"action": "c2pa.edited", "description": _EDITED},
    ]
    definition = {
        "claim_generator_info": [{"name": "Countenance", "version": metadata.version("countenance")}],
        "title": "clip.mp4",
        "format": _FORMAT,
        "assertions": [
            {"label": "c2pa.actions.v2", "data": {"actions": actions}},
            {"label": LABEL, "data": said},
        ],
    }
    out, chain = io.BytesIO(), signing.credential + signing.authority
    try:
        with (
            _context(signing.authority) as context,
            c2pa.Signer.from_callback(signing.sign, c2pa.C2paSigningAlg.ES256, chain) as signer,
            c2pa.Builder(json.dumps(definition), context) as builder,
        ):
            builder.sign(signer, _FORMAT, io.BytesIO(clip), out)
    except c2pa.C2paError as error:
        raise Unavailable("the clip's manifest was not signed, and nothing was disclosed; ask again") from error
    return out.getvalue()


def check(clip: bytes, authority: str, said: dict[str, Json]) -> str:
    """What was seen. Raises Tampered unless the clip's manifest is intact, by `authority`, and says `said`."""
    try:
        with _context(authority) as context, c2pa.Reader(_FORMAT, io.BytesIO(clip), context=context) as reader:
            state, found = reader.get_validation_state(), json.loads(reader.json())
    except c2pa.C2paError as error:
        raise Tampered("the clip holds no manifest that can be read: it was altered, or taken out") from error
    if state != "Trusted":
        raise Tampered("the clip's manifest does not hold: the clip was altered, or another deployment signed it")
    active = found["manifests"][found["active_manifest"]]
    ours = [one["data"] for one in active["assertions"] if one["label"] == LABEL]
    serial = active["signature_info"].get("cert_serial_number")
    if ours != [said] or serial != str(said["entry"]) or len(found["manifests"]) != 1:
        raise Tampered("the clip's manifest is that of another copy or another disclosure")
    return f"copy {said['copy']} for {said['requester']}, authorised as entry {said['entry']}, signed by the deployment"


def _context(authority: str) -> c2pa.Context:
    """Trust in this authority alone, and no network."""
    return c2pa.Context.from_dict(
        {
            "trust": {"trust_anchors": authority},
            "verify": {"verify_trust": True, "remote_manifest_fetch": False, "ocsp_fetch": False},
            "builder": {"thumbnail": {"enabled": False}},
        }
    )
