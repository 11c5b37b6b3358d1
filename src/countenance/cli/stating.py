"""What a draft states of its threshold: at most one false candidate in N searches, or a bare one that is signed for.

The custodian says which calibrations hold and how many rows there are; the arithmetic is `warrants.stated`'s.
"""

from collections.abc import Sequence
from dataclasses import dataclass

from countenance.cli.ask import Acting
from countenance.errors import Malformed
from countenance.formats import records
from countenance.formats.canonical import Json
from countenance.vocabulary.acts import Extent, Verb
from countenance.vocabulary.calibration import UNKNOWN, Calibration
from countenance.vocabulary.moments import MILLISECONDS_AN_HOUR
from countenance.vocabulary.warrants import Scope
from countenance.warrants import calibrations, threshold
from countenance.warrants.stated import Stated, stated
from countenance.warrants.threshold import ONE_IN, Calibrations

_UNIT = 1000


@dataclass(frozen=True, slots=True)
class Wished:
    """What was asked for on the command line: `one_in`, 0 for the usual; `bare`: thousandths, 0 for none."""

    one_in: int
    bare: int


def of_search(person: Acting, wished: Wished, extractor: bytes, scope: Scope) -> tuple[Stated, str]:
    """For a warrant, as many rows as its scope has now; and the same in words.

    Raises Refused where the cameras have no calibration.
    """
    rows, of = _extent(person, extractor, scope)
    return _stated(wished, of, rows, what="sightings in its scope now")


def of_gallery(
    person: Acting, wished: Wished, extractor: bytes, cameras: Sequence[str], references: int
) -> tuple[Stated, str]:
    """For a standing gallery, each of whose probes is compared with all its references."""
    _, of = _extent(person, extractor, Scope(tuple(cameras), 0, MILLISECONDS_AN_HOUR))
    return _stated(wished, of, references, what="references")


def missed(of: Calibrations, at: int) -> str:
    """How many of those who are there are missed at a threshold (thousandths), in words."""
    found = threshold.missed(of, at)
    return (
        "how many who are there are missed nobody counted"
        if found == UNKNOWN
        else (f"of 1,000 persons who are there about {found} are missed")
    )


def _extent(person: Acting, extractor: bytes, scope: Scope) -> tuple[int, tuple[Calibration, ...]]:
    found = person.asker.ask(Verb.EXTENT, Extent(extractor, scope))
    rows, texts = found.get("rows"), found.get("calibrations")
    if type(rows) is not int or not isinstance(texts, list):
        raise Malformed("the custodian's answer lacks a part: run the same version on both sides")
    known = [read(text) for text in texts]
    return rows, calibrations.of_scope(known, scope.cameras, extractor)


def read(text: Json) -> Calibration:
    """The calibration that the custodian's answer spells."""
    return records.read(Calibration, str(text).encode())


def _stated(wished: Wished, of: Calibrations, rows: int, *, what: str) -> tuple[Stated, str]:
    if wished.bare and wished.one_in:
        raise Malformed("give --one-in or --threshold, not both: a threshold follows from how rarely it may be wrong")
    said = stated(of, rows, one_in=wished.one_in or ONE_IN, bare=wished.bare)
    sources = ", ".join(said.sources)
    lines = [f"{rows} {what}; threshold {said.used / _UNIT:.3f} ({sources} calibration); {missed(of, said.used)}"]
    if rows > said.reach:
        lines.append(f"the calibration reaches {said.reach} of them: more is not compared")
    return said, "; ".join(lines)
