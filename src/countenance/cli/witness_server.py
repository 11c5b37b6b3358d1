"""The witness's door: C2SP tlog-witness over plain HTTP, with bounds on everything a stranger can send.

Requests need no login: the checkpoint's signature is what counts. TLS, where it is wanted, is a proxy's task.
"""

import contextlib
import http.server
import socket
import threading
from collections.abc import Callable
from typing import Any

from countenance.errors import Malformed, Unavailable
from countenance.log.witness import MAXIMUM_REQUEST, Reply, Witness

MOST_CONNECTIONS = 32
# Seconds: without a byte, and of one connection in all, however slowly it goes on.
IDLE = 10.0
LIFETIME = 60.0
PATH = "/add-checkpoint"


class Server(http.server.ThreadingHTTPServer):
    """Listens from construction on. `log` takes one line a request: its status, and nothing that strangers sent."""

    daemon_threads = True

    def __init__(self, host: str, port: int, witness: Witness, log: Callable[[str], None]) -> None:
        self.witness = witness
        self.log = log
        self._free = threading.Semaphore(MOST_CONNECTIONS)
        try:
            super().__init__((host, port), _Door)
        except OSError as error:
            raise Unavailable(f"{host}:{port} cannot be listened at ({error.strerror}); choose another") from error

    def process_request(self, request: Any, client_address: Any) -> None:
        """A thread for each connection, as long as there are not too many."""
        if not self._free.acquire(blocking=False):
            self.shutdown_request(request)
            return
        super().process_request(request, client_address)

    def process_request_thread(self, request: Any, client_address: Any) -> None:
        """One connection, to its end."""
        try:
            super().process_request_thread(request, client_address)
        finally:
            self._free.release()

    def handle_error(self, request: Any, client_address: Any) -> None:
        """A connection that breaks is nothing to tell about."""


def address(text: str) -> tuple[str, int]:
    """Host and port in `HOST:PORT`. Raises Malformed."""
    host, _, port = text.rpartition(":")
    if not host or not port.isdecimal() or int(port) > 65535:
        raise Malformed("--listen is HOST:PORT, such as 127.0.0.1:8400")
    return host.strip("[]"), int(port)


class _Door(http.server.BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    server_version = "countenance-witness"
    sys_version = ""
    timeout = IDLE

    def setup(self) -> None:
        super().setup()
        self._end = threading.Timer(LIFETIME, self._cut)
        self._end.daemon = True
        self._end.start()

    def finish(self) -> None:
        self._end.cancel()
        super().finish()

    def do_POST(self) -> None:
        length = self.headers.get("Content-Length", "")
        if self.path != PATH:
            self._answer(Reply(404, "a witness answers at /add-checkpoint\n"), close=True)
        elif not length.isdecimal() or int(length) > MAXIMUM_REQUEST:
            self._answer(Reply(413, "a request has a length, of at most 128 KiB\n"), close=True)
        else:
            data = self.rfile.read(int(length))
            if len(data) == int(length):
                self._answer(self._asked(data))
            else:
                self.close_connection = True

    def log_message(self, *_: Any) -> None:
        """Nothing of what strangers send goes to a terminal."""

    def _asked(self, data: bytes) -> Reply:
        server = self.server
        assert isinstance(server, Server)
        try:
            reply = server.witness.add_checkpoint(data)
        except (Malformed, Unavailable) as error:
            reply = Reply(503, f"{error}\n")
        server.log(f"add-checkpoint {reply.status}")
        return reply

    def _answer(self, reply: Reply, *, close: bool = False) -> None:
        data = reply.body.encode()
        self.send_response(reply.status)
        self.send_header("Content-Type", reply.content)
        self.send_header("Content-Length", str(len(data)))
        if close:
            self.send_header("Connection", "close")
        self.end_headers()
        self.wfile.write(data)

    def _cut(self) -> None:
        with contextlib.suppress(OSError):
            self.connection.shutdown(socket.SHUT_RDWR)
