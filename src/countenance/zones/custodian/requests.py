"""Requests: who asks, in their own signature, once, now, and only for this deployment.

A request is admitted if, in this order (the numbers are in the code):

1. it opens under the custodian's key and is an `Ask` that somebody signed;
2. its signer is on the roster, and signed it in their own name, for this deployment, with a key or credential of
   theirs;
3. it is of a verb there is, and the answer can be sealed to its reply key;
4. it was made within five minutes of now, and has not been admitted before;
5. its authenticator's counter has grown, if it ever counted: otherwise there are two of it.

A name that is not on the roster fails by (2) as somebody else's signature does: names are not told from no names.
Whatever fails is counted, not logged one by one: anybody who reaches the socket could fill the log. One entry a minute
says how many there were; what fails by (5) alone is an entry of its own. Who can write the store can have a request
admitted twice within five minutes.
"""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass

from countenance.channel.message import Message
from countenance.crypto import assertion, authorship
from countenance.crypto.seal import binding, seal
from countenance.crypto.unseal import unseal
from countenance.errors import CountenanceError, Malformed, Refused, Tampered, Unavailable
from countenance.formats import canonical, records
from countenance.formats.canonical import Json
from countenance.vocabulary.acts import Candidacy, Filing, Named, Verb
from countenance.vocabulary.deployment import Genesis
from countenance.vocabulary.entries import Kind
from countenance.vocabulary.moments import Moment
from countenance.vocabulary.requests import Ask, Signed
from countenance.vocabulary.warrants import Person, WarrantKind
from countenance.zones.custodian import epochs, freezing, roster
from countenance.zones.custodian.cases import SeenNonce, WarrantState
from countenance.zones.custodian.opened import Opened
from countenance.zones.custodian.records import Counted

MINUTE = 60_000
FRESH_MINUTES = 5
"""How far from the custodian's clock a request's own may be."""

KEPT_MINUTES = 2 * FRESH_MINUTES
"""How long a nonce is remembered: longer than any request with it could be fresh."""

LONGEST_REASON = 500
"""Characters of a refusal that its entry keeps: no sentence of ours is longer, and an entry must always fit."""

MOST_BESIDE = 512
"""Sealed templates of other warrants beside one draft: opening them takes time."""

NONCE = 16
KEY = 32


@dataclass(frozen=True, slots=True, repr=False)
class Admitted:
    """One act of one person, known to be theirs. `signed`: the ask as they signed it."""

    person: Person
    ask: Ask
    signed: Signed

    def __repr__(self) -> str:
        return f"Admitted({self.person.name}, {self.ask.verb})"


@dataclass(frozen=True, slots=True, repr=False)
class Papers:
    """What lies sealed in the repository for one warrant, opened.

    `template`: coded, int16 little-endian; `photo_key`: 32 bytes, or none where the act needs no photo. `beside`: what
    else the repository put there, not opened: with a draft, sealed templates by the ids of other warrants; with a
    reading, the sealed text of the version before, named `before`.
    """

    text: bytes
    template: bytes
    photo_key: bytes
    beside: tuple[tuple[str, bytes], ...] = ()

    def __repr__(self) -> str:
        return f"Papers({len(self.text)} bytes of text)"


def admit(opened: Opened, sealed_ask: bytes) -> Admitted:
    """The request in `sealed_ask`. Raises what it fails by; a failure changes nothing but the count."""
    with opened.lock:
        try:
            deployment = opened.genesis.deployment
            letter = unseal(opened.sealing_private, binding("ask", deployment), sealed_ask)
            admitted = signed_by(opened, letter, opened.genesis, _named)
            once(opened, admitted.ask)
        except Unavailable:
            raise
        except CountenanceError:
            count_malformed(opened)
            raise
        with logged(opened, admitted):
            count(opened, admitted)
        return admitted


@contextmanager
def logged(opened: Opened, admitted: Admitted) -> Iterator[None]:
    """Around an act: a frozen person does none; a refusal becomes an entry, a malformed body is counted.

    Both go on to the asker. An act that needs a credential in hardware is refused here if a key file signed it.
    """
    try:
        freezing.check(opened, admitted.person.name)
        authorship.hardware(admitted.signed, admitted.ask.verb, opened.genesis)
        yield
    except (Refused, Tampered) as error:
        with opened.lock:
            facts = {"verb": admitted.ask.verb, "person": admitted.person.name, "reason": str(error)[:LONGEST_REASON]}
            opened.sequencer.append(Kind.REFUSED, facts)
        raise
    except Malformed:
        with opened.lock:
            count_malformed(opened)
        raise


def reply(admitted: Admitted, answer: dict[str, Json]) -> bytes:
    """`answer`, sealed to the key that the asking process made for this request."""
    return seal(admitted.ask.reply_key, _answer_binding(admitted.ask), canonical.write(answer))


