"""Warming: hold the pads of sheets that an open warrant reaches, and of no others.

Done by a thread of the custodian's after people's acts and every minute, so that nobody's search waits for it. An open
warrant has approvals enough, has not expired and has uses left; whether they are a quorum the search finds out.
"""

from countenance.formats import records
from countenance.vocabulary.cameras import Partition
from countenance.vocabulary.requests import Ask
from countenance.vocabulary.warrants import Approval
from countenance.warrants import quorum, scope
from countenance.zones.custodian import scoring, sheets
from countenance.zones.custodian.cases import WarrantState
from countenance.zones.custodian.opened import Opened


def refresh(opened: Opened) -> None:
    """Drop the pads of partitions that no open warrant reaches any more, and make those that one does."""
    wanted = _wanted(opened)
    opened.pads.keep(lambda camera, hour: Partition(camera, hour) in wanted)
    for partition in sorted(wanted, key=lambda one: (one.hour, one.camera)):
        for sheet in sheets.of_partition(opened, partition.camera, partition.hour):
            if not opened.pads.warm(sheet, scoring.keys_of(opened, sheet)):
                return


def _wanted(opened: Opened) -> set[Partition]:
    now = opened.clock()
    wanted: set[Partition] = set()
    for _, state in opened.store.all(WarrantState):
        limits = state.standing.limits
        if limits.expires > now and state.uses_left > 0 and _approved(opened, state):
            wanted.update(scope.partitions(state.standing.scope))
    return wanted


def _approved(opened: Opened, state: WarrantState) -> bool:
    words = {signed.signer: records.read(Ask, signed.body).body for signed in state.approvals}
    approving = sum(records.read(Approval, word).approves for word in words.values())
    return approving >= quorum.needed(opened.genesis)
