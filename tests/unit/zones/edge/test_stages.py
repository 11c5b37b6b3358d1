import itertools
import threading
from collections.abc import Iterator

import pytest

from countenance.zones.edge.stages import Ahead, Shares


def never() -> threading.Event:
    return threading.Event()


def test_everything_comes_in_order() -> None:
    assert list(Ahead(range(100), most=3, stop=never())) == list(range(100))


def test_errors_come_after_what_was_made_before_them() -> None:
    def failing() -> Iterator[int]:
        yield 1
        raise KeyError("gone")

    items = iter(Ahead(failing(), most=3, stop=never()))
    assert next(items) == 1
    with pytest.raises(KeyError):
        next(items)


def test_it_is_never_further_ahead_than_allowed() -> None:
    made = []

    def making() -> Iterator[int]:
        for number in range(50):
            made.append(number)
            yield number

    for item in Ahead(making(), most=4, stop=never()):
        # One is in the maker's hands, one in the reader's.
        assert len(made) <= item + 4 + 2


def test_a_source_that_does_not_wait_drops_and_counts() -> None:
    go = threading.Event()

    def live() -> Iterator[int]:
        yield from range(10)
        go.set()

    stage = Ahead(live(), most=2, stop=never(), drop=True)
    reader = iter(stage)
    assert next(reader) == 0
    go.wait()
    rest = list(reader)
    assert len(rest) + 1 + stage.dropped == 10
    assert stage.dropped > 0


def test_a_stop_ends_it_although_the_source_hangs() -> None:
    hang, stop = threading.Event(), threading.Event()

    def hanging() -> Iterator[int]:
        yield 1
        hang.wait()

    taken = []
    for item in Ahead(hanging(), most=2, stop=stop):
        taken.append(item)
        stop.set()
    hang.set()
    assert taken == [1]


def test_who_leaves_early_ends_the_thread() -> None:
    before = set(threading.enumerate())
    reader = iter(Ahead(itertools.count(), most=2, stop=never()))
    next(reader)
    reader.close()  # type: ignore[attr-defined]
    begun = set(threading.enumerate()) - before
    for thread in begun:
        thread.join(60)
    assert not any(thread.is_alive() for thread in begun)


def test_shares_do_not_count_twice() -> None:
    shares = Shares()
    with shares.of("outer"):
        sum(range(200_000))
        with shares.of("inner"):
            sum(range(2_000_000))
    assert 0 < shares.seconds["outer"] < shares.seconds["inner"]
