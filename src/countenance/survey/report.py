"""Report: a wave as a page to read and a record for machines. No script, nothing from elsewhere.

Every word from outside this program is escaped.
"""

import dataclasses
import json
from collections.abc import Sequence
from html import escape

from countenance.evaluation.document import document, style, table
from countenance.survey import budget, charts, methods, wording
from countenance.survey.analysis import Analysis, Difference, Found, Share
from countenance.survey.charts import span, told
from countenance.survey.earlier import Earlier, Report
from countenance.survey.methods import Sponsor

_HEADS = ("head_answer", "head_share", "head_unweighted", "head_of_answered", "head_effect")
_BARS = ".bars { max-width: 34rem; }\nli { overflow-wrap: anywhere; }\n"
_told = wording.told


def page(found: Analysis, earlier: Earlier, sponsor: Sponsor) -> bytes:
    """The page as UTF-8 HTML, in the analysis's language."""
    how, language = methods.of(found, sponsor), found.language
    items = "".join(_item(one, number, earlier, found) for number, one in enumerate(found.found, 1))
    columns = (_told(language, "what"), _told(language, "said"))
    body = (
        f"{_heading(language, 'answered')}{items}{_differences(found)}{_heading(language, 'of_2019')}"
        f"{_earlier(earlier, language)}{_heading(language, 'methods')}"
        f"{table(_told(language, 'disclosed'), columns, methods.box(how, language))}"
        f"{_heading(language, 'does_not_say')}<ul>\n"
        + "".join(f"<li>{escape(one)}</li>\n" for one in methods.limits(how, language))
        + "</ul>\n"
    )
    head = (
        f"<p>{escape(methods.headline(how, language))}</p>\n"
        f'<p class="note">{escape(methods.privacy(how, language))}</p>\n'
    )
    return document(found.opened.instrument.title.said(language), f"{style()}{_BARS}", head, body, language)


def record(found: Analysis, earlier: Earlier, sponsor: Sponsor) -> bytes:
    """All of it as JSON; numbers to six places, null where nothing can be said."""
    wave, weights, how = found.opened.wave, found.weights, methods.of(found, sponsor)
    facts: dict[str, object] = {
        "survey": wave.survey,
        "wave": wave.number,
        "opened": wave.opened,
        "closed": wave.closed,
        "instrument": wave.instrument.hex(),
        "privacy": found.opened.instrument.privacy.value,
        "epsilon": found.epsilon,
        "people": {budget.label(found.opened.instrument, way): people for way, people in found.people.items()},
        "weights": weights
        and {
            "margins": [list(one.names) for one in weights.margins],
            "design_effect": round(weights.effect, 6),
            "largest": round(weights.largest, 6),
        },
        "items": [dataclasses.asdict(one) for one in found.found],
        "parts": [{**dataclasses.asdict(one), "sure": one.sure} for one in found.parts],
        "trend": [{**dataclasses.asdict(one), "sure": one.sure} for one in found.trend],
        "not_told_apart": list(found.small),
        "methods": dict(methods.box(how, "en")),
        "limits": list(methods.limits(how, "en")),
        "earlier": dataclasses.asdict(earlier),
    }
    return json.dumps(_rounded(facts), ensure_ascii=False, indent=1, allow_nan=False).encode() + b"\n"


def lines(one: Found, earlier: Earlier, language: str) -> list[tuple[str, ...]]:
    """A row an answer: words, share, unweighted, of those who answered it, design effect, 2019."""
    rows: list[tuple[str, ...]] = []
    for answer in one.answers:
        before = earlier.beside(one.topic, answer.id)
        effect = answer.said.effect
        rows.append(
            (
                answer.words, told(answer.said, language), told(answer.plain, language),
                told(answer.of_answered, language) if answer.of_answered else "",
                f"{effect:.1f}" if effect is not None else "", span(before, language) if before else "",
            )
        )  # fmt: skip
    return rows


