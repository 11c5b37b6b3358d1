"""server and client: answers, the four errors, faults that stay inside, many callers, long paths, stopping."""

import contextlib
import os
import pwd
import socket
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from countenance.channel import address, message, server
from countenance.channel.client import Connection
from countenance.channel.message import Message
from countenance.channel.server import Door, Handler, Server
from countenance.errors import BY_NAME, Malformed, Refused, Unavailable


@contextmanager
def serving(
    path: Path, handlers: dict[str, Handler], log: list[str] | None = None, most: int = server.MAXIMUM_CONNECTIONS
) -> Iterator[None]:
    lines = [] if log is None else log
    stop, host = threading.Event(), Server(path, handlers, log=lines.append, most=most)
    thread = threading.Thread(target=host.serve_forever, args=(stop,))
    thread.start()
    try:
        yield
    finally:
        stop.set()
        thread.join()


def echo(question: Message) -> Message:
    return Message("answer", question.body, question.blobs)


def failing(kind: type[Exception]) -> Handler:
    def fail(_: Message) -> Message:
        raise kind("do this next")

    return fail


def test_answers_over_one_connection(tmp_path: Path) -> None:
    with serving(tmp_path / "s", {"echo": echo}), Connection(tmp_path / "s", timeout=60) as connection:
        assert connection.call("echo", {"n": 1}, (b"a", bytes(300_000))).blobs == (b"a", bytes(300_000))
        assert connection.call("echo", {"n": 2}).body == {"n": 2}
    assert not (tmp_path / "s").exists()


@pytest.mark.parametrize("name", sorted(BY_NAME))
def test_the_four_errors_arrive_as_themselves(tmp_path: Path, name: str) -> None:
    handlers = {"v": failing(BY_NAME[name]), "echo": echo}
    with serving(tmp_path / "s", handlers), Connection(tmp_path / "s", timeout=60) as connection:
        with pytest.raises(BY_NAME[name], match=r"^do this next$"):
            connection.call("v")
        assert connection.call("echo").verb == "answer"


def test_a_fault_tells_its_type_to_the_log_and_nothing_to_the_caller(tmp_path: Path) -> None:
    log: list[str] = []
    handlers = {"v": failing(ZeroDivisionError), "echo": echo}
    with serving(tmp_path / "s", handlers, log), Connection(tmp_path / "s", timeout=60) as connection:
        with pytest.raises(Unavailable, match=r"^internal error"):
            connection.call("v")
        assert connection.call("echo").verb == "answer"
    assert log == ["v: internal error ZeroDivisionError"]


def test_an_unknown_verb_is_malformed(tmp_path: Path) -> None:
    with serving(tmp_path / "s", {}), Connection(tmp_path / "s", timeout=60) as connection, pytest.raises(Malformed):
        connection.call("v")


def test_an_answer_over_a_limit_is_an_error_not_a_silence(tmp_path: Path) -> None:
    handlers: dict[str, Handler] = {"v": lambda _: Message("answer", {}, (b"",) * 5000)}
    with (
        serving(tmp_path / "s", handlers),
        Connection(tmp_path / "s", timeout=60) as connection,
        pytest.raises(Malformed),
    ):
        connection.call("v")


def test_junk_ends_its_own_connection_only(tmp_path: Path) -> None:
    with serving(tmp_path / "s", {"echo": echo}):
        with address.connect(tmp_path / "s", 60) as junk:
            junk.sendall(b"GET / HTTP/1.1\r\n\r\n")
            answer = message.receive(junk)
            assert answer is not None
            assert answer.body["error"] == "malformed"
            with contextlib.suppress(ConnectionResetError):
                assert message.receive(junk) is None
        with Connection(tmp_path / "s", timeout=60) as connection:
            assert connection.call("echo").verb == "answer"


def test_nobody_there(tmp_path: Path) -> None:
    with pytest.raises(Unavailable, match="nothing answers"):
        Connection(tmp_path / "s", timeout=1).call("v")


def test_the_client_connects_again_after_a_restart(tmp_path: Path) -> None:
    with Connection(tmp_path / "s", timeout=60) as connection:
        for _ in range(2):
            with serving(tmp_path / "s", {"echo": echo}):
                assert connection.call("echo").verb == "answer"
        with pytest.raises(Unavailable):
            connection.call("echo")


