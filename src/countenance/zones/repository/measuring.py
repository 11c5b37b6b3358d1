"""Measuring: present the rows of sheets from which the custodian counts how often strangers are alike.

The rows stay as they are, and the custodian says nothing of what it counts. Sheets that it refuses, or that are damaged
here, are named in the log and hold up no others: it ends by itself what does not come.
"""

from countenance.errors import Malformed, Refused, Tampered, Unavailable
from countenance.formats.canonical import Json
from countenance.zones.repository import tags
from countenance.zones.repository.repository import Repository


def present(repository: Repository, told: Json) -> int:
    """Present each sheet of the custodian's `measure`; how many were counted. Raises Unavailable."""
    if not isinstance(told, list):
        raise Unavailable("the custodian's list of sheets to count cannot be read: run the same version on both sides")
    done = 0
    for sheet in map(tags.read, told):
        try:
            answer = repository.custodian.call(
                "calibration.rows", tags.named(sheet), tags.blobs(repository.sheets.whole(sheet).rows)
            )
            if answer.body.get("repair"):
                # A row that was taken a moment ago is on its way to its place, and there when this returns.
                repository.presenter.drain()
                with repository.turns.changing():
                    tags.repair(repository, sheet)
                continue
            done += 1
        except (Refused, Malformed, Tampered) as error:
            repository.log(f"sheet={sheet} is not counted: {error}")
    return done
