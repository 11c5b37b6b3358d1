"""Disclosing: evidence on its way from the custodian to the officer who asked for it.

The bundle arrives encrypted; its key, in the custodian's answer, opens it here. It is held against the digest that the
log's entry names, kept for this session for some minutes, and handed over once, as it is: a ZIP, never unpacked.
"""

import hashlib
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from functools import partial
from typing import Annotated, Final

from fastapi import APIRouter, Depends, Path
from starlette.responses import StreamingResponse

from countenance.crypto import segment
from countenance.errors import Malformed, Tampered
from countenance.formats import bundle, records
from countenance.formats.canonical import Json
from countenance.vocabulary.acts import Candidacy
from countenance.vocabulary.requests import Ask
from countenance.web.console.asking import Told, unhex
from countenance.web.console.house import Console, seen
from countenance.web.kit.holding import Holding
from countenance.web.kit.sessions import SignedIn

LIFE: Final = 5 * 60_000
"""Milliseconds that evidence waits for its officer to save it."""

RECORD: Final = "disclosure.json"
_PIECE = 256 * 1024


@dataclass(frozen=True, slots=True, repr=False)
class Copy:
    """One copy of evidence, a ZIP; `name`: of the file it becomes."""

    data: bytes
    name: str

    def __repr__(self) -> str:
        return f"Copy({len(self.data)} bytes)"


def routes(console: Console) -> APIRouter:
    """`/evidence/ENTRY`."""
    router = APIRouter()

    @router.get("/evidence/{entry}", response_class=StreamingResponse)
    def evidence(who: Annotated[SignedIn, Depends(seen)], entry: Annotated[int, Path(ge=0)]) -> StreamingResponse:
        """The copy that was disclosed to this session by this entry; handed over, it is kept no longer."""
        found = console.holding.get(who.token, _name(entry), Copy)
        headers = {
            "content-length": str(len(found.data)),
            "content-disposition": f'attachment; filename="{found.name}"',
        }
        sent = partial(console.holding.drop, who.token, _name(entry))
        return StreamingResponse(_pieces(found.data, sent), media_type="application/zip", headers=headers)

    return router


def disclosed(holding: Holding) -> Told:
    """DISCLOSE: everything but the key; the evidence waits under its entry. Raises Tampered if it is another's."""

    def told(who: SignedIn, ask: Ask, answer: dict[str, Json], blobs: tuple[bytes, ...]) -> dict[str, Json]:
        key, digest, entry = (answer.get(name) for name in ("key", "evidence", "entry"))
        if len(blobs) != 1 or not isinstance(key, str) or type(entry) is not int:
            raise Malformed("the answer holds no evidence: run the same version on both sides")
        data = segment.decrypt(unhex(key), blobs[0])
        if hashlib.sha256(bundle.read(data).get(RECORD, b"")).hexdigest() != digest:
            raise Tampered("the evidence is not what the custodian's entry names: ask again and audit the deployment")
        asked = records.read(Candidacy, ask.body)
        copy = Copy(data, f"evidence-{asked.warrant}-{asked.sighting[:8]}-{entry}.zip")
        holding.keep(who.token, _name(entry), copy, size=len(data), life=LIFE)
        said = {name: value for name, value in answer.items() if name != "key"}
        return {**said, "bytes": len(data), "file": copy.name}

    return told


def _name(entry: int) -> str:
    return f"evidence/{entry}"


def _pieces(data: bytes, sent: Callable[[], None]) -> Iterator[bytes]:
    for at in range(0, len(data), _PIECE):
        yield data[at : at + _PIECE]
    sent()
