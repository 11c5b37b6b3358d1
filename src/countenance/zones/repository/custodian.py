"""The way to the custodian, as every act of the repository sees it."""

from collections.abc import Mapping
from pathlib import Path
from typing import Protocol

from countenance.channel.client import Connection
from countenance.channel.message import Message
from countenance.formats.canonical import Json

# Seconds. A disclosure composes a clip, and a new extractor reads a sheet's stills; all else is done in a moment.
PATIENCE = 60.0
LONG_PATIENCE = 600.0
LONG = frozenset({"disclose", "sheet.rewrite"})


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
        patience = LONG_PATIENCE if verb in LONG else PATIENCE
        with Connection(self._path, timeout=patience) as connection:
            return connection.call(verb, body, blobs)
