"""Publishing: an analysis as the record that the public register shows, and that record as figures to draw.

A wave is published once it is closed: of one that still grows, two publications would say what came between them.
"""

from countenance.errors import Malformed, Refused
from countenance.survey import analysis, methods
from countenance.survey.analysis import Analysis, Answer, Found, Share
from countenance.survey.methods import Sponsor
from countenance.vocabulary.survey import LANGUAGES, LEAST, Item, Text
from countenance.vocabulary.surveyed import HUNDREDTHS, UNSAID, Results, Said, Surveyed

LONGEST = 500
"""Characters of each thing that only who asked can say."""


def results(found: Analysis, sponsor: Sponsor) -> Results:
    """What the register is to show of a wave. Raises Refused while it is open, Malformed for words without end."""
    wave, asked = found.opened.wave, found.opened.instrument
    if not wave.closed:
        raise Refused(f"wave {wave.number} is still open: close it first, figures that are published stay as they are")
    if found.total < LEAST:
        raise Refused(f"fewer than {LEAST} people answered: figures of so few are not for the register")
    if max(map(len, (sponsor.by, sponsor.paid, sponsor.whom))) > LONGEST:
        raise Malformed(f"--by, --paid and --whom have at most {LONGEST} characters each in the register")
    items = tuple(_item(item, one) for item, one in zip(asked.items, found.found, strict=True))
    return Results(asked.survey, asked.title, methods.of(found, sponsor), items)


def drawn(published: Results, language: str) -> tuple[Found, ...]:
    """Its items as charts are drawn of them, in one language."""
    return tuple(
        Found(
            one.id,
            one.topic,
            one.words.said(language),
            one.reports,
            one.weighted,
            tuple(Answer(answer.id, answer.words.said(language), _share(answer), None, None) for answer in one.answers),
        )
        for one in published.items
    )


def _item(item: Item, found: Found) -> Surveyed:
    asks = Text(*(analysis.asks(item, language) for language in LANGUAGES))
    return Surveyed(
        item.id, found.topic, asks, found.reports, found.weighted, tuple(_said(item, one) for one in found.answers)
    )


def _said(item: Item, answer: Answer) -> Said:
    share = answer.said
    words = Text(*(analysis.words(item, answer.id, language) for language in LANGUAGES))
    if share.value is None or share.low is None or share.high is None:
        return Said(answer.id, words, 0, UNSAID, UNSAID)
    return Said(answer.id, words, *(round(HUNDREDTHS * one) for one in (share.value, share.low, share.high)))


def _share(said: Said) -> Share:
    if said.low == UNSAID:
        return Share(None, None, None, None)
    return Share(said.value / HUNDREDTHS, said.low / HUNDREDTHS, said.high / HUNDREDTHS, None)
