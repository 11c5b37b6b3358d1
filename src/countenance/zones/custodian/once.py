"""Once: an entry that must stand, and stand once, whatever a crash left behind."""

from collections.abc import Mapping

from countenance.vocabulary.entries import Kind
from countenance.zones.custodian.opened import Opened

_LOOKED_BACK = 1000
"""Entries behind which a half-failed append is not looked for; one that is older is found at the next opening."""


def append_once(opened: Opened, kind: Kind, facts: Mapping[str, str], of: int) -> int:
    """Append, unless the entry stands already: an append that failed half-way may have left it. Its index."""
    newest = opened.sequencer.size - 1
    for index in range(newest, max(of, newest - _LOOKED_BACK), -1):
        entry = opened.sequencer.entry(index)
        if (entry.kind, entry.of) == (kind, of):
            return index
    return opened.sequencer.append(kind, facts, of=of)
