"""The door's socket at the repository: questions pass sealed, lie until answered, and nothing else is asked there."""

import threading
import time
from pathlib import Path

import pytest

from countenance.channel.client import Connection
from countenance.channel.message import Message
from countenance.channel.server import Server
from countenance.errors import CountenanceError, Malformed, Refused, Unavailable
from countenance.zones.repository import door, filings, retention, service
from countenance.zones.repository.configuration import RepositorySettings
from countenance.zones.repository.custodian import Dialled
from simulator.repository import World

REQUEST = "ab" * 8


def asked(world: World, request: str = REQUEST) -> Message:
    world.custodian.answers["door.ask"] = lambda _, blobs: Message("door.ask", {"request": request}, (b"sealed",))
    return door.ask(world.repository, Message("door.ask", {}, (b"a sealed question",)))


def test_a_question_is_passed_on_as_it_came_and_kept_for_the_clerk(world: World) -> None:
    answer = asked(world)
    assert (answer.body, answer.blobs) == ({"request": REQUEST}, (b"sealed",))
    assert ("door.ask", {}, (b"a sealed question",)) in world.custodian.calls
    assert door.question(world.repository, REQUEST) == b"a sealed question"


@pytest.mark.parametrize("verb", ["door.held", "door.withdraw"])
def test_what_an_enrolled_person_asks_goes_to_the_gallery_custodian_and_is_not_kept(
    world: World, verb: str, tmp_path: Path
) -> None:
    world.custodian.answers[verb] = lambda _, blobs: Message(verb, {"more": 1}, (b"sealed",))
    answer = door.VERBS[verb](world.repository, Message(verb, {}, (b"a sealed enquiry",)))
    assert (answer.body, answer.blobs) == ({}, (b"sealed",))
    assert (verb, {}, (b"a sealed enquiry",)) in world.custodian.calls
    heard: list[str] = []

    def hear(message: Message) -> Message:
        heard.append(message.verb)
        return message

    stop, server = threading.Event(), Server(tmp_path / "gallery", {verb: hear}, log=heard.append)
    thread = threading.Thread(target=server.serve_forever, args=(stop,))
    thread.start()
    try:
        Dialled(tmp_path / "custodian").call(verb, {}, (b"x",))
    finally:
        stop.set()
        thread.join()
    assert verb in heard


def test_what_the_custodian_refuses_is_not_kept(world: World) -> None:
    def refuses(*_: object) -> Message:
        raise Refused("no")

    world.custodian.answers["door.ask"] = refuses
    with pytest.raises(Refused):
        door.ask(world.repository, Message("door.ask", {}, (b"a sealed question",)))
    with pytest.raises(Refused, match="do not lie here"):
        door.question(world.repository, REQUEST)


def test_words_go_when_the_custodian_says_that_it_was_answered(world: World) -> None:
    asked(world)
    asked(world, "cd" * 8)
    assert door.forget(world.repository, [REQUEST]) == 1
    with pytest.raises(Refused):
        door.question(world.repository, REQUEST)
    assert door.question(world.repository, "cd" * 8) == b"a sealed question"
    for rubbish in (None, {"a": 1}, [1]):
        with pytest.raises(Malformed):
            door.forget(world.repository, rubbish)


def test_what_the_custodian_has_long_forgotten_goes_as_well(world: World) -> None:
    asked(world)
    world.clock.now += door.OLDEST - 1
    assert door.forget(world.repository, []) == 0
    world.clock.now += 2
    assert door.forget(world.repository, []) == 1


def test_a_sweep_carries_out_what_was_answered(world: World) -> None:
    asked(world)
    gone = world.custodian.call("gone", {}).body
    world.custodian.answers["gone"] = lambda *_: Message("gone", {**gone, "answered": [REQUEST]})
    retention.sweep(world.repository)
    with pytest.raises(Refused):
        door.question(world.repository, REQUEST)


@pytest.mark.parametrize("verb", ["door.status", "door.notices"])
def test_what_else_is_asked_is_passed_on(world: World, verb: str) -> None:
    world.custodian.answers[verb] = lambda _, blobs: Message(verb, {}, (blobs[0][::-1],))
    assert door.VERBS[verb](world.repository, Message(verb, {}, (b"abc",))).blobs == (b"cba",)


def test_a_question_is_bounded(world: World) -> None:
    for blobs in ((), (b"a", b"b"), (b"x" * (door.MAXIMUM_QUESTION + 1),)):
        with pytest.raises(Malformed):
            door.ask(world.repository, Message("door.ask", {}, blobs))


def test_at_its_socket_there_is_nothing_of_what_officers_clerks_and_edges_ask(world: World, tmp_path: Path) -> None:
    stop, settings = threading.Event(), RepositorySettings()
    (tmp_path / "sockets").mkdir()
    arguments = (world.repository, settings, tmp_path / "sockets" / "repository", stop)
    serving = threading.Thread(target=service.serve, args=arguments)
    serving.start()
    try:
        up(tmp_path / "sockets" / "door")
        for verb in sorted(set(service.VERBS) - set(door.VERBS)):
            with Connection(tmp_path / "sockets" / "door", timeout=60) as portal, pytest.raises(CountenanceError):
                portal.call(verb, {})
        with Connection(tmp_path / "sockets" / "door", timeout=60) as portal:
            assert portal.call("cameras", {}).body == {"cameras": []}
    finally:
        stop.set()
        serving.join()
    assert not set(door.VERBS) & {"ask", "search", "segment", "object", "sightings.list", "desk.file", "warrant.file"}


def up(socket: Path) -> None:
    """Wait until somebody listens."""
    while True:
        try:
            with Connection(socket, timeout=60) as connection:
                connection.call("cameras", {})
        except Unavailable:
            time.sleep(0.01)
        else:
            return


def filed(world: World) -> Message:
    blobs = (b"a word", b"text", b"template", b"photo key", b"photo")
    return filings.desk_file(world.repository, Message("desk.file", {"warrant": REQUEST, "hour": 1}, blobs))


def test_a_kiosks_request_is_kept_if_the_custodian_takes_it_and_goes_when_it_is_answered(world: World) -> None:
    world.custodian.answers["desk.file"] = lambda body, blobs: Message("desk.file", {"request": "cd" * 8, **body})
    assert filed(world).body["hour"] == 1
    verb, body, blobs = world.custodian.calls[-1]
    assert (verb, body, blobs) == ("desk.file", {"hour": 1}, (b"a word", b"text", b"template", b"photo key"))
    assert filings.find(world.repository, REQUEST, 1).sealed == (b"text", b"template", b"photo key")
    door.forget(world.repository, [REQUEST])
    with pytest.raises(Refused):
        filings.find(world.repository, REQUEST, 1)


@pytest.mark.parametrize("error", [Refused("no"), Malformed("no")])
def test_a_kiosks_request_that_is_refused_is_not_kept(world: World, error: CountenanceError) -> None:
    def refuses(*_: object) -> Message:
        raise error

    world.custodian.answers["desk.file"] = refuses
    with pytest.raises(type(error)):
        filed(world)
    with pytest.raises(Refused):
        filings.find(world.repository, REQUEST, 1)


def test_a_kiosks_request_waits_while_the_custodian_is_locked(world: World) -> None:
    world.custodian.locked = True
    with pytest.raises(Unavailable):
        filed(world)
