"""The guard: host, size, origin and proof before anything is answered; the same headers on everything."""

import asyncio
import secrets
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import pytest
from starlette.applications import Starlette
from starlette.concurrency import run_in_threadpool
from starlette.requests import Request
from starlette.responses import HTMLResponse, JSONResponse, Response
from starlette.routing import Route

from countenance.vocabulary.requests import Session
from countenance.vocabulary.warrants import Role
from countenance.web.kit import guard
from countenance.web.kit.dpop import Proofs
from countenance.web.kit.guard import Guard, House
from countenance.web.kit.sessions import FRESH, Sessions, SignedIn
from simulator.asgi import Client
from simulator.browser import ORIGIN, Browser

PAGE = {"accept": "text/html"}
POST = {"origin": ORIGIN, "sec-fetch-site": "same-origin"}


@dataclass
class Clock:
    now: int = 1_800_000_000_000

    def __call__(self) -> int:
        return self.now


async def shown(request: Request) -> Response:
    return JSONResponse({"person": request.state.seen.person})


async def anybody(request: Request) -> Response:
    return JSONResponse({"size": len(await request.body()), "seen": hasattr(request.state, "seen")})


async def nested(request: Request) -> Response:
    """A page that is not done before another, of the same session, is answered."""
    door: Door = request.app.state.door
    return JSONResponse({"inner": (await run_in_threadpool(door.client.get, "/page", door.headers())).status})


async def broken(request: Request) -> Response:
    raise ValueError("a secret that must not be told")


