"""The evidence process: listens for the custodian and forks one child a connection, for one disclosure or one batch
of stills that another extractor makes templates of.

Invariants:

* A child has keys of one disclosure or one batch only, and ends with it. It can write no file and leaves no core dump,
  so a crash leaves nothing behind.
* The parent never reads a message: it has no key at any time.
* A child signs nothing: while it composes, it asks the custodian once, on the same connection, to sign the clip.

Whoever reaches the socket may have composed what they have the keys of; the custodian, which may run under another
account, is not told apart. Who takes a child sees one disclosure or batch, which was authorised and logged. Who takes
the parent sees the next ones.
"""

import contextlib
import os
import resource
import select
import signal
import socket
import threading
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path

import cv2

from countenance.channel import address, message
from countenance.channel.client import Connection
from countenance.channel.message import Message
from countenance.channel.server import Handler, serve_connection
from countenance.crypto import segment
from countenance.errors import Malformed, Refused, Unavailable
from countenance.evidence import compose, instructions
from countenance.evidence.compose import Evidence
from countenance.evidence.manifest import Signing
from countenance.evidence.reextract import Reextracting
from countenance.faces import card
from countenance.formats import bundle, canonical, records
from countenance.formats.canonical import Json
from countenance.vocabulary.disclosures import Logged
from countenance.vocabulary.entries import Preimage, Proof

Log = Callable[[str], None]

TICK = 0.2
REPOSITORY_TIMEOUT = 60.0


@dataclass(frozen=True, slots=True)
class Limits:
    """What children may use: `memory` in bytes of address space, `seconds` of processor and of idle connection."""

    children: int = 4
    memory: int = 4 * 1024**3
    seconds: int = 900


@dataclass(slots=True)
class Listener:
    """The parent. `repository`: its socket's path; `log` takes one line without personal data.

    `own`: where the card of the deployment's own extractor lies, if it has one.
    """

    path: Path
    repository: Path
    log: Log
    limits: Limits = Limits()
    own: Path | None = None
    _children: set[int] = field(default_factory=set)

    def serve_forever(self, stop: threading.Event) -> None:
        """Listen until `stop` is set; then end the children. Raises Unavailable if the socket cannot be had."""
        # A pool of threads would not survive the fork, and waiting for it would hang the child.
        cv2.setNumThreads(1)
        listener = address.listen(self.path, 0o666)
        heard, said = os.pipe2(os.O_CLOEXEC | os.O_NONBLOCK)
        try:
            while not stop.is_set():
                ready, _, _ = select.select([listener.fileno(), heard], [], [], TICK)
                if heard in ready:
                    self._tell(heard)
                if listener.fileno() in ready:
                    self._admit(listener, said)
                self._reap()
        finally:
            self.path.unlink(missing_ok=True)
            listener.close()
            self._end()
            self._tell(heard)
            os.close(heard)
            os.close(said)

    def _admit(self, listener: socket.socket, said: int) -> None:
        connection = listener.accept()[0]
        with connection:
            if len(self._children) >= self.limits.children:
                sentence = "the evidence process is busy; try again in a moment"
                with contextlib.suppress(OSError):
                    message.send(connection, Message("error", {"error": "unavailable", "message": sentence}))
                return
            child = os.fork()
            if child == 0:
                _child(connection, listener, said, self)
            self._children.add(child)

    def _tell(self, heard: int) -> None:
        with contextlib.suppress(BlockingIOError):
            for line in os.read(heard, 65536).decode("utf-8", "replace").splitlines():
                self.log(line)

    def _reap(self) -> None:
        for child in tuple(self._children):
            done, status = os.waitpid(child, os.WNOHANG)
            if done:
                self._children.discard(child)
                if status:
                    self.log(f"a child ended with status {os.waitstatus_to_exitcode(status)}")

    def _end(self) -> None:
        for child in self._children:
            os.kill(child, signal.SIGTERM)
        until = time.monotonic() + 5
        while self._children and time.monotonic() < until:
            self._reap()
            time.sleep(0.02)
        for child in self._children:
            os.kill(child, signal.SIGKILL)
            os.waitpid(child, 0)
        self._children.clear()


