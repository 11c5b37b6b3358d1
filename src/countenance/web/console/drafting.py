"""Drafting: photos to the probe helper, and what goes with a warrant that an officer's browser wrote and signed.

Invariants:

* No picture is decoded here. What the helper sealed is kept for this session alone, until the draft is filed or half an
  hour is over.
* The text is the browser's: it was shown there before its hash was signed. Here it is held against that hash, sealed to
  the custodian and kept nowhere.
* The threshold that a page proposes follows from `warrants.stated`, by the calibrations that the custodian names.
"""

import hashlib
import secrets
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Annotated, Any, Final

from fastapi import APIRouter, Depends, Query, Request, Response

from countenance.errors import Malformed, Tampered
from countenance.formats import canonical, records
from countenance.formats.canonical import Json
from countenance.vocabulary.acts import Extent, Filing
from countenance.vocabulary.calibration import Calibration
from countenance.vocabulary.requests import Ask
from countenance.vocabulary.warrants import Probe, Role
from countenance.warrants import calibrations
from countenance.warrants.stated import stated
from countenance.web.console.asking import Beside, Told
from countenance.web.console.house import Console, seen
from countenance.web.kit.holding import Holding
from countenance.web.kit.sessions import SignedIn

LARGEST: Final = 32 * 1024 * 1024
"""Bytes of all photos of one draft together."""

MOST_PHOTOS: Final = 6
LIFE: Final = 30 * 60_000
"""Milliseconds that an extracted probe waits for its warrant."""

ONE_IN: Final = (10, 30, 100, 300, 1000, 3000, 10_000)
"""What a form offers: at most one false candidate in so many searches."""

_MISSING = "the custodian's answer lacks a part: run the same version on both sides"
_BODY = {"requestBody": {"required": True, "content": {"application/octet-stream": {"schema": {"type": "string"}}}}}
Seen = Annotated[SignedIn, Depends(seen)]


@dataclass(frozen=True, slots=True, repr=False)
class Brought:
    """What the helper made of an officer's photos: `blobs`, sealed template and photo key, and the photo's ciphertext.

    `sheet`: the picture that several photos became; empty for one, which is the officer's own file.
    """

    blobs: tuple[bytes, ...]
    sheet: bytes

    def __repr__(self) -> str:
        return f"Brought({sum(map(len, self.blobs))} bytes)"


async def raw(request: Request, who: Seen) -> bytes:
    """The body as it came, of an officer: of nobody else any of it is read. The guard has bounded it."""
    who.require(Role.OFFICER)
    return await request.body()


def routes(console: Console) -> APIRouter:
    """`/photo`, `/sheet/ID`."""
    router = APIRouter()

    @router.post("/photo", openapi_extra=_BODY)
    def photo(
        who: Seen, data: Annotated[bytes, Depends(raw)], sizes: Annotated[list[int], Query(max_length=MOST_PHOTOS)]
    ) -> dict[str, Any]:
        """One photo, or up to six of one person, one after another in the body. `sizes`: bytes of each."""
        warrant, pictures = secrets.token_hex(8), _cut(data, sizes)
        found = console.helper("extract", {"warrant": warrant}, pictures)
        probe = records.read(Probe, canonical.write(found.body.get("probe")))
        several = len(pictures) > 1
        if len(found.blobs) != (4 if several else 3):
            raise Malformed("the probe helper's answer lacks a part: run the same version on both sides")
        if probe.image_digest != hashlib.sha256(found.blobs[3] if several else pictures[0]).digest():
            raise Tampered("the probe helper answered for another photo; try again")
        brought = Brought(found.blobs[:3], found.blobs[3] if several else b"")
        size = sum(map(len, found.blobs))
        console.holding.keep(who.token, _name(warrant), brought, size=size, life=LIFE)
        return {
            "warrant": warrant,
            "probe": records.plain(probe),
            "quality": found.body.get("quality"),
            "reasons": found.body.get("reasons"),
            "sheet": several,
        }

    @router.get("/sheet/{warrant}", response_class=Response)
    def sheet(who: Seen, warrant: str) -> Response:
        """The picture that several photos became: from now on it is the photo that everybody sees."""
        return Response(console.holding.get(who.token, _name(warrant), Brought).sheet, media_type="image/png")

    return router


def beside(holding: Holding) -> Beside:
    """DRAFT, NARROW: the text that the page sent besides, and with a draft what the helper sealed for it."""

    def papers(who: SignedIn, ask: Ask, besides: Mapping[str, Json]) -> tuple[bytes, ...]:
        filing = records.read(Filing, ask.body)
        text = str(besides.get("text", "")).encode()
        if hashlib.sha256(text).digest() != filing.hash:
            raise Malformed("this is not the text whose hash was signed: load the page again")
        if filing.number > 1:
            return (text,)
        return (text, *holding.get(who.token, _name(filing.warrant), Brought).blobs)

    return papers


def drafted(holding: Holding) -> Told:
    """DRAFT: it is filed, and what was kept for it is kept no longer."""

    def told(who: SignedIn, ask: Ask, answer: dict[str, Json], blobs: tuple[bytes, ...]) -> dict[str, Json]:
        del blobs
        holding.drop(who.token, _name(records.read(Filing, ask.body).warrant))
        return answer

    return told


def extent(who: SignedIn, ask: Ask, answer: dict[str, Json], blobs: tuple[bytes, ...]) -> dict[str, Json]:
    """EXTENT: rows, and what a text would state for each number that the form offers.

    Raises Refused where a camera of the scope has no calibration of this extractor.
    """
    del who, blobs
    asked = records.read(Extent, ask.body)
    rows, texts = answer.get("rows"), answer.get("calibrations")
    if type(rows) is not int or not isinstance(texts, list):
        raise Malformed(_MISSING)
    known = [records.read(Calibration, str(text).encode()) for text in texts]
    of = calibrations.of_scope(known, asked.scope.cameras, asked.extractor)
    return {"rows": rows, "stated": {str(one): records.plain(stated(of, rows, one_in=one)) for one in ONE_IN}}


def _name(warrant: str) -> str:
    return f"photo/{warrant}"


def _cut(data: bytes, sizes: list[int]) -> tuple[bytes, ...]:
    """The photos in a body. Raises Malformed unless the sizes fit it."""
    if len(data) > LARGEST:
        raise Malformed(f"bring photos of at most {LARGEST // 1024**2} MiB together: make them smaller")
    if not sizes or min(sizes) < 1 or sum(sizes) != len(data):
        raise Malformed(f"bring one photo, or up to {MOST_PHOTOS} of one person, each with its size")
    ends = [sum(sizes[: at + 1]) for at in range(len(sizes))]
    return tuple(data[end - size : end] for size, end in zip(sizes, ends, strict=True))
