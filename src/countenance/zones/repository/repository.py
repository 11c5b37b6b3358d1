"""What an open repository is: its stores, the way to the custodian, the clock. Every act takes it."""

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from countenance.vocabulary.deployment import Genesis
from countenance.vocabulary.moments import Moment
from countenance.zones.repository.custodian import Custodian
from countenance.zones.repository.database import Database
from countenance.zones.repository.keys import EdgeKeys
from countenance.zones.repository.letters import Letters
from countenance.zones.repository.newest import Newest
from countenance.zones.repository.objects import Objects
from countenance.zones.repository.presenting import Presenter
from countenance.zones.repository.sheets import Sheets
from countenance.zones.repository.turns import Turns
from countenance.zones.repository.wanted import Wanted


@dataclass(frozen=True, slots=True)
class Repository:
    """`directory`: the zone's own. `clock`: UTC milliseconds. `log`: takes one line of counts and ids."""

    directory: Path
    genesis: Genesis
    database: Database
    objects: Objects
    sheets: Sheets
    turns: Turns
    custodian: Custodian
    edges: EdgeKeys
    presenter: Presenter
    wanted: Wanted
    newest: Newest
    letters: Letters
    clock: Callable[[], Moment]
    random: Callable[[int], bytes]
    log: Callable[[str], None]
