"""One flipped bit in anything the custodian keeps: it stays locked and says why, or nothing that it reads has changed.

A bit that nobody reads, in free space of the store's file, may be flipped; every record still says what it said then.
"""

import contextlib
import random
import shutil
from collections.abc import Iterator
from pathlib import Path

import pytest

from attacks.forgeries import State
from countenance.errors import CountenanceError, Tampered
from countenance.zones.custodian import epochs
from countenance.zones.custodian.records import Counted
from prove.scale import count
from simulator.court import LAST_HOUR, THIS_HOUR, Court, sitting
from simulator.people import SUBJECT
from simulator.zone import Zone


@pytest.fixture(scope="module")
def court() -> Iterator[Court]:
    with sitting() as court:
        court.pass_by(SUBJECT)
        court.tell()
        court.approved()
        court.zone.opened.store.put(Counted(41), "counted credential")
        court.zone.reopen()
        yield court


def flipped(zone: Zone, name: str, chance: random.Random) -> None:
    data = bytearray((zone.directory / name).read_bytes())
    data[chance.randrange(len(data))] ^= 1 << chance.randrange(8)
    (zone.directory / name).write_bytes(data)


def keys_of(zone: Zone) -> list[bytes]:
    hours = (LAST_HOUR, THIS_HOUR)
    return [act(zone.opened, hour) for hour in hours for act in (epochs.public_key, epochs.private_key)]


def test_a_flip_in_any_file_is_found_or_changes_nothing(court: Court, tmp_path: Path) -> None:
    chance, before, keys = random.Random(5), State.of(court.zone.opened), keys_of(court.zone)
    court.zone.crash()
    here = court.zone.directory
    names = sorted(str(one.relative_to(here)) for one in here.rglob("*") if one.is_file() and one.stat().st_size)
    for name in names:
        for _ in range(count(400, 10)):
            zone = court.zone.copied(tmp_path / "spoilt")
            flipped(zone, name, chance)
            with contextlib.suppress(CountenanceError):
                zone.open()
            if zone._opened is not None:
                assert State.of(zone.opened).store == before.store, name
                found_or_same(zone, keys)
            zone.crash()
            shutil.rmtree(zone.directory)


def found_or_same(zone: Zone, keys: list[bytes]) -> None:
    """An epoch key is read when it is used."""
    with contextlib.suppress(CountenanceError):
        assert keys_of(zone) == keys


def test_a_flip_in_the_name_of_a_counter_is_found_at_the_start(court: Court, tmp_path: Path) -> None:
    """Else a copied authenticator's counter would begin anew: nobody asks for its record's new name."""
    court.zone.crash()
    zone = court.zone.copied(tmp_path / "spoilt")
    store = next(zone.directory.glob("store-*.db"))
    whole = store.read_bytes()
    assert whole.count(b"counted credential") == 1
    store.write_bytes(whole.replace(b"counted credential", b"counted credentiam"))
    with pytest.raises(Tampered):
        zone.open()
