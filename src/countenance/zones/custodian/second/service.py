"""The second custodian's socket: what the first custodian asks. Each verb is one act elsewhere.

Whoever is not the first custodian learns whether it is open, and can take up connections.
"""

from collections.abc import Callable, Mapping

from countenance.channel.message import Message
from countenance.channel.server import Handler
from countenance.formats import canonical
from countenance.zones.custodian.opened import Opened
from countenance.zones.custodian.second import calls, leasing, releasing, renewing, searching
from countenance.zones.custodian.second.calls import Heard
from countenance.zones.custodian.second.lifecycle import SecondCustodian

Act = Callable[[Opened, Heard], bytes]


def handlers(custodian: SecondCustodian) -> Mapping[str, Handler]:
    """The verbs of the socket."""

    def status(message: Message) -> Message:
        return Message(message.verb, custodian.summary())

    def guarded(act: Act) -> Handler:
        def handle(message: Message) -> Message:
            with custodian.acting() as opened:
                return answered(opened, message, act)

        return handle

    return {"status": status, **{verb: guarded(act) for verb, act in ACTS.items()}}


def answered(opened: Opened, message: Message, act: Act) -> Message:
    """The answer to one call, sealed to the first custodian. Raises what the call or the act fails by."""
    call = calls.heard(opened, message)
    return calls.answer(opened, call, act(opened, call))


def _ready(opened: Opened, call: Heard) -> bytes:
    """{size: of its log, as seen last} -> {size, root, before: the root then, or nothing if it is shorter}."""
    with opened.lock:
        head, seen = opened.sequencer.checkpoint(), calls.number(call, "size") if "size" in call.body else 0
        before = opened.sequencer.checkpoint(seen).root if 0 < seen <= head.size else b""
    return canonical.write({"size": head.size, "root": head.root.hex(), "before": before.hex()})


ACTS: Mapping[str, Act] = {
    "ready": _ready,
    "lease": leasing.lease,
    "search.begin": searching.begin,
    "search.pads": searching.pads,
    "search.end": searching.end,
    "still": releasing.still,
    "disclosure": releasing.disclosure,
    "look": releasing.look,
    "rotate": renewing.rotate,
    "remake": renewing.remake,
}
