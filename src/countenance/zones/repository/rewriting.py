"""Rewriting: a sheet's next generation, as the custodian wants it: compacted, under new pads, or of another extractor.

1. the custodian is given the sheet's rows with their MACs, and says what the next generation is;
2. that is written beside the old one, whole and durable;
3. the custodian is told: from its answer on the new one counts, and the nonces of the old one are gone;
4. the old one is deleted.

Killed before (3) the old one counts and everything begins again. Killed after (3) both lie here: then (1) is refused,
and a message about the new one, which changes nothing, shows that it counts. No search is under way in (3) and (4).

Where a row that the custodian counts is not among those presented, it asks for the sheet's tags to be made anew; (1)
comes again in the next round.
"""

from collections.abc import Iterable, Sequence

import numpy as np

from countenance.channel.message import Message
from countenance.errors import Malformed, Refused, Tampered, Unavailable
from countenance.formats.canonical import Json
from countenance.zones.repository import tags
from countenance.zones.repository.index import MAC
from countenance.zones.repository.repository import Repository
from countenance.zones.repository.sheet import POSITIONS, Row, SheetId

_UNREADABLE = "the custodian's next generation of a sheet cannot be read: run the same version on both sides"


def read(told: Json) -> tuple[SheetId, ...]:
    """The sheets of `rewrite` in the custodian's `gone`. Raises Unavailable if they cannot be read."""
    if not isinstance(told, list):
        raise Unavailable(_UNREADABLE)
    return tuple(tags.read(item) for item in told)


def rewrite(repository: Repository, told: Iterable[SheetId]) -> int:
    """Rewrite each sheet, and those that a crash left beside their next generation; how many. Raises Unavailable.

    A sheet that is damaged, or that the custodian refuses, is named in the log and does not hold up the others.
    """
    done = 0
    for sheet in sorted({*told, *repository.sheets.superseded()}):
        try:
            done += _rewrite(repository, sheet)
        except Refused as error:
            if not _counts(repository, sheet.next):
                repository.log(f"sheet={sheet} is not rewritten: {error}")
            else:
                repository.sheets.drop(sheet)
        except (Malformed, Tampered) as error:
            repository.log(f"ALARM: sheet={sheet} is not rewritten: {error}")
    return done


def _rewrite(repository: Repository, sheet: SheetId) -> bool:
    old = repository.sheets.whole(sheet).rows
    answer = repository.custodian.call("sheet.rewrite", tags.named(sheet), tags.blobs(old))  # (1)
    if answer.body.get("repair"):
        # A row that was taken a moment ago is on its way to its place, and there when this returns.
        repository.presenter.drain()
        with repository.turns.changing():
            tags.repair(repository, sheet)
        return False
    dimension = answer.body.get("dimension")
    if answer.body.get("generation") != sheet.next.generation or not isinstance(dimension, int):
        raise Unavailable(_UNREADABLE)
    repository.sheets.create(sheet.next, dimension, _rewritten(answer, old, dimension))  # (2)
    with repository.turns.changing():
        repository.custodian.call("sheet.rewritten", tags.named(sheet.next))  # (3)
        repository.sheets.drop(sheet)  # (4)
    repository.log(f"sheet rewritten: sheet={sheet.next} rows={len(old)}")
    return True


def _rewritten(answer: Message, old: Sequence[Row], dimension: int) -> list[Row]:
    """The rows of the next generation, in order of position."""
    places = answer.body.get("positions")
    if not isinstance(places, list) or len(answer.blobs) != 2 or len(places) > POSITIONS:
        raise Unavailable(_UNREADABLE)
    data, macs = answer.blobs
    size, by_position = 2 * dimension, {row.position: row for row in old}
    whole = bool(answer.body.get("replaced"))
    if len(macs) != MAC * len(places) or len(data) not in ({size * len(places)} if whole else {0, size * len(places)}):
        raise Unavailable(_UNREADABLE)
    rows = []
    for position, place in enumerate(places):
        row = by_position.get(place) if isinstance(place, int) else None
        if row is None or not (whole or len(row.row) == size):
            raise Unavailable(_UNREADABLE)
        part = data[size * position : size * (position + 1)]
        new = part if whole else _shifted(row.row, part)
        rows.append(Row(position, row.sighting, macs[MAC * position : MAC * (position + 1)], new))
    return rows


def _shifted(row: bytes, delta: bytes) -> bytes:
    """`row` plus `delta` modulo 2^16, a component at a time; `row` itself without a delta."""
    if not delta:
        return row
    shifted = np.frombuffer(row, dtype="<u2") + np.frombuffer(delta, dtype="<u2")
    return bytes(shifted.astype("<u2").data)


def _counts(repository: Repository, sheet: SheetId) -> bool:
    """Whether `sheet`, a next generation, is here whole and the custodian says that it is the one that counts.

    (3) is not said again: what the custodian has begun since may be another next generation than the one that is here.
    """
    if repository.sheets.maps.rows(sheet, 0) is None or repository.sheets.whole(sheet).damaged:
        return False
    try:
        repository.custodian.call("tags.drop", tags.named(sheet), tags.blobs(()))
    except Refused:
        return False
    return True
