"""Record: `report.json`, what an evaluation found, for machines. The page docs/formats/evaluation.md defines it."""

import json
import math
from collections.abc import Mapping

from countenance.evaluation import demographics
from countenance.evaluation.demographics import Against
from countenance.evaluation.pairs import THRESHOLDS
from countenance.evaluation.rates import Curve
from countenance.evaluation.results import Results
from countenance.vocabulary.rates import Rate

COMPARED = ("fmr", "fnmr", "fpir", "fnir")


def write(results: Results) -> bytes:
    """The record as JSON in UTF-8; numbers have eight significant digits."""
    return json.dumps(plain(results), ensure_ascii=False, allow_nan=False, indent=1).encode() + b"\n"


def plain(results: Results) -> dict[str, object]:
    """The record as plain values."""
    return {
        "extractor": {"name": results.extractor.name, "digest": results.extractor.digest.hex()},
        "counts": dict(results.counts),
        "left_out": dict(results.left_out),
        "ignored_columns": list(results.ignored),
        "told": {
            "gallery": results.gallery,
            "threshold": results.threshold,
            "asked_fpir": results.asked,
            "reached": results.reached,
        },
        "fmr": points(results.fmr),
        "fnmr": points(results.fnmr),
        "fpir": [{"gallery": size, **one} for size, curve in results.fpir.items() for one in points(curve)],
        "fnir": [{"gallery": size, **one} for size, curve in results.fnir.items() for one in points(curve)],
        "ranks": [number(value) for value in results.ranks],
        "groups": _groups(results),
        "worst": {which: _worst(results, which) for which in COMPARED},
        "discard": [
            {"share": one.share, "least_quality": one.least, "fnmr": rate(one.fnmr)} for one in results.discards
        ],
        "fta": rate(results.fta),
        "fte": rate(results.fte),
    }


def points(curve: Curve) -> list[dict[str, object]]:
    """A curve's rates, each with its threshold."""
    return [{"threshold": float(t), **rate(curve.at(at))} for at, t in enumerate(THRESHOLDS)]


def rate(one: Rate) -> dict[str, object]:
    """A rate with its bounds; `value` is null of no trials."""
    value = number(one.value) if one.trials else None
    return {
        "value": value,
        "low": number(one.low),
        "high": number(one.high),
        "trials": one.trials,
        "enough": one.enough,
    }


def number(value: float) -> float | None:
    """Eight significant digits; None for what is no number."""
    return float(f"{value:.8g}") if math.isfinite(value) else None


def _groups(results: Results) -> dict[str, dict[str, object]]:
    found: dict[str, dict[str, object]] = {}
    against: Mapping[str, tuple[Against, ...]] = {
        which: demographics.compared(results.groups, results.index, which) for which in COMPARED
    }
    for group in results.groups:
        column = found.setdefault(group.column, {})
        mine = {which: next((a for a in all_ if _is(a, group)), None) for which, all_ in against.items()}
        column[group.group] = {
            "subjects": group.subjects,
            "images": group.images,
            "fmr": points(group.fmr),
            "fnmr": points(group.fnmr),
            "fpir": [{"gallery": results.gallery, **one} for one in points(group.fpir)],
            "fnir": [{"gallery": results.gallery, **one} for one in points(group.fnir)],
            "ratios": {which: _ratio(one) for which, one in mine.items() if one},
        }
    return found


def _worst(results: Results, which: str) -> dict[str, object] | None:
    one = demographics.worst(demographics.compared(results.groups, results.index, which))
    return {"column": one.column, "group": one.group, **_ratio(one)} if one else None


def _is(one: Against, group: demographics.Measured) -> bool:
    return (one.column, one.group) == (group.column, group.group)


def _ratio(one: Against) -> dict[str, object]:
    return {
        "value": number(one.ratio),
        "low": number(one.low),
        "high": number(one.high),
        "enough": one.enough,
        "differs": one.differs,
    }