class Door:
    def __init__(self) -> None:
        self.clock = Clock()
        self.proofs, self.sessions = Proofs(self.clock, secrets.token_bytes), Sessions(self.clock)
        self.browser = Browser("00" * 8, "officer-1", self.clock.now)
        told = SignedIn(
            self.browser.token, "officer-1", "police", frozenset({Role.OFFICER}), frozenset(), self.browser.point, 0
        )
        lasts = Session(
            "00" * 8, "officer-1", self.browser.point, self.clock.now, self.clock.now + 9 * FRESH, bytes(16)
        )
        self.sessions.entered(lasts, told)
        methods = ["GET", "POST"]
        app = Starlette(
            routes=[
                Route("/page", shown, methods=methods),
                Route("/open/file", anybody, methods=methods),
                Route("/enter", anybody, methods=methods),
                Route("/upload", anybody, methods=methods),
                Route("/broken", broken),
                Route("/nested", nested),
            ]
        )
        app.state.door = self
        house = House(
            origin=ORIGIN,
            open=("/open/", "/upload"),
            way_in=("/enter",),
            large={"/upload": 1_000_000},
            empty=lambda _: HTMLResponse("the shell", 401),
        )
        self.guarded = Guard(app, house=house, proofs=self.proofs, sessions=self.sessions)
        self.client = Client(self.guarded, ORIGIN)

    def headers(self, method: str = "GET", path: str = "/page", **lies: Any) -> dict[str, str]:
        nonce = lies.pop("nonce", self.proofs.nonce())
        proof = self.browser.proof(method, ORIGIN + path, nonce, self.clock.now // 1000, **lies)
        return {"authorization": f"DPoP {self.browser.token}", "dpop": proof}


@pytest.fixture
def door() -> Door:
    return Door()


def test_who_proves_is_let_in(door: Door) -> None:
    answer = door.client.get("/page", headers=door.headers())
    assert answer.json() == {"person": "officer-1"}
    assert "set-cookie" not in answer.headers
    for name, value in guard.HEADERS.items():
        assert answer.headers[name] == value
    assert answer.headers["cache-control"] == "no-store"
    assert answer.headers["dpop-nonce"] == door.proofs.nonce()


@pytest.mark.parametrize(
    "spoil",
    [
        lambda door: {},
        lambda door: {"authorization": door.headers()["authorization"]},
        lambda door: {"dpop": door.headers()["dpop"]},
        lambda door: door.headers() | {"authorization": f"Bearer {door.browser.token}"},
        lambda door: door.headers() | {"authorization": "DPoP another"},
        lambda door: door.headers(path="/other"),
        lambda door: door.headers(method="POST"),
        lambda door: door.headers() | {"cookie": f"session={door.browser.token}"} | {"authorization": ""},
    ],
)
def test_who_does_not_prove_gets_the_shell_or_401(door: Door, spoil: Callable[[Door], dict[str, str]]) -> None:
    page = door.client.get("/page", headers=spoil(door) | PAGE)
    assert (page.status, page.text) == (401, "the shell")
    bare = door.client.get("/page", headers=spoil(door))
    assert bare.status == 401
    assert bare.json()["error"] == "refused"
    assert bare.headers["www-authenticate"] == 'DPoP error="invalid_token"'
    assert bare.headers["x-frame-options"] == "DENY"


def test_whoever_lapsed_leaves_memory_though_nobody_asks_for_anything(
    door: Door, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(guard, "TIDY_SECONDS", 0.001)

    async def left() -> None:
        door.guarded._tidying = None
        await door.client.sent("GET", "/page", b"", door.headers())
        door.clock.now += FRESH
        async with asyncio.timeout(60):
            while len(door.sessions):
                await asyncio.sleep(0.001)

    asyncio.run(left())


def test_a_stale_nonce_is_told_as_such(door: Door) -> None:
    answer = door.client.get("/page", headers=door.headers(nonce="of yesterday") | PAGE)
    assert answer.status == 401
    assert answer.headers["www-authenticate"] == 'DPoP error="use_dpop_nonce"'
    assert door.client.get("/page", headers=door.headers(nonce=answer.headers["dpop-nonce"])).status == 200


def test_a_session_that_lapsed_is_nobodys(door: Door) -> None:
    door.clock.now += FRESH
    assert door.client.get("/page", headers=door.headers()).status == 401


def test_what_changes_something_comes_from_this_origin(door: Door) -> None:
    def post(**headers: str) -> int:
        spelled = {name.replace("_", "-"): value for name, value in headers.items()}
        return door.client.post("/page", headers=door.headers("POST") | spelled).status

    assert post(origin=ORIGIN, sec_fetch_site="same-origin") == 200
    assert post(origin=ORIGIN) == 200
    assert post() == 400
    assert post(origin="http://evil.localhost") == 400
    assert post(origin="null") == 400
    assert post(origin=ORIGIN, sec_fetch_site="cross-site") == 400
    assert post(origin=ORIGIN, sec_fetch_site="same-site") == 400


@pytest.mark.parametrize("host", ["evil.localhost", "console.localhost", "console.localhost:1", "localhost:8440", ""])
def test_another_host_is_not_answered(door: Door, host: str) -> None:
    assert door.client.get("/open/file", headers={"host": host}).status == 400


def test_bodies_are_bounded_whatever_their_length_is_said_to_be(door: Door) -> None:
    small, large = b"x" * 1000, b"x" * (guard.LONGEST_BODY + 1)
    assert door.client.post("/open/file", small, headers=POST).json()["size"] == 1000
    assert door.client.post("/open/file", large, headers=POST).status == 400
    assert door.client.post("/upload", large, headers=POST).json()["size"] == len(large)
    chunks = (b"x" * 10_000 for _ in range(100))
    assert door.client.post("/open/file", chunks, headers=POST).status in (400, 500, 503)
    assert door.client.get("/open/file", headers={"content-length": "many"}).status == 400
    assert door.client.get("/open/file", headers={"content-length": "9" * 5000}).status == 400


def test_open_paths_are_exactly_those(door: Door) -> None:
    assert door.client.get("/open/file").json()["seen"] is False
    assert door.client.post("/enter", headers=POST).status == 200
    for path in ("/open", "/opened/file", "/enter/", "/enter/x", "//open/file", "/page/../open/file%2f..", "/uploads"):
        assert door.client.get(path).status in (401, 404), path


def test_what_breaks_is_not_told(door: Door, caplog: pytest.LogCaptureFixture) -> None:
    answer = door.client.get("/broken", headers=door.headers(path="/broken"))
    assert answer.status == 500
    assert "secret" not in answer.text + caplog.text


def test_a_session_has_so_many_requests_under_way_and_no_more(door: Door, monkeypatch: pytest.MonkeyPatch) -> None:
    def inner() -> int:
        answer = door.client.get("/nested", headers=door.headers(path="/nested"))
        assert answer.status == 200
        return int(answer.json()["inner"])

    assert inner() == 200
    monkeypatch.setattr(guard, "AT_ONCE", 1)
    assert inner() == 503
    door.client.get("/broken", headers=door.headers(path="/broken"))
    assert door.client.get("/page", headers=door.headers()).status == 200
