"""Relay: what people and edges say to the custodian, passed on sealed as it came.

Who controls this can withhold or delay a message. It cannot read one, nor answer one: answers are sealed to the person
who asked, leases to the edge.
"""

from sqlalchemy import delete

from countenance.channel.message import Message
from countenance.formats import canonical, records
from countenance.formats.canonical import Json
from countenance.vocabulary.cameras import Camera
from countenance.zones.repository import arguments, door, filings, schema
from countenance.zones.repository.database import insert_new
from countenance.zones.repository.repository import Repository


def ask(repository: Repository, message: Message) -> Message:
    """`ask`: the sealed ask, with the warrant's sealed parts if {warrant, number} says one -> the sealed answer.

    With {question}, a request's id, what lies here of it.

    With `before`, also the sealed text of the version before, for who wants to see what narrowing changed.
    """
    (sealed_ask,) = arguments.blobs(message.blobs, filings.MAXIMUM_ASK)
    body: dict[str, Json] = {}
    blobs = (sealed_ask, *_attached(repository, message))
    if message.body.get("before") is True and len(blobs) > 1:
        warrant, number = filings.named(message.body)
        body, blobs = {"others": ["before"]}, (*blobs, filings.find(repository, warrant, number - 1).text)
    answer = repository.custodian.call("ask", body, blobs)
    return Message(message.verb, answer.body, answer.blobs)


def disclose(repository: Repository, message: Message) -> Message:
    """`disclose`: {warrant, number}, the sealed ask -> the sealed answer and the encrypted evidence."""
    (sealed_ask,) = arguments.blobs(message.blobs, filings.MAXIMUM_ASK)
    filed = filings.find(repository, *filings.named(message.body))
    return _passed_on(repository, "disclose", message.verb, (sealed_ask, *filed.sealed))


def lease(repository: Repository, message: Message) -> Message:
    """`edge.lease`: Signed LeaseRequest -> {hours} and a sealed Lease an hour."""
    (letter,) = arguments.blobs(message.blobs, filings.MAXIMUM_ASK)
    return _passed_on(repository, "lease", message.verb, (letter,))


def lanes(repository: Repository, message: Message) -> Message:
    """`gate.lanes`: Signed LanesSaid -> {}: the custodian has it."""
    (letter,) = arguments.blobs(message.blobs, filings.MAXIMUM_ASK)
    return _passed_on(repository, "gate.lanes", message.verb, (letter,))


def declare(repository: Repository, message: Message) -> Message:
    """`camera.declare`: sealed ask and Camera record (second blob, or `camera` in the body) -> the sealed answer.

    The record is listed from then on, for people's convenience: which cameras may record is the custodian's word.
    """
    sealed_ask, spelled = _with_subject(message)
    camera = records.read(Camera, spelled)
    arguments.name(camera.name, "a camera's name")
    answer = _passed_on(repository, "ask", message.verb, (sealed_ask,))
    with repository.database.writing() as connection:
        connection.execute(delete(schema.cameras).where(schema.cameras.c.camera == camera.name))
        insert_new(connection, schema.cameras, {"camera": camera.name, "record": spelled})
    repository.newest.drop(camera.name)
    return answer


def withdraw(repository: Repository, message: Message) -> Message:
    """`camera.withdraw`: sealed ask and canonical camera name, as in `declare` -> the sealed answer; listed no more."""
    sealed_ask, spelled = _with_subject(message)
    camera = arguments.name(canonical.read(spelled), "a camera's name")
    answer = _passed_on(repository, "ask", message.verb, (sealed_ask,))
    with repository.database.writing() as connection:
        connection.execute(delete(schema.cameras).where(schema.cameras.c.camera == camera))
        connection.execute(delete(schema.dots).where(schema.dots.c.camera == camera))
    repository.newest.drop(camera)
    return answer


def _with_subject(message: Message) -> tuple[bytes, bytes]:
    if "camera" in message.body:
        (sealed_ask,) = arguments.blobs(message.blobs, filings.MAXIMUM_ASK)
        return sealed_ask, canonical.write(message.body["camera"])
    sealed_ask, spelled = arguments.blobs(message.blobs, filings.MAXIMUM_ASK, filings.MAXIMUM_TEXT)
    return sealed_ask, spelled


def _passed_on(repository: Repository, verb: str, asked: str, blobs: tuple[bytes, ...]) -> Message:
    answer = repository.custodian.call(verb, {}, blobs)
    return Message(asked, answer.body, answer.blobs)


def _attached(repository: Repository, message: Message) -> tuple[bytes, ...]:
    if message.body.get("question"):
        return (door.question(repository, message.body["question"]),)
    if not message.body.get("warrant"):
        return ()
    return filings.find(repository, *filings.named(message.body)).sealed