def papers(opened: Opened, message: Message, named: Named | Filing | Candidacy, *, photo: bool = True) -> Papers:
    """The sealed text, template and, with `photo`, photo key that the repository put beside a request, opened.

    Raises Refused if they are not those of this version of this warrant, Malformed if they are not there.
    """
    wanted = 3 if photo else 2
    if len(message.blobs) <= wanted:
        raise Malformed("the repository put no warrant beside this request: name the warrant, or file it again")
    deployment = opened.genesis.deployment
    purposes = (
        binding("warrant", deployment, named.warrant, str(named.number)),
        binding("probe", deployment, named.warrant),
        binding("photo", deployment, named.warrant),
    )
    try:
        text, template, *key = (
            unseal(private, info, sealed)
            for private, info, sealed in zip(
                _keys(opened, named.warrant), purposes[:wanted], message.blobs[1 : 1 + wanted], strict=False
            )
        )
    except Tampered as error:
        raise Refused("what lies beside this request is not this version of this warrant: file it again") from error
    if photo and len(key[0]) != KEY:
        raise Malformed(f"the key of a probe photo is {KEY} bytes: extract the probe again")
    return Papers(text, template, key[0] if photo else b"", _beside(message, 1 + wanted))


def _keys(opened: Opened, warrant: str) -> tuple[bytes, bytes, bytes]:
    """What opens the text, template and photo key of a warrant. Those of a subject's request lie under an epoch key."""
    own, state = opened.sealing_private, opened.store.get(WarrantState, warrant)
    if state is None or state.kind is not WarrantKind.SUBJECT_ACCESS:
        return own, own, own
    epoch = epochs.private_key(opened, state.epoch)
    return own, epoch, epoch


def count_malformed(opened: Opened) -> None:
    """Count one bad request, and at most once a minute say in the log how many there were."""
    desk, now = opened.desk, opened.clock()
    desk.malformed += 1
    if now - desk.noted >= MINUTE:
        opened.sequencer.append(Kind.MALFORMED, {"count": str(desk.malformed)})
        desk.malformed, desk.noted = 0, now


def _beside(message: Message, first: int) -> tuple[tuple[str, bytes], ...]:
    """{others}: ids, and from blob `first` on a sealed template for each."""
    others, sealed = message.body.get("others", []), message.blobs[first:]
    if not isinstance(others, list) or len(others) != len(sealed) or len(others) > MOST_BESIDE:
        raise Malformed(f"beside a draft lie at most {MOST_BESIDE} sealed templates, and a warrant is named for each")
    return tuple(zip(map(str, others), sealed, strict=True))


def signed_by(
    opened: Opened, letter: bytes, genesis: Genesis, named: Callable[[Opened, str], Person] = roster.person
) -> Admitted:
    """The ask in a written `Signed`, for the deployment of `genesis`, and who on the roster signed it (1 to 3).

    `named`: who has a name.
    """
    signed = records.read(Signed, letter)
    person = named(opened, signed.signer)
    ask = ask_of(signed, person, genesis)
    seal(ask.reply_key, _answer_binding(ask), b"")
    return Admitted(person, ask, signed)


def _named(opened: Opened, name: str) -> Person:
    """Who has this name on the roster; else nobody, by no key or credential of whom anything verifies.

    So whoever asks in somebody's name without their key is told the same, whether there is such a name or not.
    """
    try:
        return roster.person(opened, name)
    except Refused:
        return Person(name, "", (), b"")


def ask_of(signed: Signed, person: Person, genesis: Genesis) -> Ask:
    """What `person` signed, in their own name and for the deployment of `genesis`. Raises Tampered, Malformed."""
    ask = authorship.asked(signed, person, genesis)  # (1) (2)
    if ask.verb not in {verb.value for verb in Verb} or len(ask.nonce) != NONCE:  # (3)
        raise Malformed("this request has a verb that does not exist, or no nonce: check the versions of both sides")
    return ask


def made(signed: Signed) -> Moment:
    """When a signed ask was made, as it says itself."""
    return records.read(Ask, signed.body).made


def once(opened: Opened, ask: Ask) -> None:
    """Remember the ask. Raises Refused if it is not of the last five minutes, or was admitted before (4)."""
    now = opened.clock()
    if abs(now - ask.made) > FRESH_MINUTES * MINUTE:  # (4)
        raise Refused("this request is not of the last five minutes: set this machine's clock, or ask again")
    key = f"{ask.made // MINUTE:012d}/{ask.nonce.hex()}"
    if opened.store.get(SeenNonce, key) is not None:
        raise Refused("this request was made before; ask anew")
    with opened.store.together():
        oldest = f"{now // MINUTE - KEPT_MINUTES:012d}"
        for old, _ in opened.store.all(SeenNonce):
            if old >= oldest:
                break
            opened.store.drop(SeenNonce, old)
        opened.store.put(SeenNonce(ask.person), key)


def count(opened: Opened, admitted: Admitted) -> None:
    """Remember the counter of the authenticator that signed, if one did. Raises Refused if it has not grown (5)."""
    made = authorship.assertion_of(admitted.signed)
    if made is None:
        return
    count, key = assertion.counter(made), made.credential.hex()
    last = opened.store.get(Counted, key) or Counted(0)
    if (last.count or count) and count <= last.count:  # (5)
        raise Refused(
            "this authenticator has counted fewer acts than it had before: there may be a copy of it; have the "
            "credential revoked at the custodian's terminal and enrol another"
        )
    if count:
        opened.store.put(Counted(count), key)


def _answer_binding(ask: Ask) -> bytes:
    return binding("answer", ask.deployment, ask.nonce.hex())
