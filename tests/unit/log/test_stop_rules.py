"""What an auditor finds of stops: nothing in an honest log, each forgery by itself."""

from collections.abc import Callable
from dataclasses import replace

import pytest

from countenance.evaluation import sequential
from countenance.log import policy_rules, stop_rules
from countenance.log.lives import BILLION
from countenance.vocabulary.entries import Entry, Kind
from simulator.people import genesis

PURPOSE, CAMERA = "purpose:missing person", "camera:hall"
ROW = BILLION // 10


class Log:
    """Entries, one after the other. `searched`: how many there were."""

    def __init__(self) -> None:
        self.entries: list[Entry] = []
        self.searched = 0
        self.stopped: tuple[str, ...] = ()

    def add(self, kind: Kind, of: int = -1, /, **facts: str) -> int:
        self.entries.append(Entry(kind, len(self.entries), of, tuple(sorted(facts.items()))))
        return len(self.entries) - 1

    def search(self, *, stranger: bool = False, lost: bool = False, counted: int = ROW) -> None:
        """One search under a warrant of its own, as wide as the policy allows."""
        self.searched += 1
        named = {"warrant": f"w{self.searched}", "number": "1"}
        self.add(Kind.DRAFTED, **named, purpose="missing person")
        without = {"without": " ".join(self.stopped)} if self.stopped else {}
        entry = self.add(Kind.AUTHORISED, **named, act="search", **without)
        if lost:
            self.add(Kind.OUTCOME_UNKNOWN, entry, **named, act="search")
        else:
            self.add(Kind.DELIVERED, entry, **named, act="search", expected=str(ROW), counted=str(counted), limit="100")
        if stranger:
            said = {"outcome": "not confirmed", "stranger": f"{CAMERA}; {PURPOSE}"}
            self.add(Kind.REVIEWED, **named, candidate="c", **said)

    def stop(self, what: str = PURPOSE, **changed: str) -> int:
        counts = {"searches": "5", "strangers": "5", "expected": str(5 * ROW)}
        return self.add(
            Kind.STOPPED, **{"what": what, "least": "0", "widest": str(ROW), "limit": "100", **counts, **changed}
        )

    def clear(self, entry: int, what: str = PURPOSE, *by: tuple[str, str]) -> None:
        signers = by or (("supervisor-1", "police"), ("judge", "court"))
        for name, home in signers:
            self.add(Kind.CLEARING, entry, what=what, by=name, organisation=home)
        self.add(Kind.CLEARED, entry, what=what, persons=" ".join(name for name, _ in signers))

    def found(self) -> list[str]:
        of_stops = stop_rules.check(self.entries, sequential.beyond)
        return [one.what for one in (*of_stops, *policy_rules.check(self.entries, genesis()))]


def five(log: Log) -> None:
    """Five searches that each showed a stranger: surely more than one in ten."""
    for _ in range(5):
        log.search(stranger=True)


def test_an_honest_log_has_none() -> None:
    log = Log()
    five(log)
    entry = log.stop()
    log.stop(CAMERA)
    log.clear(entry)
    log.stopped = ("hall",)
    log.search(stranger=True)
    assert log.found() == []


def test_a_purpose_that_ought_to_be_stopped_is_missed() -> None:
    log = Log()
    five(log)
    log.search()
    assert log.found() == ["searches for a purpose that should have been stopped"]


def test_searches_without_an_outcome_may_have_been_counted() -> None:
    log = Log()
    log.search(lost=True)
    five(log)
    log.stop(expected=str(5 * ROW + ROW // 2), searches="6")
    assert log.found() == []


SPOILT: dict[str, tuple[Callable[[Log], object], str]] = {
    "searched on": (lambda log: (log.stop(), log.search()), "searches for a purpose that was stopped"),
    "stopped twice": (lambda log: (log.stop(), log.stop()), "stops what was stopped already"),
    "fewer strangers": (lambda log: log.stop(strangers="4"), "stops a camera or purpose with other numbers"),
    "more expected": (lambda log: log.stop(expected=str(6 * ROW)), "stops a camera or purpose with other numbers"),
    "fewer searches": (lambda log: log.stop(searches="4"), "stops a camera or purpose with other numbers"),
    "other camera": (lambda log: log.stop("camera:west"), "stops a camera or purpose with other numbers"),
    "no reason": (
        lambda log: log.stop(CAMERA, expected=str(60 * ROW)),
        "stops a camera or purpose that its numbers do not stop",
    ),
    "one clears": (
        lambda log: log.clear(log.stop(), PURPOSE, ("supervisor-1", "police")),
        "clears somebody without a quorum",
    ),
    "other clears": (lambda log: log.clear(log.stop(), CAMERA), "signs to clear somebody who is not frozen"),
}


@pytest.mark.parametrize("name", SPOILT)
def test_each_forgery_is_found(name: str) -> None:
    spoil, says = SPOILT[name]
    log = Log()
    five(log)
    spoil(log)
    assert any(one.startswith(says) for one in log.found()), log.found()


def test_a_search_says_which_cameras_are_stopped() -> None:
    log = Log()
    five(log)
    log.clear(log.stop())
    log.stop(CAMERA)
    log.search()
    assert log.found() == ["does not name the cameras that were stopped"]


def test_a_confirmed_candidate_is_no_stranger_and_a_candidate_counts_once() -> None:
    log = Log()
    five(log)
    outcome = log.entries[-1]
    log.entries.append(outcome)
    log.stop()
    assert log.found() == []
    confirmed = tuple((name, "confirmed" if name == "outcome" else value) for name, value in outcome.facts)
    log.entries[-2] = replace(outcome, facts=confirmed)
    assert log.found() == ["counts somebody as a stranger who was not found to be one"]


def test_a_purpose_may_be_in_any_words() -> None:
    assert stop_rules._names("camera:hall; purpose:theft; arson") == ["camera:hall", "purpose:theft; arson"]
    assert stop_rules._names("camera:hall") == ["camera:hall"]
    assert stop_rules._names("purpose:theft; arson") == ["purpose:theft; arson"]


def test_a_delivery_after_the_stop_is_found() -> None:
    log = Log()
    five(log)
    log.search()
    late = log.entries.pop()
    log.stop()
    log.entries.append(late)
    assert "searches for a purpose that was stopped" in log.found()
