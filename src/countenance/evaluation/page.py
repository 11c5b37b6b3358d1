"""Page: an evaluation for somebody who decides whether a recogniser may be used. No script, nothing from elsewhere.

Every word from outside this program is escaped. Each figure is a picture, a sentence and a table.
"""

from collections.abc import Callable, Sequence
from html import escape

from countenance.evaluation import demographics, identification, plots, words
from countenance.evaluation.document import document, style, table
from countenance.evaluation.pairs import THRESHOLDS
from countenance.evaluation.rates import Curve
from countenance.evaluation.results import Results
from countenance.vocabulary.evaluation import Failure

_EVERY = 4
"""Of the thresholds, how many apart the page's tables list; the record has all."""


def write(results: Results) -> bytes:
    """The page as UTF-8 HTML."""
    sections = (_said(results), _groups(results), _figures(results), _data(results), _limits(results))
    return document(f"How often {results.extractor.name} is wrong", style(), _head(results), "".join(sections))


def _head(results: Results) -> str:
    counts = results.counts
    return (
        f"<p>Measured on {counts['templates']:,} pictures of {counts['subjects']:,} people: "
        f"{counts['non_mated_pairs']:,} comparisons of two people and {counts['mated_pairs']:,} of one person with "
        f"themselves. What holds here need not hold for other people, cameras or light.</p>\n"
        f'<p class="note">Extractor <code>{results.extractor.digest.hex()[:16]}</code>. Bounds hold in 95 of 100 such '
        "evaluations; they come from how the people differ, not from the number of comparisons. The thresholds were "
        "chosen on these very people: of others expect anything within the bounds, not the figure itself.</p>\n"
    )


def _said(results: Results) -> str:
    lines = []
    for size, curve in results.fpir.items():
        place = identification.lowest(curve, results.asked)
        if place is None:
            lines.append((f"Gallery of {size:,}: no threshold up to {THRESHOLDS[-1]:.2f} keeps false alerts as rare "
                          f"as {results.asked:.3g}.", True))  # fmt: skip
            continue
        strangers = words.people(curve.at(place), "would raise an alert")
        missed = words.people(results.fnir[size].at(place), "would not be found", who="people who are in the gallery")
        lines.append((f"Gallery of {size:,} people, threshold {THRESHOLDS[place]:.3f}: {strangers} {missed}", False))
    items = "".join(f"<li{' class=warn' if warn else ''}>{escape(text)}</li>\n" for text, warn in lines)
    without = results.counts["no_face"] + results.counts["several"]
    more = (
        f"<p>In {without:,} more pictures no face was found, or several. No figure here counts them: a person whose "
        "face is not found is not found in a gallery either.</p>\n"
        if without
        else ""
    )
    return (
        "<h2>What it means</h2>\n"
        f"<p>For every gallery the lowest threshold at which at most {100 * results.asked:.3g} % of searches for "
        f'strangers name somebody:</p>\n<ul class="says">\n{items}</ul>\n{more}'
        "<p>The more people a gallery holds, the more often a stranger resembles one of them, and the higher the "
        "threshold must be; then more of the people who are in it are missed.</p>\n"
    )


def _groups(results: Results) -> str:
    if not results.groups:
        return (
            "<h2>Groups</h2>\n<p>The manifest has no columns of groups. So nothing is said here of women, children, "
            "or anybody of any descent: not that there are no differences, and not that there are.</p>\n"
        )
    parts = [
        f"<h2>Groups</h2>\n<p>At threshold {results.threshold:.3f}, of {len(results.groups)} groups. Of 40 groups that "
        "do not differ, at most about one seems worse by chance.</p>\n"
    ]
    told_of = (
        ("fmr", "Strangers taken for each other"),
        ("fpir", "Strangers who raise an alert"),
        ("fnir", "People not found"),
    )
    for which, title in told_of:
        found = demographics.compared(results.groups, results.index, which)
        worst = demographics.worst(found)
        items = "".join(f"<li>{escape(words.against(one, which))}</li>\n" for one in found)
        if worst:
            told = f"Worst: {worst.group} ({worst.column})."
        elif any(one.enough for one in found):
            told = "No group was found to be worse than the others together, of those with enough data."
        else:
            told = "There are not enough data to say whether any group is worse off."
        parts.append(f"<h3>{title}</h3>\n<p>{escape(told)}</p>\n<ul>\n{items}</ul>\n")
    rows = [
        (
            f"{one.column}: {one.group}",
            f"{one.subjects:,}",
            *(words.percent(curve.at(results.index)) for curve in (one.fmr, one.fnmr, one.fpir, one.fnir)),
        )
        for one in results.groups
    ]
    heads = ("group", "people", "FMR within it", "FNMR", f"FPIR, gallery {results.gallery}", "FNIR")
    return "".join(parts) + table("Error rates by group", heads, rows)


