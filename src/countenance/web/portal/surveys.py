"""Surveys: what people think of the cameras, asked in their browser and mixed with chance there.

What arrives is the randomised record (`vocabulary.survey.Submission`) and nothing else: at an address without a
language, without cookie, and answered once it is durable. Invariants:

* No true answer leaves the page: its form has no address to be sent to, its policy allows none, and without scripts it
  is not shown.
* The program that randomises is the one that the wave's record named when it was opened, or the page is refused.
* A shared device has a page and a program of its own, says that nothing is randomised, and leaves nothing of one person
  for the next.
"""

from fastapi import APIRouter, Request
from starlette.responses import HTMLResponse, RedirectResponse, Response

from countenance.crypto import blind
from countenance.errors import Malformed, Refused, Tampered
from countenance.formats import canonical
from countenance.formats.canonical import Json
from countenance.survey import responses, waves
from countenance.survey.waves import Opened
from countenance.vocabulary.survey import Admission, Kind, Kiosk, Question, Way
from countenance.web.kit.front import POLICY
from countenance.web.kit.pages import spoken
from countenance.web.portal import program
from countenance.web.portal.house import Language, Portal


def routes(portal: Portal) -> APIRouter:
    """`/LANGUAGE/surveys`, `/LANGUAGE/surveys/NAME`, and `/s/NAME`, which a card leads to and answers are sent to.

    For a shared device each of the last two with `/kiosk` behind it. `/s/NAME/questionnaire` is what is asked.
    """
    router = APIRouter()

    @router.get("/s/{name}", include_in_schema=False)
    def card(request: Request, name: str) -> Response:
        """Where a card leads: the page, in the language that the browser asks for. What is behind # stays there."""
        portal.beside.surveys.current(name)
        return RedirectResponse(f"/{spoken(request.headers)}/surveys/{name}", status_code=303)

    @router.get("/s/{name}/questionnaire")
    def file(name: str) -> Response:
        """The questionnaire's file, whose SHA-256 the wave has: what the page asks follows from it."""
        opened = portal.beside.surveys.current(name)
        source = responses.contents(opened.folder / waves.QUESTIONS)
        return Response(source, headers={"content-disposition": "attachment"}, media_type="application/yaml")

    @router.post("/s/{name}")
    async def answer(request: Request, name: str) -> Response:
        """One person's record."""
        return await _taken(portal, request, name, Way.WEB)

    @router.post("/s/{name}/kiosk")
    async def shared(request: Request, name: str) -> Response:
        """One person's answers as they are, from a shared device."""
        return await _taken(portal, request, name, Way.KIOSK)

    @router.get("/{language}/surveys", response_class=HTMLResponse)
    def every(request: Request, language: Language) -> HTMLResponse:
        """Those that are open."""
        return portal.page(request, language, "surveys")

    @router.get("/{language}/surveys/{name}", response_class=HTMLResponse)
    def one(request: Request, language: Language, name: str) -> HTMLResponse:
        """The questionnaire of an open wave."""
        return _asked(portal, request, language, name, shared=False)

    @router.get("/{language}/surveys/{name}/kiosk", response_class=HTMLResponse)
    def kiosk(request: Request, language: Language, name: str) -> HTMLResponse:
        """The same on a shared device: no page leads there, who sets the device up opens it."""
        return _asked(portal, request, language, name, shared=True)

    return router


async def _taken(portal: Portal, request: Request, name: str, way: Way) -> Response:
    if request.headers.get("cookie"):
        raise Malformed("answers are taken without cookies: load the page again")
    data = await request.body()
    if len(data) > responses.LONGEST:
        raise Malformed("these answers are larger than any: load the page again")
    await portal.beside.surveys.take(name, data, way)
    return Response(status_code=204)


def _asked(portal: Portal, request: Request, language: str, name: str, *, shared: bool) -> HTMLResponse:
    opened = portal.beside.surveys.current(name)
    if opened.wave.program != program.digest():
        raise Tampered(
            "the program that mixes answers with chance is not the one this survey was opened with: answer on "
            "paper, and tell who runs this"
        )
    if opened.instrument.admission is Admission.INVITED and not opened.wave.issuing:
        raise Refused("nobody signs invitations to this survey in browsers: answer on paper")
    if shared and opened.instrument.kiosk is not Kiosk.ALLOWED:
        raise Refused("this survey is not asked on shared devices: its questionnaire says 'kiosk: none'")
    shown = portal.page(
        request,
        language,
        "survey",
        opened=opened,
        plan=canonical.write(_plan(opened)).decode(),
        items=_items(opened),
        program=program,
        shared=shared,
        key=blind.fingerprint(opened.wave.issuer) if opened.wave.issuer else "",
    )
    shown.headers[POLICY] = _policy(opened.wave.issuing)
    return shown


def _items(opened: Opened) -> list[tuple[int, Question]]:
    """Each question, and which of all items its first is."""
    found: list[tuple[int, Question]] = []
    at = 0
    for question in opened.instrument.questions:
        found.append((at, question))
        at += len(question.options) if question.kind is Kind.SEVERAL else 1
    return found


def _plan(opened: Opened) -> dict[str, Json]:
    """All that the program needs of a wave; `sizes`: answers of each item."""
    wave, asked = opened.wave, opened.instrument
    return {
        "epsilon": asked.epsilon,
        "instrument": wave.instrument.hex(),
        "issuing": wave.issuing,
        "modulus": f"{blind.modulus(wave.issuer):x}" if wave.issuer else "",
        "reported": asked.reported,
        "sizes": [len(item.answers) for item in asked.items],
        "survey": wave.survey,
        "wave": wave.number,
        "waves": asked.waves,
    }


def _policy(issuing: str) -> str:
    """This page's own: one script, from here; it speaks with this origin and the issuer's; no form is ever sent."""
    others = f" {issuing}" if issuing else ""
    return (
        "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self'; "
        f"connect-src 'self'{others}; base-uri 'none'; form-action 'none'; "
        "frame-ancestors 'none'; require-trusted-types-for 'script'"
    )
