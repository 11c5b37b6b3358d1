"""Notices leave over TLS, to a server that is trusted, or not at all."""

import json
import ssl
import threading
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, HTTPServer
from pathlib import Path
from socketserver import StreamRequestHandler, ThreadingTCPServer
from typing import ClassVar

import pytest

from countenance.crypto import certificate
from countenance.errors import Malformed, Unavailable
from countenance.zones.custodian.channels import Notice, Server, channel

NOTICE = Notice("judge", "0123", "Countenance: warrant 0123", "the text\nof a warrant: ½")


def server(kind: str, address: str, **changed: object) -> Server:
    return Server(
        kind,
        address,
        str(changed.get("sender", "custodian@station.example")),
        str(changed.get("secret", "")),
        changed.get("tls", ssl.create_default_context()),
    )


class Mailbox(StreamRequestHandler):
    """Says what a mail server says, and keeps what it hears."""

    heard: ClassVar[list[str]] = []

    def handle(self) -> None:
        answers = {"ehlo": b"250-mail\r\n250 AUTH PLAIN\r\n", "auth": b"235 ok\r\n", "data": b"354 go\r\n"}
        answers["quit"] = b"221 bye\r\n"
        self.wfile.write(b"220 mail\r\n")
        data = False
        for raw in self.rfile:
            line = raw.decode().rstrip("\r\n")
            self.heard.append(line)
            if data:
                data = line != "."
                self.wfile.write(b"" if data else b"250 ok\r\n")
            else:
                data = line.lower() == "data"
                self.wfile.write(answers.get(line[:4].lower(), b"250 ok\r\n"))


@pytest.fixture
def tls(tmp_path: Path) -> tuple[ssl.SSLContext, ssl.SSLContext]:
    """Contexts of a server called localhost and of a client that trusts it."""
    import time

    public, private = certificate.self_signed("localhost", time.time_ns() // 1_000_000)
    (tmp_path / "c.pem").write_bytes(public + private)
    serving = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    serving.load_cert_chain(tmp_path / "c.pem")
    return serving, ssl.create_default_context(cadata=public.decode())


@pytest.fixture
def mail(tls: tuple[ssl.SSLContext, ssl.SSLContext]) -> Iterator[int]:
    Mailbox.heard = []
    listener = ThreadingTCPServer(("127.0.0.1", 0), Mailbox)
    listener.socket = tls[0].wrap_socket(listener.socket, server_side=True)
    listener.daemon_threads = True
    threading.Thread(target=listener.serve_forever, daemon=True).start()
    yield listener.server_address[1]
    listener.shutdown()
    listener.server_close()


@pytest.fixture
def web() -> Iterator[tuple[str, list]]:
    heard: list = []

    class Web(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            body = self.rfile.read(int(self.headers["content-length"]))
            heard.append((self.path, dict(self.headers), body))
            self.send_response(500 if self.path == "/away" else 200)
            self.end_headers()

        def log_message(self, *_: object) -> None:
            pass

    listener = HTTPServer(("127.0.0.1", 0), Web)
    threading.Thread(target=listener.serve_forever, daemon=True).start()
    yield f"http://127.0.0.1:{listener.server_port}", heard
    listener.shutdown()
    listener.server_close()


def test_mail_goes_over_tls_with_the_secret_and_the_text(mail: int, tls: tuple[ssl.SSLContext, ssl.SSLContext]) -> None:
    send = channel(server("smtp", f"localhost:{mail}", tls=tls[1], secret="user:word"))
    assert send is not None
    send("judge@court.example", NOTICE)
    heard = "\n".join(Mailbox.heard)
    assert "rcpt TO:<judge@court.example>" in heard
    assert "Subject: Countenance: warrant 0123" in heard
    assert "AUTH PLAIN" in heard


def test_a_mail_server_that_nobody_vouches_for_gets_nothing(mail: int) -> None:
    send = channel(server("smtp", f"localhost:{mail}"))
    assert send is not None
    with pytest.raises(Unavailable, match="mail server"):
        send("judge@court.example", NOTICE)
    assert not any("0123" in line for line in Mailbox.heard)


def test_a_topic_and_a_webhook(web: tuple[str, list]) -> None:
    address, heard = web
    for kind, to in (("ntfy", "judge topic/1"), ("webhook", "judge")):
        send = channel(server(kind, address, secret="token"))
        assert send is not None
        send(to, NOTICE)
    topic, hook = heard
    assert (topic[0], topic[2].decode()) == ("/judge%20topic%2F1", NOTICE.text)
    assert json.loads(hook[2]) == {"to": "judge", "person": "judge", "subject": NOTICE.subject, "text": NOTICE.text}
    assert {headers["Authorization"] for _, headers, _ in heard} == {"Bearer token"}
    send = channel(server("ntfy", address))
    assert send is not None
    with pytest.raises(Unavailable):
        send("away", NOTICE)


@pytest.mark.parametrize(
    ("kind", "address", "sender"),
    [
        ("pigeon", "x", "a@b"),
        ("smtp", "", "a@b"),
        ("smtp", "mail:port", "a@b"),
        ("smtp", "mail:465", "nobody"),
        ("ntfy", "http://ntfy.example", "a@b"),
        ("webhook", "ftp://x", "a@b"),
    ],
)
def test_settings_that_are_none(kind: str, address: str, sender: str) -> None:
    with pytest.raises(Malformed):
        channel(server(kind, address, sender=sender))


def test_no_channel_and_nothing_secret_in_what_is_shown() -> None:
    assert channel(server("", "")) is None
    assert "token" not in repr(server("ntfy", "https://x", secret="token"))
    assert "warrant:" not in repr(NOTICE)
