"""The map of the cameras that a person may see: where the repository says that somebody drew them."""

from collections.abc import Mapping

from countenance.channel.relayed import Call
from countenance.errors import CountenanceError
from countenance.formats.canonical import Json
from countenance.web.kit.maps import WHOLE, Map, Measure, Spot, laid


def mapped(call: Call, places: Mapping[str, str]) -> Map:
    """`places`: by camera, what its declaration says of where it hangs. Cameras that nobody drew are not on the map.

    Nothing is decided by it: without an answer nobody is on it.
    """
    try:
        told = call("cameras.places", {}, ()).body
    except CountenanceError:
        return laid((), None)
    listed, plan = told.get("places"), told.get("plan")
    found = [_spot(one, places) for one in listed if isinstance(one, Mapping)] if isinstance(listed, list) else []
    return laid([one for one in found if one], _measure(plan) if isinstance(plan, Mapping) else None)


def _spot(one: Mapping[str, Json], places: Mapping[str, str]) -> Spot | None:
    camera, x, y = one.get("camera"), _within(one.get("x"), 0, WHOLE), _within(one.get("y"), 0, WHOLE)
    if not isinstance(camera, str) or camera not in places or x is None or y is None:
        return None
    return Spot(camera, places[camera], x, y)


def _measure(plan: Mapping[str, Json]) -> Measure | None:
    metres, north = _within(plan.get("metres"), 1, 100_000), _within(plan.get("north"), 0, 359)
    return Measure(metres, north) if metres is not None and north is not None else None


def _within(value: Json, least: int, most: int) -> int | None:
    return value if type(value) is int and least <= value <= most else None
