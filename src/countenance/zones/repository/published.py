"""What is published of the log, for who cannot read this folder: the checkpoint and tiles, by their C2SP names.

A path is one of those names in its one right spelling, or nothing is looked for: no name of them leads anywhere else.
Whoever asks checks what comes against the checkpoint's signature; nothing is checked here.
"""

import re
from pathlib import Path

from countenance.channel.message import Message
from countenance.errors import Malformed, Unavailable
from countenance.log import tiles
from countenance.log.leaf import LEAF
from countenance.log.note import MAXIMUM_NOTE
from countenance.zones.repository.repository import Repository

# A tree of 2^63 leaves has tiles on levels 0 to 7. Numbers: groups of three digits, all but the last behind an x.
_TILE = re.compile(
    r"tile/([0-7]|entries)/(?!x000/)(?:x\d{3}/){0,6}\d{3}(?:\.p/(?:[1-9]|[1-9]\d|1\d\d|2[0-4]\d|25[0-5]))?"
)
_LONGEST = tiles.WIDTH * (LEAF + 2)


def file(repository: Repository, message: Message) -> Message:
    """`log.file`: {path} -> `checkpoint`, or a tile. Raises Malformed for another path, or if there is none."""
    path = message.body.get("path")
    most = MAXIMUM_NOTE if path == "checkpoint" else _LONGEST
    if not isinstance(path, str) or not (path == "checkpoint" or (path.isascii() and _TILE.fullmatch(path))):
        raise Malformed("this names no checkpoint and no tile of the published log")
    return Message(message.verb, {}, (_read(repository.directory / "log" / path, most),))


def _read(place: Path, most: int) -> bytes:
    try:
        with place.open("rb") as file:
            data = file.read(most + 1)
    except (FileNotFoundError, NotADirectoryError, IsADirectoryError) as error:
        raise Malformed(
            "this is not published: the log grows once a quarter of an hour, load the page again"
        ) from error
    except OSError as error:
        raise Unavailable(f"the published log cannot be read ({error.strerror}); check its disk") from error
    if len(data) > most:
        raise Malformed("this file of the published log is longer than any can be; run 'countenance audit'")
    return data
