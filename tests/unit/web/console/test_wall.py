"""The wall's page and stream: which cameras are on it for whom, and who is refused."""

from collections.abc import Mapping
from types import SimpleNamespace
from typing import Any, cast

import pytest
from fastapi import FastAPI, Request
from starlette.responses import JSONResponse

from countenance.channel.message import Message
from countenance.errors import CountenanceError, Malformed
from countenance.formats.canonical import Json
from countenance.vocabulary.warrants import Role
from countenance.web.console import rooms, wall
from countenance.web.console.house import Console, seen
from countenance.web.kit.pages import Pages
from countenance.web.kit.sessions import Sessions, SignedIn
from simulator.asgi import Answer, Client

NOW = 1_800_000_900_000
ORIGIN = "http://console.localhost"
GENESIS = SimpleNamespace(demo=False, deployment="00" * 8, assurance=SimpleNamespace(value="single-host"))


class House:
    """The wall alone, for one person; `dots`, `plan`: what the repository says of places, None: it has no such verb."""

    def __init__(
        self,
        *roles: Role,
        cameras: tuple[str, ...] = (),
        dots: list[Json] | None = None,
        plan: dict[str, Json] | None = None,
    ) -> None:
        self.dots, self.plan = dots, plan or {}
        who = SignedIn("t", "officer-1", "police", frozenset(roles), frozenset(cameras), bytes(65), 0)
        pages = Pages("countenance.web.console", {"genesis": GENESIS, "rooms": rooms.ROOMS})
        console = SimpleNamespace(call=self.call, sessions=Sessions(lambda: NOW), clock=lambda: NOW, pages=pages)
        app = FastAPI()
        app.include_router(wall.routes(cast(Console, console)))
        app.dependency_overrides[seen] = lambda: who

        async def told(request: Request, error: Exception) -> JSONResponse:
            assert isinstance(error, CountenanceError)
            return JSONResponse(str(error), error.status)

        app.add_exception_handler(CountenanceError, told)
        self.client = Client(app, ORIGIN)

    def call(self, verb: str, body: Mapping[str, Json], blobs: tuple[bytes, ...]) -> Message:
        if verb == "cameras":
            named: list[Json] = [{"name": name, "place": place} for name, place in PLACES.items()]
            return Message(verb, {"cameras": named})
        if verb == "cameras.places" and self.dots is not None:
            return Message(verb, {"places": self.dots, "plan": self.plan})
        raise Malformed("there is no such verb")

    def get(self, path: str) -> Answer:
        return self.client.get(path)


PLACES = {"hall": "hall", "gate": "<b>yard", "yard": "<b>yard"}


def test_every_camera_is_there_by_place_and_spelled_as_text() -> None:
    page = House(Role.OFFICER).get("/wall")
    assert page.status == 200
    assert page.text.index("state-1-2") < page.text.index("state-2-1")
    assert "&lt;b&gt;yard" in page.text
    assert "<b>yard" not in page.text
    assert 'id="reason"' in page.text


def test_others_cameras_are_not_even_named() -> None:
    house = House(Role.OPERATOR, cameras=("yard",))
    page = house.get("/wall")
    assert 'data-camera="yard"' in page.text
    assert 'data-camera="hall"' not in page.text
    assert house.get("/wall/stream?camera=hall").status == 403


def test_a_camera_that_nobody_declared_has_no_stream() -> None:
    assert House(Role.OFFICER).get("/wall/stream?camera=nowhere").status == 403


@pytest.mark.parametrize("role", [Role.APPROVER, Role.REVIEWER, Role.CLERK, Role.JUDICIAL])
def test_who_has_no_part_in_it_is_refused(role: Role) -> None:
    house = House(role)
    assert house.get("/wall").status == 403
    assert house.get("/wall/stream").status == 403


def test_an_auditor_is_asked_for_no_reason_to_look() -> None:
    page = House(Role.AUDITOR).get("/wall")
    assert page.status == 200
    assert 'id="reason"' not in page.text


def test_a_map_is_drawn_where_cameras_were_placed() -> None:
    dots: list[Any] = [{"camera": "hall", "x": 250, "y": 1000}, {"camera": "gone", "x": 1, "y": 1}, {"camera": "yard"}]
    page = House(Role.OFFICER, dots=dots).get("/wall").text
    assert page.count('class="mark') == 1
    assert '<svg x="25.0%" y="100.0%"' in page
    assert 'class="scale"' not in page
    assert 'class="mark' not in House(Role.OFFICER).get("/wall").text


def test_a_map_has_a_scale_and_a_north_where_somebody_measured_it() -> None:
    page = House(Role.OFFICER, dots=[], plan={"metres": 80, "north": 30}).get("/wall").text
    assert 'aria-label="Scale: 20 metres"' in page
    assert 'x2="25.0%"' in page
    assert 'transform="rotate(30)"' in page
    assert 'class="scale"' not in House(Role.OFFICER, dots=[], plan={"metres": 0, "north": 30}).get("/wall").text


def test_others_cameras_are_on_no_map() -> None:
    dots: list[Any] = [{"camera": name, "x": 250, "y": 100} for name in PLACES]
    page = House(Role.OPERATOR, cameras=("yard",), dots=dots).get("/wall").text
    assert page.count('class="mark') == 1
    assert 'data-name="yard, &lt;b&gt;yard"' in page
