"""Sheets: what the custodian keeps of a partition's rows so that they can be searched, up to 4,096 rows at a time.

A sheet holds rows of one partition and one extractor. A row's place in it is its *position*, given at intake and the
same in the repository's file. Invariants:

* A row whose nonce was destroyed has sixteen zero bytes in its place and can never be scored again.
* `tags` are the linear tags (see `matching.tag`) of exactly the rows whose state says TAGGED.
* A row is neither moved nor replaced within a generation; a rewritten sheet has the next one, and with it other MAC
  and tag multipliers: what was true of an older generation proves nothing of a newer one.

Written: 17 bytes `countenance sheet`, version (1 byte), length of the header (u32, little-endian), header (canonical
JSON), columns one after the other: ids, nonces, record digests, starts, ends, states, tags, and, if the sheet's pads
are not those of its pieces any more, the nonces of the pieces. Numbers are little-endian.

Who can read a sheet with the partition's salt and the root unmasks its rows. Who can write it can make rows unfindable.
"""

from collections.abc import Mapping
from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray

from countenance.crypto import derive
from countenance.errors import Tampered
from countenance.formats import canonical
from countenance.formats.canonical import Json
from countenance.matching import tag
from countenance.vocabulary.cameras import Partition
from countenance.vocabulary.moments import Hour, Moment
from countenance.zones.custodian.opened import Opened
from countenance.zones.custodian.records import PartitionKeys, partition_key

LIVING, TAGGED, BARE = 1, 2, 4
"""Bits of a row's state. LIVING: its nonce is here. TAGGED: the repository holds it, and the tags count it.

BARE: its still gave the sheet's extractor no template, so there is no row; still and patches are as they were.
"""

_ID, _NONCE, _DIGEST = 16, 16, 32
_MAGIC = b"countenance sheet\x01"
_LENGTH = 4
# What a column of moments can hold: seven weeks after the hour began.
_LATEST = 2**32 - 1


