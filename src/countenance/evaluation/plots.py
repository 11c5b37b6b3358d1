"""Plots: an evaluation's curves as SVG, drawn without a display. The same figures draw the same bytes."""

import io
import warnings
from typing import Any

import matplotlib as mpl
import numpy as np
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from numpy.typing import NDArray

from countenance.evaluation import identification, verification
from countenance.evaluation.pairs import THRESHOLDS
from countenance.evaluation.rates import Curve
from countenance.evaluation.results import Results
from countenance.evaluation.tally import FINE

# Told apart also by eyes that see no red or green (Okabe and Ito 2008), and in print by their dashes.
COLOURS = ("#0072b2", "#d55e00", "#009e73", "#cc79a7", "#56b4e9", "#e69f00", "#000000", "#999999")
DASHES = ("-", "--", "-.", ":")
MOST_LINES = 12
LONGEST = 24
"""Letters of a group's or a column's name in a legend."""
_STYLE: dict[Any, Any] = {
    "text.parse_math": False,  # A group may be called anything.
    "svg.fonttype": "none",
    "svg.hashsalt": "countenance",
    "font.family": "sans-serif",
    "font.size": 11,
}
_LEAST = 1e-7
# None of them: a page that is made again is the same, and names no address.
_METADATA = ("Date", "Creator", "Format", "Type")


def histogram(results: Results) -> str:
    """How often strangers and mates get which score."""
    with mpl.rc_context(_STYLE):
        figure, axes = _axes("comparison score", "share of comparisons")
        for counts, name, colour in (
            (results.tallied.non, "two people", COLOURS[0]),
            (results.tallied.mated, "one person", COLOURS[1]),
        ):
            coarse = counts.reshape(-1, 20).sum(axis=1)
            if coarse.sum():
                places = (np.arange(len(coarse)) + 0.5) * 20 / FINE - 1
                axes.fill_between(places, coarse / coarse.sum(), step="mid", alpha=0.45, color=colour, label=name)
        axes.axvline(results.threshold, color="black", linewidth=1, linestyle=":", label="threshold")
        axes.set_xlim(-0.5, 1.0)
        return _drawn(figure, axes)


def det(results: Results) -> str:
    """Detection error tradeoff: FNMR against FMR, of all and of every group (ISO/IEC 19795-1, 8.5)."""
    with mpl.rc_context(_STYLE):
        figure, axes = _axes("FMR: strangers taken for one person", "FNMR: one person taken for two")
        false = verification.shares(results.tallied.non)
        missed = 1.0 - verification.shares(results.tallied.mated)
        axes.plot(np.maximum(false, _LEAST), np.maximum(missed, _LEAST), color="black", linewidth=2, label="all")
        groups = [one for one in results.groups if one.fmr.trials and one.fnmr.trials][:MOST_LINES]
        for number, group in enumerate(groups):
            _line(axes, number, group.fmr.value, group.fnmr.value, _name(group.column, group.group))
        axes.set_xscale("log")
        axes.set_yscale("log")
        axes.set_xlim(1e-6, 1)
        axes.set_ylim(1e-3, 1)
        return _drawn(figure, axes)


def roc(results: Results) -> str:
    """Receiver operating characteristic: the share of mated pairs that are found, against FMR."""
    with mpl.rc_context(_STYLE):
        figure, axes = _axes("FMR", "1 - FNMR")
        found = verification.shares(results.tallied.mated)
        axes.plot(np.maximum(verification.shares(results.tallied.non), _LEAST), found, color=COLOURS[0], label="all")
        axes.set_xscale("log")
        axes.set_xlim(1e-6, 1)
        # All of the curve, of a poor extractor too.
        shown = np.nan_to_num(found[verification.shares(results.tallied.non) >= 1e-6], nan=1.0)
        axes.set_ylim(min(0.8, float(shown.min())) - 0.002, 1.002)
        return _drawn(figure, axes)


