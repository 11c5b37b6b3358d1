"""What comes with a warrant is kept exactly as long as the custodian wants it."""

import pytest

from countenance.channel.message import Message
from countenance.errors import Malformed, Refused, Tampered, Unavailable
from countenance.zones.repository import filings, retention
from simulator.repository import World

from .test_search import WARRANT, filing


def test_filing_narrowing_and_attaching(world: World) -> None:
    assert world.ask(filing(1)).blobs == (b"sealed answer",)
    assert world.custodian.calls[-1][2] == (b"ask", b"text 1", b"template", b"photo key")
    world.ask(filing(2))
    assert world.custodian.calls[-1][2] == (b"ask", b"text 2", b"template", b"photo key")
    assert world.ask(Message("warrant.list")).body == {"warrants": [[WARRANT, 1], [WARRANT, 2]]}
    assert world.ask(Message("warrant.photo", {"warrant": WARRANT})).blobs == (b"photo",)
    world.ask(Message("ask", {"warrant": WARRANT, "number": 2}, (b"approve",)))
    assert world.custodian.calls[-1] == ("ask", {}, (b"approve", b"text 2", b"template", b"photo key"))
    world.ask(Message("ask", {"warrant": "", "number": 0}, (b"warrants",)))
    assert world.custodian.calls[-1] == ("ask", {}, (b"warrants",))


@pytest.mark.parametrize("kind", [Refused, Malformed, Tampered])
def test_what_the_custodian_refuses_is_deleted_again(world: World, kind: type[Exception]) -> None:
    def refuse(*_: object) -> Message:
        raise kind("the scope is empty")

    world.custodian.answers["ask"] = refuse
    with pytest.raises(kind, match="scope is empty"):
        world.ask(filing(1))
    retention.sweep_orphans(world.repository)
    assert world.contents()["warrants"] == 0
    assert world.contents()["objects"] == 0
    assert [path for path in (world.repository.directory / "objects").rglob("*") if path.is_file()] == []


def test_after_a_lost_answer_the_filing_is_still_there(world: World) -> None:
    """The custodian may have accepted: its text must not be gone. A refused second attempt does not harm the first."""
    world.custodian.locked = True
    with pytest.raises(Unavailable):
        world.ask(filing(1))
    world.custodian.locked = False
    world.custodian.answers["ask"] = _refusing
    with pytest.raises(Refused):
        world.ask(filing(1))
    assert filings.find(world.repository, WARRANT, 1).text == b"text 1"


def _refusing(*_: object) -> Message:
    raise Refused("this warrant was drafted before")


def test_an_accepted_version_is_never_replaced(world: World) -> None:
    world.ask(filing(1))
    assert isinstance(world.refused(filing(1)), Refused)


def test_undecided_attempts_are_bounded(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(filings, "MAXIMUM_UNDECIDED", 3)
    world.custodian.locked = True
    for number in range(6):
        world.clock.now += 1
        with pytest.raises(Unavailable):
            world.ask(Message("warrant.file", {"warrant": f"{number:016x}", "number": 1}, filing(1).blobs))
    assert world.contents()["warrants"] == 3
    retention.sweep_orphans(world.repository)
    assert world.contents()["objects"] == 3


def test_malformed_filings(world: World) -> None:
    good = filing(1)
    for body, blobs in [
        ({"warrant": "x", "number": 1}, good.blobs),
        ({"warrant": WARRANT, "number": 0}, good.blobs),
        ({"warrant": WARRANT, "number": True}, good.blobs),
        ({"warrant": WARRANT, "number": 1}, good.blobs[:2]),
        ({"warrant": WARRANT, "number": 1}, (*good.blobs[:2], bytes(20_000), *good.blobs[3:])),
    ]:
        assert isinstance(world.refused(Message("warrant.file", body, blobs)), Malformed)
    assert isinstance(world.refused(filing(2)), Refused)


def test_a_draft_comes_with_the_templates_of_the_warrants_that_run(world: World) -> None:
    first, second, third = (f"{number:016x}" for number in (1, 2, 3))

    def drafted(warrant: str) -> dict[str, tuple[bytes, ...]]:
        parts = filing(1).blobs
        blobs = (*parts[:2], b"template of " + warrant.encode(), *parts[3:])
        world.ask(Message("warrant.file", {"warrant": warrant, "number": 1}, blobs))
        verb, body, sent = world.custodian.calls[-1]
        assert (verb, sent[:4]) == ("ask", (b"ask", b"text 1", b"template of " + warrant.encode(), b"photo key"))
        others = body.get("others", [])
        assert isinstance(others, list)
        assert len(others) == len(sent[4:])
        return dict(zip(map(str, others), sent[4:], strict=True))

    assert drafted(first) == {}
    world.custodian.running = [first]
    assert drafted(second) == {first: b"template of " + first.encode()}
    # What runs and does not lie here is left out, and the custodian says so; narrowing comes with nothing.
    world.custodian.running = [second, "f" * 16]
    assert drafted(third) == {second: b"template of " + second.encode()}
    world.ask(Message("warrant.file", {"warrant": third, "number": 2}, (b"ask", b"text 2")))
    assert world.custodian.calls[-1][1:] == ({}, (b"ask", b"text 2", b"template of " + third.encode(), b"photo key"))
