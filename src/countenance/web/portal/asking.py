"""Asking without a face: camera, time, what is wanted, in a form that needs no script. The answer is behind a code.

The code is made here, shown once, and kept by nobody: the custodian has its SHA-256. It is in no address, so that no
history, log or referrer has it.
"""

import datetime
import hashlib
from typing import Annotated, Any, Final

from fastapi import APIRouter, Form, Request
from pydantic import BaseModel, Field
from starlette.responses import HTMLResponse

from countenance.vocabulary.moments import Moment
from countenance.vocabulary.rights import CODE, LONGEST_WORDS, Question, Wish
from countenance.web.kit import codes
from countenance.web.portal.house import NONCE, Language, Portal

SPANS: Final = (5, 10, 20, 30)
"""Minutes that a question may span."""

_MINUTE: Final = 60_000
_LONG: Final = 4 * LONGEST_WORDS
"""Characters of a field that are taken at all, so that what is too long can be shown again."""


class Asked(BaseModel):
    """The form as it was filled in, which is not yet as it should be."""

    camera: str = Field("", max_length=64)
    wish: str = Field("", max_length=16)
    date: str = Field("", max_length=32)
    time: str = Field("", max_length=32)
    minutes: str = Field("", max_length=8)
    words: str = Field("", max_length=_LONG)


def routes(portal: Portal) -> APIRouter:
    """`/LANGUAGE/ask`."""
    router = APIRouter()

    @router.get("/{language}/ask", response_class=HTMLResponse)
    def form(request: Request, language: Language, camera: str = "") -> HTMLResponse:
        """The form. `camera`: one that is chosen already."""
        return portal.page(request, language, "ask", **_shown(portal, Asked.model_construct(camera=camera), {}))

    @router.post("/{language}/ask", response_class=HTMLResponse)
    def ask(request: Request, language: Language, asked: Annotated[Asked, Form()]) -> HTMLResponse:
        """Ask. What is missing is said beside its field, and nothing that was filled in is lost."""
        wrong = _wrong(portal, asked)
        if wrong:
            return portal.page(request, language, "ask", status=400, **_shown(portal, asked, wrong))
        code = portal.random(CODE)
        said = portal.asked(_question(portal, asked, language, code))
        return portal.page(request, language, "asked", said=said, code=codes.spelled(code))

    return router


def _question(portal: Portal, asked: Asked, language: str, code: bytes) -> Question:
    start = _moment(portal, asked)
    return Question(
        deployment=portal.genesis.deployment,
        wish=Wish(asked.wish),
        camera=asked.camera,
        start=start,
        end=start + int(asked.minutes) * _MINUTE,
        words=asked.words,
        language=language,
        code_hash=hashlib.sha256(code).digest(),
        made=portal.clock(),
        nonce=portal.random(NONCE),
        reply_key=portal.own.public,
    )


def _shown(portal: Portal, asked: Asked, wrong: dict[str, str]) -> dict[str, Any]:
    return {
        "cameras": portal.cameras(),
        "wishes": tuple(Wish),
        "spans": SPANS,
        "longest": LONGEST_WORDS,
        "asked": asked,
        "wrong": wrong,
    }


def _wrong(portal: Portal, asked: Asked) -> dict[str, str]:
    """Which fields cannot be taken as they are, each with the name of the sentence that says why."""
    wrong = {}
    if asked.wish not in {wish.value for wish in Wish}:
        wrong["wish"] = "wrong_wish"
    if asked.camera not in {camera.name for camera in portal.cameras()}:
        wrong["camera"] = "wrong_camera"
    try:
        if _moment(portal, asked) > portal.clock():
            wrong["time"] = "wrong_future"
    except (ValueError, OverflowError):
        wrong["time"] = "wrong_time"
    if asked.minutes not in map(str, SPANS):
        wrong["minutes"] = "wrong_minutes"
    if len(asked.words) > LONGEST_WORDS:
        wrong["words"] = "wrong_words"
    return wrong


def _moment(portal: Portal, asked: Asked) -> Moment:
    """The time that the form names, in the portal's zone. Raises ValueError, OverflowError."""
    said = datetime.datetime.fromisoformat(f"{asked.date.strip()}T{asked.time.strip()}")
    if said.tzinfo is not None:
        raise ValueError("a time without a zone was asked for")
    return int(said.replace(tzinfo=portal.zone).timestamp() * 1000)
