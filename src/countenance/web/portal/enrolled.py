"""Enrolled people: a code before consent is given; with it, what is held, who looked, a receipt, and one button to end.

The code is made here as that of a question is, shown once, and kept by nobody. The desk gets its number, from which
nobody finds the code: who enrols somebody cannot look, or withdraw, in their name.
"""

from typing import Annotated, Any, Final

from fastapi import APIRouter, Form, Request
from starlette.responses import HTMLResponse, Response

from countenance.errors import Malformed, Refused
from countenance.formats import canonical, records
from countenance.formats.canonical import Json
from countenance.rights import consents
from countenance.vocabulary.consents import Held, number_of
from countenance.vocabulary.galleries import StandingGallery
from countenance.vocabulary.rights import CODE
from countenance.web.kit import codes
from countenance.web.portal.house import Language, Portal

NOWHERE: Final = 404
Code = Annotated[str, Form(max_length=256)]
Agreed = Annotated[str, Form(max_length=8)]


def routes(portal: Portal) -> APIRouter:
    """`/LANGUAGE/enrol`, `/LANGUAGE/enrolled`, its `withdraw` and `receipt`. A code is in no address."""
    router = APIRouter()

    @router.get("/{language}/enrol", response_class=HTMLResponse)
    def consent(request: Request, language: Language) -> HTMLResponse:
        """What somebody agrees to who enrols."""
        return _offered(portal, request, language, "enrol", code="", number="", wrong=False)

    @router.post("/{language}/enrol", response_class=HTMLResponse)
    def agree(request: Request, language: Language, agreed: Agreed = "") -> HTMLResponse:
        """The code, and its number for the desk; nothing is enrolled by it."""
        if agreed != "yes":
            return _offered(portal, request, language, "enrol", status=400, code="", number="", wrong=True)
        code = portal.random(CODE)
        number = codes.spelled(number_of(code))
        return _offered(portal, request, language, "enrol", code=codes.spelled(code), number=number, wrong=False)

    @router.get("/{language}/enrolled", response_class=HTMLResponse)
    @router.get("/{language}/enrolled/withdraw", response_class=HTMLResponse)
    def door(request: Request, language: Language) -> HTMLResponse:
        """Where a code is given, also for who changes the language of the page that said that it is over."""
        return _offered(portal, request, language, "enrolled", held=None, code="", wrong="")

    @router.post("/{language}/enrolled", response_class=HTMLResponse)
    def held(request: Request, language: Language, code: Code = "") -> HTMLResponse:
        """What is held, and who looked."""
        try:
            said = portal.enrolled("held", codes.read(code))
        except (Malformed, Refused) as error:
            why = "wrong_code" if isinstance(error, Malformed) else "unknown_code"
            facts = {"held": None, "code": code, "wrong": why}
            return _offered(portal, request, language, "enrolled", status=error.status, **facts)
        return portal.page(request, language, "enrolled", **_shown(said, code))

    @router.post("/{language}/enrolled/withdraw", response_class=HTMLResponse)
    def withdraw(request: Request, language: Language, code: Code = "") -> HTMLResponse:
        """End it, at once."""
        return portal.page(request, language, "enrolled", **_shown(portal.enrolled("withdraw", codes.read(code)), code))

    @router.post("/{language}/enrolled/receipt")
    def receipt(language: Language, code: Code = "") -> Response:
        """The consent receipt as a file."""
        said = portal.enrolled("held", codes.read(code))
        file = consents.receipt(said, _of_portal(portal, language))
        headers = {"content-disposition": f'attachment; filename="countenance-consent-{said.gallery}.json"'}
        return Response(canonical.write(file), media_type="application/ld+json", headers=headers)

    return router


def _offered(portal: Portal, request: Request, language: str, name: str, **facts: Any) -> HTMLResponse:
    """Page `name`; where nobody can be enrolled, one that says so: nobody agrees to what is not there."""
    if portal.beside.gallery() is None:
        return portal.page(request, language, "nowhere", status=NOWHERE)
    return portal.page(request, language, name, **facts)


def _shown(held: Held, code: str) -> dict[str, Any]:
    text = records.read(StandingGallery, held.text.encode()) if held.text else None
    return {"held": held, "text": text, "code": code, "wrong": ""}


def _of_portal(portal: Portal, language: str) -> dict[str, Json]:
    """Fields of a receipt that the operator's settings say."""
    settings = portal.settings
    return {
        "dct:language": language,
        "dpv:hasNotice": {"@type": "dpv:ConsentNotice", "@id": f"{portal.origin}/{language}/enrol"},
        "dpv:hasConsentControl": {
            "@type": "dpv:WithdrawConsent",
            "dpv:isExercisedAt": f"{portal.origin}/{language}/enrolled",
        },
        "dpv:hasDataController": {
            "@type": "dpv:DataController",
            "dct:identifier": portal.genesis.deployment,
            "dpv:hasName": settings.controller,
            "dpv:hasContact": settings.contact,
            "dpv:hasAddress": settings.desk,
        },
        "dpv:hasAuthority": {"@type": "dpv:DataProtectionAuthority", "dpv:hasName": settings.authority},
    }
