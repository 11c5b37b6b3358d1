"""Filings: what came with a warrant, kept for the custodian and readable by it alone.

A filing is kept before the custodian is asked to accept it, so that no accepted warrant is ever without its text. One
that the custodian refuses is deleted again. Where its answer was lost the filing stays beside later attempts: the
custodian, which knows the hash, tells which is the accepted one. At most `MAXIMUM_UNDECIDED` such attempts are kept.
Beside a new warrant go the sealed templates of those that run, for the custodian to hold it against.

Who can read this learns that a warrant was filed, when, and how long its text is.
"""

from collections.abc import Collection, Mapping
from dataclasses import dataclass

from sqlalchemy import delete, insert, select, update

from countenance.channel.message import Message
from countenance.errors import Malformed, Refused, Unavailable
from countenance.formats.canonical import Json
from countenance.zones.repository import arguments, schema
from countenance.zones.repository.repository import Repository

# Bytes.
MAXIMUM_ASK = 256 * 1024
MAXIMUM_TEXT = 256 * 1024
MAXIMUM_TEMPLATE = 16 * 1024
MAXIMUM_PHOTO_KEY = 8 * 1024
MAXIMUM_PHOTO = 64 * 1024 * 1024
MAXIMUM_UNDECIDED = 64
# Sealed templates of other warrants that go with one: two for one warrant if its first attempt's answer was lost.
MAXIMUM_OTHERS = 512


@dataclass(frozen=True, slots=True, repr=False)
class Filed:
    """One version of a warrant as it lies here, all of it sealed. `photo`: name of an object."""

    text: bytes
    template: bytes
    photo_key: bytes
    photo: str

    @property
    def sealed(self) -> tuple[bytes, bytes, bytes]:
        """What the custodian is given with every act under the warrant."""
        return (self.text, self.template, self.photo_key)


def named(body: Mapping[str, Json]) -> tuple[str, int]:
    """The warrant and number that a message means."""
    warrant = arguments.short_id(body.get("warrant"), "a warrant's id")
    number = arguments.whole(body, "number", most=2**31 - 1)
    if number < 1:
        raise Malformed("versions of a warrant are numbered from 1")
    return warrant, number


def file(repository: Repository, message: Message) -> Message:
    """`warrant.file`: keep what comes with a warrant, let the custodian decide, pass its answer on.

    Blobs: sealed ask, sealed text, and for number 1 sealed template, sealed photo key, photo ciphertext. Raises what
    the custodian raises; Refused if this version was accepted before.
    """
    warrant, number = named(message.body)
    limits = (MAXIMUM_TEMPLATE, MAXIMUM_PHOTO_KEY, MAXIMUM_PHOTO) if number == 1 else ()
    sealed_ask, text, *probe = arguments.blobs(message.blobs, MAXIMUM_ASK, MAXIMUM_TEXT, *limits)
    if number > 1:
        first = find(repository, warrant, 1)
        sealed = (text, first.template, first.photo_key)
    else:
        sealed = (text, probe[0], probe[1])
    filing = _keep(repository, warrant, number, (text, *probe))
    try:
        others, templates = _others(repository, warrant) if number == 1 else ([], ())
        answer = repository.custodian.call(
            "ask", {"others": others} if others else {}, (sealed_ask, *sealed, *templates)
        )
    except Unavailable:
        raise
    except BaseException:
        _forget(repository, filing)
        raise
    _accepted(repository, filing)
    repository.log(f"warrant filed: warrant={warrant} number={number}")
    return Message(message.verb, answer.body, answer.blobs)


def desk_key(repository: Repository, message: Message) -> Message:
    """`desk.key` : {extractor} -> {hour, least}, the key that a kiosk seals to, and the custodian's word on them."""
    answer = repository.custodian.call("desk.key", {"extractor": str(message.body.get("extractor", ""))[:64]})
    return Message(message.verb, answer.body, answer.blobs)


def desk_file(repository: Repository, message: Message) -> Message:
    """`desk.file`: {warrant, hour} and a kiosk's word, text, template, photo key and photo -> what the custodian says.

    Kept as a warrant's filing is; all of it goes when the custodian says that it was answered.
    """
    warrant = arguments.short_id(message.body.get("warrant"), "a request's id")
    hour = arguments.whole(message.body, "hour")
    limits = (MAXIMUM_ASK, MAXIMUM_TEXT, MAXIMUM_TEMPLATE, MAXIMUM_PHOTO_KEY, MAXIMUM_PHOTO)
    letter, *probe = arguments.blobs(message.blobs, *limits)
    filing = _keep(repository, warrant, 1, tuple(probe))
    try:
        answer = repository.custodian.call("desk.file", {"hour": hour}, (letter, *probe[:3]))
    except Unavailable:
        raise
    except BaseException:
        _forget(repository, filing)
        raise
    _accepted(repository, filing)
    return Message(message.verb, answer.body, answer.blobs)


