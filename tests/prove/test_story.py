"""The demo, run as a newcomer runs it, and every step's promise read from what it left behind."""

from prove.conftest import Told

STEPS = [
    "record",
    "thief",
    "alone",
    "approve",
    "search",
    "review",
    "disclose",
    "verify",
    "erase",
    "search-again",
    "restore",
    "audit",
]


def test_every_step_is_told_in_order(told: Told) -> None:
    assert list(told.steps) == STEPS


def test_thief_finds_nothing(told: Told) -> None:
    loot = told.steps["thief"]
    assert (loot["pictures"], loot["playable"], loot["names"]) == (0, 0, 0)
    assert loot["rows"] > 0
    # Of a uniform row of 128 components and a template a cosine of 0.55 comes by chance once in 10^9 pairs; of its own
    # row it would be near 1.
    assert loot["best_score"] < 0.55


def test_officer_alone_is_refused(told: Told) -> None:
    assert len(told.steps["alone"]["refusals"]) == 2


def test_search_is_complete_and_finds_the_person(told: Told) -> None:
    assert told.steps["search"]["incomplete"] == []
    assert told.steps["search"]["candidates"] >= 1


def test_evidence_is_left_to_open(told: Told) -> None:
    names = {path.name for path in (told.out / "evidence").iterdir()}
    assert {"index.html", "disclosure.json", "delivery.json"} <= names


def test_erased_stays_erased_in_a_restored_repository(told: Told) -> None:
    assert told.steps["erase"]["erased"] >= 1
    assert told.steps["search-again"]["candidates"] == 0
    assert told.steps["restore"]["candidates"] == 0


def test_record_is_regular(told: Told) -> None:
    assert told.steps["audit"]["irregularities"] == 0
