"""The calibrations that a search was made under, as the log's entries in a disclosure carry them.

Invariants:

* A calibration counts only if its hash is the one that the search's *authorised* entry names, and if it was set before,
  unless it is the built-in one.
"""

from countenance.errors import Tampered
from countenance.formats import records
from countenance.log.trail import Trail
from countenance.vocabulary.calibration import Calibration, Source
from countenance.vocabulary.entries import Kind
from countenance.warrants.built_in import BUILT_IN


def used(entries: Trail) -> tuple[Calibration, ...]:
    """Of the search that returned the candidate: the first that the disclosure has. Empty for one of before there were
    any, or under another version's built-in one. Raises Tampered.
    """
    search = entries.first(Kind.AUTHORISED, act="search")
    hashes, sources = (search.facts.get(name, "").split() for name in ("calibration", "calibrated"))
    found = []
    for hashed, source in zip(hashes, sources, strict=True):
        if hashed == records.digest(BUILT_IN).hex():
            found.append(BUILT_IN)
        elif source != Source.BUILT_IN.value:
            found.append(_set(entries, hashed, search.index))
    return tuple(found)


def _set(entries: Trail, hashed: str, before: int) -> Calibration:
    for line in entries.all(Kind.CALIBRATION, calibration=hashed, change="set"):
        calibration = records.read(Calibration, line.facts.get("text", "").encode())
        if records.digest(calibration).hex() == hashed and line.index < before:
            return calibration
    raise Tampered("a calibration that the search was made under is not here as the log has it")