@dataclass(slots=True, repr=False)
class Disclosing:
    """One disclosure, message by message: `compose`, then `deliver`, then the end.

    `asking` sends the custodian a question before its own is answered, and returns what it says.
    """

    repository: Connection
    finished: Callable[[], None]
    asking: Handler
    own: Path | None = None
    _evidence: Evidence | None = None
    _begun: bool = False

    def compose(self, question: Message) -> Message:
        """Compose the folder; the answer is the digest of `disclosure.json`."""
        if self._begun:
            raise Refused("this process makes one disclosure; connect again for another")
        self._begun = True
        task = instructions.read(question.body.get("instructions"), question.blobs)
        own = card.own_extractor(self.own)
        authority, credential = question.body.get("authority"), question.body.get("credential")
        if not isinstance(authority, str) or not isinstance(credential, str):
            raise Malformed("a disclosure comes with two certificates: run the same version on both sides")
        signing = Signing(authority, credential, self._signature)
        self._evidence = compose.compose(task, self.repository, signing, own=own)
        return Message("composed", {"evidence": self._evidence.digest.hex()})

    def _signature(self, data: bytes) -> bytes:
        answer = self.asking(Message("sign", {}, (data,)))
        if answer.verb != "signed" or len(answer.blobs) != 1:
            raise Malformed("the custodian did not sign; the disclosure stops here")
        return answer.blobs[0]

    def deliver(self, question: Message) -> Message:
        """Hand over the folder, encrypted under a new key, and that key, once an entry names the digest."""
        if self._evidence is None:
            raise Refused("there is nothing to deliver: compose first")
        preimage = records.read(Preimage, canonical.write(question.body.get("preimage")))
        proof = records.read(Proof, canonical.write(question.body.get("proof")))
        folder = compose.delivered(self._evidence, Logged(preimage, proof))
        key = os.urandom(32)
        sealed = segment.encrypt(key, bundle.pack(folder))
        self._evidence = None
        self.finished()
        body: dict[str, Json] = {"files": len(folder)}
        return Message("delivered", body, (sealed, key))


def _child(connection: socket.socket, listener: socket.socket, said: int, parent: Listener) -> None:
    """Serve one connection in this forked process and end it; never returns."""
    status = 1
    try:
        listener.close()
        _confine(parent.limits)
        connection.settimeout(parent.limits.seconds)
        with Connection(parent.repository, timeout=REPOSITORY_TIMEOUT) as repository:
            handlers = _acts(repository, parent.own, connection)
            serve_connection(connection, handlers, log=lambda line: _say(said, line))
        status = 0
    finally:
        os._exit(status)


def _acts(repository: Connection, own: Path | None, connection: socket.socket) -> dict[str, Handler]:
    """What a child answers. Whichever act comes first is the only one."""

    def finished() -> None:
        connection.shutdown(socket.SHUT_RD)

    def asking(question: Message) -> Message:
        message.send(connection, question)
        answer = message.receive(connection)
        if answer is None:
            raise Unavailable("the custodian has gone; nothing was disclosed")
        return answer

    disclosing = Disclosing(repository, finished, asking, own)
    batch = Reextracting(repository, own, finished)
    chosen: list[str] = []

    def only(kind: str, act: Handler) -> Handler:
        def handle(question: Message) -> Message:
            chosen.append(kind)
            if chosen[0] != kind:
                raise Refused("this process does one thing; connect again for another")
            return act(question)

        return handle

    return {
        "compose": only("disclosure", disclosing.compose),
        "deliver": only("disclosure", disclosing.deliver),
        "prepare": only("batch", batch.prepare),
        "reextract": only("batch", batch.reextract),
    }


def _confine(limits: Limits) -> None:
    for number in (signal.SIGTERM, signal.SIGINT):
        signal.signal(number, signal.SIG_DFL)
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
    # No file may grow: pictures and keys stay in memory, whatever a library does.
    resource.setrlimit(resource.RLIMIT_FSIZE, (0, 0))
    resource.setrlimit(resource.RLIMIT_AS, (limits.memory, limits.memory))
    resource.setrlimit(resource.RLIMIT_CPU, (limits.seconds, limits.seconds))


def _say(said: int, line: str) -> None:
    """A line to the parent, which may log it: this process can write no file. A full pipe loses it."""
    with contextlib.suppress(OSError):
        os.write(said, line.encode()[:500] + b"\n")
