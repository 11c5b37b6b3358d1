"""The door's socket: all that the portal's process can ask here, and nothing of what officers and clerks can.

A question comes sealed to the custodian and lies here as it came, for the clerk who reads it later; it goes when the
custodian says that it was answered. Who can read it learns that somebody asked, and when. Who can write it can make
questions, as anybody can at the portal, or lose what somebody wrote: the clerk is told so.
"""

from sqlalchemy import delete, insert, select

from countenance.channel.message import Message
from countenance.errors import Malformed, Refused
from countenance.formats.canonical import Json
from countenance.vocabulary.moments import MILLISECONDS_AN_HOUR
from countenance.zones.repository import arguments, catalogue, dots, filings, publication, published, schema
from countenance.zones.repository.repository import Repository

MAXIMUM_QUESTION = 16 * 1024
CONNECTIONS = 64
OLDEST = 121 * 24 * MILLISECONDS_AN_HOUR
"""Milliseconds after which the custodian keeps nothing of a question that nobody answered: due in 30 days, and 90."""


def ask(repository: Repository, message: Message) -> Message:
    """`door.ask`: the sealed question -> {request} and the sealed statement. Raises what the custodian raises."""
    (sealed,) = arguments.blobs(message.blobs, MAXIMUM_QUESTION)
    answer = repository.custodian.call("door.ask", {}, (sealed,))
    request = arguments.short_id(answer.body.get("request"), "a request's id")
    with repository.database.writing() as connection:
        row = {"request": request, "sealed": sealed, "arrived": repository.clock()}
        connection.execute(insert(schema.questions).values(**row))
    return Message(message.verb, {"request": request}, answer.blobs)


def status(repository: Repository, message: Message) -> Message:
    """`door.status`: the sealed enquiry -> the sealed statement. Raises what the custodian raises."""
    return _passed_on(repository, message)


def notices(repository: Repository, message: Message) -> Message:
    """`door.notices`: sealed question -> what is confirmed of the cameras, sealed. Raises what the custodian raises."""
    return _passed_on(repository, message)


def enrolled(repository: Repository, message: Message) -> Message:
    """`door.held`, `door.withdraw`: an enrolled person's sealed enquiry, for the gallery custodian, and its answer."""
    return _passed_on(repository, message)


def question(repository: Repository, request: Json) -> bytes:
    """The sealed question of a request, for the custodian to open. Raises Refused if it does not lie here."""
    table = schema.questions
    wanted = select(table.c.sealed).where(table.c.request == arguments.short_id(request, "a request's id"))
    with repository.database.reading() as connection:
        sealed = connection.execute(wanted).scalar()
    if sealed is None:
        raise Refused("the words of this question do not lie here: it was answered, or they were lost")
    return bytes(sealed)


def forget(repository: Repository, answered: Json) -> int:
    """Delete what was asked, with a face or without, and answered, as the custodian says; how many without.

    So goes what was asked so long ago that the custodian has forgotten it, answered or not.
    """
    if not isinstance(answered, list) or not all(isinstance(one, str) for one in answered):
        raise Malformed("the custodian's answer cannot be read: run the same version on both sides")
    filings.forget(repository, answered)
    with repository.database.writing() as connection:
        table = schema.questions
        old = table.c.arrived < repository.clock() - OLDEST
        return connection.execute(delete(table).where(old | table.c.request.in_(answered))).rowcount


def _passed_on(repository: Repository, message: Message) -> Message:
    (sealed,) = arguments.blobs(message.blobs, MAXIMUM_QUESTION)
    return Message(message.verb, {}, repository.custodian.call(message.verb, {}, (sealed,)).blobs)


VERBS = {
    "door.ask": ask,
    "door.status": status,
    "door.notices": notices,
    "door.held": enrolled,
    "door.withdraw": enrolled,
    "cameras": catalogue.cameras,
    "cameras.places": dots.places,
    "log.file": published.file,
    "register": publication.register,
}
