"""The way to the custodian, as every act of the repository sees it."""

from collections.abc import Mapping
from pathlib import Path
from typing import Protocol

from countenance.channel.client import Connection
from countenance.channel.message import Message
from countenance.formats.canonical import Json

# Seconds. A disclosure composes a clip; everything else is done in a moment.
PATIENCE = 60.0
PATIENCE_FOR_DISCLOSURE = 600.0


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
        patience = PATIENCE_FOR_DISCLOSURE if verb == "disclose" else PATIENCE
        with Connection(self._path, timeout=patience) as connection:
            return connection.call(verb, body, blobs)
