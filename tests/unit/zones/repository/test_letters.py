"""Letters between kiosks at the repository: the newest of each address, for a minute, bounded, never on a disk."""

from pathlib import Path

import pytest

from countenance.channel.message import Message
from countenance.errors import Malformed, Unavailable
from countenance.formats.canonical import Json
from countenance.zones.repository import kiosks, letters
from countenance.zones.repository.letters import Letters
from simulator.repository import Clock, World

GATE, ONE, TWO = (bytes([number]) * 16 for number in range(3))


def test_each_kiosk_is_given_the_newest_letter_of_every_other_of_its_gate() -> None:
    here = Letters(Clock())
    assert here.leave("g", "one", b"1") == []
    assert here.leave("g", "two", b"2") == [("one", b"1")]
    assert here.leave("other", "three", b"3") == []
    assert here.leave("g", "one", b"11") == [("two", b"2")]
    assert here.leave("g", "two", b"22") == [("one", b"11")]


def test_a_letter_is_gone_after_a_minute_and_when_the_clock_goes_back() -> None:
    clock = Clock()
    here = Letters(clock)
    for jump in (letters.FORGOTTEN, -1):
        here.leave("g", "one", b"1")
        clock.now += jump
        here.forget()
        assert here.leave("g", "two", b"2") == []
        clock.now += letters.FORGOTTEN
        here.forget()


def test_who_fills_it_up_takes_nobodys_place() -> None:
    here = Letters(Clock())
    here.leave("g", "one", b"1")
    for number in range(letters.MOST - 1):
        here.leave("flood", str(number), b"")
    with pytest.raises(Unavailable):
        here.leave("flood", "one more", b"")
    assert here.leave("g", "one", b"11") == []


def test_at_the_socket_addresses_are_hex_letters_bounded_and_nothing_is_written(world: World, tmp_path: Path) -> None:
    body = {"gate": GATE.hex(), "kiosk": ONE.hex()}
    assert world.ask(Message("gate.letter", body, (b"a secret letter",))).blobs == ()
    found = world.ask(Message("gate.letter", {**body, "kiosk": TWO.hex()}, (b"2",)))
    assert (found.body, found.blobs) == ({"kiosks": [ONE.hex()]}, (b"a secret letter",))
    assert found.verb == "gate.letter"
    wrong: dict[str, Json]
    for wrong in ({}, {"gate": "..", "kiosk": ONE.hex()}, {"gate": GATE.hex(), "kiosk": 1}):
        assert isinstance(world.refused(Message("gate.letter", wrong, (b"",))), Malformed)
    for blobs in ((), (bytes(letters.LARGEST + 1),), (b"", b"")):
        assert isinstance(world.refused(Message("gate.letter", body, blobs)), Malformed)
    kiosks.forget(world.repository)
    assert not [one for one in tmp_path.rglob("*") if one.is_file() and b"a secret letter" in one.read_bytes()]
    assert "secret" not in repr(world.repository.letters._kept)
