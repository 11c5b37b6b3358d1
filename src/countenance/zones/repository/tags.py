"""Tags: what the repository brings so that the custodian's linear tags go on to describe the sheets that lie here.

The custodian holds no rows. To take one out of a tag, or to make the tag anew, it is given rows with the MACs that it
made itself when it took them; it uses what verifies. Rows of one sheet at a time are in memory, as ciphertext.
"""

from collections.abc import Collection, Sequence

import numpy as np

from countenance.errors import Unavailable
from countenance.formats.canonical import Json
from countenance.zones.repository.repository import Repository
from countenance.zones.repository.sheet import Row, SheetId

_UNREADABLE = "the custodian's answer cannot be read: run the same version on both sides"


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
    repository.log(f"tag made anew: sheet={which} rows={len(rows)} lost={lost}")
    return lost


def drop(repository: Repository, which: SheetId, positions: Collection[int]) -> None:
    """Have the erased rows at `positions` taken out of the sheet's tag. Raises what the custodian raises."""
    rows = repository.sheets.whole(which, positions).rows
    answer = repository.custodian.call("tags.drop", named(which), blobs(rows))
    # A row that is damaged here cannot be taken out; what is left of the sheet can be tagged anew.
    if answer.body.get("repair") or len(rows) < len(positions):
        repair(repository, which, without=positions)
