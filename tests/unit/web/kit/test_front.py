"""The front: a page that fails is answered elsewhere, and its error's text reaches no log."""

import logging

import pytest
from starlette.types import Receive, Scope, Send

from countenance.web.kit.front import Front
from simulator.asgi import Client

ORIGIN = "http://portal.localhost:8450"


async def failing(_: Scope, __: Receive, send: Send) -> None:
    """Answers, as an application's last handler does, and raises what it choked on."""
    await send({"type": "http.response.start", "status": 503, "headers": []})
    await send({"type": "http.response.body", "body": b"try again"})
    raise ValueError("words that somebody wrote")


def test_what_a_page_choked_on_reaches_no_log(caplog: pytest.LogCaptureFixture) -> None:
    with caplog.at_level(logging.DEBUG):
        assert Client(Front(failing, origin=ORIGIN), ORIGIN).get("/en/").status == 503
    assert "ValueError" in caplog.text
    assert "somebody wrote" not in caplog.text