def forget(repository: Repository, ended: Collection[str]) -> int:
    """Delete what came with the warrants that `ended`; their photos go with the next sweep. How many there were."""
    with repository.database.writing() as connection:
        return connection.execute(delete(schema.filings).where(schema.filings.c.warrant.in_(ended))).rowcount


def find(repository: Repository, warrant: str, number: int) -> Filed:
    """What was filed for this version, with the probe of number 1. Raises Refused if nothing was."""
    own = _newest(repository, warrant, number)
    first = own if number == 1 else _newest(repository, warrant, 1)
    if own is None or first is None:
        raise Refused("no such version of this warrant was filed here: 'countenance warrant list' shows what was")
    return Filed(own.text, first.template, first.photo_key, first.photo)


def listed(repository: Repository, message: Message) -> Message:
    """`warrant.list` -> {warrants: [[id, number], …]}."""
    table = schema.filings
    question = select(table.c.warrant, table.c.number).distinct().order_by(table.c.warrant, table.c.number)
    with repository.database.reading() as connection:
        found: list[Json] = [[warrant, number] for warrant, number in connection.execute(question)]
    return Message(message.verb, {"warrants": found})


def photo(repository: Repository, message: Message) -> Message:
    """`warrant.photo`: {warrant} -> the probe's photo, encrypted."""
    filed = find(repository, arguments.short_id(message.body.get("warrant"), "a warrant's id"), 1)
    return Message(message.verb, {}, (repository.objects.get(filed.photo, "the warrant's photo"),))


def _newest(repository: Repository, warrant: str, number: int) -> Filed | None:
    table = schema.filings
    question = (
        select(table.c.text, table.c.template, table.c.photo_key, table.c.photo)
        .where(table.c.warrant == warrant, table.c.number == number)
        .order_by(table.c.accepted.desc(), table.c.arrived.desc(), table.c.filing)
        .limit(1)
    )
    with repository.database.reading() as connection:
        row = connection.execute(question).first()
    if row is None:
        return None
    return Filed(bytes(row.text), bytes(row.template or b""), bytes(row.photo_key or b""), row.photo or "")


def _others(repository: Repository, warrant: str) -> tuple[list[Json], tuple[bytes, ...]]:
    """Ids of the warrants that run but `warrant`, as the custodian says, and what lies here as their templates."""
    named = repository.custodian.call("warrants.running", {}).body.get("warrants")
    if not isinstance(named, list):
        raise Unavailable("the custodian's answer cannot be read: run the same version on both sides")
    table = schema.filings
    question = (
        select(table.c.warrant, table.c.template)
        .where(table.c.warrant.in_(map(str, named)), table.c.warrant != warrant, table.c.number == 1)
        .order_by(table.c.accepted.desc(), table.c.arrived.desc())
        .limit(MAXIMUM_OTHERS)
    )
    with repository.database.reading() as connection:
        rows = connection.execute(question).all()
    return [row.warrant for row in rows], tuple(bytes(row.template) for row in rows)


def _keep(repository: Repository, warrant: str, number: int, parts: tuple[bytes, ...]) -> str:
    table = schema.filings
    filing = repository.random(16).hex()
    text, template, photo_key, ciphertext = parts if number == 1 else (parts[0], None, None, None)
    blobs = () if ciphertext is None else (ciphertext,)
    with repository.objects.written(*blobs) as names, repository.database.writing() as connection:
        here = (table.c.warrant == warrant, table.c.number == number, table.c.accepted.is_(True))
        if connection.execute(select(table.c.filing).where(*here)).first() is not None:
            raise Refused("this version of the warrant is filed already: narrow it, or draft another warrant")
        undecided = select(table.c.filing).where(table.c.accepted.is_(False)).order_by(table.c.arrived.desc())
        old = connection.execute(undecided.offset(MAXIMUM_UNDECIDED - 1)).scalars().all()
        connection.execute(delete(table).where(table.c.filing.in_(old)))
        for name, blob in zip(names, blobs, strict=True):
            connection.execute(insert(schema.objects).values(name=name, size=len(blob)))
        connection.execute(
            insert(table).values(
                filing=filing,
                warrant=warrant,
                number=number,
                text=text,
                template=template,
                photo_key=photo_key,
                photo=names[0] if names else None,
                accepted=False,
                arrived=repository.clock(),
            )
        )
    return filing


def _accepted(repository: Repository, filing: str) -> None:
    with repository.database.writing() as connection:
        table = schema.filings
        connection.execute(update(table).where(table.c.filing == filing).values(accepted=True))


def _forget(repository: Repository, filing: str) -> None:
    """Drop one attempt; its photo, then named by nobody, goes with the next sweep."""
    with repository.database.writing() as connection:
        connection.execute(delete(schema.filings).where(schema.filings.c.filing == filing))
