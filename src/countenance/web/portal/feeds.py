"""Feeds: every notice for programs, as JSON and as GeoJSON (RFC 7946). The fields are in docs/formats/notices.md.

A notice here says what its page says, and nothing else: which host a camera hangs on is nobody's business.
"""

from typing import Final

from fastapi import APIRouter
from starlette.responses import Response

from countenance.formats import canonical
from countenance.formats.canonical import Json
from countenance.vocabulary.moments import written
from countenance.vocabulary.notices import Confirmed, ErrorRate
from countenance.web.kit.pages import LANGUAGES
from countenance.web.portal.house import Portal
from countenance.web.portal.notices import Board, Notice, Notices

VERSION: Final = 1
_SECONDS: Final = 60


def routes(portal: Portal, notices: Notices) -> APIRouter:
    """`/cameras.json`, `/cameras.geojson`."""
    router = APIRouter()

    @router.get("/cameras.json")
    def plain() -> Response:
        """All notices."""
        board = notices.board()
        cameras: list[Json] = [_fields(portal, one) for one in board.notices]
        return _answer({**_head(portal, board), "cameras": cameras}, "application/json")

    @router.get("/cameras.geojson")
    def places() -> Response:
        """All notices as features without a geometry, since a plan's places are none on the globe (section 3.2)."""
        board = notices.board()
        features: list[Json] = [
            {"type": "Feature", "id": one.camera.name, "geometry": None, "properties": _fields(portal, one)}
            for one in board.notices
        ]
        told: dict[str, Json] = {"type": "FeatureCollection", "features": features, "countenance": _head(portal, board)}
        return _answer(told, "application/geo+json")

    return router


def _answer(told: dict[str, Json], kind: str) -> Response:
    return Response(canonical.write(told), media_type=kind, headers={"cache-control": f"public, max-age={_SECONDS}"})


def _head(portal: Portal, board: Board) -> dict[str, Json]:
    measure, settings = board.drawn.measure, portal.settings
    return {
        "version": VERSION,
        "deployment": portal.genesis.deployment,
        "demo": portal.genesis.demo,
        "assurance": portal.genesis.assurance.value,
        "controller": settings.controller,
        "contact": settings.contact,
        "plan": {"metres": measure.metres, "north": measure.north} if measure else None,
        "missing": list(board.missing),
    }


def _fields(portal: Portal, notice: Notice) -> dict[str, Json]:
    camera, spot, said = notice.camera, notice.spot, notice.confirmed
    at = f"{portal.origin}/{{}}/cameras/{camera.name}"
    return {
        "name": camera.name,
        "place": camera.place,
        "purpose": camera.purpose,
        "legal_basis": camera.legal_basis,
        "dpia": camera.dpia,
        "notice": camera.notice,
        "retention_hours": camera.retention_hours,
        "publicly_accessible": camera.publicly_accessible,
        "extracts": camera.extracts,
        "confirmed": notice.word.value,
        **_said(said),
        "plan": {"x": spot.x, "y": spot.y} if spot else None,
        "pages": {language: at.format(language) for language in LANGUAGES},
        "object": {language: f"{portal.origin}/{language}/ask?camera={camera.name}" for language in LANGUAGES},
    }


def _said(said: Confirmed | None) -> dict[str, Json]:
    if said is None:
        return {"since": None, "entry": None, "error_rates": None}
    rates: list[Json] = [_rate(one) for one in said.rates]
    return {"since": written(said.since), "entry": said.entry, "error_rates": rates}


def _rate(rate: ErrorRate) -> dict[str, Json]:
    return {
        "extractor": rate.extractor.hex(),
        "source": rate.source.value,
        "counted": written(rate.made),
        "rows": rate.rows,
        "threshold": rate.threshold,
        "false_matches_at_most_per_billion": rate.false_most,
        "missed_per_thousand": rate.missed if rate.missed >= 0 else None,
    }
