"""Retention: delete here what the custodian has put out of reach, and what belongs to nobody.

Erasure and expiry are the custodian's: it destroys nonces and salts, and what lies here is random bytes from then on.
This is the housekeeping after it (GDPR Article 5(1)(e)). Invariants:

* Only what the custodian names, what it refused long ago, and objects without a row are deleted.
* Rows are overwritten in their sheets, or their sheets deleted, before their lines here go: see `erasing`.
* Rows go before their objects, so that a row never names an object that is not there; a crash in between leaves
  objects without a row, which the next round deletes.

Who controls this can keep ciphertext for ever; without the destroyed keys it stays random bytes.
"""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from functools import partial
from itertools import islice
from typing import TypeVar

from sqlalchemy import ColumnElement, Connection, Table, and_, delete, select

from countenance.errors import Unavailable
from countenance.formats.canonical import Json
from countenance.vocabulary.cameras import Partition
from countenance.vocabulary.moments import MILLISECONDS_AN_HOUR
from countenance.zones.repository import arguments, door, erasing, finding, measuring, rewriting, schema
from countenance.zones.repository.repository import Repository

# What the custodian refused is kept for its operator to look at, then deleted.
REFUSED_FOR = 72 * MILLISECONDS_AN_HOUR
_CHUNK = 500
T = TypeVar("T")


@dataclass(frozen=True, slots=True)
class Swept:
    """How much one round deleted; how many rows it overwrote, and how many sheets it rewrote."""

    sightings: int
    segments: int
    manifests: int
    objects: int
    zeroed: int = 0
    rewritten: int = 0

    def __str__(self) -> str:
        return (
            f"swept: sightings={self.sightings} segments={self.segments} manifests={self.manifests} "
            f"objects={self.objects} zeroed={self.zeroed} rewritten={self.rewritten}"
        )


def sweep(repository: Repository) -> Swept:
    """One round, after everything was presented. Raises Unavailable while the custodian is locked: nothing goes then.

    The custodian's list is taken as it is: it names sightings that were erased or have expired, and whole partitions
    (camera and hour) whose time is over. Of those, still and patches of sightings that it says are kept stay here.
    """
    repository.presenter.settle()
    repository.edges.refresh()
    told = repository.custodian.call("gone", {}).body
    sightings, partitions, kept = (
        _ids(told.get("sightings")),
        _partitions(told.get("footage")),
        _ids(told.get("kept", [])),
    )
    void, rewrite = erasing.read(told.get("void")), rewriting.read(told.get("rewrite"))
    for partition in partitions:
        repository.sheets.drop_partition(partition)
    zeroed = erasing.void(repository, void)
    zeroed += sum(erasing.finish(repository, ids, void) for ids in _chunks(sightings))
    counts = [0, 0, 0]
    freed: list[str] = []
    for ids in _chunks(sightings):
        with repository.database.writing() as connection:
            counts[0] += _drop_sightings(connection, schema.sightings.c.sighting.in_(ids), freed)
    for partition in partitions:
        with repository.database.writing() as connection:
            here = _within(schema.sightings, partition) & schema.sightings.c.sighting.not_in(kept)
            counts[0] += _drop_sightings(connection, here, freed)
            counts[1] += _drop_segments(connection, _within(schema.segments, partition), freed)
            counts[2] += connection.execute(
                delete(schema.manifests).where(_within(schema.manifests, partition))
            ).rowcount
    with repository.database.writing() as connection:
        old = repository.clock() - REFUSED_FOR
        table = schema.sightings
        counts[0] += _drop_sightings(connection, (table.c.state == schema.REFUSED) & (table.c.arrived < old), freed)
    objects = repository.objects.drop(freed)
    finding.recover(repository, told.get("lost", []))
    door.forget(repository, told.get("answered", []))
    rewritten = rewriting.rewrite(repository, rewrite)
    measuring.present(repository, told.get("measure", []))
    swept = Swept(counts[0], counts[1], counts[2], objects, zeroed, rewritten)
    if any((*counts, zeroed)):
        repository.log(str(swept))
    return swept


def sweep_orphans(repository: Repository) -> int:
    """Delete objects that no row names; how many there were."""
    with repository.database.writing() as connection:
        for orphans in _chunks(connection.execute(select(schema.objects.c.name).where(_unnamed())).scalars().all()):
            connection.execute(delete(schema.objects).where(schema.objects.c.name.in_(orphans)))

    dropped = repository.objects.sweep(partial(_known, repository))
    if dropped:
        repository.log(f"swept: orphans={dropped}")
    return dropped


def sweep_doubtful(repository: Repository) -> int:
    """Delete the objects of uploads whose commit failed; how many there were."""
    return repository.objects.sweep_doubtful(partial(_known, repository))


def _known(repository: Repository, names: list[str]) -> set[str]:
    column = schema.objects.c.name
    with repository.database.reading() as connection:
        return {
            name
            for chunk in _chunks(names)
            for name in connection.execute(select(column).where(column.in_(chunk))).scalars()
        }


def _drop_sightings(connection: Connection, which: ColumnElement[bool], freed: list[str]) -> int:
    table = schema.sightings
    found = connection.execute(select(table.c.sighting, table.c.still, table.c.patches).where(which)).all()
    for rows in _chunks(found):
        connection.execute(delete(table).where(table.c.sighting.in_([row[0] for row in rows])))
        _free(connection, [name for row in rows for name in row[1:]], freed)
    return len(found)


def _drop_segments(connection: Connection, which: ColumnElement[bool], freed: list[str]) -> int:
    table = schema.segments
    found = connection.execute(select(table.c.segment, table.c.ciphertext).where(which)).all()
    for rows in _chunks(found):
        connection.execute(delete(table).where(table.c.segment.in_([row[0] for row in rows])))
        _free(connection, [row[1] for row in rows], freed)
    return len(found)


def _free(connection: Connection, names: Sequence[str], freed: list[str]) -> None:
    connection.execute(delete(schema.objects).where(schema.objects.c.name.in_(names)))
    freed.extend(names)


def _unnamed() -> ColumnElement[bool]:
    """Lines of `objects` that nothing refers to: photos of filings that were forgotten."""
    name = schema.objects.c.name
    return ~(
        select(schema.sightings.c.sighting).where(schema.sightings.c.still == name).exists()
        | select(schema.sightings.c.sighting).where(schema.sightings.c.patches == name).exists()
        | select(schema.segments.c.segment).where(schema.segments.c.ciphertext == name).exists()
        | select(schema.filings.c.filing).where(schema.filings.c.photo == name).exists()
    )


def _within(table: Table, partition: Partition) -> ColumnElement[bool]:
    return and_(table.c.camera == partition.camera, table.c.hour == partition.hour)


def _ids(told: Json) -> list[str]:
    if not isinstance(told, list):
        raise Unavailable("the custodian's list of what is gone cannot be read: run the same version on both sides")
    return [str(sighting) for sighting in told]


def _partitions(told: Json) -> list[Partition]:
    if not isinstance(told, list):
        raise Unavailable("the custodian's list of what is gone cannot be read: run the same version on both sides")
    return [
        Partition(arguments.name(pair[0], "a camera's name"), arguments.whole({"hour": pair[1]}, "hour"))
        for pair in told
        if isinstance(pair, list) and len(pair) == 2
    ]


def _chunks(items: Iterable[T]) -> Iterator[list[T]]:
    rest = iter(items)
    while chunk := list(islice(rest, _CHUNK)):
        yield chunk
