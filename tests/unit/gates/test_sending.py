"""What waits for carrier and border reaches them by HTTPS, tried until they have it, and ends with the flight."""

import http.server
import json
import re
import ssl
import threading
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from countenance.crypto import certificate
from countenance.crypto.verify import opened
from countenance.errors import Malformed, Unavailable
from countenance.formats import records
from countenance.gates import sending, telling
from countenance.gates.configuration import GateSettings
from countenance.gates.outbox import Addressee
from countenance.gates.sending import FIRST_WAIT, LONGEST_WAIT, Sending
from countenance.gates.telling import Telling
from countenance.vocabulary.gates import Boarded, Departed
from countenance.vocabulary.requests import Signed
from simulator.gate import FLIGHT, AtGate, pass_of

NAME = str(FLIGHT)
BOTH = (Addressee.CARRIER, Addressee.BORDER)
DOCUMENT = "L898902C3"


class Post:
    """Answers as it is told; keeps what it took."""

    def __init__(self) -> None:
        self.answers: dict[Addressee, int | None] = dict.fromkeys(BOTH, 204)
        self.tried: list[tuple[Addressee, bytes]] = []

    def __call__(self, to: Addressee, body: bytes) -> int:
        self.tried.append((to, body))
        status = self.answers[to]
        if status is None:
            raise Unavailable(f"the {to.value}'s address does not answer")
        return status


def board(at: AtGate, telling_: Telling, number: int) -> None:
    answered = at.decide(at.token(code=pass_of(number)), code=pass_of(number))
    telling_.tell(answered.boarded)
    telling_.tell(telling.departed(answered.decision, None, "UTO", DOCUMENT, at.time.now))


@pytest.fixture
def at(tmp_path: Path) -> AtGate:
    return AtGate(tmp_path / "gate").begin()


@pytest.fixture
def told(at: AtGate) -> Telling:
    return Telling(at.flights, at.name, at.signing, BOTH)


def test_each_is_told_its_own_signed_in_order_once(at: AtGate, told: Telling) -> None:
    post = Post()
    work = Sending(at.flights, BOTH, post, at.time.clock)
    for number in range(3):
        board(at, told, number)
    work.step()
    work.step()
    assert [to for to, _ in post.tried] == [Addressee.CARRIER] * 3 + [Addressee.BORDER] * 3
    carrier = [opened(Boarded, records.read(Signed, body), at.signing.public) for _, body in post.tried[:3]]
    assert [one.sequence for one in carrier] == ["0000", "0001", "0002"]
    border = [opened(Departed, records.read(Signed, body), at.signing.public) for _, body in post.tried[3:]]
    assert {one.document for one in border} == {DOCUMENT}
    assert at.flights.outbox(NAME).untold == 0


def test_who_does_not_answer_is_tried_again_later_and_later_and_holds_up_nobody(at: AtGate, told: Telling) -> None:
    post = Post()
    post.answers[Addressee.BORDER] = None
    work = Sending(at.flights, BOTH, post, at.time.clock)
    board(at, told, 1)
    with pytest.raises(Unavailable, match="border"):
        work.step()
    assert at.flights.outbox(NAME).untold == 1
    wait = FIRST_WAIT
    for _ in range(9):
        tries = len(post.tried)
        at.time.on(wait - 1)
        work.step()
        assert len(post.tried) == tries
        at.time.on(1)
        with pytest.raises(Unavailable):
            work.step()
        wait = min(2 * wait, LONGEST_WAIT)
    post.answers[Addressee.BORDER] = 200
    at.time.on(LONGEST_WAIT)
    work.step()
    assert at.flights.outbox(NAME).untold == 0
    assert len({body for to, body in post.tried if to is Addressee.BORDER}) == 1


@pytest.mark.parametrize("status", [301, 401, 403, 404, 405, 407, 408, 421, 425, 426, 429, 500, 503])
def test_what_is_not_taken_is_kept(at: AtGate, told: Telling, status: int) -> None:
    post = Post()
    post.answers = dict.fromkeys(BOTH, status)
    board(at, told, 1)
    with pytest.raises(Unavailable, match=str(status)):
        Sending(at.flights, BOTH, post, at.time.clock).step()
    assert at.flights.outbox(NAME).untold == 2


def test_what_is_refused_for_good_is_counted_and_holds_up_nothing(at: AtGate, told: Telling) -> None:
    post = Post()
    post.answers[Addressee.CARRIER] = 422
    board(at, told, 1)
    board(at, told, 2)
    Sending(at.flights, BOTH, post, at.time.clock).step()
    outbox = at.flights.outbox(NAME)
    assert (outbox.untold, outbox.refused) == (2, 2)
    assert outbox.next(at.key, Addressee.CARRIER) is None
    assert AtGate(at.folder, at.time, signing=at.signing).flights.outbox(NAME).refused == 2


def test_it_is_there_after_a_start_and_gone_with_the_flight(at: AtGate, told: Telling) -> None:
    board(at, told, 1)
    again = AtGate(at.folder, at.time, signing=at.signing)
    assert again.flights.outbox(NAME).untold == 2
    assert again.flights.end(NAME).unsent == 2
    post = Post()
    Sending(again.flights, BOTH, post, at.time.clock).step()
    assert not post.tried
    assert not list(at.folder.iterdir())


