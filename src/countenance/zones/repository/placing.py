"""Placing: what the custodian decided on a batch of sightings, and the rows it took brought to their places.

The order is the promise: rows into the sheets, durably; only then the state, and the row's bytes out of the database.
Killed in between, the batch is presented again, the custodian gives the same places, and the same bytes are written.

A MAC of zeros says that the row's sheet was rewritten since: what the edge sent is not what has to lie there now, and
nothing is written.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from sqlalchemy import Connection, update

from countenance.channel.message import Message
from countenance.errors import Malformed, Unavailable
from countenance.formats.canonical import Json
from countenance.vocabulary.sightings import SightingRecord
from countenance.zones.repository import arguments, schema
from countenance.zones.repository.index import MAC
from countenance.zones.repository.sheet import POSITIONS, Row, SheetId
from countenance.zones.repository.sheets import Sheets

LONGEST_REASON = 200
_UNREADABLE = "the custodian's answer cannot be read: run the same version on both sides"


@dataclass(frozen=True, slots=True, repr=False)
class Waiting:
    """A sighting that is presented: its record, as read and as signed, its sealed nonce and its masked row."""

    record: SightingRecord
    letter: bytes
    sealed_nonce: bytes
    row: bytes

    def __repr__(self) -> str:
        return f"Waiting({self.record.sighting})"


@dataclass(frozen=True, slots=True)
class Decided:
    """What became of a sighting: its place and MAC, or why it was refused."""

    sighting: str
    sheet: SheetId | None = None
    position: int = 0
    mac: bytes = b""
    reason: str = ""


def decided(answer: Message, batch: Sequence[Waiting]) -> list[Decided]:
    """What the custodian's answer to `intake.sightings` says of `batch`. Raises Unavailable if it cannot be read."""
    waiting = {one.record.sighting: one for one in batch}
    taken, refused = answer.body.get("taken"), answer.body.get("refused")
    if not isinstance(taken, list) or not isinstance(refused, list) or len(answer.blobs) != 1:
        raise Unavailable(_UNREADABLE)
    macs = answer.blobs[0]
    if len(macs) != MAC * len(taken):
        raise Unavailable(_UNREADABLE)
    found = [_place(item, macs[MAC * at : MAC * (at + 1)], waiting) for at, item in enumerate(taken)]
    found += [_refusal(item) for item in refused]
    return [one for one in found if one.sighting in waiting]


def place(sheets: Sheets, batch: Sequence[Waiting], outcomes: Sequence[Decided]) -> None:
    """Write the rows that were taken into their sheets, durably. Raises as `Sheets.append` does."""
    waiting = {one.record.sighting: one for one in batch}
    by_sheet: dict[tuple[SheetId, int], list[Row]] = {}
    for one in outcomes:
        if one.sheet is not None and any(one.mac):
            row = Row(one.position, one.sighting, one.mac, waiting[one.sighting].row)
            by_sheet.setdefault((one.sheet, len(row.row) // 2), []).append(row)
    for (sheet, dimension), rows in by_sheet.items():
        sheets.append(sheet, dimension, rows)


def settle(connection: Connection, one: Decided) -> None:
    """Note in the database what became of a sighting; the row of one that was taken lies in its sheet now."""
    table = schema.sightings
    values: dict[str, object] = {"state": schema.REFUSED, "reason": one.reason[:LONGEST_REASON]}
    if one.sheet is not None:
        values = {"state": schema.TAKEN, "reason": "", "masked_row": b"", "sheet": one.sheet.number}
    connection.execute(update(table).where(table.c.sighting == one.sighting).values(**values))


def _place(item: Json, mac: bytes, waiting: Mapping[str, Waiting]) -> Decided:
    if not isinstance(item, list) or len(item) != 4:
        raise Unavailable(_UNREADABLE)
    known = waiting.get(str(item[0]))
    if known is None:
        return Decided(str(item[0]))
    try:
        number, position, generation = (
            arguments.whole({name: value}, name, most=most)
            for name, value, most in (
                ("number", item[1], 10**9 - 1),
                ("position", item[2], POSITIONS - 1),
                ("generation", item[3], 10**9 - 1),
            )
        )
    except Malformed as error:
        raise Unavailable(_UNREADABLE) from error
    camera = arguments.name(known.record.camera, "a camera's name")
    where = SheetId(camera, known.record.hour, number, generation)
    return Decided(known.record.sighting, where, position, mac)


def _refusal(item: Json) -> Decided:
    if not isinstance(item, list) or len(item) != 2:
        raise Unavailable(_UNREADABLE)
    return Decided(str(item[0]), reason=str(item[1]) or "refused")
