"""Answer messages on a Unix socket: a thread a connection, many messages a connection, a bounded number of connections.

Invariants:

* An error of `errors` goes back as its name and sentence; any other exception as one fixed sentence, and its type alone
  goes to the log: exception texts may quote what they choked on.
* A message that cannot be read ends its connection and no other.
* On `stop`, the answer being made is still sent.
* The portal's account, where it has one, is answered at sockets made for it alone: `SO_PEERCRED` says who connects.
"""

import contextlib
import pwd
import socket
import struct
import threading
import time
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Final

from countenance.channel import address, message
from countenance.channel.message import Message
from countenance.errors import CountenanceError, Malformed, Refused, Unavailable

Handler = Callable[[Message], Message]

MAXIMUM_CONNECTIONS = 64
PORTAL = "countenance-portal"
"""The account of the process that anybody on the network may speak to."""
# Seconds without a byte from the other side before its connection is given up; idle clients connect again.
IDLE: Final = 120.0
# Seconds that `stop` waits for answers being made.
_GRACE = 10.0
_TICK = 0.1


class Server:
    """Listens at `path` from construction on; `handlers` by verb; `log` takes one line, without personal data.

    `largest`: bytes of blobs in one question; what a stranger can make this process hold is that times `most`
    connections.
    """

    _portal = False

    def __init__(
        self,
        path: Path,
        handlers: Mapping[str, Handler],
        *,
        mode: int = 0o666,
        log: Callable[[str], None],
        largest: int = message.MAXIMUM_MESSAGE,
        most: int = MAXIMUM_CONNECTIONS,
    ) -> None:
        self._strangers = frozenset() if self._portal else _accounts(PORTAL)
        self._path = path
        self._handlers = handlers
        self._log = log
        self._largest = largest
        self._most = most
        self._listener = address.listen(path, mode)
        self._listener.settimeout(_TICK)
        self._lock = threading.Lock()
        self._open: dict[socket.socket, threading.Thread] = {}

    def serve_forever(self, stop: threading.Event) -> None:
        """Answer until `stop` is set; then take the socket away and let running answers finish."""
        try:
            while not stop.is_set():
                with contextlib.suppress(TimeoutError):
                    self._admit(self._listener.accept()[0])
        finally:
            self._path.unlink(missing_ok=True)
            self._listener.close()
            self._finish()

    def _admit(self, connection: socket.socket) -> None:
        connection.settimeout(IDLE)
        if self._strangers and _account(connection) in self._strangers:
            with contextlib.suppress(OSError), connection:
                message.send(connection, _failure(Refused("the portal is answered at its own socket and at no other")))
            return
        with self._lock:
            full = len(self._open) >= self._most
            if not full:
                thread = threading.Thread(target=self._attend, args=(connection,), daemon=True)
                self._open[connection] = thread
                thread.start()
        if full:
            with contextlib.suppress(OSError), connection:
                message.send(connection, _failure(Unavailable("this process is busy; try again in a moment")))

    def _attend(self, connection: socket.socket) -> None:
        try:
            serve_connection(connection, self._handlers, log=self._log, largest=self._largest)
        finally:
            with self._lock:
                del self._open[connection]

    def _finish(self) -> None:
        with self._lock:
            running = dict(self._open)
        for connection in running:
            with contextlib.suppress(OSError):
                connection.shutdown(socket.SHUT_RD)
        until = time.monotonic() + _GRACE
        for thread in running.values():
            thread.join(max(0.0, until - time.monotonic()))


def _accounts(name: str) -> frozenset[int]:
    """The number of the account of this name, if the machine has one."""
    try:
        return frozenset({pwd.getpwnam(name).pw_uid})
    except KeyError:
        return frozenset()


def _account(connection: socket.socket) -> int:
    """As whom the other side runs (unix(7), SO_PEERCRED: pid, uid, gid)."""
    told = connection.getsockopt(socket.SOL_SOCKET, socket.SO_PEERCRED, struct.calcsize("3i"))
    return int(struct.unpack("3i", told)[1])


class Door(Server):
    """A server that answers the portal, too: the only one it may ask."""

    _portal = True


def serve_connection(
    connection: socket.socket,
    handlers: Mapping[str, Handler],
    *,
    log: Callable[[str], None],
    largest: int = message.MAXIMUM_MESSAGE,
) -> None:
    """Answer every message of one connection until the other side closes it, then close ours."""
    with connection, contextlib.suppress(OSError, Unavailable):
        while True:
            try:
                question = message.receive(connection, largest=largest)
            except Malformed as error:
                message.send(connection, _failure(error))
                return
            if question is None:
                return
            answer = _answered(question, handlers, log)
            try:
                message.send(connection, answer)
            except Malformed as error:
                log(f"{question.verb}: the answer is over a limit")
                message.send(connection, _failure(error))


def _answered(question: Message, handlers: Mapping[str, Handler], log: Callable[[str], None]) -> Message:
    handler = handlers.get(question.verb)
    if handler is None:
        return _failure(Malformed("this process does not know that verb; check the versions of both sides"))
    try:
        return handler(question)
    except CountenanceError as error:
        return _failure(error)
    except Exception as error:  # noqa: BLE001 - the last stand: no fault may end the process or tell a caller what it held
        log(f"{question.verb}: internal error {type(error).__name__}")
        return Message("error", {"error": "internal", "message": "internal error; its operator finds it in the log"})


def _failure(error: CountenanceError) -> Message:
    return Message("error", {"error": error.name, "message": str(error)})
