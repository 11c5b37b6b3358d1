"""Feeds: the same as the pages, for programs; no host's name, and no place that nobody measured on the globe."""

from dataclasses import replace

from simulator.door import ORIGIN, Door

FIELDS = {
    *("name", "place", "purpose", "legal_basis", "dpia", "notice", "retention_hours", "publicly_accessible"),
    *("extracts", "confirmed", "since", "entry", "error_rates", "plan", "pages", "object"),
}
HEAD = {"version", "deployment", "demo", "assurance", "controller", "contact", "plan", "missing"}


def test_the_feed_has_just_the_documented_fields(door: Door) -> None:
    door.dots, door.plan = {"hall": (310, 420)}, {"metres": 240, "north": 20}
    answer = door.get("/cameras.json")
    assert answer.headers["content-type"] == "application/json"
    told = answer.json()
    assert set(told) == HEAD | {"cameras"}
    assert told["plan"] == {"metres": 240, "north": 20}
    cameras = {one["name"]: one for one in told["cameras"]}
    assert set(cameras) == {"hall", "lists", "square"}
    assert all(set(one) == FIELDS for one in cameras.values())
    hall = cameras["hall"]
    assert (hall["plan"], hall["confirmed"], hall["extracts"]) == ({"x": 310, "y": 420}, "confirmed", True)
    assert hall["pages"]["ru"] == f"{ORIGIN}/ru/cameras/hall"
    (rate,) = hall["error_rates"]
    assert (rate["source"], rate["rows"], rate["threshold"]) == ("built-in", 1000, 440)
    assert rate["false_matches_at_most_per_billion"] == 72_730
    assert (cameras["square"]["error_rates"], cameras["square"]["plan"]) == ([], None)
    assert "secret-host" not in answer.text


def test_geojson_has_features_without_a_geometry(door: Door) -> None:
    door.dots = {"hall": (310, 420)}
    answer = door.get("/cameras.geojson")
    assert answer.headers["content-type"] == "application/geo+json"
    told = answer.json()
    assert told["type"] == "FeatureCollection"
    plain = {one["name"]: one for one in door.get("/cameras.json").json()["cameras"]}
    for feature in told["features"]:
        assert (feature["type"], feature["geometry"]) == ("Feature", None)
        assert feature["properties"] == plain[feature["id"]]
    assert set(told["countenance"]) == HEAD
    assert "secret-host" not in answer.text


def test_what_nobody_confirms_has_no_date_and_no_rates(door: Door) -> None:
    door.locked = True
    for one in door.get("/cameras.json").json()["cameras"]:
        assert (one["confirmed"], one["since"], one["entry"], one["error_rates"]) == ("unheard", None, None, None)
    door.locked = False
    door.cameras["hall"] = replace(door.cameras["hall"], purpose="other")
    del door.cameras["lists"]
    told = door.get("/cameras.json").json()
    assert told["missing"] == ["lists"]
    assert {one["name"]: one["confirmed"] for one in told["cameras"]} == {"hall": "another", "square": "confirmed"}
