"""The relay socket: what the repository may ask on behalf of edges and people. Each verb is one act elsewhere.

Everything that must have an author carries a signature of its own and is checked by the act; `publish`, `register`,
`published.damaged`, `gone`, `drained`, `edges`, `warrants.running` and `status` come from the repository itself, and
disclose or destroy nothing that it could not withhold.

What is refused here without a person's ask, which makes an entry of its own refusal, is counted like any malformed
message: edges ask again and again, and one entry a minute says enough.

Who can connect without being the repository can present old messages, which change nothing, and can say `drained`
falsely: then sightings of hours that ended more than 24 hours ago and were not yet taken in are lost.
"""

from collections.abc import Callable, Mapping
from pathlib import Path

from countenance.channel.message import Message
from countenance.channel.server import Handler
from countenance.errors import Malformed, Refused, Tampered
from countenance.formats.canonical import Json
from countenance.zones.custodian import (
    acts,
    alarms,
    boarded,
    disclosure,
    edges,
    intake,
    leases,
    measuring,
    publication,
    register,
    remaking,
    requests,
    retention,
    retrieval,
    rewriting,
    tagging,
    witnesses,
)
from countenance.zones.custodian.lifecycle import Custodian
from countenance.zones.custodian.opened import Opened
from countenance.zones.custodian.rights import desk, notices, questions

_OF_PEOPLE = ("ask", "search.begin", "search.finish", "disclose")
"""Verbs that no process asks by itself. Whoever reaches the socket can keep the custodian open with them, no more."""

Act = Callable[[Opened, Message], Message]

_ASKS = frozenset({"ask", "search.begin", "disclose"})
"""Verbs that carry a person's ask: `requests` sees to what is said of their refusals."""


def handlers(custodian: Custodian, evidence_socket: Path) -> Mapping[str, Handler]:
    """The verbs of the relay socket. `evidence_socket`: where the evidence process listens."""

    def status(message: Message) -> Message:
        return Message(message.verb, custodian.shown())

    def disclose(opened: Opened, message: Message) -> Message:
        return disclosure.disclose(opened, message, evidence_socket)

    def ask(opened: Opened, message: Message) -> Message:
        answer = acts.answer(opened, message)
        custodian.warm()
        return answer

    def rewrite(opened: Opened, message: Message) -> Message:
        if remaking.wanted(opened, message):
            return remaking.rewrite(opened, message, evidence_socket)
        return rewriting.rewrite(opened, message)

    when_open: dict[str, Act] = {
        "lease": _lease,
        "intake.sightings": _sightings,
        "intake.manifest": _manifest,
        "ask": ask,
        "desk.key": desk.key,
        "desk.file": desk.file,
        "door.ask": questions.ask,
        "door.status": questions.status,
        "door.notices": notices.confirm,
        "warrants.running": alarms.named,
        "search.begin": _begin,
        "search.sheets": retrieval.named,
        "search.finish": _finish,
        "tags.drop": tagging.drop,
        "calibration.rows": measuring.rows,
        "tags.repair": tagging.repair,
        "sheet.rewrite": rewrite,
        "sheet.rewritten": _rewritten,
        "disclose": disclose,
        "gate.lanes": _lanes,
        "publish": _publish,
        "register": _register,
        "published.damaged": _damaged,
        "gone": _gone,
        "drained": _drained,
        "edges": _edges,
    }
    return {"status": status, **{verb: _guarded(custodian, verb, act) for verb, act in when_open.items()}}


def _guarded(custodian: Custodian, verb: str, act: Act) -> Handler:
    def handle(message: Message) -> Message:
        if verb in _OF_PEOPLE:
            custodian.used()
        with custodian.acting() as opened:
            try:
                return act(opened, message)
            except (Malformed, Refused, Tampered):
                if message.verb not in _ASKS:
                    _count(opened)
                raise

    return handle


def _count(opened: Opened) -> None:
    with opened.lock:
        requests.count_malformed(opened)


def _lease(opened: Opened, message: Message) -> Message:
    hours, sealed = leases.issue(opened, _only_blob(message))
    return Message(message.verb, {"hours": list(hours)}, sealed)


def _sightings(opened: Opened, message: Message) -> Message:
    done = intake.sightings(opened, message.blobs)
    if done.refused:
        _count(opened)
    taken: list[Json] = [[one.sighting, one.number, one.position, one.generation] for one in done.placed]
    body: dict[str, Json] = {"taken": taken, "refused": [list(pair) for pair in done.refused]}
    return Message(message.verb, body, (b"".join(one.mac for one in done.placed),))


def _manifest(opened: Opened, message: Message) -> Message:
    intake.manifest(opened, _only_blob(message))
    return Message(message.verb)


def _lanes(opened: Opened, message: Message) -> Message:
    boarded.take(opened, _only_blob(message))
    return Message(message.verb)


def _publish(opened: Opened, message: Message) -> Message:
    size, note, blobs = publication.since(opened, _number(message, "have"))
    return Message(message.verb, {"size": size, "checkpoint": note}, blobs)


def _register(opened: Opened, message: Message) -> Message:
    return Message(message.verb, {}, (register.signed(opened),))


def _damaged(opened: Opened, message: Message) -> Message:
    publication.damaged(opened, str(message.body.get("place")))
    return Message(message.verb)


def _begin(opened: Opened, message: Message) -> Message:
    """While witnesses that are required do not answer, no use is spent and nothing is authorised."""
    witnesses.cover(opened, opened.sequencer.size - 1)
    return retrieval.begin(opened, message)


def _finish(opened: Opened, message: Message) -> Message:
    """Outside the lock, before anything is compared: until it is witnessed the search runs on, and may be finished."""
    witnesses.cover(opened, retrieval.entry_of(opened, message))
    return retrieval.finish(opened, message)


def _gone(opened: Opened, message: Message) -> Message:
    listed = retention.gone(opened)
    rewrites = listed["rewrite"]
    there = rewrites if isinstance(rewrites, list) else []
    body: dict[str, Json] = {**listed, "rewrite": [*there, *remaking.told(opened, besides=there)]}
    return Message(message.verb, {**body, "measure": measuring.told(opened), "answered": questions.answered(opened)})


def _rewritten(opened: Opened, message: Message) -> Message:
    answer = rewriting.rewritten(opened, message)
    remaking.settle(opened)
    return answer


def _drained(opened: Opened, message: Message) -> Message:
    retention.drained(opened, _number(message, "before"))
    return Message(message.verb)


def _edges(opened: Opened, message: Message) -> Message:
    """Names and signing keys of enrolled edges, so that strangers cannot fill the repository's disk."""
    known = (enrolled for enrolled in edges.every(opened) if not enrolled.revoked)
    return Message(message.verb, {"edges": {one.identity.name: one.identity.signing_key.hex() for one in known}})


def _only_blob(message: Message) -> bytes:
    if len(message.blobs) != 1:
        raise Malformed("this verb comes with one signed record")
    return message.blobs[0]


def _number(message: Message, field: str) -> int:
    value = message.body.get(field)
    if type(value) is not int or value < 0:
        raise Malformed(f"this verb comes with a whole number {field}")
    return value
