"""What the console has more in a demo is nowhere else, and points at this machine's desk or at nothing."""

import json
import re
import secrets
from importlib import resources
from pathlib import Path
from typing import Any

import pytest

from countenance.vocabulary.deployment import Genesis
from countenance.web.console.application import Lines, application
from countenance.web.kit.demo import desk_of
from simulator.asgi import Client
from simulator.browser import CONSOLE, ORIGIN
from simulator.people import NOW, genesis

DESK = "http://desk.localhost:8441"
PAGE = {"accept": "text/html"}


def nobody(*_: object) -> Any:
    raise AssertionError("the shell needs no socket")


def console(made: Genesis, note: Path) -> Client:
    desk = desk_of(made, note)
    app = application(made, Lines(nobody, nobody, lambda: None, desk), clock=lambda: NOW, random=secrets.token_bytes)
    return Client(app, ORIGIN)


def written(folder: Path, value: object) -> Path:
    note = folder / "desk.json"
    note.write_text(json.dumps(value))
    return note


def test_a_demo_names_its_desk_while_there_is_one(tmp_path: Path) -> None:
    note = tmp_path / "desk.json"
    here = console(genesis(demo=True, console=CONSOLE), note)
    assert here.get("/configuration").json()["desk"] == ""
    written(tmp_path, {"origin": DESK})
    assert here.get("/configuration").json()["desk"] == DESK
    note.unlink()
    assert here.get("/configuration").json()["desk"] == ""
    door = here.get("/play", PAGE)
    assert (door.status, "/kit/play.js" in door.text, 'id="desk"' in door.text) == (200, True, True)


def test_elsewhere_there_is_nothing_of_it(tmp_path: Path) -> None:
    here = console(genesis(demo=False, console=CONSOLE), written(tmp_path, {"origin": DESK}))
    assert here.get("/configuration").json()["desk"] == ""
    shell = here.get("/", PAGE)
    assert (shell.status, "play.js" in shell.text, 'id="desk"' in shell.text) == (401, False, False)
    door = here.get("/play", PAGE)
    assert (door.status, "play.js" in door.text) == (401, False)
    assert here.get("/play").status == 401


@pytest.mark.parametrize("demo", [True, False])
def test_headers_are_the_same_in_a_demo(tmp_path: Path, demo: bool) -> None:
    here = console(genesis(demo=demo, console=CONSOLE), written(tmp_path, {"origin": DESK}))
    headers = here.get("/play", PAGE).headers
    assert "connect-src 'self';" in headers["content-security-policy"]
    assert headers["cross-origin-opener-policy"] == "same-origin"
    assert not [name for name in headers if name.startswith("access-control")]


@pytest.mark.parametrize(
    "value",
    [
        {"origin": "http://evil.example:80"},
        {"origin": "http://desk.localhost.evil.example:80"},
        {"origin": "http://desk.localhost:80/path"},
        {"origin": "http://desk.localhost:80\n"},
        {"origin": "https://desk.localhost:80"},
        {"origin": "javascript:alert(1)"},
        {"origin": 7},
        {"origin": DESK, "much": "x" * 300},
        [DESK],
        {},
    ],
)
def test_a_note_of_something_else_is_none(tmp_path: Path, value: object) -> None:
    assert desk_of(genesis(demo=True), written(tmp_path, value))() == ""


def test_the_door_says_nothing_to_an_address_of_another_app_on_its_origin() -> None:
    script = (resources.files("countenance.web.kit") / "static" / "play.js").read_text(encoding="utf-8")
    asked = re.findall(r"(?:posted|fetched|fetch)\((.)(.{5})", script)
    assert asked == [("`", "${AT}")]
