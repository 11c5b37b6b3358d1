"""Finding: rows that the custodian counts as lost, brought back when they are here again, as from a backup.

Invariant: a sheet is presented only if more of its rows are whole than the custodian's tag counts, so a loss that lasts
costs a look at its files each round and nothing else.
"""

from countenance.errors import Malformed, Refused, Tampered, Unavailable
from countenance.formats.canonical import Json
from countenance.zones.repository import tags
from countenance.zones.repository.repository import Repository


def recover(repository: Repository, told: Json) -> int:
    """Present sheets of the custodian's `lost` that hold more rows again; how many rows more. Raises Unavailable."""
    if not isinstance(told, list):
        raise Unavailable("the custodian's list of lost rows cannot be read: run the same version on both sides")
    found = 0
    for item in told:
        sheet = tags.read(item)
        tagged = item[4] if isinstance(item, list) and len(item) == 5 else None
        if not isinstance(tagged, int):
            continue
        try:
            found += tags.found(repository, sheet, tagged)
        except (Refused, Malformed, Tampered) as error:
            repository.log(f"ALARM: lost rows are not brought back: sheet={sheet}: {error}")
    return found
