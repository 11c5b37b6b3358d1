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
