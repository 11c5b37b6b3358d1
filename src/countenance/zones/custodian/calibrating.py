"""Calibrating: the calibrations that stand here, as the log says and only so: there is no other list of them.

Invariants:

* Setting one is an entry that carries all of it, before it stands; it holds for searches that begin from then on.
* One that is set for a group takes the place of the one before it of that group and extractor; a bare threshold takes
  the place of a bare threshold.
* A bare threshold stands on the word of a person with the role of operator, whom its entry names.

Who can act at this terminal can make strangers pass more often, by figures that are not true. The entry says them, and
every answer and every evidence file names the calibrations it was made under.
"""

from countenance.errors import Malformed, Refused
from countenance.formats import records
from countenance.formats.canonical import Json
from countenance.log import calibrations as of_log
from countenance.log.calibrations import SET, WITHDRAWN
from countenance.vocabulary.acts import BareThreshold, Extent
from countenance.vocabulary.calibration import BILLION, UNKNOWN, Calibration, Point, Source
from countenance.vocabulary.entries import Kind
from countenance.vocabulary.warrants import Role, Warrant
from countenance.warrants import calibrations, scope
from countenance.warrants import threshold as thresholds
from countenance.zones.custodian import roster, scoping
from countenance.zones.custodian.opened import Opened
from countenance.zones.custodian.requests import Admitted

MOST = 100
"""Calibrations that stand at a time."""

NOBODY: dict[str, str] = {}


def read(text: str) -> Calibration:
    """The calibration in `text`, canonical JSON. Raises Malformed if no search could rely on it."""
    found = records.read(Calibration, text.encode())
    thresholds.check(found)
    return found


def set_file(opened: Opened, text: str) -> int:
    """Make a calibration stand that an evaluation wrote; returns the entry. Raises Malformed, Refused."""
    found = read(text)
    if found.source is not Source.EVALUATION:
        raise Refused(
            "what is set from a file is the report of an evaluation: the site's own figures come from 'countenance "
            "calibration measure', a bare threshold from 'countenance calibration bare'"
        )
    return stand(opened, found)


def stand(opened: Opened, calibration: Calibration, *, facts: dict[str, str] = NOBODY, of: int = -1) -> int:
    """Make `calibration` stand; returns the entry. `facts`: said besides; `of`: the entry that it follows from."""
    thresholds.check(calibration)
    with opened.lock:
        check_room(opened)
        said = {
            "change": SET,
            "calibration": records.digest(calibration).hex(),
            "source": calibration.source.value,
            "text": records.write(calibration).decode(),
        }
        return _append(opened, {**said, **facts}, of)


def check_room(opened: Opened) -> None:
    """Raise Refused if no more calibrations may stand."""
    if len(opened.desk.calibrations) >= MOST:
        raise Refused(f"{MOST} calibrations stand: withdraw one first with 'countenance calibration withdraw'")


def withdraw(opened: Opened, hashed: str) -> int:
    """End the calibration with this hash (hex, or how it begins); returns the entry. Raises Refused."""
    with opened.lock:
        hashes = [records.digest(one).hex() for one in opened.desk.calibrations]
        found = [one for one in hashes if hashed and one.startswith(hashed)]
        if len(found) != 1:
            raise Refused("no calibration of this hash was set here, or several: 'countenance calibration list'")
        return _append(opened, {"change": WITHDRAWN, "calibration": found[0]}, -1)


def sign(opened: Opened, admitted: Admitted) -> dict[str, Json]:
    """SIGN_THRESHOLD by an operator: a bare threshold, for which nobody counted anything."""
    roster.require(admitted.person, Role.OPERATOR)
    word = records.read(BareThreshold, admitted.ask.body)
    if word.one_in < 1:
        raise Malformed("at most one stranger in how many passes: give a whole number from 500")
    made = Calibration(
        extractor=word.extractor,
        group=word.group,
        cameras=word.cameras,
        source=Source.SIGNED,
        told=word.reason,
        made=opened.clock(),
        points=(Point(word.threshold, 0, 0, -(-BILLION // word.one_in), UNKNOWN),),
    )
    entry = stand(opened, made, facts={"person": admitted.person.name})
    return {"calibration": records.digest(made).hex(), "entry": entry}


def extent(opened: Opened, admitted: Admitted) -> dict[str, Json]:
    """EXTENT by anyone on the roster: how many rows of an extractor a scope has now, and the calibrations that stand.

    Rows are what the repository tells everybody of; calibrations are no secret.
    """
    asked = records.read(Extent, admitted.ask.body)
    scope.check(asked.scope)
    with opened.lock:
        rows = scoping.rows(opened, scope.partitions(asked.scope), asked.extractor)
        texts: list[Json] = [records.write(one).decode() for one in opened.desk.calibrations]
        return {"rows": rows, "calibrations": texts}


def of_warrant(opened: Opened, warrant: Warrant) -> tuple[Calibration, ...]:
    """The calibrations of a warrant's cameras. Raises Refused, also for a bare threshold that nobody signed for."""
    known, cameras, extractor = opened.desk.calibrations, warrant.scope.cameras, warrant.probe.extractor
    limits = warrant.limits
    calibrations.check_bare(known, cameras, extractor, stated=limits.threshold, one_in=limits.one_in)
    return calibrations.of_scope(known, cameras, extractor)


def listed(opened: Opened) -> list[Json]:
    """Those that were set and stand, the newest last: hash and text."""
    with opened.lock:
        return [
            {"calibration": records.digest(one).hex(), "text": records.write(one).decode()}
            for one in opened.desk.calibrations
        ]


def _append(opened: Opened, facts: dict[str, str], of: int) -> int:
    entry = opened.sequencer.append(Kind.CALIBRATION, facts, of=of)
    opened.desk.calibrations = of_log.after(opened.desk.calibrations, opened.sequencer.entry(entry))
    return entry