def test_a_call_that_gets_no_answer_is_given_up_and_not_repeated(tmp_path: Path) -> None:
    calls: list[Message] = []
    called, release = threading.Event(), threading.Event()

    def slow(question: Message) -> Message:
        calls.append(question)
        called.set()
        release.wait(60)
        return Message("late")

    handlers = {"slow": slow, "echo": echo}
    with serving(tmp_path / "s", handlers), Connection(tmp_path / "s", timeout=0.2) as connection:
        with pytest.raises(Unavailable, match="did not answer"):
            connection.call("slow")
        # On a busy machine it is heard only after it was given up.
        assert called.wait(60)
        release.set()
    assert len(calls) == 1


def test_many_callers_at_once(tmp_path: Path) -> None:
    wrong: list[object] = []
    with serving(tmp_path / "s", {"echo": echo}), Connection(tmp_path / "s", timeout=60) as shared:

        def talk(number: int) -> None:
            with Connection(tmp_path / "s", timeout=60) as own:
                for turn in range(5):
                    body = {"n": number, "turn": turn}
                    wrong.extend(c for c in (own, shared) if c.call("echo", body).body != body)

        threads = [threading.Thread(target=talk, args=(number,)) for number in range(8)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
    assert not wrong


def test_too_many_connections_are_told_so(tmp_path: Path) -> None:
    with serving(tmp_path / "s", {"echo": echo}, most=1), Connection(tmp_path / "s", timeout=60) as first:
        first.call("echo")
        with Connection(tmp_path / "s", timeout=60) as second, pytest.raises(Unavailable, match="busy"):
            second.call("echo", {}, (bytes(2_000_000),))


def test_stopping_sends_the_answer_being_made(tmp_path: Path) -> None:
    started, release, answers = threading.Event(), threading.Event(), []

    def slow(_: Message) -> Message:
        started.set()
        release.wait(60)
        return Message("answer", {"done": True})

    stop, host = threading.Event(), Server(tmp_path / "s", {"slow": slow}, log=lambda _: None)
    serve = threading.Thread(target=host.serve_forever, args=(stop,))
    serve.start()
    connection = Connection(tmp_path / "s", timeout=60)
    call = threading.Thread(target=lambda: answers.append(connection.call("slow")))
    call.start()
    assert started.wait(60)
    stop.set()
    release.set()
    serve.join()
    call.join()
    assert answers == [Message("answer", {"done": True})]


def test_long_paths_modes_and_dead_sockets(tmp_path: Path) -> None:
    deep = tmp_path / ("d" * 90) / ("e" * 90)
    deep.mkdir(parents=True)
    path = deep / "repository"
    address.listen(path, 0o600).close()
    assert path.stat().st_mode & 0o777 == 0o600
    with serving(path, {"echo": echo}):
        assert path.stat().st_mode & 0o777 == 0o666
        with Connection(path, timeout=60) as connection:
            assert connection.call("echo").verb == "answer"
        with pytest.raises(Unavailable, match="already"):
            address.listen(path, 0o600)
    with pytest.raises(Unavailable):
        address.listen(tmp_path / "no" / "s", 0o600)


def test_one_connection_served_by_hand() -> None:
    ours, theirs = socket.socketpair()
    thread = threading.Thread(
        target=server.serve_connection, args=(theirs, {"v": failing(Refused)}), kwargs={"log": print}
    )
    thread.start()
    with ours:
        message.send(ours, Message("v"))
        answer = message.receive(ours)
    thread.join()
    assert answer is not None
    assert answer.body == {"error": "refused", "message": "do this next"}


def test_the_portals_account_is_answered_at_its_own_door_and_nowhere_else(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """As if this test ran under that account."""
    monkeypatch.setattr(server, "_accounts", lambda name: {server.PORTAL: frozenset({os.getuid()})}[name])
    refused = pytest.raises(Refused, match="its own socket")
    with serving(tmp_path / "s", {"echo": echo}), Connection(tmp_path / "s", timeout=60) as portal, refused:
        portal.call("echo")
    stop, door = threading.Event(), Door(tmp_path / "d", {"echo": echo}, log=print)
    thread = threading.Thread(target=door.serve_forever, args=(stop,))
    thread.start()
    try:
        with Connection(tmp_path / "d", timeout=60) as portal:
            assert portal.call("echo").verb == "answer"
    finally:
        stop.set()
        thread.join()


def test_an_account_that_the_machine_does_not_have_is_nobodys() -> None:
    assert server._accounts("no-such-account-here") == frozenset()
    assert server._accounts(pwd.getpwuid(os.getuid()).pw_name) == {os.getuid()}
