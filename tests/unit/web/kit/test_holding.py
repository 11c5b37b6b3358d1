"""What the console keeps for people between requests: for them alone, for some time, and not without end."""

from dataclasses import dataclass

import pytest

from countenance.errors import Refused, Unavailable
from countenance.web.kit import holding
from countenance.web.kit.holding import MOST, Held, Holding


@dataclass
class Clock:
    now: int = 1_000_000

    def __call__(self) -> int:
        return self.now


def test_who_kept_it_finds_it_and_nobody_else() -> None:
    kept = Holding(Clock())
    kept.keep("one", "photo/a", b"sealed", size=6, life=10)
    assert kept.get("one", "photo/a", bytes) == b"sealed"
    for token, name, kind in (("two", "photo/a", bytes), ("one", "photo/b", bytes), ("one", "photo/a", str)):
        assert kept.find(token, name, kind) is None
        with pytest.raises(Refused, match="not kept for you any more"):
            kept.get(token, name, kind)


def test_it_goes_in_time_with_its_session_and_when_it_is_dropped() -> None:
    clock = Clock()
    kept = Holding(clock)
    kept.keep("one", "a", b"x", size=1, life=10)
    clock.now += 9
    assert kept.find("one", "a", bytes) == b"x"
    clock.now += 1
    assert kept.find("one", "a", bytes) is None
    kept.keep("one", "a", b"x", size=1, life=10)
    kept.keep("one", "b", b"y", size=1, life=10)
    kept.drop("one", "a")
    assert kept.find("one", "a", bytes) is None
    kept.end("one")
    assert kept.find("one", "b", bytes) is None


def test_the_oldest_of_a_session_goes_first(monkeypatch: pytest.MonkeyPatch) -> None:
    kept = Holding(Clock())
    for number in range(MOST + 1):
        kept.keep("one", str(number), b"x", size=1, life=10)
    assert kept.find("one", "0", bytes) is None
    assert kept.find("one", str(MOST), bytes) == b"x"
    monkeypatch.setattr(holding, "OWN", 10)
    kept.keep("two", "a", b"x", size=6, life=10)
    kept.keep("two", "b", b"y", size=6, life=10)
    assert kept.find("two", "a", bytes) is None
    assert kept.find("two", "b", bytes) == b"y"
    with pytest.raises(Unavailable, match="too much"):
        kept.keep("two", "c", b"z", size=11, life=10)


def test_everything_together_has_an_end() -> None:
    clock = Clock()
    kept = Holding(clock, largest=10)
    kept.keep("one", "a", b"x", size=6, life=10)
    with pytest.raises(Unavailable, match="too much"):
        kept.keep("two", "a", b"x", size=6, life=10)
    assert kept.find("two", "a", bytes) is None
    clock.now += 10
    kept.keep("two", "a", b"x", size=6, life=10)


def test_what_is_held_is_in_no_repr() -> None:
    assert "secret" not in repr(Held(b"secret", 6, 7))
