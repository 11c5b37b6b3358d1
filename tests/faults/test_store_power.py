"""The power fails while the store commits, works off its log, closes, opens or gets a new key: whatever part of what
was not synced is on the disk, the store opens and holds what it told, or besides that the one change under way.
"""

import shutil
from pathlib import Path

import pytest

from countenance.zones.custodian.records import Gone
from countenance.zones.custodian.store import Store
from prove.scale import count
from simulator.power import Power, recorded
from simulator.stores import HELD, held, opened, small

# What is done in turn: a key's new value, None for a drop; or what changes nothing that is held.
STEPS: list[tuple[str, int | None] | str] = [
    ("a", 1),
    ("b", 2),
    ("a", 3),
    "reopen",
    ("0", None),
    ("c", 4),
    "replace",
    ("d", 5),
    ("b", None),
    ("d", 6),
    "reopen",
    "replace",
    ("e", 7),
]


def eager(store: Store) -> Store:
    """It works its log off after every few pages instead of every thousand."""
    assert store._database is not None
    store._database.execute("PRAGMA wal_autocheckpoint = 3")
    return store


def lived(directory: Path, power: Power) -> list[dict[str, int]]:
    """Carry out STEPS; what must be held after each answer."""
    states = [dict(HELD)]
    store = eager(opened(directory))
    for step in STEPS:
        if step == "reopen":
            store.close()
            store = eager(opened(directory))
        elif step == "replace":
            store.replace_key()
            eager(store)
        else:
            assert isinstance(step, tuple)
            name, value = step
            after = {**states[-1], name: value}
            states.append({key: held for key, held in after.items() if held is not None})
            with store.together():
                store.drop(Gone, name)
                if value is not None:
                    store.put(Gone(value), name)
            power.answers += 1
            power.cut()
    store.close()
    return states


@pytest.mark.parametrize("left", ["closed", "killed"])
def test_whatever_part_of_a_write_is_there_the_store_holds_what_it_told(
    tmp_path: Path, memory: Path, left: str
) -> None:
    small(tmp_path / "closed", killed=tmp_path / "killed")
    directory = tmp_path / left
    power = Power(directory, tears=count(50, 4))
    with recorded(power):
        states = lived(directory, power)
    assert held(directory) == states[-1]
    assert power.answers == len(states) - 1
    assert len(power.cuts) > 200
    for number, (disk, told) in enumerate(power.cuts):
        place = memory / f"{number}"
        place.mkdir()
        power.restored(disk, place)
        assert held(place) in states[told : told + 2], (number, told)
        shutil.rmtree(place)
