"""kill -9 at random moments: of the edge, the repository, the custodian, or of everything at once, during the ingest;
of repository, custodian, evidence process or everything during a search or a disclosure.

Of the ingest: what was acknowledged before a kill is still there after it, and at the end a search under a warrant is
complete over every sighting the repository lists. Of the acts: whatever was authorised has an outcome in the log, no
answer came without its entry, nothing is half disclosed, and the act can be asked again.
"""

import json
import random
import subprocess
import time
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

from countenance.cli.demo.stage import COMMAND, Stage
from countenance.vocabulary.entries import Kind
from prove import killing, scenes
from prove.killing import POWER
from prove.scale import count

INGEST = ("edge", "repository", "custodian", POWER)
ACTS = (
    *(("disclose", "custodian"), ("search", "repository"), ("disclose", "evidence"), ("search", "custodian")),
    *(("disclose", "repository"), ("search", POWER), ("disclose", POWER)),
)


@pytest.mark.timeout(5400)
def test_nothing_acknowledged_is_lost(stage: Stage) -> None:
    scenes.camera(stage)
    seconds = recorded(stage)
    acknowledged = scenes.held(stage)
    for victim, chance in dealt(INGEST, count(50, 8)):
        watch = stage.start("watch", scenes.CAMERA, "--until-end")
        time.sleep(chance.uniform(0.1, 1.0) * seconds)
        acknowledged |= scenes.held(stage)
        killing.aimed(stage, victim, watch)()
        killing.back(stage, victim)
        assert acknowledged <= scenes.held(stage), f"lost when the {victim} was killed"
        if victim in ("edge", POWER):
            watch.communicate()
            stage.processes.remove(watch)
        else:
            sent(stage, watch)
        assert acknowledged <= scenes.held(stage)
    # One more run to its end sends what the killed ones left in the spool, and signs the last manifest.
    recorded(stage)
    assert acknowledged <= scenes.held(stage)
    answer = stage.verb("search", scenes.warrant(stage, uses=1), person="officer-1")
    assert answer["incomplete"] == []
    assert answer["rows"] == scenes.whole(stage) > 0
    stage.stop_all()
    report = scenes.regular(stage)
    print(f"{count(50, 8)} kills, {answer['rows']} rows, {report['entries']} entries")


@pytest.mark.timeout(5400)
def test_no_act_is_cut_in_half(stage: Stage) -> None:
    scenes.camera(stage)
    recorded(stage)
    case = confirmed(stage)
    paces = {name: paced(stage, case, name) for name in ("search", "disclose")}
    print(paces)
    answered, cut = 2, 0
    for number, (name, victim, chance) in enumerate(acts(stage)):
        shot = killing.aimed(stage, victim)
        act = Act(stage, case, name, stage.out / f"evidence-{number}")
        # One in five before it is authorised; the others after, half of them at once: there an outcome is at stake.
        moment = chance.random()
        if moment < 0.2:
            time.sleep(chance.uniform(0.0, paces[name].before))
        else:
            act.await_authorised()
            time.sleep(0.0 if moment < 0.6 else chance.uniform(0.0, 0.6) * paces[name].after)
        shot()
        answer = act.ended()
        print(f"{name} {victim}: {'answered' if answer else act.said[-160:]}", flush=True)
        killing.back(stage, victim)
        if answer is None:
            assert not act.out.exists(), "nothing of a disclosure that failed may lie about"
            cut += 1
        else:
            checked(stage, act, answer)
            answered += 1
        again = Act(stage, case, name, stage.out / f"evidence-{number}-again")
        answer = again.ended()
        assert answer is not None, f"{name} cannot be asked again: {again.said}"
        checked(stage, again, answer)
        answered += 1
    # A search whose repository was killed waits for it; the next opening gives it its outcome.
    killing.aimed(stage, POWER)()
    killing.back(stage, POWER)
    log = killing.entries(stage)
    assert killing.open_acts(log) == []
    kinds = [entry.kind for entry in log]
    # The first search, before the reviews, was delivered too.
    assert kinds.count(Kind.DELIVERED) >= answered
    assert kinds.count(Kind.OUTCOME_UNKNOWN) > 0
    stage.stop_all()
    scenes.regular(stage)
    print(f"{count(20, 7)} kills: {cut} acts cut, {kinds.count(Kind.OUTCOME_UNKNOWN)} of unknown outcome")


