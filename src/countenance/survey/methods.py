"""Methods: what a report says of how it was made, so that somebody else can judge it.

The items are those of AAPOR's Transparency Initiative and Code of Ethics (2021), III.A: who asked and paid, whom, how,
when, how many, with what words, weighted how, and what may be wrong. What the operator did not say stands there as not
said.
"""

from dataclasses import dataclass
from typing import Final
from unicodedata import category

from countenance.errors import Malformed
from countenance.survey import budget, waves, wording
from countenance.survey.analysis import Analysis
from countenance.survey.hiding import FEW
from countenance.vocabulary.survey import MILLIONTHS, Admission, Privacy, Way
from countenance.vocabulary.surveyed import UNSAID, Came, Method

HEAVY: Final = 1000
"""The weight of one person, hundredths of the mean, above which a report says so."""


@dataclass(frozen=True, slots=True)
class Sponsor:
    """What only the operator knows. Empty where they do not say. Raises Malformed for what no page can hold."""

    by: str = ""
    paid: str = ""
    whom: str = ""
    invited: int = 0

    def __post_init__(self) -> None:
        # A byte that is no UTF-8 comes from a command line as half a letter, which cannot be written.
        for name, said in (("by", self.by), ("paid", self.paid), ("whom", self.whom)):
            if any(category(letter) == "Cs" for letter in said):
                raise Malformed(f"'{name}' has a byte in it that is no letter: write it in UTF-8")


def of(found: Analysis, sponsor: Sponsor) -> Method:
    """How a wave was asked and counted."""
    asked, wave, weights = found.opened.instrument, found.opened.wave, found.weights
    days = waves.days(found.opened)
    return Method(
        version=asked.version,
        instrument=wave.instrument,
        program=wave.program,
        wave=wave.number,
        waves=asked.waves,
        opened=wave.opened,
        closed=wave.closed,
        first=days[0],
        last=days[-1],
        privacy=asked.privacy,
        epsilon=asked.epsilon,
        items=len(asked.items),
        reported=asked.reported,
        admission=asked.admission,
        shuffled=asked.shuffled,
        came=tuple(Came(way, people) for way, people in found.people.items()),
        margins=tuple(" × ".join(one.names) for one in weights.margins) if weights else (),
        effect=round(100 * weights.effect) if weights else 0,
        largest=round(100 * weights.largest) if weights else 0,
        unplaced=_unplaced(found),
        # Who forges says that they belong where an answer weighs most.
        forged=round(100 * budget.forged(asked) * max(1.0, weights.largest if weights else 1.0)),
        aimed=found.aimed,
        small=found.small,
        few=found.few,
        before=found.before if found.trend else 0,
        by=sponsor.by,
        paid=sponsor.paid,
        whom=sponsor.whom,
        invited=sponsor.invited,
    )


def box(how: Method, language: str) -> tuple[tuple[str, str], ...]:
    """What is disclosed, and the words for it."""

    def told(word: str, **facts: object) -> str:
        return wording.told(language, word, **facts)

    end = told("closed", closed=how.closed) if how.closed else told("open")
    order = told("order_random" if how.shuffled else "order_one")
    return (
        (told("who_asked"), how.by or told("unsaid")),
        (told("who_paid"), how.paid or told("unsaid")),
        (told("of_whom"), how.whom or told("unsaid")),
        (told("how_came"), _drawn(how, language)),
        (told("when"), told("when_said", first=how.first, last=how.last, wave=how.wave, waves=how.waves,
                            opened=how.opened) + end),
        (told("languages"), told("languages_said")),
        (told("how_many"), ways(how, language)),
        (told("words"), told("words_said", version=how.version, digest=how.instrument.hex(), order=order)),
        (told("weighted"), _weighted(how, language)),
        (told("sure"), told("sure_said")),
        (told("privacy"), _privacy(how, language)),
        (told("program"), f"SHA-256 {how.program.hex()}" if how.program else told("none")),
        (told("stuffing"), _forged(how, language)),
    )  # fmt: skip


def limits(how: Method, language: str) -> tuple[str, ...]:
    """What the report does not say."""
    said = [wording.told(language, word) for word in ("limit_who", "limit_below", "limit_2019")]
    if how.privacy is Privacy.CENTRAL or any(one.way is not Way.WEB for one in how.came):
        said.append(wording.told(language, "limit_small_true"))
    if how.before:
        said.append(wording.told(language, "limit_trend"))
    if how.small:
        said.append(wording.told(language, "limit_small", parts=", ".join(how.small)))
    if how.few:
        named = ", ".join(wording.told(language, way.value) for way in how.few)
        said.append(wording.told(language, "limit_few", ways=named))
    if how.largest > HEAVY:
        said.append(wording.told(language, "limit_heavy"))
    return tuple(said)


def headline(how: Method, language: str) -> str:
    """What stands above everything: how many, and what their answers could tell of them."""
    return wording.told(language, "headline", total=how.people, ways=ways(how, language))


def ways(how: Method, language: str) -> str:
    """How many came which way, and how private that was."""
    labels = [(one.people, wording.label(how.privacy, how.epsilon, one.way, language)) for one in how.came]
    return "; ".join(f"{people:,} ({label})" for people, label in labels)


def privacy(how: Method, language: str) -> str:
    """Whom shares are of; and before it, where nothing was randomised, that."""
    told = wording.told(language, "of_site" if how.margins else "of_answerers")
    return told if how.privacy is Privacy.LOCAL else f"{wording.told(language, 'central_head')} {told}"


def _unplaced(found: Analysis) -> int:
    if found.weights is None:
        return 0
    left = found.total - int(found.weights.answered.sum())
    return left if left >= FEW else UNSAID


def _drawn(how: Method, language: str) -> str:
    if how.admission is Admission.OPEN:
        return wording.told(language, "came_open")
    said = wording.told(language, "came_invited")
    rate = wording.told(language, "rate", people=how.people, invited=how.invited)
    return f"{said}; {rate}" if how.invited else said


def _weighted(how: Method, language: str) -> str:
    if not how.margins:
        return wording.told(language, "not_weighted")
    margins = "; ".join(how.margins)
    said = wording.told(language, "raked", margins=margins, effect=how.effect / 100, largest=how.largest / 100)
    left = wording.told(language, "few") if how.unplaced == UNSAID else f"{how.unplaced:,}"
    return said + wording.told(language, "unplaced", people=left)


def _privacy(how: Method, language: str) -> str:
    if how.privacy is Privacy.CENTRAL:
        return wording.told(language, "privacy_central")
    epsilon = f"{how.epsilon / MILLIONTHS:g}"
    counts = {"waves": how.waves, "reported": how.reported, "items": how.items}
    return wording.told(language, "privacy_local", epsilon=epsilon, **counts)


def _forged(how: Method, language: str) -> str:
    weighs = how.forged / 100
    points = min(100.0, 1000 * weighs / max(1, how.people))
    said = wording.told(language, "stuffing_said", weighs=weighs, points=points)
    return said + (wording.told(language, "aimed", items=", ".join(how.aimed)) if how.aimed else "")
