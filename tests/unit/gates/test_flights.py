"""A flight's key: handed to kiosks alone, and destroyed whatever the clock does."""

from pathlib import Path

import pytest

from countenance.crypto.lease import OwnKey
from countenance.crypto.sign import SigningKey
from countenance.durable import files
from countenance.errors import Malformed, Refused, Tampered, Unavailable
from countenance.vocabulary.moments import MILLISECONDS_AN_HOUR as HOUR
from simulator.gate import FLIGHT, AtGate, Time

NAME = str(FLIGHT)


def left(folder: Path) -> list[Path]:
    return [path for path in folder.rglob("*") if path.is_file()]


def test_a_key_is_handed_to_another_kiosk_sealed_and_signed(tmp_path: Path) -> None:
    time, own = Time(), OwnKey.generate()
    one = AtGate(tmp_path / "one", time).begin()
    two = AtGate(tmp_path / "two", time, name="gate-b")
    sealed = one.flights.hand_over(NAME, own.public, one.signing)
    with pytest.raises(Refused, match="enrolled"):
        two.flights.take_over(NAME, sealed, own, {})
    with pytest.raises(Tampered):
        two.flights.take_over(NAME, sealed, own, {"gate-a": SigningKey.generate().public})
    with pytest.raises(Tampered):
        two.flights.take_over(NAME, sealed, OwnKey.generate(), {"gate-a": one.signing.public})
    assert not left(tmp_path / "two")
    two.flights.take_over(NAME, sealed, own, {"gate-a": one.signing.public})
    assert two.key.id == one.key.id


def test_the_end_destroys_key_and_list_and_says_so(tmp_path: Path) -> None:
    at = AtGate(tmp_path).begin()
    at.decide(at.token())
    identity = at.key.id
    receipt = at.flights.end(NAME)
    assert (receipt.flight, receipt.key, receipt.decisions) == (NAME, identity, 1)
    assert not left(tmp_path)
    with pytest.raises(Refused):
        at.flights.end(NAME)


@pytest.mark.parametrize("jump", [4 * HOUR, 400 * 24 * HOUR])
def test_a_clock_that_jumps_ahead_ends_it_sooner(tmp_path: Path, jump: int) -> None:
    at = AtGate(tmp_path).begin()
    at.time.now += jump
    assert [one.flight for one in at.flights.tidy()] == [NAME]
    assert not left(tmp_path)


def test_a_clock_that_is_held_back_does_not_keep_a_key(tmp_path: Path) -> None:
    at = AtGate(tmp_path).begin()
    at.time.passed += 4 * HOUR
    with pytest.raises(Refused):
        at.flights.key(NAME)
    assert not left(tmp_path)


def test_before_it_was_made_a_key_opens_nothing(tmp_path: Path) -> None:
    at = AtGate(tmp_path).begin()
    at.time.now -= HOUR
    with pytest.raises(Refused, match="clock"):
        at.flights.key(NAME)


def test_no_configuration_keeps_a_key_for_days(tmp_path: Path) -> None:
    at = AtGate(tmp_path)
    with pytest.raises(Refused, match="36 hours"):
        at.begin(hours=37)
    assert not left(tmp_path)


def test_a_start_after_the_end_destroys_what_it_finds_and_tells_of_its_lanes(tmp_path: Path) -> None:
    at = AtGate(tmp_path).begin()
    at.decide(at.token())
    decided = at.passes.decisions()
    at.passes.close()
    at.time.on(5 * HOUR)
    again = AtGate(tmp_path, at.time).flights
    assert again.names() == ()
    assert not left(tmp_path)
    assert again.late() == [(NAME, decided)]
    assert again.late() == []


def test_a_list_that_cannot_be_read_after_the_end_tells_nothing_and_is_gone(tmp_path: Path) -> None:
    at = AtGate(tmp_path).begin()
    at.decide(at.token())
    at.passes.close()
    damaged = tmp_path / NAME / "passes"
    damaged.write_bytes(b"x" * 40 + damaged.read_bytes()[40:])
    at.time.on(5 * HOUR)
    assert AtGate(tmp_path, at.time).flights.late() == []
    assert not left(tmp_path)


@pytest.mark.parametrize("after", [0, 1])
def test_a_crash_within_the_end_is_finished_at_the_next_start(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, after: int
) -> None:
    at, done = AtGate(tmp_path).begin(), []
    at.decide(at.token())

    def crashes(path: Path, real=files.destroy) -> None:  # type: ignore[no-untyped-def]
        if len(done) == after:
            raise KeyboardInterrupt
        real(path)
        done.append(path.name)

    with monkeypatch.context() as patched:
        patched.setattr(files, "destroy", crashes)
        with pytest.raises(KeyboardInterrupt):
            at.flights.end(NAME)
    assert done == ["key"][:after]
    at.time.on(5 * HOUR)
    assert AtGate(tmp_path, at.time).flights.names() == ()
    assert not left(tmp_path)


def test_a_disk_that_fails_at_the_end_opens_nothing_and_is_tried_again(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    at = AtGate(tmp_path).begin()

    def fails(_path: Path) -> None:
        raise Unavailable("no disk")

    with monkeypatch.context() as patched:
        patched.setattr(files, "destroy", fails)
        for act in (at.flights.end, at.flights.key, at.flights.passes):
            with pytest.raises(Unavailable):
                act(NAME)
    assert [receipt.flight for receipt in at.flights.tidy()] == [NAME]
    assert not left(tmp_path)


def test_a_damaged_key_or_list_boards_nobody(tmp_path: Path) -> None:
    at = AtGate(tmp_path).begin()
    for _ in range(3):
        at.decide(at.token())
    passes = tmp_path / NAME / "passes"
    data = bytearray(passes.read_bytes())
    data[40] ^= 1
    passes.write_bytes(data)
    assert AtGate(tmp_path, at.time).flights.names() == ()
    assert not left(tmp_path)


def test_a_flight_has_a_name_that_is_one(tmp_path: Path) -> None:
    from countenance.vocabulary.gates import Flight

    at = AtGate(tmp_path)
    with pytest.raises(Malformed):
        at.flights.begin(Flight("../..", "1", 1, "FRA", "YUL"), at.time.now + HOUR)


def test_nothing_that_holds_a_key_shows_it(tmp_path: Path) -> None:
    from countenance.formats import records
    from countenance.gates.flights import HeldKey

    at = AtGate(tmp_path).begin()
    held = records.read(HeldKey, (tmp_path / NAME / "key").read_bytes())
    said = repr(held) + repr(at.key) + str(at.flights.__dict__)
    assert held.key.hex() not in said
    assert repr(held.key) not in said
    assert (tmp_path / NAME / "key").stat().st_mode & 0o077 == 0


def test_no_receipt_is_lost_whoever_destroys(tmp_path: Path) -> None:
    at = AtGate(tmp_path).begin()
    at.time.on(5 * HOUR)
    with pytest.raises(Refused):
        at.flights.key(NAME)
    assert not left(tmp_path)
    assert [receipt.flight for receipt in at.flights.tidy()] == [NAME]
    assert at.flights.tidy() == []
