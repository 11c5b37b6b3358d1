"""Methods: what a report says of how it was made, so that somebody else can judge it.

The items are those of AAPOR's Transparency Initiative and Code of Ethics (2021), III.A: who asked and paid, whom, how,
when, how many, with what words, weighted how, and what may be wrong. What the operator did not say stands there as not
said.
"""

from dataclasses import dataclass
from typing import Final

from countenance.survey import budget, waves
from countenance.survey.analysis import Analysis
from countenance.vocabulary.survey import MILLIONTHS, Admission, Privacy

HEAVY: Final = 10.0
"""The weight of one person, the mean being 1, above which a report says so."""
NOT_SAID: Final = "not said by who asked"


@dataclass(frozen=True, slots=True)
class Sponsor:
    """What only the operator knows. Empty where they do not say."""

    by: str = ""
    paid: str = ""
    whom: str = ""
    invited: int = 0


def box(found: Analysis, sponsor: Sponsor) -> tuple[tuple[str, str], ...]:
    """What is disclosed, and the words for it."""
    asked, wave = found.opened.instrument, found.opened.wave
    days = waves.days(found.opened)
    return (
        ("Who asked", sponsor.by or NOT_SAID),
        ("Who paid", sponsor.paid or NOT_SAID),
        ("Of whom", sponsor.whom or NOT_SAID),
        ("How people came to answer", _drawn(found, sponsor)),
        ("When", f"{days[0]} to {days[-1]}; wave {wave.number} of at most {asked.waves}, opened {wave.opened}"
         + (f", closed {wave.closed}" if wave.closed else ", still open")),
        ("In which languages", "English, Chinese, Russian; which one somebody used is kept nowhere"),
        ("How many answered", "; ".join(f"{count:,} ({label})" for label, count in found.people.items())),
        ("In which words", f"those beside each figure; questionnaire version {asked.version}, SHA-256 "
         f"{asked.digest.hex()}. Questions came in {'random' if asked.shuffled else 'one'} order"),
        ("Weighted", _weighted(found)),
        ("How sure", "95 % bounds hold what chance did: in whom it drew and in what it added to their answers. They do "
         "not hold who stayed away, or did not say what they think"),
        ("Privacy", _privacy(found)),
        ("Program in browsers", f"SHA-256 {wave.program.hex()}" if wave.program else "none"),
        ("Ballot stuffing", _forged(found)),
    )  # fmt: skip


def limits(found: Analysis) -> tuple[str, ...]:
    """What the report does not say."""
    said = [
        "Who answers such a survey is not who passes. Weights mend what the groups show of that, and nothing else.",
        "A share may come out below 0 or above 100 %: chance was taken off, and is not known exactly. Its bounds say "
        "what is possible.",
        "The figures of 2019 are of other people, asked in other words about other places, and are known here at "
        "second hand. They are no target.",
    ]
    if found.trend:
        said.append("Somebody may have answered both waves: nobody can tell. Differences are taken as of other people.")
    if found.small:
        said.append(f"Not told apart, with fewer than 50 answers: {', '.join(found.small)}.")
    if found.few:
        ways = " and ".join(way.value for way in found.few)
        said.append(f"Left out, because fewer than 50 came so and no chance hides them: answers by {ways}.")
    if found.weights and found.weights.largest > HEAVY:
        said.append("A few people stand for many: some weigh more than ten times as much as the mean. Join parts.")
    return tuple(said)


def _drawn(found: Analysis, sponsor: Sponsor) -> str:
    if found.opened.instrument.admission is Admission.OPEN:
        return "whoever came and wished to; not drawn by chance, and not kept from answering twice"
    rate = f"; {found.total:,} of {sponsor.invited:,} invited answered" if sponsor.invited else ""
    return f"by invitation, each good for one answer; how invitations were given out only who asked can say{rate}"


def _weighted(found: Analysis) -> str:
    weights = found.weights
    if weights is None:
        return "not weighted"
    names = "; ".join(" by ".join(one.names) for one in weights.margins)
    left = found.total - int(weights.answered.sum())
    away = f"; {left:,} who did not say where they belong are in unweighted figures only" if left else ""
    how = f"Design effect of the weights {weights.effect:.2f}, largest weight {weights.largest:.2f}"
    return f"raked to: {names}. {how}{away}"


def _privacy(found: Analysis) -> str:
    asked = found.opened.instrument
    if asked.privacy is Privacy.CENTRAL:
        return "central: answers were kept as they were given, and whoever had the store could read them"
    return (
        f"local: each answer was mixed with chance before it left the person. All answers of one person, in at most "
        f"{asked.waves} waves, together tell at most epsilon {asked.epsilon / MILLIONTHS:g}; chance picked "
        f"{asked.reported} of {len(asked.items)} items of each person. Groups were said openly. Paper and kiosk have "
        "no local privacy"
    )


def _forged(found: Analysis) -> str:
    weighs = budget.forged(found.opened.instrument)
    points = min(100.0, 1000 * weighs / max(1, found.total))
    aimed = f". REPORTED MORE OFTEN THAN CHANCE PICKS: {', '.join(found.aimed)}" if found.aimed else ""
    return (
        f"somebody who forges answers weighs at most {weighs:.1f} honest people where they aim: 10 of them move a "
        f"share by about {points:.1f} percentage points{aimed}"
    )
