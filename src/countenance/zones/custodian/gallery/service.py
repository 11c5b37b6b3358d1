"""The gallery custodian's socket: sessions of edges, and people's asks.

Everything here authenticates itself: an edge by its signature and the session's keys, a person by their signature. Who
can connect and is neither learns whether it is open, how many alerts it keeps and the key of the hour, and can take up
connections. An enrolled person is who has the code of their consent.
"""

from collections.abc import Callable, Mapping

from countenance.channel import session as wire
from countenance.channel.message import Message
from countenance.channel.server import Handler
from countenance.vocabulary.galleries import Alert
from countenance.zones.custodian.gallery import acts, consents
from countenance.zones.custodian.gallery.lifecycle import GalleryCustodian
from countenance.zones.custodian.gallery.standing import Galleries
from countenance.zones.custodian.opened import Opened
from countenance.zones.custodian.rights import desk

Act = Callable[[Opened, Galleries, Message], Message]


def handlers(custodian: GalleryCustodian) -> Mapping[str, Handler]:
    """The verbs of the socket."""

    def status(message: Message) -> Message:
        return Message(message.verb, custodian.summary())

    def guarded(act: Act) -> Handler:
        def handle(message: Message) -> Message:
            with custodian.acting() as opened:
                return act(opened, custodian.galleries, message)

        return handle

    def count(opened: Opened, galleries: Galleries, message: Message) -> Message:
        """How many alerts are kept: whoever shows them to reviewers asks this, and a reviewer then asks for them."""
        del galleries
        return Message(message.verb, {"alerts": opened.store.count(Alert)})

    def key(opened: Opened, galleries: Galleries, message: Message) -> Message:
        """The key of this hour: a document that is stated or shown is sealed to it."""
        del galleries
        return desk.key(opened, Message(message.verb))

    sessions = custodian.sessions
    return {
        "status": status,
        "ask": guarded(acts.answer),
        "alerts.count": guarded(count),
        "door.held": guarded(consents.held),
        "door.withdraw": guarded(consents.withdraw),
        "desk.key": guarded(key),
        wire.BEGIN: guarded(sessions.begin),
        wire.GALLERIES: guarded(sessions.listed),
        wire.IDENTIFY: guarded(custodian.identifier.identify),
        wire.STRIKE: guarded(custodian.identifier.strike),
        # Not an act: it waits for nothing that comparing or alerting holds.
        wire.PROBE: sessions.probe,
    }