def differences(found: Sequence[Difference], language: str) -> list[tuple[str, ...]]:
    """A row a difference that is called one."""
    return [
        (one.of, one.item, one.answer, _told(language, "points", by=100 * one.by), f"{one.chance:.3f}")
        for one in sorted(found, key=lambda one: one.chance)
        if one.sure
    ]


def compares(found: Sequence[Difference], against: str, language: str) -> str:
    """How many comparisons there were with whom, and how many of them differ."""
    weighted = {one.weighted for one in found}
    how = "some_weights" if len(weighted) > 1 else "with_weights" if True in weighted else "not_weighted"
    sure = sum(one.sure for one in found)
    return _told(language, "compared", many=len(found), against=against, how=_told(language, how), sure=sure)


def figures(earlier: Earlier, language: str) -> str:
    """The table of an earlier survey: who reported what. Words of others stay as they are."""
    heads = tuple(_told(language, word) for word in ("fig_figure", "fig_share", "fig_words", "fig_by", "fig_people"))
    rows = [
        (f"{one.topic}: {one.answer}", f"{said.percent} %", said.says, said.report.who, f"{said.report.people:,}")
        for one in earlier.figures
        for said in one.told
    ]
    return table(_told(language, "who_reported"), heads, rows)


def _heading(language: str, word: str) -> str:
    return f"<h2>{escape(_told(language, word))}</h2>\n"


def _item(one: Found, number: int, earlier: Earlier, found: Analysis) -> str:
    name, language = f"item-{number}", found.language
    also = charts.beside(one, earlier, language, weights=found.weights is not None)
    margin = 100 * max((_half(answer.said) for answer in one.answers), default=0.0)
    missing = told(one.answers[-1].said, language)
    note = _told(language, "item", reports=one.reports, margin=margin, missing=missing)
    heads = (*(_told(language, word) for word in _HEADS), "2019")
    return (
        f'<h3 id="{name}">{escape(one.words)}</h3>\n'
        f'<p class="note">{escape(note)} {escape(also)}</p>\n'
        f"<figure>{charts.chart(one, earlier, name, language)}</figure>\n"
        f"<details><summary>{escape(_told(language, 'numbers'))}</summary>"
        f"{table(one.words, heads, lines(one, earlier, language))}</details>\n"
    )


def _half(share: Share) -> float:
    return (share.high - share.low) / 2 if share.low is not None and share.high is not None else 1.0


def _differences(found: Analysis) -> str:
    language = found.language
    parts = _heading(language, "who_differs")
    wave = _told(language, "the_wave", wave=found.before)
    for what, compared, against in (
        ("of_parts", found.parts, _told(language, "the_others")),
        ("of_wave", found.trend, wave),
    ):
        if not compared:
            continue
        rows = differences(compared, language)
        parts += f"<p>{escape(compares(compared, against, language))}</p>\n"
        if rows:
            caption = _told(language, "differences_of", what=_told(language, what))
            heads = [_told(language, f"diff_{word}") for word in ("of", "item", "answer", "by", "p")]
            parts += table(caption, heads, rows)
    return parts if found.parts or found.trend else ""


def _earlier(earlier: Earlier, language: str) -> str:
    by = escape(f"{earlier.by}, {earlier.how}, {earlier.when}.")
    said = escape(_told(language, "earlier"))
    sources = "".join(f"<li>{_source(one)}</li>\n" for one in earlier.reports)
    return f'<p><span lang="en">{by}</span> {said}</p>\n{figures(earlier, language)}<ul lang="en">\n{sources}</ul>\n'


def _source(one: Report) -> str:
    """Where a report of others was read. No link: the page leads nowhere, and nobody there learns who reads it."""
    day = one.day if one.day != "unknown" else "day unknown"
    where = one.address.removeprefix("https://") or "address not verified"
    return escape(f"{one.who}, {day}: {where}{' (a copy)' if one.copied else ''}")


def _rounded(value: object) -> object:
    if isinstance(value, float):
        return round(value, 6)
    if isinstance(value, dict):
        return {key: _rounded(one) for key, one in value.items()}
    if isinstance(value, list | tuple):
        return [_rounded(one) for one in value]
    return value
