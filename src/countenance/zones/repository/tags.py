"""Tags: what the repository brings so that the custodian's linear tags go on to describe the sheets that lie here.

The custodian holds no rows. To take one out of a tag, or to make the tag anew, it is given rows with the MACs that it
made itself when it took them; it uses what verifies. Rows of one sheet at a time are in memory, as ciphertext.
"""

from collections.abc import Collection, Sequence

import numpy as np

from countenance.errors import Malformed, Unavailable
from countenance.formats.canonical import Json
from countenance.zones.repository import arguments
from countenance.zones.repository.repository import Repository
from countenance.zones.repository.sheet import Row, SheetId

_UNREADABLE = "the custodian's answer cannot be read: run the same version on both sides"


def read(item: Json) -> SheetId:
    """The sheet that [camera, hour, number, generation, …] names. Raises Unavailable if it cannot be read."""
    if not isinstance(item, list) or len(item) < 4:
        raise Unavailable(_UNREADABLE)
    try:
        hour, number, generation = (arguments.whole({"it": value}, "it") for value in item[1:4])
        return SheetId(arguments.name(item[0], "a camera's name"), hour, number, generation)
    except Malformed as error:
        raise Unavailable(_UNREADABLE) from error


def named(which: SheetId) -> dict[str, Json]:
    """A sheet as messages name it."""
    return {"camera": which.camera, "hour": which.hour, "number": which.number, "generation": which.generation}


def blobs(rows: Sequence[Row]) -> tuple[bytes, bytes, bytes]:
    """`rows` as messages carry them: positions (u16, little-endian), rows, MACs."""
    positions = np.array([row.position for row in rows], dtype="<u2").tobytes()
    return positions, b"".join(row.row for row in rows), b"".join(row.mac for row in rows)


def repair(repository: Repository, which: SheetId, *, without: Collection[int] = ()) -> int:
    """Have the tag of a sheet made anew from its rows, but those `without`; how many rows are lost.

    Raises what the custodian raises.
    """
    rows = [row for row in repository.sheets.whole(which).rows if row.position not in without]
    lost = repository.custodian.call("tags.repair", named(which), blobs(rows)).body.get("lost")
    if not isinstance(lost, int):
        raise Unavailable(_UNREADABLE)
    # The file may have been replaced under a map that was kept: the next search maps it anew.
    repository.sheets.maps.forget(lambda one: one == which)
    repository.log(f"tag made anew: sheet={which} rows={len(rows)} lost={lost}")
    return lost


def found(repository: Repository, which: SheetId, tagged: int) -> int:
    """Bring back rows of a sheet that were lost, if more are whole here than the `tagged` of its tag; how many more."""
    with repository.turns.changing():
        more = len(repository.sheets.whole(which).rows) - tagged
        if more > 0:
            repair(repository, which)
    return max(0, more)


def drop(repository: Repository, which: SheetId, positions: Collection[int]) -> None:
    """Have the erased rows at `positions` taken out of the sheet's tag. Raises what the custodian raises."""
    rows = repository.sheets.whole(which, positions).rows
    answer = repository.custodian.call("tags.drop", named(which), blobs(rows))
    # A row that is damaged here cannot be taken out; what is left of the sheet can be tagged anew.
    if answer.body.get("repair") or len(rows) < len(positions):
        repair(repository, which, without=positions)
