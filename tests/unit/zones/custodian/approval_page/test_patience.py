"""Who connects and says nothing, or too slowly, or listens to nothing, is cut off; whoever is being served is not."""

import asyncio
import contextlib
import socket
import threading
from collections.abc import Iterator
from typing import Any

import pytest
import uvicorn
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import PlainTextResponse
from starlette.routing import Route
from uvicorn.server import ServerState

from countenance.zones.custodian.approval_page import serving
from countenance.zones.custodian.approval_page.patience import Limits, Patient, patient
from simulator.ports import free

ENOUGH = 60.0
HEAD, POSTED = b"GET / HTTP/1.1\r\nhost: a\r\n\r\n", b"POST / HTTP/1.1\r\nhost: a\r\ncontent-length: 1000000\r\n\r\n"
LIMITS = Limits(most=3, seconds=1000.0, least=1000)


async def said(request: Request) -> PlainTextResponse:
    return PlainTextResponse(str(len(await request.body())))


class Line(asyncio.Transport):
    """A connection's other side. `unsent`: bytes that it has not taken yet."""

    def __init__(self) -> None:
        super().__init__()
        self.written, self.unsent, self.cut = bytearray(), 0, False

    def write(self, data: Any) -> None:
        self.written += data

    def abort(self) -> None:
        self.cut = True

    def is_closing(self) -> bool:
        return self.cut

    def pause_reading(self) -> None:
        pass

    def resume_reading(self) -> None:
        pass

    def get_write_buffer_size(self) -> int:
        return self.unsent

    def get_extra_info(self, name: str, default: Any = None) -> Any:
        return default


class Behind:
    """A process's connections, without a socket. Nothing here waits for a clock: a test looks when it wants to."""

    def __init__(self) -> None:
        self.state, self.held = ServerState(), asyncio.Event()
        self.configuration = uvicorn.Config(self.answer, interface="asgi3", lifespan="off", ws="none")
        self.configuration.load()

    async def answer(self, scope: Any, receive: Any, send: Any) -> None:
        if scope["path"] == "/long":
            await self.held.wait()
        await Starlette(routes=[Route("/{any:path}", said, methods=["GET", "POST"])])(scope, receive, send)

    def connected(self) -> tuple[Patient, Line]:
        protocol, line = patient(LIMITS)(self.configuration, self.state, {}), Line()
        protocol.connection_made(line)
        return protocol, line

    async def answered(self) -> None:
        while self.state.tasks:
            await asyncio.wait(self.state.tasks)


async def silence() -> None:
    protocol, line = Behind().connected()
    protocol.look()
    assert line.cut


async def a_head_that_never_ends() -> None:
    protocol, line = Behind().connected()
    for byte in HEAD[:-1]:
        protocol.data_received(bytes([byte]))
    protocol.look()
    assert line.cut


async def one_request_after_another() -> None:
    behind = Behind()
    protocol, line = behind.connected()
    for _ in range(5):
        protocol.data_received(HEAD)
        await behind.answered()
        protocol.look()
        assert not line.cut
    assert line.written.count(b"200 OK") == 5
    # The second half of a head is too late, however early the first came.
    protocol.data_received(HEAD[:9])
    protocol.look()
    assert line.cut


async def a_body_that_trickles() -> None:
    protocol, line = Behind().connected()
    protocol.data_received(POSTED)
    protocol.look()
    for _ in range(3):
        protocol.data_received(b"x" * LIMITS.least)
        protocol.look()
    assert not line.cut
    protocol.data_received(b"x" * (LIMITS.least - 1))
    protocol.look()
    assert line.cut


async def an_answer_that_takes_long() -> None:
    behind = Behind()
    protocol, line = behind.connected()
    protocol.data_received(HEAD.replace(b" / ", b" /long "))
    for _ in range(9):
        await asyncio.sleep(0)
        protocol.look()
    assert not line.cut
    behind.held.set()
    await behind.answered()
    assert b"200 OK" in line.written


async def who_takes_the_answer_slowly_and_who_takes_nothing() -> None:
    behind = Behind()
    protocol, line = behind.connected()
    protocol.data_received(HEAD)
    await behind.answered()
    for line.unsent in (9000, 8000, 7999, 5):
        protocol.look()
        assert not line.cut
    protocol.look()
    assert line.cut


async def a_body_that_we_do_not_take() -> None:
    """What this process did not read yet is no fault of who sends."""
    behind = Behind()
    protocol, line = behind.connected()
    protocol.data_received(POSTED.replace(b" / ", b" /long ") + b"x" * 70_000)
    for _ in range(3):
        await asyncio.sleep(0)
        protocol.look()
    assert protocol.flow.read_paused
    assert not line.cut


async def one_too_many() -> None:
    behind = Behind()
    (_, oldest), (served, busy), (_, newer) = behind.connected(), behind.connected(), behind.connected()
    served.data_received(HEAD.replace(b" / ", b" /long "))
    _, newest = behind.connected()
    assert (oldest.cut, busy.cut, newer.cut, newest.cut) == (True, False, False, False)
    assert len(behind.state.connections) == LIMITS.most


async def one_too_many_while_all_are_served() -> None:
    behind = Behind()
    others = [behind.connected() for _ in range(LIMITS.most)]
    for protocol, _ in others:
        protocol.data_received(HEAD.replace(b" / ", b" /long "))
    _, newest = behind.connected()
    assert newest.cut
    assert not any(line.cut for _, line in others)


CASES = (
    *(silence, a_head_that_never_ends, one_request_after_another, a_body_that_trickles, an_answer_that_takes_long),
    *(who_takes_the_answer_slowly_and_who_takes_nothing, a_body_that_we_do_not_take, one_too_many),
    one_too_many_while_all_are_served,
)


@pytest.mark.parametrize("case", CASES, ids=lambda case: case.__name__)
def test_patience(case: Any) -> None:
    asyncio.run(case())


@contextlib.contextmanager
def served(limits: Limits) -> Iterator[int]:
    """A port where `said` answers over real sockets."""
    port = free()
    stop, app = threading.Event(), Starlette(routes=[Route("/", said, methods=["GET", "POST"])])
    thread = threading.Thread(target=serving.serve, args=(app, None, port, stop), kwargs={"limits": limits})
    thread.start()
    try:
        yield port
    finally:
        stop.set()
        thread.join(30)


def connected(port: int) -> socket.socket:
    for _ in range(1200):
        try:
            return socket.create_connection((serving.LOOPBACK, port), ENOUGH)
        except ConnectionRefusedError:
            threading.Event().wait(0.05)
    raise AssertionError("it did not come up")


def ends(connection: socket.socket) -> bool:
    """Whether the other side ends it; waits for that."""
    try:
        while connection.recv(65536):
            pass
    except ConnectionResetError:
        pass
    return True


@pytest.mark.parametrize("sent", [b"", HEAD[:-2], POSTED, POSTED + b"x"], ids=["nothing", "half", "no body", "x"])
def test_over_real_sockets(sent: bytes) -> None:
    with served(Limits(seconds=0.1)) as port, connected(port) as slow:
        # On a busy machine it may be cut off before it has said that much.
        with contextlib.suppress(ConnectionError):
            slow.sendall(sent)
        assert ends(slow)


def test_many_idle_connections_keep_nobody_out() -> None:
    with served(Limits(most=4, seconds=1000.0)) as port:
        idle = [connected(port) for _ in range(12)]
        with connected(port) as other:
            other.sendall(HEAD)
            assert other.recv(65536).startswith(b"HTTP/1.1 200")
        assert ends(idle[0])
        for one in idle:
            one.close()
