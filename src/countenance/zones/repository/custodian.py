"""The way to the custodian, as every act of the repository sees it."""

from collections.abc import Mapping
from pathlib import Path
from typing import Protocol

from countenance.channel.client import Connection
from countenance.channel.message import Message
from countenance.formats.canonical import Json

# Seconds. A disclosure composes a clip, and a new extractor reads all stills of a sheet; all else is done in a moment.
PATIENCE = 60.0
LONG_PATIENCE = {"disclose": 600.0, "sheet.rewrite": 1800.0}


OF_GALLERY = frozenset({"door.held", "door.withdraw"})
"""What the gallery custodian answers, at its own socket beside the custodian's."""


class Custodian(Protocol):
    """Anything that answers the custodian's relay verbs."""

    def call(self, verb: str, body: Mapping[str, Json], blobs: tuple[bytes, ...] = ()) -> Message:
        """The answer. Raises the four errors; Unavailable also while the custodian is locked or not running."""


class Dialled:
    """A connection a call, so that a long disclosure never holds up a lease."""

    def __init__(self, path: Path) -> None:
        self._path = path

    def call(self, verb: str, body: Mapping[str, Json], blobs: tuple[bytes, ...] = ()) -> Message:
        """See `Custodian`."""
        path = self._path.with_name("gallery") if verb in OF_GALLERY else self._path
        with Connection(path, timeout=LONG_PATIENCE.get(verb, PATIENCE)) as connection:
            return connection.call(verb, body, blobs)
