"""A PKCS#11 token beside the passphrase or the shares: whoever has it and its PIN opens the custodian alone.

Invariants:

* A token is added by those who can open without it: passphrase or shares are brought again, to an open custodian. That
  it is open is not enough, or one person at its terminal would do alone from then on what took several.
* Adding and removing are entries before the file is written or destroyed.
* A token opens only while the log's last word on tokens is that this very file was added. So a file that somebody put
  back after its removal, or that a crash left, opens nothing, and the next opening destroys it.

The token is asked by the verb at the terminal, never from here: this process loads no library of others and learns no
PIN. It gets the value agreed on, and believes the share holders that the key they name lies in a token.
"""

import hashlib
from collections.abc import Sequence
from pathlib import Path

from countenance.durable import files
from countenance.errors import Malformed, Refused
from countenance.formats import records
from countenance.formats.canonical import Json
from countenance.vocabulary.entries import Entry, Kind
from countenance.zones.custodian import keys
from countenance.zones.custodian.keys import Place, Secret
from countenance.zones.custodian.opened import Opened


def add(opened: Opened, secret: Secret, place: Place) -> int:
    """Seal the root to the key at `place`; the number of the entry.

    `secret`: what opens without a token. Raises Refused if it does not, or if there is a token; Malformed for no key.
    """
    if secret.agreed or keys.unlock(opened.directory, secret)[0] != opened.root:
        raise Refused("a token is added with the passphrase or the shares; bring them")
    made = records.write(keys.sealed_to(place, opened.root))
    path = opened.directory / keys.HSM
    with opened.lock:
        if path.exists():
            raise Refused("a token opens this custodian already: 'countenance custodian hsm remove' ends that")
        entry = opened.sequencer.append(Kind.HSM, {"change": "added", "digest": hashlib.sha256(made).hexdigest()})
        files.write(path, made)
    return entry


def remove(opened: Opened) -> int:
    """Destroy what is sealed to the token; the number of the entry. Raises Refused if there is no token."""
    path = opened.directory / keys.HSM
    with opened.lock:
        if not path.exists():
            raise Refused("no token opens this custodian: there is nothing to remove")
        entry = opened.sequencer.append(Kind.HSM, {"change": "removed", "digest": _digest(opened.directory)})
        files.destroy(path)
    return entry


def check(directory: Path, history: Sequence[Entry]) -> None:
    """Raise Refused unless the log says that the file in `directory` was added, and nothing since."""
    if not _stands(directory, history):
        raise Refused("the log does not say that this token opens here: it was removed; bring passphrase or shares")


def enforce(opened: Opened, history: Sequence[Entry]) -> None:
    """At opening: destroy a file that the log does not say was added."""
    if (opened.directory / keys.HSM).exists() and not _stands(opened.directory, history):
        files.destroy(opened.directory / keys.HSM)


def shown(directory: Path) -> Json:
    """What the terminal needs to ask the token, or None: none there, or a file that is none."""
    try:
        hsm = keys.hsm_of(directory)
    except Malformed:
        return None
    if hsm is None:
        return None
    place = hsm.place
    return {"module": place.module, "token": place.token, "key": place.key.hex(), "point": hsm.point.hex()}


def _stands(directory: Path, history: Sequence[Entry]) -> bool:
    said = next((dict(entry.facts) for entry in reversed(history) if entry.kind is Kind.HSM), {})
    return said == {"change": "added", "digest": _digest(directory)}


def _digest(directory: Path) -> str:
    return hashlib.sha256((directory / keys.HSM).read_bytes()).hexdigest()