def dealt(cards: tuple[Any, ...], rounds: int) -> list[tuple[Any, random.Random]]:
    """`rounds` cards: each as often as the others, in random order; with the chance that dealt them."""
    chance = random.Random()
    seed = chance.getrandbits(32)
    print(f"seed {seed}")
    chance.seed(seed)
    deck = [*(card for _ in range(rounds // len(cards)) for card in cards), *cards[: rounds % len(cards)]]
    chance.shuffle(deck)
    return [(card, chance) for card in deck]


def acts(stage: Stage) -> Iterator[tuple[str, str, random.Random]]:
    """Acts and whom they are cut by; and, where chance cut none of which the outcome is unknown, more until one is.

    One kill in five comes too early for that, so of the few of a scaled run all may; of 30 more surely not all.
    """
    for (name, victim), chance in dealt(ACTS, count(20, 7)):
        yield name, victim, chance
    for more in range(30):
        if Kind.OUTCOME_UNKNOWN in [entry.kind for entry in killing.entries(stage)]:
            return
        yield "search", "custodian", random.Random(more)


def recorded(stage: Stage) -> float:
    """Let the camera play its clip to the end, undisturbed; the seconds that took."""
    began = time.monotonic()
    sent(stage, stage.start("watch", scenes.CAMERA, "--until-end"))
    return time.monotonic() - began


def sent(stage: Stage, watch: "subprocess.Popen[bytes]") -> None:
    """The recording ends by itself, and everything it kept is acknowledged."""
    summary = stage.finished(watch, "watch")
    assert summary["drained"] is True
    assert (summary["waiting"], summary["refused"]) == (0, 0), summary["said"]


@dataclass(frozen=True, slots=True)
class Case:
    """A warrant that stands, and a candidate that two reviewers confirmed."""

    warrant: str
    candidate: str


def confirmed(stage: Stage) -> Case:
    """Search, look, and confirm one candidate."""
    warrant = scenes.warrant(stage, uses=100)
    candidate = stage.verb("search", warrant, person="officer-1")["candidates"][0]
    for reviewer in ("police/reviewer-1", "court-b/reviewer-2"):
        stage.verb("review", warrant, candidate, person=reviewer)
        stage.verb("review", warrant, candidate, "--verdict", "same", person=reviewer)
    return Case(warrant, candidate)


class Act:
    """A search or a disclosure under way, as a person's own process."""

    def __init__(self, stage: Stage, case: Case, name: str, out: Path) -> None:
        self.name, self.out, self.said = name, out, ""
        self._journal = killing.journal_of(stage)
        self._size = self._journal.stat().st_size
        words = [case.warrant] if name == "search" else [case.warrant, case.candidate, "--out", str(out)]
        self._process = subprocess.Popen(
            [
                *COMMAND,
                name,
                *words,
                "--key",
                str(stage.key("officer-1")),
                "--deployment",
                str(stage.deployment),
                "--json",
            ],
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
        )

    def await_authorised(self) -> None:
        """Return as soon as the log grows, which it does by the act's *authorised* entry, or the act is over."""
        while self._journal.stat().st_size == self._size and self._process.poll() is None:
            time.sleep(0.001)

    def ended(self) -> dict[str, Any] | None:
        """The answer, or None if there was none."""
        output, complaint = self._process.communicate()
        self.said = output + complaint
        if self._process.returncode != 0:
            return None
        answer: dict[str, Any] = json.loads(output)
        return answer


@dataclass(frozen=True, slots=True)
class Pace:
    """Seconds of an undisturbed act: until it is authorised, and from then until its answer."""

    before: float
    after: float


def paced(stage: Stage, case: Case, name: str) -> Pace:
    act = Act(stage, case, name, stage.out / f"evidence-{name}")
    began = time.monotonic()
    act.await_authorised()
    authorised = time.monotonic()
    answer = act.ended()
    assert answer is not None, act.said
    checked(stage, act, answer)
    return Pace(authorised - began, time.monotonic() - authorised)


def checked(stage: Stage, act: Act, answer: dict[str, Any]) -> None:
    """An answer has its entry; a search is complete; evidence verifies."""
    entry = killing.entries(stage)[answer["entry"]]
    assert entry.kind is Kind.DELIVERED
    if act.name == "search":
        assert answer["incomplete"] == []
        return
    assert dict(entry.facts)["evidence"] == answer["evidence"]
    verified = stage.verb("verify", act.out, "--genesis", stage.deployment / "genesis.json")
    assert verified["verified"] is True