@dataclass(frozen=True, slots=True, repr=False, eq=False)
class Sheet:
    """One sheet of n rows of `dimension` d.

    `salt`: of its pads, empty if that is still the partition's block salt. `ids`, `nonces`: 16 n bytes; `records`:
    32 n bytes, digests of the signed records. `starts`, `ends`: (n,) milliseconds since the hour began. `states`: (n,).
    `tags`: (d,). `pieces`: nonces of still and patches, 16 n bytes, empty while they are the rows' own.
    """

    camera: str
    hour: int
    number: int
    generation: int
    extractor: bytes
    dimension: int
    salt: bytes
    ids: bytes
    nonces: bytes
    records: bytes
    starts: NDArray[np.uint32]
    ends: NDArray[np.uint32]
    states: NDArray[np.uint8]
    tags: NDArray[np.uint64]
    pieces: bytes = b""

    def __repr__(self) -> str:
        return f"Sheet({self.name}, rows={self.rows})"

    @property
    def name(self) -> str:
        """Names partition, number and generation: what MACs and tag multipliers are derived for."""
        return f"{self.camera}/{self.hour}/{self.number}/{self.generation}"

    @property
    def place(self) -> tuple[str, int, int]:
        """Camera, hour and number: what it is called through all generations."""
        return self.camera, self.hour, self.number

    @property
    def rows(self) -> int:
        """How many positions are given, erased ones included."""
        return len(self.states)

    @property
    def full(self) -> bool:
        """Whether it takes no more rows."""
        return self.rows >= tag.ROWS

    def position(self, sighting: str) -> int | None:
        """Where the row of `sighting` is, living or not; None if it is not in this sheet."""
        wanted = np.frombuffer(bytes.fromhex(sighting), dtype="V16")
        found = np.flatnonzero(np.frombuffer(self.ids, dtype="V16") == wanted)
        return int(found[0]) if len(found) else None

    def sighting(self, position: int) -> str:
        """The id of the row at `position`."""
        return self.ids[_ID * position : _ID * (position + 1)].hex()

    def nonce(self, position: int) -> bytes:
        """R_k of the template at `position`, 16 bytes; zeros if it was destroyed."""
        return self.nonces[_NONCE * position : _NONCE * (position + 1)]

    def piece_nonce(self, position: int) -> bytes:
        """R_k of still and patches at `position`, 16 bytes; zeros if it was destroyed."""
        return (self.pieces or self.nonces)[_NONCE * position : _NONCE * (position + 1)]

    def recorded(self, bit: int) -> list[bytes]:
        """Digests of the signed records of all rows whose state has `bit`."""
        found: list[bytes] = np.frombuffer(self.records, dtype=f"V{_DIGEST}")[self.has(bit)].tolist()
        return found

    def has(self, bit: int) -> NDArray[np.bool_]:
        """(n,): whether each row's state has `bit`."""
        found: NDArray[np.bool_] = (self.states & bit) != 0
        return found

    def erased(self, position: int) -> "Sheet":
        """This sheet without the nonces of the row at `position`, which can never be scored or opened again."""
        states = self.states.copy()
        states[position] &= np.uint8(0xFF ^ (LIVING | BARE))
        return replace(
            self,
            states=states,
            nonces=_blanked(self.nonces, position),
            pieces=_blanked(self.pieces, position) if self.pieces else b"",
        )

    def at(self, positions: NDArray[np.intp]) -> "Sheet":
        """The rows at `positions`, in that order, in a sheet whose tags are still those of this one."""
        return replace(
            self,
            ids=_picked(self.ids, positions, _ID),
            nonces=_picked(self.nonces, positions, _NONCE),
            records=_picked(self.records, positions, _DIGEST),
            starts=self.starts[positions],
            ends=self.ends[positions],
            states=self.states[positions],
            pieces=_picked(self.pieces, positions, _NONCE),
        )

    def to_bytes(self) -> bytes:
        """See the module's text."""
        header: dict[str, Json] = {
            "camera": self.camera,
            "hour": self.hour,
            "number": self.number,
            "generation": self.generation,
            "extractor": self.extractor.hex(),
            "dimension": self.dimension,
            "salt": self.salt.hex(),
            "rows": self.rows,
            "pieces": bool(self.pieces),
        }
        written = canonical.write(header)
        columns = (self.starts.astype("<u4"), self.ends.astype("<u4"), self.states, self.tags.astype("<u8"))
        return b"".join(
            [
                *(_MAGIC, len(written).to_bytes(_LENGTH, "little"), written, self.ids, self.nonces, self.records),
                *(column.tobytes() for column in columns),
                self.pieces,
            ]
        )

    @classmethod
    def from_bytes(cls, data: bytes) -> "Sheet":
        """The sheet that `data` spells. Raises Tampered: the store authenticates, so nothing else can be at fault."""
        start = len(_MAGIC) + _LENGTH
        length = int.from_bytes(data[len(_MAGIC) : start], "little")
        header = canonical.read(data[start : start + length])
        if not data.startswith(_MAGIC) or not isinstance(header, Mapping):
            raise Tampered("a sheet in the custodian's store is of another version: run the version that wrote it")
        rows, dimension, again = int(str(header["rows"])), int(str(header["dimension"])), bool(header["pieces"])
        sizes = (_ID * rows, _NONCE * rows, _DIGEST * rows, 4 * rows, 4 * rows, rows, 8 * dimension)
        parts, at = [], start + length
        for size in (*sizes, _NONCE * rows if again else 0):
            parts.append(data[at : at + size])
            at += size
        if at != len(data):
            raise Tampered("a sheet in the custodian's store has another length than it says: restore the store")
        return cls(
            camera=str(header["camera"]),
            hour=int(str(header["hour"])),
            number=int(str(header["number"])),
            generation=int(str(header["generation"])),
            extractor=bytes.fromhex(str(header["extractor"])),
            dimension=dimension,
            salt=bytes.fromhex(str(header["salt"])),
            ids=parts[0],
            nonces=parts[1],
            records=parts[2],
            starts=np.frombuffer(parts[3], dtype="<u4").astype(np.uint32),
            ends=np.frombuffer(parts[4], dtype="<u4").astype(np.uint32),
            states=np.frombuffer(parts[5], dtype=np.uint8),
            tags=np.frombuffer(parts[6], dtype="<u8").astype(np.uint64),
            pieces=parts[7],
        )


class NextSheet:
    """The kind under which a sheet's next generation lies while the repository writes it."""


@dataclass(frozen=True, slots=True, repr=False)
class NewRow:
    """A row on its way into a sheet; `row`: its masked bytes, 2 d, of which only tag and MAC stay."""

    sighting: str
    nonce: bytes
    record: bytes
    start: Moment
    end: Moment
    row: bytes

    def __repr__(self) -> str:
        return f"NewRow({self.sighting})"


def begun(camera: str, hour: int, number: int, *, extractor: bytes, dimension: int) -> Sheet:
    """An empty sheet of generation 0."""
    nothing = np.zeros(0, dtype=np.uint32)
    return Sheet(
        camera=camera,
        hour=hour,
        number=number,
        generation=0,
        extractor=extractor,
        dimension=dimension,
        salt=b"",
        ids=b"",
        nonces=b"",
        records=b"",
        starts=nothing,
        ends=nothing,
        states=np.zeros(0, dtype=np.uint8),
        tags=np.zeros(dimension, dtype=np.uint64),
    )


