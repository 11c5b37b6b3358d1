"""Courier: tells approvers what was filed, by a channel of the custodian's own, so that nobody else can keep it quiet.

Invariants:

* A notice has the text that would be signed, its hash, and the custodian's signature; never a photo or a template.
* It is queued in the transaction that files the warrant, and leaves the store when it was sent, when the warrant can no
  longer be approved, or after eight attempts, which is said on the process's standard error.
* Sending holds no lock. What is slow or away delays nothing but other notices.

While a notice waits, the custodian keeps a warrant's text, encrypted in its store, which it otherwise never does. Who
reads the mailbox learns the case: addresses are the operator's choice, and without one nothing is sent.
"""

from collections.abc import Callable
from contextlib import AbstractContextManager
from dataclasses import dataclass, replace

from countenance.crypto import sign
from countenance.errors import Malformed, Unavailable
from countenance.formats import records
from countenance.vocabulary.moments import Moment, written
from countenance.vocabulary.warrants import Role, Warrant
from countenance.zones.custodian import roster
from countenance.zones.custodian.cases import WarrantState
from countenance.zones.custodian.channels import Notice, Send
from countenance.zones.custodian.opened import Opened

Acting = Callable[[], AbstractContextManager[Opened]]

MOST_TRIES = 8
FIRST_PAUSE = 60_000
"""Milliseconds before the second attempt; each pause after it is twice as long, two hours in all."""

LONGEST_ADDRESS = 320


@dataclass(frozen=True, slots=True, repr=False)
class Address:
    """Where a person (key: their name) is told what was filed."""

    address: str

    def __repr__(self) -> str:
        return "Address()"


@dataclass(frozen=True, slots=True)
class Filed:
    """What the custodian signs: this text was filed as this version, at this moment."""

    deployment: str
    warrant: str
    number: int
    hash: bytes
    made: Moment


@dataclass(frozen=True, slots=True, repr=False)
class Letter:
    """A notice that waits. `due`: not before then."""

    person: str
    warrant: str
    number: int
    text: str
    tries: int
    due: Moment

    def __repr__(self) -> str:
        return f"Letter({self.warrant}/{self.number}, {self.tries} tries)"


def address(opened: Opened, name: str, where: str) -> int:
    """Keep where a person is told, or with an empty text nowhere; returns the entry, which does not say where."""
    if len(where) > LONGEST_ADDRESS or not where.isprintable() or where != where.strip():
        raise Malformed(f"an address is a mail address, a topic or a name, of at most {LONGEST_ADDRESS} characters")
    with opened.lock:
        roster.person(opened, name)
        entry = roster.note(opened, f"address of {name}")
        if where:
            opened.store.put(Address(where), name)
        else:
            opened.store.drop(Address, name)
        return entry


def post(opened: Opened, warrant: Warrant) -> None:
    """Queue a notice of this version for every approver who has an address. Inside the filing's transaction."""
    now = opened.clock()
    text = _text(opened, warrant, now)
    for member in roster.members(opened):
        person = member.person
        if member.revoked or Role.APPROVER not in person.roles or person.name == warrant.requester:
            continue
        if opened.store.get(Address, person.name) is not None:
            letter = Letter(person.name, warrant.warrant, warrant.number, text, 0, now)
            opened.store.put(letter, f"{warrant.warrant}/{warrant.number}/{person.name}")


def deliver(acting: Acting, send: Send | None, log: Callable[[str], None]) -> int:
    """Send what is due, once each; returns how many went out. Without a channel, what waits is dropped.

    `acting`: gives the open custodian; not held while something is sent, so that it can be closed meanwhile.
    """
    sent = 0
    with acting() as opened:
        waiting = _due(opened, send)
    for key, letter, where in waiting:
        failure: Unavailable | None = None
        try:
            if send is not None:
                send(where, Notice(letter.person, letter.warrant, _subject(letter), letter.text))
        except Unavailable as error:
            failure = error
        with acting() as opened:
            _settle(opened, key, letter, failure, log)
        sent += failure is None
    return sent


def _due(opened: Opened, send: Send | None) -> list[tuple[str, Letter, str]]:
    """Letters to send now, with their keys and addresses; those that nobody needs any more are dropped."""
    found = []
    with opened.lock:
        for key, letter in list(opened.store.all(Letter)):
            known = opened.store.get(Address, letter.person)
            if send is None or known is None or not _stands(opened, letter):
                opened.store.drop(Letter, key)
            elif letter.due <= opened.clock():
                found.append((key, letter, known.address))
    return found


def _settle(opened: Opened, key: str, letter: Letter, failure: Unavailable | None, log: Callable[[str], None]) -> None:
    tries = letter.tries + 1
    if failure is not None:
        log(f"notice of warrant {letter.warrant}, attempt {tries} of {MOST_TRIES}: {failure}")
    if failure is None or tries == MOST_TRIES:
        opened.store.drop(Letter, key)
    else:
        due = opened.clock() + FIRST_PAUSE * 2 ** (tries - 1)
        opened.store.put(replace(letter, tries=tries, due=due), key)


def _subject(letter: Letter) -> str:
    return f"Countenance: warrant {letter.warrant}, version {letter.number}"


def _stands(opened: Opened, letter: Letter) -> bool:
    state = opened.store.get(WarrantState, letter.warrant)
    return (
        state is not None and state.standing.number == letter.number and state.standing.limits.expires > opened.clock()
    )


def _text(opened: Opened, warrant: Warrant, now: Moment) -> str:
    scope, limits = warrant.scope, warrant.limits
    filed = Filed(warrant.deployment, warrant.warrant, warrant.number, records.digest(warrant), now)
    signed = sign.signed(filed, "custodian", opened.signing)
    origin = opened.genesis.approval
    where = "with your key" if origin is None else f"at {origin.origin}"
    lines = (
        f"Warrant {warrant.warrant}, version {warrant.number}, was filed. Read it {where}, and decide there.",
        "",
        f"case        {warrant.case}",
        f"kind        {warrant.kind.value}",
        f"purpose     {warrant.purpose}",
        f"legal basis {warrant.legal_basis}",
        f"asked by    {warrant.requester}",
        f"cameras     {', '.join(scope.cameras)}",
        f"time        {written(scope.start)} to {written(scope.end)}",
        f"limits      {limits.uses} searches, {limits.candidates} candidates each, until {written(limits.expires)}",
        "",
        "The text that would be signed, and its SHA-256:",
        records.write(warrant).decode(),
        filed.hash.hex(),
        "",
        "Signed by the custodian:",
        records.write(signed).decode(),
    )
    # Invisible characters of another person's words must not change how the rest reads.
    return "\n".join("".join(letter for letter in line if letter.isprintable()) for line in lines)
