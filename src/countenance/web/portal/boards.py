"""The room of the cameras: their notices, signs and feeds, which all show the same board."""

from fastapi import APIRouter

from countenance.web.portal import cameras, feeds, signs
from countenance.web.portal.house import Portal
from countenance.web.portal.notices import Notices


def routes(portal: Portal) -> APIRouter:
    """What is known of the cameras, in every form. `/c/NAME` is before other pages: a camera may be called like one."""
    notices, router = Notices(portal), APIRouter()
    for one in (cameras.routes, signs.routes, feeds.routes):
        router.include_router(one(portal, notices))
    return router
