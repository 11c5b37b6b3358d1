"""How often attacks pass, and people do not: the rates of ISO/IEC 30107-3 over a set of presentations.

Each species of attack instrument is counted by itself, and the worst counts: an attacker chooses. Invariants:

* Rates of errors are of presentations that had a response; those without one are told beside them (APNRR, BPNRR). Where
  nothing had a response nothing is known, and that is said.
* One file is one presentation, however many frames or trials were made of it: they are not independent.

The bounds take presentations as independent (Wilson); of one print shown often they say little about prints.
"""

import math
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from countenance.evaluation import words
from countenance.evaluation.rates import wilson
from countenance.vocabulary.liveness import Outcome
from countenance.vocabulary.rates import Rate

BONA_FIDE = "bona-fide"
"""What is presented by the people themselves goes by this name, beside the names of species."""

WIDEST = 0.3
"""Bounds farther apart than this say nothing that anybody could act on."""


@dataclass(frozen=True, slots=True)
class Counted:
    """One species, or `BONA_FIDE`: `wrong` is APCER or BPCER, `silent` APNRR or BPNRR."""

    name: str
    presentations: int
    wrong: Rate
    silent: Rate


@dataclass(frozen=True, slots=True)
class Report:
    """What was counted. `by`: what judged, in words."""

    by: str
    bona_fide: Counted
    species: tuple[Counted, ...]

    @property
    def worst(self) -> Counted | None:
        """The species with the highest APCER; of equals, the one that is known least. None if none had a response."""
        known = [it for it in self.species if it.wrong.trials]
        return max(known, key=lambda it: (it.wrong.value, it.wrong.high), default=None)

    @property
    def loosest(self) -> Counted | None:
        """The species whose APCER has the highest upper bound: what an attacker who chooses may reach. None of none."""
        return max(self.species, key=lambda it: it.wrong.high, default=None)


def counted(by: str, presentations: Iterable[tuple[str, Sequence[Outcome]]]) -> Report:
    """The rates of `presentations`: each a species or `BONA_FIDE`, and the outcomes of its one or more trials."""
    named: dict[str, list[Sequence[Outcome]]] = {BONA_FIDE: []}
    for name, outcomes in presentations:
        named.setdefault(name, []).append(outcomes)
    bona_fide = _counted(BONA_FIDE, named.pop(BONA_FIDE), wrong=Outcome.ATTACK)
    species = (_counted(name, named[name], wrong=Outcome.BONA_FIDE) for name in sorted(named))
    return Report(by, bona_fide, tuple(species))


def plain(report: Report) -> dict[str, object]:
    """The report as JSON values. `apcer` is the worst species', and `high` the highest upper bound of all."""
    worst, loosest = report.worst, report.loosest
    return {
        "by": report.by,
        "apcer": {
            "species": worst.name if worst else None,
            "value": _rounded(worst.wrong.value) if worst else None,
            "low": _rounded(worst.wrong.low) if worst else 0.0,
            "high": _rounded(loosest.wrong.high) if loosest else 1.0,
        },
        "bpcer": _rate(report.bona_fide.wrong),
        "bpnrr": _rate(report.bona_fide.silent),
        "bona_fide": report.bona_fide.presentations,
        "species": {
            it.name: {"presentations": it.presentations, "apcer": _rate(it.wrong), "apnrr": _rate(it.silent)}
            for it in report.species
        },
    }


def sentences(report: Report) -> list[str]:
    """What the rates mean, a sentence a species, one for people, and one for the whole."""
    said = [_of(it, f"presentations of the species '{it.name}'", "taken for a living face") for it in report.species]
    said.append(_of(report.bona_fide, "people who present themselves", "taken for an attack"))
    worst, loosest = report.worst, report.loosest
    if worst is None or loosest is None:
        return [*said, "No attack had a response: nothing is known of what would pass."]
    if worst.wrong.value:
        said.append(f"An attacker chooses, so the worst species counts: '{worst.name}'.")
    if loosest.wrong.high > worst.wrong.high or not worst.wrong.value:
        said.append(f"Least is known of '{loosest.name}': up to {math.ceil(100 * loosest.wrong.high)} of 100 may pass.")
    return said


def _counted(name: str, presentations: list[Sequence[Outcome]], *, wrong: Outcome) -> Counted:
    errors = responses = silent = 0.0
    for outcomes in presentations:
        answers = [it for it in outcomes if it is not Outcome.NO_RESPONSE]
        silent += 1 - len(answers) / len(outcomes) if outcomes else 1
        if answers:
            responses += 1
            errors += sum(it is wrong for it in answers) / len(answers)
    total = len(presentations)
    return Counted(name, total, wilson(errors, responses), wilson(min(silent, total), total))


def _of(it: Counted, what: str, fate: str) -> str:
    rate, silent = it.wrong, it.presentations - it.wrong.trials
    if not rate.trials:
        return f"Of {what} nothing can be said: {it.presentations} presented, none with a response."
    said = words.people(rate, f"would be {fate}", who=what)
    if rate.high - rate.low > WIDEST:
        said = f"Not enough attempts to say. {said}"
    return f"{said} {silent} of {it.presentations} had no response." if silent else said


def _rate(rate: Rate) -> dict[str, object]:
    value = _rounded(rate.value) if rate.trials else None
    return {"value": value, "low": _rounded(rate.low), "high": _rounded(rate.high), "trials": rate.trials}


def _rounded(value: float) -> float:
    return round(value, 6)
