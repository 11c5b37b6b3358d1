"""Searches run side by side; a change runs alone, and goes before searches that come after it."""

import threading

from countenance.zones.repository.turns import Turns


def test_searches_run_side_by_side_and_a_change_alone() -> None:
    turns, order = Turns(), list[str]()
    changing = threading.Thread(target=lambda: _do(turns.changing(), order, "change"))
    later = threading.Thread(target=lambda: _do(turns.searching(), order, "later search"))
    with turns.searching():
        with turns.searching():
            order.append("two searches")
            changing.start()
            _until(lambda: turns._changing == 1)
            later.start()
        assert order == ["two searches"]
        order.append("searches end")
    changing.join(60)
    later.join(60)
    assert order == ["two searches", "searches end", "change", "later search"]


def test_changes_go_one_after_the_other_and_failures_end_a_turn() -> None:
    turns, inside, most = Turns(), 0, 0
    guard = threading.Lock()

    def change() -> None:
        nonlocal inside, most
        for _ in range(50):
            with turns.changing():
                with guard:
                    inside += 1
                    most = max(most, inside)
                with guard:
                    inside -= 1

    for turn in (turns.changing, turns.searching):
        try:
            with turn():
                raise KeyError
        except KeyError:
            pass
    threads = [threading.Thread(target=change) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(60)
    assert most == 1
    with turns.searching():
        pass


def _do(turn: object, order: list[str], what: str) -> None:
    with turn:  # type: ignore[attr-defined]
        order.append(what)


def _until(true: object) -> None:
    wait = threading.Event()
    while not true():  # type: ignore[operator]
        wait.wait(0.001)
