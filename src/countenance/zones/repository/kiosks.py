"""Kiosks: the verb by which those of a gate leave each other letters (`letters`)."""

from countenance.channel.message import Message
from countenance.formats.canonical import Json
from countenance.zones.repository import arguments
from countenance.zones.repository.letters import LARGEST
from countenance.zones.repository.repository import Repository


def leave(repository: Repository, message: Message) -> Message:
    """`gate.letter`: {gate, kiosk}, addresses in hex, and a letter -> {kiosks} and a letter of each other kiosk."""
    (data,) = arguments.blobs(message.blobs, LARGEST)
    gate, kiosk = (arguments.long_id(message.body.get(what), f"the address of a {what}") for what in ("gate", "kiosk"))
    found = repository.letters.leave(gate, kiosk, data)
    others: list[Json] = [other for other, _ in found]
    return Message(message.verb, {"kiosks": others}, tuple(one for _, one in found))


def forget(repository: Repository) -> None:
    """A round of forgetting letters that are over a minute old."""
    repository.letters.forget()
