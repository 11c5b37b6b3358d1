"""Kiosks: what the pages of a desk and of a gate have in common: their files, their language, a prompt for a script.

The language of a page is the first part of its address, so that whoever comes next begins with their own.
"""

from typing import Any

from starlette.datastructures import Headers
from starlette.requests import Request
from starlette.responses import RedirectResponse, Response
from starlette.routing import Route

from countenance.vocabulary.liveness import Prompt
from countenance.web.kit.assets import Assets
from countenance.web.kit.pages import LANGUAGES, spoken


def routes(assets: Assets) -> list[Route]:
    """Files that are the same for everybody, and the way to the first page."""

    async def asset(request: Request) -> Response:
        """A file that is the same for everybody."""
        return assets(request)

    return [Route("/kit/{path:path}", asset), Route("/static/{path:path}", asset), Route("/", _door)]


def language(request: Request) -> Headers:
    """The language of the page that is asked for, as a browser would ask for it."""
    first = request.url.path.lstrip("/").partition("/")[0]
    return Headers({"accept-language": first if first in LANGUAGES else spoken(request.headers)})


def shown(prompt: Prompt, advice: str) -> dict[str, Any]:
    """What a script shows of a challenge."""
    return {
        "turn": prompt.turn.value if prompt.turn else "",
        "reached": prompt.reached,
        "step": prompt.step,
        "steps": prompt.steps,
        "progress": prompt.progress.value,
        "advice": advice,
    }


async def _door(request: Request) -> Response:
    """The first page, in the language that the browser asks for."""
    return RedirectResponse(f"/{spoken(request.headers)}/", status_code=303)