def extended(sheet: Sheet, new: list[NewRow], multipliers: NDArray[np.int32]) -> Sheet:
    """`sheet` with `new` rows at its end, tags included. `multipliers`: (3, at least all rows) of this sheet."""
    rows = np.frombuffer(b"".join(one.row for one in new), dtype="<i2").astype(np.int16).reshape(-1, sheet.dimension)
    first, last = sheet.rows, sheet.rows + len(new)
    began = Hour(sheet.hour).start
    grown = replace(
        sheet,
        ids=sheet.ids + b"".join(bytes.fromhex(one.sighting) for one in new),
        nonces=sheet.nonces + b"".join(one.nonce for one in new),
        records=sheet.records + b"".join(one.record for one in new),
        starts=np.append(sheet.starts, np.array([one.start - began for one in new], dtype=np.uint32)),
        ends=np.append(sheet.ends, np.array([min(one.end - began, _LATEST) for one in new], dtype=np.uint32)),
        states=np.append(sheet.states, np.full(len(new), LIVING | TAGGED, dtype=np.uint8)),
        tags=(sheet.tags + tag.tags(multipliers[:, first:last], rows)) % np.uint64(tag.P),
        pieces=sheet.pieces + b"".join(one.nonce for one in new) if sheet.pieces else b"",
    )
    rows.fill(0)
    return grown


def sheet_key(camera: str, hour: int, number: int) -> str:
    """Where a sheet lies in the store; its partition's sheets come one after the other, in order of number."""
    return f"{partition_key(camera, hour)}/{number:06d}"


def get(opened: Opened, camera: str, hour: int, number: int) -> Sheet | None:
    """The sheet as it is now, or None."""
    data = opened.store.kept(Sheet, sheet_key(camera, hour, number))
    return None if data is None else Sheet.from_bytes(data)


def the(opened: Opened, camera: str, hour: int, number: int) -> Sheet:
    """The sheet as it is now. Raises Tampered: something in the store names a sheet that is not there."""
    found = get(opened, camera, hour, number)
    if found is None:
        raise Tampered("a sheet is not in the custodian's store any more: restore the custodian's directory")
    return found


def place(sheet: Sheet, sighting: str) -> int:
    """Where the row of `sighting` is. Raises Tampered if it is not in the sheet, which the store says it is."""
    found = sheet.position(sighting)
    if found is None:
        raise Tampered("a sighting is not in the sheet that the store names: restore the custodian's directory")
    return found


def pending(opened: Opened, sheet: Sheet) -> bool:
    """Whether the sheet is being rewritten: it takes no rows then."""
    return opened.store.kept(NextSheet, sheet_key(sheet.camera, sheet.hour, sheet.number)) is not None


def of_partition(opened: Opened, camera: str, hour: int) -> list[Sheet]:
    """All sheets of a partition, in order of number."""
    return [Sheet.from_bytes(data) for _, data in opened.store.all_kept(Sheet, f"{partition_key(camera, hour)}/")]


def put(opened: Opened, sheet: Sheet) -> None:
    """Keep `sheet` in place of what was there. Durable on return, or at the end of the store's `together`."""
    opened.store.keep(Sheet, sheet_key(sheet.camera, sheet.hour, sheet.number), sheet.to_bytes())


def block_key(opened: Opened, keys: PartitionKeys, sheet: Sheet) -> bytes:
    """What the sheet's pads are made with, 32 bytes."""
    return derive.block_key(opened.root, sheet.salt or keys.block_salt, str(Partition(sheet.camera, sheet.hour)))


def mac_key(opened: Opened, keys: PartitionKeys, sheet: Sheet) -> bytes:
    """What the MACs of the sheet's rows are made with, 32 bytes."""
    return derive.mac_key(opened.root, sheet.salt or keys.block_salt, sheet.name)


def multipliers(opened: Opened, keys: PartitionKeys, sheet: Sheet, count: int) -> NDArray[np.int32]:
    """The first `count` multipliers of the sheet's linear tags, (3, count)."""
    return tag.multipliers(derive.tag_key(opened.root, sheet.salt or keys.block_salt, sheet.name), count)


def _blanked(column: bytes, position: int) -> bytes:
    return column[: _NONCE * position] + bytes(_NONCE) + column[_NONCE * (position + 1) :]


def _picked(column: bytes, positions: NDArray[np.intp], size: int) -> bytes:
    return b"".join(column[size * position : size * (position + 1)] for position in positions.tolist())
