"""Signs: a sheet for a wall or a pole, to be printed from the page, or saved as SVG or PDF."""

from fastapi import APIRouter, Request
from starlette.datastructures import Headers
from starlette.responses import HTMLResponse, RedirectResponse, Response

from countenance.web.portal import drawing
from countenance.web.portal.cameras import absent
from countenance.web.portal.house import Language, Portal
from countenance.web.portal.notices import Notices
from countenance.web.portal.printing import Printer


def routes(portal: Portal, notices: Notices) -> APIRouter:
    """`/LANGUAGE/cameras/NAME/sign`, and below it `sign.svg` and `sign.pdf`."""
    router, prints = APIRouter(), Printer()

    def of(language: str, name: str) -> drawing.Sign | None:
        notice = notices.board().notice(name)
        if notice is None:
            return None
        words = portal.pages.words(Headers({"accept-language": language}), "sign")
        address = f"{portal.origin}/c/{name}"
        return drawing.drawn(notice, words, portal.settings, address, demo=portal.genesis.demo)

    def gone(request: Request, language: str, name: str) -> HTMLResponse:
        return absent(portal, request, language, notices.board(), name)

    @router.get("/{language}/cameras/{name}/sign", response_class=HTMLResponse)
    def page(request: Request, language: Language, name: str) -> HTMLResponse:
        """The sheet, which a browser prints on one page."""
        drawn = of(language, name)
        if drawn is None:
            return gone(request, language, name)
        return portal.page(request, language, "sign", camera=name, drawn=drawn, pdf=prints.can(drawn))

    @router.get("/{language}/cameras/{name}/sign.svg")
    def vector(request: Request, language: Language, name: str) -> Response:
        """The sheet as SVG."""
        drawn = of(language, name)
        if drawn is None:
            return gone(request, language, name)
        return _saved(
            portal.page(request, language, "sheet", drawn=drawn).body, "image/svg+xml", f"sign-{name}-{language}.svg"
        )

    @router.get("/{language}/cameras/{name}/sign.pdf")
    def paper(request: Request, language: Language, name: str) -> Response:
        """The sheet as PDF, or the way to the page that says why there is none."""
        drawn = of(language, name)
        if drawn is None:
            return gone(request, language, name)
        if not prints.can(drawn):
            return RedirectResponse(f"/{language}/cameras/{name}/sign#no-pdf", status_code=303)
        return _saved(prints.pdf(drawn), "application/pdf", f"sign-{name}-{language}.pdf")

    return router


def _saved(data: bytes | memoryview, kind: str, name: str) -> Response:
    return Response(data, media_type=kind, headers={"content-disposition": f'inline; filename="{name}"'})
