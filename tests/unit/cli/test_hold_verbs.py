"""hold add, list, sign, refuse, release: as people type them."""

import json
from collections.abc import Callable, Iterator

import pytest

from countenance.cli import ask, hold, main
from countenance.vocabulary.holds import HoldOrder
from simulator.counter import Counter, counter
from simulator.people import NOW

Run = Callable[..., dict]


@pytest.fixture
def desk(monkeypatch: pytest.MonkeyPatch) -> Iterator[Counter]:
    monkeypatch.setattr(ask, "now", lambda: NOW)
    with counter() as made:
        yield made


@pytest.fixture
def run(desk: Counter, capsys: pytest.CaptureFixture[str]) -> Run:
    def run(*words: object, person: str, code: int = 0) -> dict:
        more = ["--deployment", str(desk.deployment), "--key", str(desk.key(person)), "--json"]
        capsys.readouterr()
        assert main.run(["hold", *map(str, words), *more]) == code, capsys.readouterr()
        return json.loads(capsys.readouterr().out.strip().splitlines()[-1])

    return run


def test_a_hold_from_draft_to_release(desk: Counter, run: Run) -> None:
    sighting = desk.pass_by()
    made = run("add", "--sighting", sighting, "--until", "+30d", "--reason", "a court asks", person="officer-1")
    (line,) = run("list", person="supervisor-1")["holds"]
    assert (line["hold"], line["state"], line["sightings"]) == (made["hold"], "waiting", [sighting])
    assert run("sign", made["hold"], "--yes", person="supervisor-1")["approvals"] == 1
    assert run("refuse", made["hold"], "--reason", "no", person="supervisor-1")["approvals"] == 0
    assert run("sign", made["hold"], "--yes", person="supervisor-1")["state"] == "waiting"
    assert run("sign", made["hold"], "--yes", person="court-b/judge-1")["state"] == "held"
    assert run("list", person="clerk-1")["holds"] == []
    run("release", made["hold"], person="officer-1", code=1)
    assert run("release", made["hold"], person="supervisor-1")["released"] is False
    assert run("release", made["hold"], person="court-b/judge-1")["released"] is True


def test_the_text_shows_all_of_it_and_nobodys_line_breaks() -> None:
    order = HoldOrder("0" * 16, "ab" * 8, "cd" * 8, ("e" * 32,), "officer-1", NOW, NOW + 1, "why\n  until  never")
    lines = hold.in_words(order).splitlines()
    assert lines[0] == "Hold abababababababab: keep sightings from being erased"
    assert sum(line.startswith("  until") for line in lines) == 1
    assert any("e" * 32 in line for line in lines)
