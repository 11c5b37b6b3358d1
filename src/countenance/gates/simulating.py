"""Simulating: a boarding of so many travellers by two lanes, so that an airport can plan before it builds.

Each traveller comes to the gate at a moment of the boarding, joins their lane's queue, and is served by the first
kiosk, or officer, that is free. At the face lane a traveller may be missed (no picture good enough within the time) or
falsely rejected (the comparison misses them): an officer is called and sees their document, as at the other lane. Times
are lognormal, which is what service times of people at machines look like: many quick ones, few slow.

What goes in is a `Plan`; each number has a source in `SOURCES`, and those that are assumptions say so. Drawn with a
seed: the same plan gives the same boarding.
"""

import heapq
import math
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

import numpy as np
from numpy.typing import NDArray

from countenance.errors import Malformed

Floats = NDArray[np.float64]
Flags = NDArray[np.bool_]

RALLY_GOAL, RALLY_MOST = 5.0, 10.0
"""Seconds a person: objective and threshold of the DHS Biometric Technology Rally."""

SOURCES: Final = {
    "fnmr": "the built-in extractor on LFW development pairs at its 1:1 threshold, "
    "with references in int8: docs/benchmarks.md, Gate",
    "missed": "an assumption; CBP's gates had no picture of 20 of 100, so try 0.2",
    "face_seconds": "an assumption: a second each for ticket and token, two to stand still and walk on; the decision "
    "itself is a tenth of one (docs/benchmarks.md, Gate). Measure yours",
    "other_seconds": "an assumption: an officer looks at ticket and document. Measure yours",
    "officer_seconds": "an assumption: as the other lane, and walking up",
    "spread": "an assumption: 95 of 100 take less than twice the median",
    "opt_out": "an assumption",
    "minutes": "an assumption: how long the travellers take to come to the gate",
}
"""Where each number is from."""


@dataclass(frozen=True, slots=True)
class Plan:
    """A boarding. Shares 0 to 1, times in seconds, medians.

    `missed`: of face-lane travellers, of whom no picture was good enough; `fnmr`: of those compared. `spread`: standard
    deviation of a time's logarithm. `kiosks`: at the face lane; `officers`: at the other lane, who also come when
    called. `minutes`: in which the travellers come.
    """

    travellers: int = 300
    opt_out: float = 0.2
    kiosks: int = 2
    officers: int = 2
    missed: float = 0.05
    fnmr: float = 0.024
    face_seconds: float = 4.0
    other_seconds: float = 8.0
    officer_seconds: float = 12.0
    spread: float = 0.42
    minutes: float = 20.0


@dataclass(frozen=True, slots=True)
class LaneTold:
    """One lane in a boarding. Seconds; `queue`: the longest, in people; `waited`, `served`: median and 95 of 100."""

    travellers: int
    queue: int
    waited: tuple[float, float]
    served: tuple[float, float]


@dataclass(frozen=True, slots=True)
class Boarding:
    """What came of a plan. `per_minute`: at the face lane, people through a kiosk-lane a minute while it is busy.

    `last`: minutes until everybody is through; `busy`: share of their time that officers are at work. `through`:
    how many people are through after each whole minute, both lanes.
    """

    plan: Plan
    face: LaneTold
    other: LaneTold
    missed: int
    rejected: int
    called: int
    per_minute: float
    last: float
    busy: float
    through: tuple[int, ...]


@dataclass(slots=True)
class _Served:
    came: float
    began: float
    ended: float


def board(plan: Plan, seed: int = 8) -> Boarding:
    """One boarding. Raises Malformed for a plan that is none."""
    _check(plan)
    random = np.random.default_rng(seed)
    came = np.sort(random.uniform(0, 60 * plan.minutes, plan.travellers))
    faced = random.random(plan.travellers) >= plan.opt_out
    missed = faced & (random.random(plan.travellers) < plan.missed)
    rejected = faced & ~missed & (random.random(plan.travellers) < plan.fnmr)
    face = _queue(came[faced], _times(random, plan.face_seconds, plan, int(faced.sum())), plan.kiosks)
    again = (missed | rejected)[faced]
    # Who is called to an officer stands in that queue with those of the other lane, and is served as they are.
    called = [one.ended for one, call in zip(face, again, strict=True) if call]
    direct = list(came[~faced])
    both = np.array([*called, *direct])
    order = np.argsort(both, kind="stable")
    medians = np.array([plan.officer_seconds] * len(called) + [plan.other_seconds] * len(direct))
    lengths = medians * _times(random, 1.0, plan, len(both))
    staff = _queue(both[order], lengths[order], plan.officers)
    other = [one for one, which in zip(staff, order, strict=True) if which >= len(called)]
    ended = sorted(
        [one.ended for one, call in zip(face, again, strict=True) if not call] + [one.ended for one in staff]
    )
    last = ended[-1] if ended else 0.0
    return Boarding(
        plan,
        _told(face),
        _told(other),
        int(missed.sum()),
        int(rejected.sum()),
        len(called),
        _per_minute(face, again),
        last / 60,
        float(lengths.sum()) / (plan.officers * last) if last else 0.0,
        tuple(sum(one <= 60 * minute for one in ended) for minute in range(1, math.ceil(last / 60) + 1)),
    )


def _check(plan: Plan) -> None:
    shares = (plan.opt_out, plan.missed, plan.fnmr)
    times = (plan.face_seconds, plan.other_seconds, plan.officer_seconds, plan.minutes)
    if not all(0 <= share <= 1 for share in shares) or not all(0 < time <= 3600 for time in times):
        raise Malformed("shares are 0 to 1, times above 0 and at most 3600 seconds, minutes at most 3600")
    if not (1 <= plan.travellers <= 100_000 and 1 <= plan.kiosks <= 100 and 1 <= plan.officers <= 100):
        raise Malformed("a boarding has 1 to 100,000 travellers, 1 to 100 kiosks and as many officers")
    if not 0 <= plan.spread <= 2:
        raise Malformed("the spread is 0 to 2: 0.42 is 'nearly all take less than twice the median'")


def _times(random: np.random.Generator, median: float, plan: Plan, count: int) -> Floats:
    return np.asarray(median * np.exp(plan.spread * random.normal(size=count)), np.float64)


def _queue(came: Floats, lengths: Floats, servers: int) -> list[_Served]:
    """First come, first served, by so many servers."""
    free = [0.0] * servers
    served = []
    for moment, length in zip(came, lengths, strict=True):
        began = max(float(moment), heapq.heappop(free))
        heapq.heappush(free, began + float(length))
        served.append(_Served(float(moment), began, began + float(length)))
    return served


def _told(served: Sequence[_Served]) -> LaneTold:
    if not served:
        return LaneTold(0, 0, (0.0, 0.0), (0.0, 0.0))
    waited, lengths = [one.began - one.came for one in served], [one.ended - one.began for one in served]
    steps = sorted([(one.came, 1) for one in served] + [(one.began, -1) for one in served])
    longest = waiting = 0
    for _, step in steps:
        waiting += step
        longest = max(longest, waiting)
    return LaneTold(len(served), longest, _both(waited), _both(lengths))


def _both(values: Sequence[float]) -> tuple[float, float]:
    return float(np.median(values)), float(np.percentile(values, 95))


def _per_minute(face: Sequence[_Served], again: Flags) -> float:
    """People whom one kiosk lets through a minute while somebody stands before it."""
    busy = sum(one.ended - one.began for one in face)
    return 60 * float((~again).sum()) / busy if busy else 0.0
