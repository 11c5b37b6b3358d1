"""Erasing: rows whose nonces the custodian has destroyed are taken out of its tags, then overwritten here.

Invariants:

* A row is zeroed only after the custodian's answer that it is in no tag: its product would be missing from the sum.
* A sighting keeps its line in the database until its row is zeroed, so that a crash after the custodian's answer is
  finished by the next round. Everything here may be repeated.
"""

from collections.abc import Iterable

from sqlalchemy import select

from countenance.errors import Malformed, Refused, Tampered, Unavailable
from countenance.formats.canonical import Json
from countenance.vocabulary.cameras import Partition
from countenance.zones.repository import schema, tags
from countenance.zones.repository.repository import Repository
from countenance.zones.repository.sheet import POSITIONS, SheetId

_UNREADABLE = "the custodian's list of what is gone cannot be read: run the same version on both sides"

Void = tuple[SheetId, tuple[int, ...]]


def read(told: Json) -> tuple[Void, ...]:
    """The `void` rows of the custodian's `gone`. Raises Unavailable if they cannot be read."""
    if not isinstance(told, list):
        raise Unavailable(_UNREADABLE)
    found = []
    for item in told:
        sheet = tags.read(item)
        positions = item[4] if isinstance(item, list) and len(item) == 5 else None
        if not isinstance(positions, list):
            raise Unavailable(_UNREADABLE)
        found.append((sheet, tuple(at for at in positions if isinstance(at, int) and 0 <= at < POSITIONS)))
    return tuple(found)


def void(repository: Repository, told: Iterable[Void]) -> int:
    """Take erased rows out of their tags, then zero them; how many. Raises Unavailable.

    A sheet that is damaged, or that the custodian refuses, is named in the log and does not hold up the others.
    """
    return sum(_guarded(repository, sheet, positions, tagged=True) for sheet, positions in told)


def finish(repository: Repository, sightings: list[str], told: Iterable[Void]) -> int:
    """Zero rows of `sightings` that are not `told` to be in a tag still: a crash left them here. How many.

    Raises Unavailable.
    """
    tagged = {(sheet, position) for sheet, positions in told for position in positions}
    table = schema.sightings
    question = (
        select(table.c.camera, table.c.hour, table.c.sighting)
        .where(table.c.sighting.in_(sightings), table.c.state == schema.TAKEN)
        .order_by(table.c.camera, table.c.hour)
    )
    with repository.database.reading() as connection:
        left = connection.execute(question).all()
    by_partition: dict[Partition, set[str]] = {}
    for camera, hour, sighting in left:
        by_partition.setdefault(Partition(camera, hour), set()).add(sighting)
    zeroed = 0
    for partition, ids in by_partition.items():
        for sheet in repository.sheets.generations(partition):
            found = repository.sheets.positions(sheet, ids)
            positions = tuple(position for position in found if (sheet, position) not in tagged)
            if positions:
                zeroed += _guarded(repository, sheet, positions, tagged=False)
    return zeroed


def _guarded(repository: Repository, sheet: SheetId, positions: tuple[int, ...], *, tagged: bool) -> int:
    try:
        with repository.turns.changing():
            if tagged:
                tags.drop(repository, sheet, positions)
            return repository.sheets.erase(sheet, positions)
    except (Refused, Malformed, Tampered) as error:
        repository.log(f"ALARM: rows are not erased: sheet={sheet} rows={len(positions)}: {error}")
        return 0
