"""A calibration in words: for whoever has to decide by it, in the terminal and in evidence."""

from countenance.vocabulary.calibration import BILLION, UNKNOWN, Calibration, Point, Source
from countenance.warrants import threshold as thresholds
from countenance.warrants.threshold import Calibrations

_UNIT = 1000
_OF = (10_000, 1_000_000, 100_000_000)

_SOURCES = {
    Source.BUILT_IN: "comes with the product",
    Source.EVALUATION: "an evaluation's report, set by the operator",
    Source.SITE: "counted on this site's own sightings",
    Source.SIGNED: "a bare threshold: nobody counted, an operator signed for it",
}


def origin(calibration: Calibration) -> str:
    """For which cameras it holds, and where its figures come from."""
    cameras = f"Group {calibration.group} ({', '.join(calibration.cameras)})" if calibration.group else "Every camera"
    return f"{cameras}: {_SOURCES[calibration.source]}: {calibration.told}"


def rate(point: Point) -> str:
    """How often strangers reach a threshold, and how often somebody who is there does not."""
    scale = next((one for one in _OF if point.most * one >= BILLION), _OF[-1])
    most = point.most * scale / BILLION
    counted = f"{point.false:,} of {point.comparisons:,} were counted" if point.comparisons else "nobody counted"
    missed = "" if point.fnir == UNKNOWN else f"; of 1,000 persons who are there {point.fnir} are missed"
    return (
        f"at {point.threshold / _UNIT:.3f}, of {scale:,} comparisons with strangers at most {most:.3g} pass "
        f"({counted}){missed}"
    )


def reach(of: Calibrations, rows: int, one_in: int) -> str:
    """What a search of `rows` rows would use, and how many rows the calibrations reach."""
    expected = thresholds.expected_at_most(thresholds.EXPECTED_FALSE, one_in)
    most = thresholds.most_rows(of, expected)
    used = thresholds.for_rows(of, rows, expected)
    if rows > most:
        return f"with at most one false candidate in {one_in} a search compares {most} rows, the rest of {rows} is cut"
    return f"a search of {rows} rows with at most one false candidate in {one_in} takes {used / _UNIT:.3f} or more"


def at(of: Calibrations, threshold: int) -> tuple[str, ...]:
    """Of each calibration: where it is from, and what it says of a threshold (thousandths)."""
    told = []
    for one in of:
        below = [point for point in one.points if point.threshold <= threshold]
        said = rate(below[-1]) if below else "it says nothing of so low a threshold"
        told.append(f"Calibration for {_lower(origin(one))}. {said[0].upper()}{said[1:]}.")
    return tuple(told)


def _lower(text: str) -> str:
    return text[0].lower() + text[1:]
