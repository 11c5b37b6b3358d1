"""Acts: what people ask of the custodian, each verb answered by the room that owns it.

Invariants:

* Nothing is answered that was not admitted, and the answer is sealed to who asked.
* One place, `requests.logged`, makes an entry of every refusal.
* A still or a look leaves once enough witnesses have cosigned its entry. If they do not, the entry stands, and who asks
  again is answered when they do.
* Searches and disclosures have doors of their own; here they are refused.
"""

from collections.abc import Callable

from countenance.channel.message import Message
from countenance.errors import Malformed, Refused
from countenance.formats import records
from countenance.formats.canonical import Json
from countenance.vocabulary.acts import Candidacy, Filing, Named, Verb
from countenance.vocabulary.holds import HoldOrder
from countenance.vocabulary.warrants import Approval
from countenance.zones.custodian import (
    approvals,
    calibrating,
    cameras,
    clearing,
    enrolling,
    entering,
    erasure,
    holding,
    migration,
    requests,
    restricting,
    review,
    strangers,
    surveyed,
    witnesses,
)
from countenance.zones.custodian.migration import MigrationState
from countenance.zones.custodian.opened import Opened
from countenance.zones.custodian.requests import Admitted, Papers
from countenance.zones.custodian.rights import afterwards, replies

Answer = dict[str, Json]
Plain = Callable[[Opened, Admitted], Answer]
WithPapers = Callable[[Opened, Admitted, Papers], Answer]


_WITNESSED = {Verb.LOOK.value, Verb.CANDIDATE.value}


def answer(opened: Opened, message: Message) -> Message:
    """`ask`. Blobs: sealed ask and, for acts on a warrant, sealed text, template and photo key. Sealed answer."""
    admitted = requests.admit(opened, message.blobs[0] if message.blobs else b"")
    with requests.logged(opened, admitted):
        done = _done(opened, admitted, message)
        if admitted.ask.verb in _WITNESSED and isinstance(entry := done.get("entry"), int):
            witnesses.cover(opened, entry)
        return Message(message.verb, {}, (requests.reply(admitted, done),))


def _done(opened: Opened, admitted: Admitted, message: Message) -> Answer:
    verb = Verb(admitted.ask.verb)
    plain: dict[Verb, Plain] = {
        Verb.APPROVE: _approve,
        Verb.WARRANTS: approvals.listed,
        Verb.REVIEW: review.review,
        Verb.RESTRICT: restricting.restrict,
        Verb.ORDER: erasure.order,
        Verb.LOOK: cameras.look,
        Verb.DECLARE: cameras.declare,
        Verb.WITHDRAW: cameras.withdraw,
        Verb.MIGRATE: migration.draft,
        Verb.MIGRATIONS: migration.listed,
        Verb.HOLD: _hold,
        Verb.HOLDS: holding.listed,
        Verb.RELEASE: holding.release,
        Verb.POLICY: approvals.policy,
        Verb.FREEZES: clearing.listed,
        Verb.CLEAR: clearing.clear,
        Verb.EXTENT: calibrating.extent,
        Verb.SIGN_THRESHOLD: calibrating.sign,
        Verb.ERRORS: strangers.listed,
        Verb.ENTER: entering.enter,
        Verb.ROSTER: enrolling.listed,
        Verb.QUESTIONS: replies.listed,
        Verb.REPLY: replies.reply,
        Verb.NAME: afterwards.name,
        Verb.AFTERWARDS: afterwards.told,
        Verb.PUBLISH: surveyed.publish,
    }
    with_papers: dict[Verb, tuple[type[Filing | Named | Candidacy], WithPapers]] = {
        Verb.DRAFT: (Filing, _draft),
        Verb.NARROW: (Filing, approvals.narrow),
        Verb.READ: (Named, approvals.read),
        Verb.CANDIDATE: (Candidacy, review.candidate),
    }
    if verb in plain:
        return plain[verb](opened, admitted)
    if verb is Verb.QUESTION:
        if len(message.blobs) != 2:
            raise Malformed("the repository put no question beside this request: name one of the list")
        return replies.read(opened, admitted, message.blobs[1])
    if verb not in with_papers:
        raise Refused("a search or disclosure is asked for through the repository's own verb for it")
    kind, act = with_papers[verb]
    papers = requests.papers(opened, message, records.read(kind, admitted.ask.body))
    return act(opened, admitted, papers)


def _draft(opened: Opened, admitted: Admitted, papers: Papers) -> Answer:
    """A new warrant, whose id is no order's: else words on the order would be taken for words on it."""
    with opened.lock:
        name = records.read(Filing, admitted.ask.body).warrant
        if opened.store.get(MigrationState, name) is not None or holding.is_order(opened, name):
            raise Refused("an order of this id was drafted before: draft this warrant under a new id")
        return approvals.draft(opened, admitted, papers)


def _approve(opened: Opened, admitted: Admitted) -> Answer:
    """A word on a warrant or on a migration order or hold: whichever has the id."""
    if migration.is_order(opened, admitted):
        return migration.approve(opened, admitted)
    if holding.is_order(opened, records.read(Approval, admitted.ask.body).warrant):
        return holding.approve(opened, admitted)
    return approvals.approve(opened, admitted)


def _hold(opened: Opened, admitted: Admitted) -> Answer:
    """A new hold, whose id is nothing else's."""
    with opened.lock:
        if opened.store.get(MigrationState, records.read(HoldOrder, admitted.ask.body).hold) is not None:
            raise Refused("an order of this id was drafted before: draft this hold under a new id")
        return holding.draft(opened, admitted)
