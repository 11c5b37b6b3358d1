"""Ask another process and wait for its answer."""

import contextlib
import select
import socket
import threading
from collections.abc import Iterator, Mapping
from pathlib import Path
from types import TracebackType

from countenance.channel import address, message
from countenance.channel.message import Message
from countenance.errors import BY_NAME, Unavailable
from countenance.formats.canonical import Json

_NOTHING: Mapping[str, Json] = {}


class Connection:
    """A connection to the process at `path`, made at the first call and made again when it was lost between calls.

    Threads may share it; one call is under way at a time. `timeout`: seconds without a byte before a call is given up;
    `whole`: seconds of a call before it is, however many bytes come.
    """

    def __init__(self, path: Path, *, timeout: float, whole: float | None = None) -> None:
        self._path = path
        self._whole = whole
        self._timeout = timeout
        self._lock = threading.Lock()
        self._socket: socket.socket | None = None

    def call(self, verb: str, body: Mapping[str, Json] = _NOTHING, blobs: tuple[bytes, ...] = ()) -> Message:
        """The other process's answer. Raises what it raised (the four kinds of `errors`), or Unavailable without it.

        A call that failed half-way is not repeated: it may have been carried out.
        """
        with self._lock:
            connection = self._connected()
            with _within(connection, self._whole):
                try:
                    message.send(connection, Message(verb, body, blobs))
                except OSError as error:
                    answer = self._parting(connection)
                    if answer is None:
                        raise self._lost() from error
                else:
                    answer = self._answer(connection)
        if answer.verb == "error":
            kind = BY_NAME.get(str(answer.body.get("error")), Unavailable)
            raise kind(str(answer.body.get("message")))
        return answer

    def close(self) -> None:
        """End the connection; the next call makes a new one."""
        with self._lock:
            self._drop()

    def __enter__(self) -> "Connection":
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()

    def _answer(self, connection: socket.socket) -> Message:
        try:
            answer = message.receive(connection)
        except BaseException as error:
            # Half an answer, or one that comes too late, must not be taken for the next call's.
            self._drop()
            if isinstance(error, OSError):
                raise self._lost() from error
            raise
        if answer is None:
            self._drop()
            raise self._lost()
        return answer

    def _parting(self, connection: socket.socket) -> Message | None:
        """What the other side said before it closed on us: that it is busy, or could not read us."""
        self._socket = None
        with contextlib.suppress(OSError, Unavailable), connection:
            return message.receive(connection)
        return None

    def _connected(self) -> socket.socket:
        if self._socket is not None and _closed(self._socket):
            self._drop()
        if self._socket is None:
            self._socket = address.connect(self._path, self._timeout)
        return self._socket

    def _drop(self) -> None:
        if self._socket is not None:
            self._socket.close()
            self._socket = None

    def _lost(self) -> Unavailable:
        return Unavailable(f"the process at {self._path.name} did not answer; see whether it runs, then try again")


@contextlib.contextmanager
def _within(connection: socket.socket, seconds: float | None) -> Iterator[None]:
    """Shut `connection` after so many seconds: who sends a byte now and then holds nobody up for longer."""
    if seconds is None:
        yield
        return
    timer = threading.Timer(seconds, _shut, (connection,))
    timer.daemon = True
    timer.start()
    try:
        yield
    finally:
        timer.cancel()


def _shut(connection: socket.socket) -> None:
    with contextlib.suppress(OSError):
        connection.shutdown(socket.SHUT_RDWR)


def _closed(connection: socket.socket) -> bool:
    """Whether the other side has gone, or has said something we did not ask for, since the last answer."""
    poll = select.poll()
    poll.register(connection, select.POLLIN)
    return bool(poll.poll(0))
