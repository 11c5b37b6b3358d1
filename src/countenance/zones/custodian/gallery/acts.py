"""Acts: what people ask of the gallery custodian, each verb answered by the room that owns it.

As at the custodian: nothing is answered that was not admitted, every refusal is an entry, and the answer is sealed to
who asked. People ask at its own socket: there is no repository in between, and nothing for one to attach.
"""

from collections.abc import Callable

from countenance.channel.message import Message
from countenance.errors import Refused
from countenance.formats.canonical import Json
from countenance.vocabulary.acts import Verb
from countenance.zones.custodian import calibrating, requests
from countenance.zones.custodian.gallery import alerts, approving, ending, naming, referring
from countenance.zones.custodian.gallery.standing import Galleries
from countenance.zones.custodian.opened import Opened
from countenance.zones.custodian.requests import Admitted
from countenance.zones.custodian.rights import afterwards

Answer = dict[str, Json]


def answer(opened: Opened, galleries: Galleries, message: Message) -> Message:
    """`ask`: blob 0 is the sealed ask, then what the verb brings. Back: the sealed answer, and a photo if asked."""
    admitted = requests.admit(opened, message.blobs[0] if message.blobs else b"")
    with requests.logged(opened, admitted):
        done, blobs = _done(opened, admitted, message)
    if admitted.ask.verb in (Verb.APPROVE.value, Verb.END.value):
        galleries.look()
    return Message(message.verb, {}, (requests.reply(admitted, done), *blobs))


def _done(opened: Opened, admitted: Admitted, message: Message) -> tuple[Answer, tuple[bytes, ...]]:
    verb = Verb(admitted.ask.verb)
    plain: dict[Verb, Callable[[Opened, Admitted], Answer]] = {
        Verb.APPROVE: approving.approve,
        Verb.READ: approving.read,
        Verb.WARRANTS: approving.listed,
        Verb.ALERTS: alerts.show,
        Verb.END: ending.withdraw,
        Verb.EXTENT: calibrating.extent,
        Verb.SIGN_THRESHOLD: calibrating.sign,
        Verb.NAME: naming.name,
        Verb.AFTERWARDS: afterwards.told,
    }
    bringing: dict[Verb, Callable[[Opened, Admitted, Message], Answer]] = {
        Verb.REFER: referring.refer,
        Verb.DRAFT: approving.draft,
    }
    if verb in plain:
        return plain[verb](opened, admitted), ()
    if verb in bringing:
        return bringing[verb](opened, admitted, message), ()
    if verb is Verb.PICTURE:
        done, photo = referring.picture(opened, admitted)
        return done, (photo,)
    raise Refused("a gallery custodian does nothing but galleries: ask the custodian")
