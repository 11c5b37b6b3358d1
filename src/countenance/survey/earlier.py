"""Earlier: what other surveys found, as others reported it, to be drawn beside a site's own answers.

A figure is never one number where reports differ: every report keeps its own, with who said it and at which hand. Such
figures are no target and no test: other people were asked, in other words, about other places.
"""

import re
from collections.abc import Sequence
from dataclasses import dataclass
from importlib import resources
from typing import Final

from countenance.errors import Malformed
from countenance.survey import reading
from countenance.survey.reading import Place

SHIPPED: Final = "2019.yaml"


@dataclass(frozen=True, slots=True)
class Report:
    """Who told of it. `hand`: `first` where it is the survey's own, `second` where it is told of.

    `address`: where its numbers were read, or nothing; `copied`: whether that is somebody else's copy.
    """

    id: str
    who: str
    day: str
    people: int
    hand: str
    address: str
    copied: bool


@dataclass(frozen=True, slots=True)
class Told:
    """One report's number, and what it says of it."""

    report: Report
    percent: int
    says: str


@dataclass(frozen=True, slots=True)
class Figure:
    """Numbers that may be drawn beside one answer of questions with that topic."""

    topic: str
    answer: str
    told: tuple[Told, ...]

    @property
    def span(self) -> tuple[int, int]:
        """The lowest and highest percentage that is told."""
        return min(one.percent for one in self.told), max(one.percent for one in self.told)


@dataclass(frozen=True, slots=True)
class Earlier:
    """An earlier survey."""

    by: str
    how: str
    when: str
    reports: tuple[Report, ...]
    figures: tuple[Figure, ...]

    def beside(self, topic: str, answer: str) -> Figure | None:
        """The figure for an answer, if there is one."""
        return next((one for one in self.figures if (one.topic, one.answer) == (topic, answer)), None)


def shipped() -> Earlier:
    """The survey of 2019, as the package has it."""
    return read((resources.files("countenance.survey") / SHIPPED).read_bytes())


def read(data: bytes) -> Earlier:
    """An earlier survey's file. Raises Malformed."""
    top = reading.read(data)
    top.only(("format", "survey", "by", "how", "when", "reports", "figures"))
    reports = {one.name(): _report(one) for one in top.places("reports", 1, 20)}
    figures = tuple(_figure(one, reports) for one in top.places("figures", 1, 60))
    by, how, when = (top.sentence(key, 120) for key in ("by", "how", "when"))
    return Earlier(by, how, when, tuple(reports.values()), figures)


def _report(place: Place) -> Report:
    place.only(("id", "who", "day", "people", "hand", "address", "copied"))
    address = place.word("address") if "address" in place.table else ""
    if address and not re.fullmatch(r"https://[!-~]{1,200}", address):
        raise Malformed(f"{place.at}.address must be https://…, without spaces; leave it out where nobody read it")
    return Report(
        place.name(),
        place.sentence("who", 120),
        place.word("day"),
        place.number("people", 1, 10**9 - 1),
        place.word("hand"),
        address,
        place.word("copied", "no") == "yes",
    )


def _figure(place: Place, reports: dict[str, Report]) -> Figure:
    place.only(("topic", "answer", "told"))
    told: Sequence[Place] = place.places("told", 1, 20)
    return Figure(place.name("topic"), place.name("answer"), tuple(_told(one, reports) for one in told))


def _told(place: Place, reports: dict[str, Report]) -> Told:
    place.only(("report", "percent", "says"))
    name = place.name("report")
    if name not in reports:
        raise Malformed(f"{place.at}.report must be one of {', '.join(reports)}")
    return Told(reports[name], place.number("percent", 0, 100), place.sentence("says", 120))
