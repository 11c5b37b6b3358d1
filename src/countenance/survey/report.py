"""Report: a wave as a page to read and a record for machines. No script, nothing from elsewhere.

Every word from outside this program is escaped.
"""

import dataclasses
import json
from collections.abc import Sequence
from html import escape

from countenance.evaluation.document import document, style, table
from countenance.survey import charts, methods
from countenance.survey.analysis import Analysis, Difference, Found, Share
from countenance.survey.charts import span, told
from countenance.survey.earlier import Earlier
from countenance.survey.methods import Sponsor
from countenance.vocabulary.survey import Privacy


def page(found: Analysis, earlier: Earlier, sponsor: Sponsor) -> bytes:
    """The page as UTF-8 HTML."""
    items = "".join(_item(one, number, earlier, found.language) for number, one in enumerate(found.found, 1))
    body = (
        f"<h2>What people answered</h2>\n{items}{_differences(found)}<h2>The survey of 2019</h2>\n{_earlier(earlier)}"
        f"<h2>Methods</h2>\n{table('What is disclosed (AAPOR)', ('what', 'said'), methods.box(found, sponsor))}"
        "<h2>What this does not say</h2>\n<ul>\n"
        + "".join(f"<li>{escape(one)}</li>\n" for one in methods.limits(found))
        + "</ul>\n"
    )
    return document(found.opened.instrument.title.said(found.language), style(), _head(found), body)


def record(found: Analysis, earlier: Earlier, sponsor: Sponsor) -> bytes:
    """All of it as JSON; numbers to six places, null where nothing can be said."""
    wave, weights = found.opened.wave, found.weights
    facts: dict[str, object] = {
        "survey": wave.survey,
        "wave": wave.number,
        "opened": wave.opened,
        "closed": wave.closed,
        "instrument": wave.instrument.hex(),
        "privacy": found.opened.instrument.privacy.value,
        "epsilon": found.epsilon,
        "people": found.people,
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
        "methods": dict(methods.box(found, sponsor)),
        "limits": list(methods.limits(found)),
        "earlier": dataclasses.asdict(earlier),
    }
    return json.dumps(_rounded(facts), ensure_ascii=False, indent=1, allow_nan=False).encode() + b"\n"


def headline(found: Analysis) -> str:
    """What stands above everything: how many, and what their answers could tell of them."""
    ways = "; ".join(f"{count:,} {label}" for label, count in found.people.items())
    return f"{found.total:,} people answered: {ways}."


def lines(one: Found, earlier: Earlier) -> list[tuple[str, ...]]:
    """A row an answer: words, share, unweighted, of those who answered it, design effect, 2019."""
    rows: list[tuple[str, ...]] = []
    for answer in one.answers:
        before = earlier.beside(one.topic, answer.id)
        effect = answer.said.effect
        rows.append(
            (
                answer.words, told(answer.said), told(answer.plain),
                told(answer.of_answered) if answer.of_answered else "",
                f"{effect:.1f}" if effect is not None else "", span(before) if before else "",
            )
        )  # fmt: skip
    return rows


HEADS = ("answer", "share (95 %)", "unweighted", "of those who answered it", "design effect", "2019")


def differences(found: Sequence[Difference]) -> list[tuple[str, ...]]:
    """A row a difference that is called one."""
    return [
        (one.of, one.item, one.answer, f"{100 * one.by:+.0f} points", f"{one.chance:.3f}")
        for one in sorted(found, key=lambda one: one.chance)
        if one.sure
    ]


def _head(found: Analysis) -> str:
    asked = found.opened.instrument
    how = (
        f"epsilon {found.epsilon:g} a person, over all their answers and waves"
        if asked.privacy is Privacy.LOCAL
        else "CENTRAL: no local privacy"
    )
    return f'<p>{escape(headline(found))}</p>\n<p class="note">{escape(how)}. {escape(_weights(found))}</p>\n'


def _weights(found: Analysis) -> str:
    return "Shares are of the people of the site, by weights." if found.weights else "Shares are of those who answered."


def _item(one: Found, number: int, earlier: Earlier, language: str) -> str:
    name = f"item-{number}"
    margin = max((_half(answer.said) for answer in one.answers), default=0.0)
    missing = told(one.answers[-1].said)
    return (
        f'<h3 id="{name}" lang="{language}">{escape(one.words)}</h3>\n'
        f'<p class="note">{one.reports:,} reports; margin of error at most {100 * margin:.0f} points; no answer: '
        f"{escape(missing)}. {_beside(one, earlier)}</p>\n"
        f"<figure>{charts.chart(one, earlier, name)}</figure>\n"
        f"<details><summary>The numbers</summary>{table(one.words, HEADS, lines(one, earlier))}</details>\n"
    )


def _beside(one: Found, earlier: Earlier) -> str:
    drawn = any(earlier.beside(one.topic, answer.id) for answer in one.answers)
    return "The diamond is the survey of 2019." if drawn else ""


def _half(share: Share) -> float:
    return (share.high - share.low) / 2 if share.low is not None and share.high is not None else 1.0


def _differences(found: Analysis) -> str:
    parts = "<h2>Who differs</h2>\n"
    for what, compared, against in (
        ("parts of groups", found.parts, "the others of the group"),
        ("this wave", found.trend, f"wave {found.before}"),
    ):
        if not compared:
            continue
        rows = differences(compared)
        parts += (
            f"<p>Of {len(compared):,} comparisons with {against}, without weights, {len(rows)} differ; each p "
            "is corrected for their number (Holm).</p>\n"
        )
        if rows:
            parts += table(f"Differences of {what}", ("of", "item", "answer", "by", "p, corrected"), rows)
    return parts if found.parts or found.trend else ""


def _earlier(earlier: Earlier) -> str:
    rows = [
        (f"{one.topic}: {one.answer}", f"{told.percent} %", told.says, told.report.who, f"{told.report.people:,}")
        for one in earlier.figures
        for told in one.told
    ]
    return (
        f"<p>{escape(earlier.by)}, {escape(earlier.how)}, {escape(earlier.when)}. Its own report was not at hand: "
        "every figure is known at second hand. Where reports differ, both stand.</p>\n"
        + table("Who reported what", ("figure", "share", "in whose words", "reported by", "people"), rows)
    )


def _rounded(value: object) -> object:
    if isinstance(value, float):
        return round(value, 6)
    if isinstance(value, dict):
        return {key: _rounded(one) for key, one in value.items()}
    if isinstance(value, list | tuple):
        return [_rounded(one) for one in value]
    return value