def by_threshold(results: Results) -> str:
    """FPIR and FNIR of every gallery size against the threshold, with bounds."""
    with mpl.rc_context(_STYLE):
        figure, axes = _axes("threshold", "share of searches")
        for number, (size, curve) in enumerate(results.fpir.items()):
            _band(axes, number, THRESHOLDS, curve, f"FPIR, gallery of {size:,}")
        size, curve = list(results.fnir.items())[-1]
        axes.plot(THRESHOLDS, np.maximum(curve.value, _LEAST), color="black", label=f"FNIR, gallery of {size:,}")
        axes.axvline(results.threshold, color="black", linewidth=1, linestyle=":")
        axes.set_yscale("log")
        axes.set_ylim(1e-4, 1)
        return _drawn(figure, axes)


def by_gallery(results: Results) -> str:
    """FPIR against the size of the gallery, at the threshold told first and two around it."""
    with mpl.rc_context(_STYLE):
        figure, axes = _axes("people in the gallery", "FPIR: strangers who raise an alert")
        most = len(results.prepared.references) - 1
        sizes = np.unique(np.geomspace(1, most, 24).astype(int))
        for number, index in enumerate((results.index, results.index - 12, results.index + 12)):
            if not 0 <= index < len(THRESHOLDS):
                continue
            curves = [identification.fpir(results.prepared, results.tallied, int(size)) for size in sizes]
            value, low, high = (np.array([getattr(c, n)[index] for c in curves]) for n in ("value", "low", "high"))
            curve = Curve(value, low, high, 1, value)
            _band(axes, number, sizes.astype(np.float64), curve, f"threshold {THRESHOLDS[index]:.3f}")
        axes.set_xscale("log")
        axes.set_yscale("log")
        axes.set_ylim(1e-5, 1)
        return _drawn(figure, axes)


def discard(results: Results) -> str:
    """FNMR against the share of comparisons that are left out for their quality (ISO/IEC 29794-1)."""
    with mpl.rc_context(_STYLE):
        figure, axes = _axes("share left out, lowest quality first", "FNMR of the rest")
        found = results.discards
        value, low, high = (np.array([getattr(one.fnmr, n) for one in found]) for n in ("value", "low", "high"))
        _band(axes, 0, np.array([one.share for one in found]), Curve(value, low, high, 1, value), "mated comparisons")
        axes.set_ylim(bottom=0)
        return _drawn(figure, axes)


def _axes(across: str, up: str) -> tuple[Figure, Axes]:
    figure = Figure(figsize=(7.0, 4.2), layout="constrained")
    axes = figure.subplots()
    axes.set_xlabel(across)
    axes.set_ylabel(up)
    axes.grid(visible=True, alpha=0.25)
    return figure, axes


def _name(column: str, group: str) -> str:
    """What a legend has room for; the page's table has all of it. One that begins with _ would be left out."""
    return " ".join(f"{word[:LONGEST]}…" if len(word) > LONGEST else word for word in (f"{column}:", group)).lstrip(
        "_ "
    )


def _line(axes: Axes, number: int, x: NDArray[np.float64], y: NDArray[np.float64], name: str) -> None:
    colour, dash = COLOURS[number % len(COLOURS)], DASHES[number // len(COLOURS) % len(DASHES)]
    axes.plot(np.maximum(x, _LEAST), np.maximum(y, _LEAST), label=name, linewidth=1.3, color=colour, linestyle=dash)


def _band(axes: Axes, number: int, x: NDArray[np.float64], curve: Curve, name: str) -> None:
    _line(axes, number, x, curve.value, name)
    low, high = np.maximum(curve.low, _LEAST), np.maximum(curve.high, _LEAST)
    axes.fill_between(x, low, high, color=COLOURS[number % len(COLOURS)], alpha=0.15, linewidth=0)


def _drawn(figure: Figure, axes: Axes) -> str:
    """The figure as an SVG element, without the XML prologue."""
    if axes.get_legend_handles_labels()[0]:
        axes.legend(frameon=False, fontsize=9)
    data = io.StringIO()
    with warnings.catch_warnings():
        # Of letters that the drawing's own font lacks: they are written as text, in the reader's.
        warnings.filterwarnings("ignore", "Glyph ", UserWarning)
        figure.savefig(data, format="svg", metadata=dict.fromkeys(_METADATA))
    text = data.getvalue()
    return text[text.index("<svg") :]