def test_nothing_on_the_disk_has_a_document_or_check_in_number_in_it(at: AtGate, told: Telling) -> None:
    board(at, told, 7)
    written = b"".join(path.read_bytes() for path in at.folder.rglob("*") if path.is_file())
    assert b"Waiting" in written
    for secret in (DOCUMENT.encode(), DOCUMENT.encode().hex().encode(), b"Boarded", b"Departed"):
        assert secret not in written
    # Four digits come by chance in keys, ciphertexts and checksums, and sometimes eight.
    beside = re.sub(rb"(?s)cjr1.{20}|[0-9a-f]{64,}", b"", written)
    for digits in (b"0007", b"30303037"):
        assert digits not in beside
    assert DOCUMENT not in repr(at.flights.outbox(NAME)._items)


def test_who_is_not_named_is_told_nothing(at: AtGate) -> None:
    board(at, Telling(at.flights, at.name, at.signing, sending.addressees(GateSettings())), 1)
    assert at.flights.outbox(NAME).untold == 0
    only = GateSettings(border="https://border.example/exits")
    assert sending.addressees(only) == (Addressee.BORDER,)


@pytest.mark.parametrize(
    "url", ["http://a.example/x", "https://", "https://a.example/?q=1", "a.example", "https://a b"]
)
def test_an_address_is_https_and_plain(url: str) -> None:
    with pytest.raises(Malformed):
        sending.post(GateSettings(carrier=url))


class Server:
    """An HTTPS server of somebody's on this machine. `pem`: its certificate."""

    def __init__(self, folder: Path, host: str) -> None:
        self.got: list[tuple[str, dict[str, str], bytes]] = []
        self.status, outer = 204, self

        class Handler(http.server.BaseHTTPRequestHandler):
            def do_POST(self) -> None:
                body = self.rfile.read(int(self.headers["Content-Length"]))
                outer.got.append((self.path, dict(self.headers), body))
                self.send_response(outer.status)
                self.send_header("Content-Length", "0")
                self.end_headers()

            def log_message(self, *words: object) -> None:
                pass

        self.pem, key = folder / f"{host}.pem", folder / f"{host}.key"
        for path, data in zip((self.pem, key), certificate.self_signed(host, time.time_ns() // 1_000_000), strict=True):
            path.write_bytes(data)
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        context.load_cert_chain(self.pem, key)
        self._server = http.server.HTTPServer(("127.0.0.1", 0), Handler)
        self._server.socket = context.wrap_socket(self._server.socket, server_side=True)
        self.url = f"https://localhost:{self._server.server_port}/boarded"
        self._thread = threading.Thread(target=self._server.serve_forever, args=(0.01,))
        self._thread.start()

    def stop(self) -> None:
        self._server.shutdown()
        self._thread.join()
        self._server.server_close()


@pytest.fixture
def server(tmp_path: Path) -> Iterator[Server]:
    made = Server(tmp_path, "localhost")
    yield made
    made.stop()


def test_over_tls_a_signed_body_arrives_and_no_cookie_no_redirect(at: AtGate, server: Server) -> None:
    chosen = GateSettings(carrier=server.url, certificates=str(server.pem))
    to = sending.addressees(chosen)
    board(at, Telling(at.flights, at.name, at.signing, to), 1)
    server.status = 307
    work = Sending(at.flights, to, sending.post(chosen), at.time.clock)
    with pytest.raises(Unavailable, match="307"):
        work.step()
    server.status = 204
    at.time.on(FIRST_WAIT)
    work.step()
    (_, _, first), (path, headers, body) = server.got
    assert first == body
    assert (path, headers["Content-Type"]) == ("/boarded", "application/json")
    assert not {"Cookie", "Authorization"} & headers.keys()
    assert opened(Boarded, records.read(Signed, body), at.signing.public).sequence == "0001"
    assert set(json.loads(records.read(Signed, body).body)) == {
        "type", "flight", "sequence", "moment", "lane", "outcome", "reasons",
    }  # fmt: skip


def test_a_server_that_nobody_vouches_for_is_told_nothing(at: AtGate, server: Server, tmp_path: Path) -> None:
    other = Server(tmp_path, "elsewhere.example")
    try:
        for url, pem in ((server.url, ""), (server.url, str(other.pem)), (other.url, str(other.pem))):
            chosen = GateSettings(carrier=url, certificates=pem)
            with pytest.raises(Unavailable):
                sending.post(chosen)(Addressee.CARRIER, b"{}")
    finally:
        other.stop()
    assert not server.got
    assert not other.got


def test_the_thread_says_a_fault_once_and_when_it_is_over(at: AtGate, told: Telling) -> None:
    post, stop, said = Post(), threading.Event(), list[str]()
    post.answers[Addressee.BORDER] = None
    board(at, told, 1)
    pauses = iter([1, 2, 3])

    class Stop(threading.Event):
        def wait(self, timeout: float | None = None) -> bool:
            del timeout
            if next(pauses) == 2:
                post.answers[Addressee.BORDER] = 200
            at.time.on(2 * LONGEST_WAIT)
            if len(said) == 2:
                self.set()
            return self.is_set()

    stop = Stop()
    Sending(at.flights, BOTH, post, at.time.clock).run(stop, said.append)
    assert said == ["telling others: the border's address does not answer", "telling others: all is well again"]
    assert DOCUMENT not in "".join(said)
