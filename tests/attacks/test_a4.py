"""A4, hill climbing: who has one photo that matches asks again and again with probes a little changed, keeps what comes
closer, and ends with the person's template. Against it: no score comes back; a warrant names one probe, a quorum signs
it and its uses are counted; a probe nearly identical to that of a running warrant freezes who drafts it.
"""

from collections.abc import Callable
from dataclasses import replace

import numpy as np
import pytest

from countenance.errors import CountenanceError, Refused
from countenance.formats import records
from countenance.matching import encode
from countenance.vocabulary.acts import Named, Verb
from countenance.vocabulary.entries import Kind
from countenance.vocabulary.warrants import Warrant
from countenance.zones.custodian import alarms
from simulator.court import Court, sitting
from simulator.people import SUBJECT, limits, near, probe

TARGET = SUBJECT.astype(float)
START = near(SUBJECT, 0.52, 8).astype(float)
LEAST = encode.least_score(440, 128)
QUERIES = 2304
ROUNDS = 3
STEP = 0.3

Oracle = Callable[[np.ndarray], int]


def score(probe: np.ndarray) -> int:
    """What a custodian that returns scores says of a probe and the person's row."""
    return int(encode.encode(probe.astype(np.float32)).astype(np.int64) @ encode.encode(SUBJECT).astype(np.int64))


def unit(values: np.ndarray) -> np.ndarray:
    return values / np.linalg.norm(values)


def climbed(start: np.ndarray, oracle: Oracle, rounds: int) -> tuple[np.ndarray, list[np.ndarray]]:
    """The probe after `rounds`, and all that were asked: a little along each axis, then a step up what they say."""
    best, asked = start, []
    for _ in range(rounds):
        around = [best, *(unit(best + STEP * axis) for axis in np.eye(len(best)))]
        here, *there = (oracle(probe) for probe in around)
        slope = (np.array(there) * np.sqrt(1 + STEP**2 + 2 * STEP * best) - here) / STEP
        best, asked = unit(best + slope / here), [*asked, *around]
    return best, asked


def drawn(start: np.ndarray, passes: Callable[[np.ndarray], bool]) -> tuple[list[np.ndarray], int]:
    """From yes and no alone, and how many it took: two solutions, of which one is the template.

    Along each of 127 directions u that are orthogonal to the start p, halving finds where probes stop matching:
    <t, p> + edge <t, u> = 0.44 |p + edge u|. These and the template t being of unit length are equations enough.
    """
    start, asked, edges = unit(start), 0, []
    basis = np.linalg.qr(np.column_stack([start, np.random.default_rng(3).standard_normal((128, 127))]))[0][:, 1:]
    for direction in basis.T:
        inside, outside = 0.0, 3.0
        for _ in range(14):
            middle, asked = (inside + outside) / 2, asked + 1
            inside, outside = (middle, outside) if passes(unit(start + middle * direction)) else (inside, middle)
        edges.append(inside)
    edge = np.array(edges)
    level = 0.44 * np.hypot(1, edge)
    square = [1 + np.sum(edge**-2), -2 * np.sum(level / edge**2), np.sum((level / edge) ** 2) - 1]
    roots = np.roots(square).real
    return [unit(root * start + basis @ ((level - root) / edge)) for root in roots], asked


def test_succeeds_without_mitigation() -> None:
    assert START @ TARGET < 0.53
    best, asked = climbed(START, score, ROUNDS)
    assert len(asked) <= QUERIES
    assert best @ TARGET > 0.99


def test_succeeds_without_counted_uses() -> None:
    """No score, but as many answers as one likes: what ids alone do not stop."""
    found, asked = drawn(START, lambda probe: score(probe) >= LEAST)
    assert asked <= QUERIES
    assert max(float(one @ TARGET) for one in found) > 0.95


def test_fails_against_product() -> None:
    with sitting() as court:
        found = court.pass_by(SUBJECT)
        court.tell()
        text = _drafted(court, START, "1" * 16)
        _signed(court, text)
        # One probe, as often as the warrant says: the same answer each time.
        assert [court.search(text)["candidates"] for _ in range(2)] == [[found], [found]]
        with pytest.raises(Refused, match="no use left"):
            court.search(text)
        # Another probe under the same warrant is not the one that was signed for.
        step = unit(START + 0.3 * np.eye(128)[0])
        with pytest.raises(CountenanceError):
            court.search(text, papers=lambda sealed: (sealed[0], court.sealed(text, _coded(step))[1]))
        # A warrant of its own for the next step freezes the officer, and the quorum is told what it follows.
        after = _drafted(court, step, "2" * 16)
        assert _alarms(court, after) == [text.warrant]
        with pytest.raises(Refused, match="frozen"):
            court.search(after)
        court.clear("officer-1")
        with pytest.raises(Refused, match="0 of the 2"):
            court.search(after)
        searches = [facts for facts in court.facts(Kind.AUTHORISED) if facts["act"] == "search"]
        assert len(searches) == 2


def test_every_step_of_the_climbs_is_an_alarm() -> None:
    """Each is nearly identical to one before it, all of whose warrants run: that is how climbing works."""
    halvings: list[np.ndarray] = []

    def heard(probe: np.ndarray) -> bool:
        halvings.append(probe)
        return score(probe) >= LEAST

    drawn(START, heard)
    _, asked = climbed(START, score, ROUNDS)
    assert _alarming(asked) > 0.99
    # Halving begins wide: the first steps along a direction are new probes, all that follow are not.
    assert _alarming(halvings) > 0.8


def _alarming(probes: list[np.ndarray]) -> float:
    """How many of these probes are nearly identical to one of the MOST_RUNNING before them."""
    every = np.array(probes)
    behind = np.subtract.outer(np.arange(len(every)), np.arange(len(every)))
    near = (every @ every.T >= alarms.NEAR / 1000) & (behind > 0) & (behind <= alarms.MOST_RUNNING)
    return float(np.mean(near.any(axis=1)))


def _coded(vector: np.ndarray) -> bytes:
    return encode.to_bytes(encode.encode(vector.astype(np.float32)))


def _drafted(court: Court, vector: np.ndarray, warrant: str) -> Warrant:
    template = _coded(vector)
    bound = replace(court.text(), warrant=warrant, probe=probe(template, court.zone.probe.signing))
    text = replace(bound, limits=limits(uses=2))
    court.file(text, template=template)
    return text


def _signed(court: Court, text: Warrant) -> None:
    for name in ("supervisor-1", "court-b/judge-1"):
        court.say(name, text)


def _alarms(court: Court, text: Warrant) -> list[str]:
    named = Named(text.warrant, text.number, records.digest(text))
    papers = court.filed[text.warrant, text.number]
    return [alarm["warrant"] for alarm in court.ask("court-b/judge-1", Verb.READ, named, papers=papers)["alarms"]]
