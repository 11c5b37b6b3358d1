"""What became of every warrant, and what that comes to: read from entries alone, and pure.

A life: drafted, narrowed, approved or declined, searched so often of so often, stills shown, candidates judged,
disclosed, expired, secrecy ended. Nothing here judges: `rules` says what is irregular.
"""

import statistics
from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field

from countenance.vocabulary.entries import Entry, Kind
from countenance.vocabulary.moments import Moment

Facts = Mapping[str, str]
Figure = int | float | None | Mapping[str, int]
# Hexadecimal digits of a purpose's digest by which a figure names it, where the entry does not say more.
_SHORT = 12
BILLION = 1_000_000_000
"""Expectations in entries are whole billionths of a stranger."""


@dataclass(slots=True)
class Life:
    """One warrant from its draft on. `purpose`: as its entries name it; times are UTC milliseconds, 0 for unknown.

    `approvals`, `declined`: last words on the version that stands now. `searches`: authorised, of `uses` under the
    first version. `strangers`: those not confirmed, as far as they count; `expected`: billionths of one, the most that
    its searches were to show. `urgent`: None where entries do not say. `cameras`, `hours`: asked for by the first
    version.
    """

    warrant: str
    requester: str
    purpose: str
    drafted: Moment
    urgent: bool | None
    cameras: int | None
    hours: int | None
    uses: int
    versions: int = 1
    expires: Moment = 0
    secrecy_end: Moment = 0
    approvals: int = 0
    declined: int = 0
    searches: int = 0
    candidates: int = 0
    stills: int = 0
    confirmed: int = 0
    not_confirmed: int = 0
    strangers: int = 0
    expected: int = 0
    disclosures: int = 0
    unknown: int = 0
    words: dict[str, bool] = field(default_factory=dict, repr=False)


def lives(entries: Sequence[Entry]) -> tuple[Life, ...]:
    """Every warrant that was drafted, in order. Entries that break a rule are counted as far as they can be read."""
    found: dict[str, Life] = {}
    for entry in entries:
        facts = dict(entry.facts)
        if entry.kind is Kind.DRAFTED:
            found.setdefault(facts.get("warrant", ""), _drafted(entry, facts))
        life = found.get(facts.get("warrant", ""))
        if life is not None:
            _lived(life, entry, facts)
    return tuple(found.values())


def figures(entries: Sequence[Entry], of: Sequence[Life]) -> dict[str, Figure]:
    """What an auditor reports: counts, shares between 0 and 1, medians; None where no entry says."""
    kinds = Counter(entry.kind for entry in entries)
    urgent = [life.urgent for life in of if life.urgent is not None]
    judged = sum(life.confirmed + life.not_confirmed for life in of)
    purposes: Counter[str] = Counter()
    for life in of:
        purposes[life.purpose] += life.searches
    return {
        "warrants": len(of),
        "searches": sum(life.searches for life in of),
        "searches_by_calibration": dict(sorted(_calibrations(entries).items())),
        "searches_by_purpose": dict(sorted((name, count) for name, count in purposes.items() if count)),
        "refusals": kinds[Kind.REFUSED],
        "urgent_share": sum(urgent) / len(urgent) if urgent else None,
        "candidates": sum(life.candidates for life in of),
        "candidates_judged": judged,
        "candidates_confirmed": sum(life.confirmed for life in of),
        "strangers": sum(life.strangers for life in of),
        "strangers_expected": sum(life.expected for life in of) / BILLION,
        "stops": kinds[Kind.STOPPED],
        "confirmed_share": sum(life.confirmed for life in of) / judged if judged else None,
        "median_cameras": _median([life.cameras for life in of]),
        "median_hours": _median([life.hours for life in of]),
        "disclosures": sum(life.disclosures for life in of),
        "looks": kinds[Kind.LOOKED],
        "erasures": kinds[Kind.ERASED],
        "alarms": kinds[Kind.ALARMED] + kinds[Kind.LOG_ALARMED],
    }


def _calibrations(entries: Sequence[Entry]) -> Counter[str]:
    """How many searches named each calibration: its source, and how its hash begins."""
    found: Counter[str] = Counter()
    for entry in entries:
        facts = dict(entry.facts)
        if entry.kind is Kind.AUTHORISED and facts.get("act") == "search":
            named = zip(facts.get("calibrated", "").split(), facts.get("calibration", "").split(), strict=False)
            found.update(f"{source} {hashed[:_SHORT]}" for source, hashed in named)
    return found


def _drafted(entry: Entry, facts: Facts) -> Life:
    return Life(
        warrant=facts.get("warrant", ""),
        requester=facts.get("requester", ""),
        purpose=facts.get("purpose") or facts.get("purpose_digest", "")[:_SHORT] or "not said",
        drafted=entry.made,
        urgent=facts["kind"] == "urgent" if "kind" in facts else None,
        cameras=_whole(facts.get("cameras")),
        hours=_whole(facts.get("hours")),
        uses=_whole(facts.get("uses")) or 0,
    )


def _lived(life: Life, entry: Entry, facts: Facts) -> None:
    acts: Mapping[Kind, Callable[[Life, Facts], None]] = {
        Kind.DRAFTED: _version,
        Kind.NARROWED: _version,
        Kind.APPROVED: lambda life, facts: _word(life, facts, yes=True),
        Kind.DECLINED: lambda life, facts: _word(life, facts, yes=False),
        Kind.AUTHORISED: _authorised,
        Kind.DELIVERED: _delivered,
        Kind.OUTCOME_UNKNOWN: _unknown,
        Kind.REVIEWED: _reviewed,
    }
    if entry.kind in acts:
        acts[entry.kind](life, facts)


def _version(life: Life, facts: Facts) -> None:
    life.versions = max(life.versions, _whole(facts.get("number")) or 0)
    life.expires = _whole(facts.get("expires")) or 0
    life.secrecy_end = _whole(facts.get("secrecy_end")) or 0
    life.words.clear()
    life.approvals = life.declined = 0


def _word(life: Life, facts: Facts, *, yes: bool) -> None:
    life.words[facts.get("person", "")] = yes
    life.approvals = sum(life.words.values())
    life.declined = len(life.words) - life.approvals


def _authorised(life: Life, facts: Facts) -> None:
    if facts.get("act") == "search":
        life.searches += 1
    elif facts.get("act") == "still":
        life.stills += 1


def _delivered(life: Life, facts: Facts) -> None:
    if facts.get("act") == "search":
        life.candidates += _whole(facts.get("candidates")) or 0
        life.expected += _whole(facts.get("counted")) or 0
    elif facts.get("act") == "disclosure":
        life.disclosures += 1


def _unknown(life: Life, _: Facts) -> None:
    life.unknown += 1


def _reviewed(life: Life, facts: Facts) -> None:
    if facts.get("outcome") == "confirmed":
        life.confirmed += 1
    elif "outcome" in facts:
        life.not_confirmed += 1
        life.strangers += "purpose:" in facts.get("stranger", "")


def _median(numbers: Sequence[int | None]) -> float | None:
    known = [number for number in numbers if number is not None]
    return float(statistics.median(known)) if known else None


def _whole(text: str | None) -> int | None:
    return int(text) if text is not None and text.isascii() and text.isdigit() and len(text) <= 18 else None
