"""Answering: what became of a question, for whoever has its code, and the receipt with its proofs."""

from typing import Annotated

from fastapi import APIRouter, Form, Request
from starlette.responses import HTMLResponse, Response

from countenance.errors import Malformed, Refused
from countenance.formats import records
from countenance.vocabulary.rights import Enquiry, Statement
from countenance.web.kit import codes
from countenance.web.portal.house import NONCE, Language, Portal

Code = Annotated[str, Form(max_length=256)]


def routes(portal: Portal) -> APIRouter:
    """`/LANGUAGE/answer` and `/LANGUAGE/receipt`. A code is in a form's body, never in an address."""
    router = APIRouter()

    @router.get("/{language}/answer", response_class=HTMLResponse)
    def door(request: Request, language: Language) -> HTMLResponse:
        """Where a code is given."""
        return portal.page(request, language, "answer", said=None, code="", wrong="")

    @router.post("/{language}/answer", response_class=HTMLResponse)
    def answer(request: Request, language: Language, code: Code = "") -> HTMLResponse:
        """What became of the question with this code."""
        try:
            said = _statement(portal, code)
        except (Malformed, Refused) as error:
            why = "wrong_code" if isinstance(error, Malformed) else "unknown_code"
            return portal.page(request, language, "answer", status=error.status, said=None, code=code, wrong=why)
        return portal.page(request, language, "answer", said=said, code=code, wrong="", now=portal.clock())

    @router.post("/{language}/receipt")
    def receipt(language: Language, code: Code = "") -> Response:
        """The custodian's statement with its proofs as a file, to keep and have checked."""
        del language
        said = _statement(portal, code)
        headers = {"content-disposition": f'attachment; filename="countenance-{said.request}.json"'}
        return Response(records.write(said), media_type="application/json", headers=headers)

    return router


def _statement(portal: Portal, code: str) -> Statement:
    enquiry = Enquiry(
        deployment=portal.genesis.deployment,
        code=codes.read(code),
        made=portal.clock(),
        nonce=portal.random(NONCE),
        reply_key=portal.own.public,
    )
    return portal.asked(enquiry)
