"""The approval origin over real TLS, on the loopback alone."""

import http.client
import socket
import ssl
import threading
import time
from pathlib import Path

import pytest
from starlette.applications import Starlette
from starlette.responses import PlainTextResponse
from starlette.routing import Route

from countenance.crypto import certificate
from countenance.errors import Unavailable
from countenance.zones.custodian.approval_page import serving
from simulator.ports import free


async def hello(_: object) -> PlainTextResponse:
    return PlainTextResponse("hello")


APPLICATION = Starlette(routes=[Route("/", hello)])


@pytest.fixture
def directory(tmp_path: Path) -> Path:
    public, private = certificate.self_signed("approve.localhost", time.time_ns() // 1_000_000)
    (tmp_path / "tls.crt").write_bytes(public)
    (tmp_path / "tls.key").write_bytes(private)
    return tmp_path


def answered(port: int, directory: Path) -> bytes:
    trusting = ssl.create_default_context(cafile=directory / "tls.crt")
    for _ in range(1200):
        try:
            with socket.create_connection((serving.LOOPBACK, port), 60) as raw:
                connection = http.client.HTTPSConnection("approve.localhost", port)
                connection.sock = trusting.wrap_socket(raw, server_hostname="approve.localhost")
                connection.request("GET", "/")
                return connection.getresponse().read()
        except ConnectionRefusedError:
            time.sleep(0.05)
    raise AssertionError("it did not come up")


def test_it_answers_over_tls_until_told_to_stop(directory: Path) -> None:
    port, stop = free(), threading.Event()
    thread = threading.Thread(target=serving.serve, args=(APPLICATION, directory, port, stop))
    thread.start()
    try:
        assert answered(port, directory) == b"hello"
    finally:
        stop.set()
        thread.join(30)
    assert not thread.is_alive()


def test_a_port_that_is_taken_or_a_key_that_is_gone_is_said(directory: Path) -> None:
    with socket.socket() as taken:
        taken.bind((serving.LOOPBACK, 0))
        taken.listen()
        with pytest.raises(Unavailable, match="port"):
            serving.serve(APPLICATION, directory, taken.getsockname()[1], threading.Event())
    (directory / "tls.key").unlink()
    with pytest.raises(Unavailable, match=r"tls\.key"):
        serving.serve(APPLICATION, directory, free(), threading.Event())


def test_nobody_else_stands_at_the_other_loopback_address(directory: Path) -> None:
    port, stop = free(), threading.Event()
    try:
        squatting = socket.create_server((serving.LOOPBACK_6, port), family=socket.AF_INET6)
    except OSError:
        pytest.skip("this machine has no IPv6")
    # Where it can begin nevertheless, it ends at once.
    stop.set()
    with squatting, pytest.raises(Unavailable, match="port"):
        serving.serve(APPLICATION, directory, port, stop)
    stop.clear()
    thread = threading.Thread(target=serving.serve, args=(APPLICATION, directory, port, stop))
    thread.start()
    try:
        assert answered(port, directory) == b"hello"
        socket.create_connection((serving.LOOPBACK_6, port), 60).close()
    finally:
        stop.set()
        thread.join(30)


def test_the_port_is_the_origins() -> None:
    assert serving.port_of("https://approve.localhost:8443") == 8443
    assert serving.port_of("https://approve.example") == 443
