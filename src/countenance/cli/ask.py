"""How a verb acts for a person: their key file, the repository's socket, sealed asks, and times as people write."""

import datetime
import hashlib
import re
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Annotated

import typer

from countenance.channel.ask import Asker
from countenance.channel.client import Connection
from countenance.cli import key as keys
from countenance.cli.say import genesis_of
from countenance.crypto import segment
from countenance.errors import Malformed, Refused, Tampered
from countenance.formats import records
from countenance.formats.canonical import Json
from countenance.vocabulary.acts import Named, Nothing, Verb
from countenance.vocabulary.deployment import Genesis
from countenance.vocabulary.moments import MILLISECONDS_AN_HOUR, Moment
from countenance.vocabulary.warrants import Warrant

KeyFile = Annotated[Path, typer.Option("--key", help="your key file, made by 'countenance key new'")]

PATIENCE_SECONDS = 600.0
"""A disclosure composes a clip; everything else answers in a moment."""

_UNITS = {"m": MILLISECONDS_AN_HOUR // 60, "h": MILLISECONDS_AN_HOUR, "d": 24 * MILLISECONDS_AN_HOUR}


@dataclass(frozen=True, slots=True)
class Acting:
    """One person at work on one deployment. `repository`: its socket, for what needs no signature."""

    genesis: Genesis
    person: str
    asker: Asker
    repository: Connection


@dataclass(frozen=True, slots=True)
class Reading:
    """A warrant as the custodian let it be read. `text`: the canonical bytes; `answer`: the rest of what it said."""

    warrant: Warrant
    text: bytes
    photo_key: bytes
    answer: dict[str, Json]

    @property
    def hash(self) -> bytes:
        """SHA-256 of the text as it was read: what an approval signs."""
        return hashlib.sha256(self.text).digest()

    def __repr__(self) -> str:
        return f"Reading({self.warrant.warrant}/{self.warrant.number})"


def now() -> Moment:
    """UTC milliseconds by this machine's clock."""
    return time.time_ns() // 1_000_000


def connection(deployment: Path, process: str = "repository") -> Connection:
    """A connection to one of the deployment's processes."""
    return Connection(deployment / "sockets" / process, timeout=PATIENCE_SECONDS)


@contextmanager
def acting(deployment: Path, key_file: Path) -> Iterator[Acting]:
    """Act on `deployment` as the person whose key is in `key_file`. Raises Malformed if the file does not say who."""
    genesis, own = genesis_of(deployment), keys.load(key_file)
    if not own.person:
        raise Malformed(f"{key_file.name} does not say whose key it is: make one with 'countenance key new --person'")
    with connection(deployment) as repository:
        yield Acting(genesis, own.person, Asker(genesis, repository, own.person, own.signing, now), repository)


def standing(person: Acting, warrant: str) -> Named:
    """The version of a warrant that stands now. Raises Refused if this person sees no such warrant."""
    for line in listed(person):
        number, digest = line.get("number"), line.get("hash")
        if line.get("warrant") == warrant and type(number) is int and isinstance(digest, str):
            return Named(warrant, number, bytes.fromhex(digest))
    raise Refused("you see no warrant of this id: 'countenance warrant list' shows those you do")


def listed(person: Acting) -> list[dict[str, Json]]:
    """The warrants that this person may know of, without their texts."""
    lines = person.asker.ask(Verb.WARRANTS, Nothing()).get("warrants")
    return [dict(line) for line in lines if isinstance(line, dict)] if isinstance(lines, list) else []


def reading(person: Acting, warrant: str) -> Reading:
    """The text that stands, held against its hash. The custodian makes an entry of it."""
    named = standing(person, warrant)
    answer = person.asker.ask(Verb.READ, named, warrant=warrant, number=named.number)
    text, photo_key = _hex(answer, "text"), _hex(answer, "photo_key")
    if hashlib.sha256(text).digest() != named.hash:
        raise Tampered("the text is not the one whose hash the custodian named: audit the deployment")
    return Reading(records.read(Warrant, text), text, photo_key, answer)


def photo(person: Acting, warrant: str, photo_key: bytes, digest: bytes) -> bytes:
    """The probe photo of a warrant. Raises Tampered if it is not the picture with this SHA-256."""
    answer = person.repository.call("warrant.photo", {"warrant": warrant})
    data = segment.decrypt(photo_key, answer.blobs[0] if answer.blobs else b"")
    if hashlib.sha256(data).digest() != digest:
        raise Tampered("the photo is not the one the warrant names: audit the deployment")
    return data


def moment(written: str, *, of: Moment) -> Moment:
    """A time as people write it, in UTC milliseconds.

    ISO 8601 (`2026-11-22T09:30Z`, `2026-11-22T10:30+01:00`; UTC without an offset), `HH:MM` of today in UTC, or an
    offset from now: `+48h`, `-90m`, `+30d`. A time before 1970 is 1970. Raises Malformed for anything else. `of`: what
    "now" is.
    """
    relative = re.fullmatch(r"([+-]\d{1,6})([mhd])", written)
    if relative:
        return max(0, of + int(relative[1]) * _UNITS[relative[2]])
    try:
        if re.fullmatch(r"\d{1,2}:\d{2}", written):
            today = datetime.datetime.fromtimestamp(of / 1000, datetime.UTC)
            hour, minute = written.split(":")
            read = today.replace(hour=int(hour), minute=int(minute), second=0, microsecond=0)
        else:
            read = datetime.datetime.fromisoformat(written)
    except ValueError as error:
        raise Malformed(
            f"'{written[:40]}' is no time: write 2026-11-22T09:30Z, 09:30 (today, UTC) or an offset such as +48h"
        ) from error
    aware = read if read.tzinfo else read.replace(tzinfo=datetime.UTC)
    return max(0, int(aware.timestamp() * 1000))


def ordered(start: Json, end: Json) -> None:
    """Raise Malformed if a time to look at ends before it starts; one that is None is open."""
    if isinstance(start, int) and isinstance(end, int) and end < start:
        raise Malformed("--to lies before --from; turn them round")


def _hex(answer: dict[str, Json], name: str) -> bytes:
    value = answer.get(name)
    if not isinstance(value, str):
        raise Malformed("the custodian's answer lacks a part: run the same version on both sides")
    return bytes.fromhex(value)