def _figures(results: Results) -> str:
    sizes = list(results.fpir)
    kept: list[tuple[str, Callable[[Results], str], str, str]] = [
        ("Scores", plots.histogram, "How alike two people score, and one person with themselves. Where the two hills "
         "overlap, no threshold is right for all.", ""),
        ("False alerts and misses by threshold", plots.by_threshold, "With a higher threshold fewer strangers raise an "
         "alert and more people are missed.", _by_threshold(results, sizes)),
        ("False alerts by size of the gallery", plots.by_gallery, "At one threshold, twice as many people in the "
         "gallery mean about twice as many false alerts.", ""),
        ("Detection error tradeoff", plots.det, "Both errors of single comparisons; nearer to the lower left corner is "
         "better.", _curve_table("Errors of single comparisons", ("FMR", "FNMR"), (results.fmr, results.fnmr))),
        ("Receiver operating characteristic", plots.roc, "The same, as the share of pairs that are found.", ""),
    ]  # fmt: skip
    if results.discards:
        rows = [(f"{one.share:.0%}", str(one.least), words.percent(one.fnmr)) for one in results.discards]
        heads = ("left out", "least quality left", "FNMR")
        kept.append(
            ("Error against quality", plots.discard, "If quality says anything, the error falls as the pictures of "
             "lowest quality are left out.", table("FNMR of what is left", heads, rows))
        )  # fmt: skip
    parts = ["<h2>Figures</h2>\n"]
    for title, draw, caption, more in kept:
        svg = draw(results).replace("<svg", f'<svg role="img" aria-label="{escape(title)}"', 1)
        details = f"<details><summary>{escape(title)}: the numbers</summary>{more}</details>\n" if more else ""
        parts.append(
            f'<h3>{escape(title)}</h3>\n<figure><div class="scroll" tabindex="0" role="region" '
            f'aria-label="{escape(title)}: figure">{svg}</div><figcaption>{escape(caption)}</figcaption></figure>\n'
            f"{details}"
        )
    return "".join(parts)


def _by_threshold(results: Results, sizes: Sequence[int]) -> str:
    heads = [f"FPIR, {size:,}" for size in sizes] + [f"FNIR, {size:,}" for size in sizes]
    curves = [results.fpir[size] for size in sizes] + [results.fnir[size] for size in sizes]
    return _curve_table("Errors of searches", heads, curves)


def _curve_table(caption: str, heads: Sequence[str], curves: Sequence[Curve]) -> str:
    rows = [
        (f"{THRESHOLDS[at]:.2f}", *(words.percent(curve.at(at)) for curve in curves))
        for at in range(0, len(THRESHOLDS), _EVERY)
    ]
    return table(caption, ("threshold", *heads), rows)


def _data(results: Results) -> str:
    counts = results.counts
    why = {one.name.lower(): f"no template: {one.value}" for one in Failure}
    rows = [(why.get(name, name.replace("_", " ")), f"{value:,}") for name, value in counts.items()]
    rows += [(f"left out: {why}", f"{value:,}") for why, value in results.left_out.items()]
    rows += [("failures to acquire (FTA)", words.percent(results.fta))]
    rows += [("subjects of whom no picture gave a template (FTE)", words.percent(results.fte))]
    ignored = "".join(f"<li>{escape(name)}</li>" for name in results.ignored)
    more = f"<p>Columns with too many values to be groups, not used:</p><ul>{ignored}</ul>\n" if ignored else ""
    return "<h2>What was measured</h2>\n" + table("Pictures and comparisons", ("what", "how many"), rows) + more


def _limits(results: Results) -> str:
    said = (
        "It says nothing of pictures unlike these: other cameras, light, distances, ages or peoples.",
        "If the extractor was trained on some of these people, it looks better than it is.",
        f"FPIR here is of galleries of at most {len(results.prepared.references) - 1:,} people; it is not continued.",
        "Rates do not say whether a use is lawful or worth its errors. That is for people to say.",
    )
    return "<h2>What this does not say</h2>\n<ul>\n" + "".join(f"<li>{escape(one)}</li>\n" for one in said) + "</ul>\n"
