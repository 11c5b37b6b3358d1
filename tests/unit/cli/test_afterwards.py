"""afterwards name, ask, check: as people type them, with the number on standard input."""

import io
from collections.abc import Callable
from pathlib import Path

import pytest

from countenance.cli import ask, main
from countenance.zones.custodian.rights import afterwards
from simulator.counter import Counter
from simulator.named import DAY

Run = Callable[..., dict]
PASSPORT = ("--document", "passport", "--state", "uto")


@pytest.fixture
def typed(monkeypatch: pytest.MonkeyPatch) -> Callable[[str], None]:
    return lambda number: monkeypatch.setattr("sys.stdin", io.StringIO(f"{number}\n"))


def searched(run: Run, desk: Counter, photo: Path) -> str:
    """A warrant, searched once, for somebody who passed."""
    desk.pass_by()
    words = ("--case", "case 7", "--purpose", "missing person", "--basis", "law 2", "--from", "-2h", "--to", "+1h")
    drafted = run("warrant", "draft", *words, "--probe", photo, "--camera", "hall-east", person="officer-1")
    warrant = str(drafted["warrant"])
    for approver in ("supervisor-1", "court-b/judge-1"):
        run("warrant", "sign", warrant, "--yes", person=approver)
    run("search", warrant, person="officer-1")
    return warrant


def later(desk: Counter, monkeypatch: pytest.MonkeyPatch) -> None:
    desk.court.zone.clock.now += 91 * DAY
    monkeypatch.setattr(ask, "now", lambda: desk.court.zone.clock.now)
    afterwards.settle(desk.court.zone.opened)


def test_named_asked_and_checked(
    run: Run,
    desk: Counter,
    photo: Path,
    typed: Callable[[str], None],
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    warrant, out = searched(run, desk, photo), desk.deployment / "told.json"
    typed("L898 902-C3")
    assert run("afterwards", "name", warrant, *PASSPORT, person="officer-1")["matter"] == warrant
    later(desk, monkeypatch)
    typed("l898902c3")
    told = run("afterwards", "ask", *PASSPORT, "--out", out, person="clerk-1")
    (one,) = told["matters"]
    assert (one["matter"], one["ground"], one["searches"], one["found"]) == (warrant, "missing person", 1, [1])
    assert run("afterwards", "check", out) == told
    said = run("afterwards", "check", out, plain=True)["said"]
    assert f"you were searched for under warrant {warrant} (missing person), from " in said
    assert "searches: 1, that found nobody: 0, that found candidates: 1; of all candidates confirmed to be" in said
    changed = out.with_suffix(".changed")
    changed.write_bytes(out.read_bytes().replace(b'"body":"7b', b'"body":"7c', 1))
    assert main.run(["afterwards", "check", str(changed), "--deployment", str(desk.deployment)]) == 1


def test_nobody_is_told_nothing_and_what_that_does_not_say(
    run: Run, desk: Counter, typed: Callable[[str], None]
) -> None:
    out = desk.deployment / "told.json"
    typed("T22000129")
    said = run("afterwards", "ask", *PASSPORT, "--out", out, person="clerk-1", plain=True)["said"]
    assert said.strip() == "there is nothing that can be told: that does not say there is nothing"
    typed("T22000129")
    assert run("afterwards", "ask", *PASSPORT, "--out", out, person="clerk-1", code=1)["error"] == "refused"


@pytest.mark.parametrize(("kind", "state", "number"), [("licence", "D", "T22000129"), ("passport", "D9", "T22000129")])
def test_what_is_no_document_is_bad_input(
    run: Run, typed: Callable[[str], None], desk: Counter, kind: str, state: str, number: str
) -> None:
    typed(number)
    words = ("--document", kind, "--state", state, "--out", desk.deployment / "told.json")
    assert run("afterwards", "ask", *words, person="clerk-1", code=2)["error"] == "malformed"
