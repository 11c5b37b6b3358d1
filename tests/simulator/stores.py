"""A small store, as a clean close and as a kill leave it, and what it must hold."""

import secrets
import shutil
from pathlib import Path

from countenance.zones.custodian.records import Gone
from countenance.zones.custodian.store import Store

ROOT = bytes(range(32))
HELD = {"0": 7, "1": 1, "2": 2}


def opened(directory: Path) -> Store:
    """The store in `directory`."""
    return Store.open(directory, ROOT, secrets.token_bytes)


def held(directory: Path) -> dict[str, int]:
    """Everything in the store in `directory`, read as it is opened."""
    store = opened(directory)
    try:
        return {key: value.since for key, value in store.all(Gone)}
    finally:
        store.close()


def small(directory: Path, *, killed: Path) -> Path:
    """A store that holds HELD, closed, in `directory`; in `killed` it as a kill left it, its log not worked off."""
    directory.mkdir()
    store = Store.create(directory, ROOT, secrets.token_bytes)
    store.put(Gone(9), "dropped")
    store.close()
    store = opened(directory)
    for name, value in HELD.items():
        store.put(Gone(value - 7 if name == "0" else value), name)
    with store.together():
        store.drop(Gone, "dropped")
        store.put(Gone(HELD["0"]), "0")
    shutil.copytree(directory, killed)
    store.close()
    return directory
