"""Afterwards: who was searched or watched for can be told at the desk, once it is no secret, for twelve months.

The procedure (the numbers are in the code):

1. Who asked for a warrant or gallery may state whom it looks for, by an identity document. Kept is a keyed hash under a
   random key of its own, which lies beside it in the store and nowhere else; never the document.
2. When the secrecy is over, what the log says of the matter is looked up. If nobody was searched or watched for by it,
   the hash goes at once; else it can be told of from then on.
3. A clerk, by hand, asks with the document that somebody puts before them. Each ask is an entry that says nothing of
   the document, and is counted; only then is anything looked at.
4. The document is held against all that is kept, whatever matches. Told is what is no secret, signed and proved. What
   is a secret yet, and what never was, are told by the same bytes. Every answer has one length, after one number
   of proofs; who passes it on might still see by the milliseconds that there was something to write.
5. After twelve months hash and key are dropped, and the store's key is replaced: when the custodian is next open.

The document travels under the hour's epoch key: who recorded the way and takes the custodian two days later cannot open
it. Who takes store and root within the twelve months can try every number there is. Who asked may state the wrong
document, and somebody is told what concerned another; the entry names who stated it.

The gallery custodian runs this very code, and only looks up a gallery where this looks up a warrant (`name`).
"""

import hashlib
import hmac
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from itertools import islice

from countenance.crypto import sign
from countenance.crypto.seal import binding
from countenance.crypto.unseal import unseal
from countenance.errors import Refused, Tampered
from countenance.formats import documents, records
from countenance.formats.canonical import Json
from countenance.vocabulary.acts import Verb
from countenance.vocabulary.afterwards import KEPT, Document, Matter, Naming, Shown, Told
from countenance.vocabulary.entries import Entry, Kind
from countenance.vocabulary.moments import Moment
from countenance.vocabulary.warrants import Role, WarrantKind
from countenance.zones.custodian import cases, epochs, roster
from countenance.zones.custodian.cases import CONFIRMED, WarrantState
from countenance.zones.custodian.opened import Opened
from countenance.zones.custodian.requests import KEY, Admitted
from countenance.zones.custodian.rights import questions

CLERK_CAP, DAILY_CAP = 10, 30
"""Asks of one clerk and of all in a day: a desk meets no more people, and a list of numbers is not gone through."""

MOST_DOCUMENTS = 4
"""Documents of one person: of one warrant, or of one reference of a gallery."""

MOST_ENTRIES = 208
"""Entries in one answer: a warrant has 100 uses at most, of two entries each, and few versions."""

WIDTH = 2**22
"""Characters of an answer, filled up with spaces."""

_LIFE = frozenset({Kind.DRAFTED, Kind.NARROWED, Kind.AUTHORISED, Kind.DELIVERED, Kind.OUTCOME_UNKNOWN})
_SEARCH, _GALLERY = "search", "gallery"


@dataclass(frozen=True, slots=True, repr=False)
class Later:
    """A document's keyed hash (key: the matter, a slash, the reference, a slash, 16 random hex digits).

    `drafted`: the matter's entry. `since`: when the secrecy ends as it stood then. `entries`: what can be told, none
    while it is a secret.
    """

    matter: str
    mark: bytes
    key: bytes
    since: Moment
    ground: str
    listed: bool
    drafted: int
    entries: tuple[int, ...] = ()
    whole: bool = True
    confirmed: int = 0

    def __repr__(self) -> str:
        return f"Later({self.matter})"


def name(opened: Opened, admitted: Admitted) -> dict[str, Json]:
    """NAME by a warrant's requester: whom it looks for. Raises Refused, Malformed."""
    naming = records.read(Naming, admitted.ask.body)
    with opened.lock:
        state = cases.state(opened, naming.matter)
        if admitted.person.name != state.requester or state.kind is WarrantKind.SUBJECT_ACCESS or naming.reference:
            raise Refused("whom a warrant looks for is stated by the officer who asked for it, and by nobody else")
        since = _secret_until(state)
        later = Later(naming.matter, b"", b"", since, state.purpose, listed=False, drafted=state.entry)
        return keep(opened, admitted, naming, later)


def keep(opened: Opened, admitted: Admitted, naming: Naming, later: Later) -> dict[str, Json]:
    """Keep the mark of the document in `naming` (1). `later`: what is known of the matter, with no mark yet."""
    document = _document(opened, admitted, naming.hour, naming.sealed)
    prefix = f"{naming.matter}/{naming.reference}/"
    if later.since <= opened.clock():
        raise Refused("this is no secret any more: tell them yourself, nothing is kept for later")
    if opened.store.count(Later, prefix) >= MOST_DOCUMENTS:
        raise Refused(f"{MOST_DOCUMENTS} documents of this person were stated already: no more are kept")
    facts = {"warrant": naming.matter, "person": admitted.person.name}
    entry = opened.sequencer.append(Kind.NAMED, facts, of=later.drafted)
    key = opened.random(KEY)
    kept = replace(later, key=key, mark=_mark(key, document))
    opened.store.put(kept, f"{prefix}{opened.random(8).hex()}")
    return {"matter": naming.matter, "until": later.since + KEPT, "entry": entry}


def told(opened: Opened, admitted: Admitted) -> dict[str, Json]:
    """AFTERWARDS by a clerk, at their authenticator (3, 4). Raises Refused, once the day's asks are used up."""
    roster.require(admitted.person, Role.CLERK)
    shown = records.read(Shown, admitted.ask.body)
    with opened.lock:
        caps = ((f"afterwards {admitted.person.name}", CLERK_CAP), ("afterwards", DAILY_CAP))
        if not all(questions.spent(opened, what, cap) for what, cap in caps):
            raise Refused("as many documents as a day allows were asked for: let them come again tomorrow")
        facts = {"person": admitted.person.name, "what": Verb.AFTERWARDS.value}
        entry = opened.sequencer.append(Kind.READ, facts)
        document = _document(opened, admitted, shown.hour, shown.sealed)
        mine = {one.matter: one for one in _matching(opened, document) if one.entries}
        ordered = sorted(mine.values(), key=lambda one: one.drafted)[max(0, shown.skip) :]
        matters = [_matter(opened, one) for one in _fitting(ordered)]
        # As many proofs for who has nothing to be told, of entries as old as theirs may be.
        for number in range(MOST_ENTRIES - sum(len(one.entries) for one in matters)):
            questions.logged(opened, number * entry // MOST_ENTRIES)
        while True:
            said = Told(
                deployment=opened.genesis.deployment,
                document=document,
                made=opened.sequencer.entry(entry).made,
                matters=tuple(matters),
                left=len(ordered) - len(matters),
            )
            word = records.write(sign.signed(said, opened.genesis.log_origin, opened.signing)).decode()
            if len(word) <= WIDTH:
                return {"told": word.ljust(WIDTH), "entry": entry}
            # Entries of many cameras are long: the last matter is told by the next ask.
            matters.pop()


def settle(opened: Opened) -> None:
    """Make ready what is no secret any more, and destroy what is over (2, 5): the clock's part."""
    with opened.lock:
        now, kept = opened.clock(), list(opened.store.all(Later))
        due = [(key, one) for key, one in kept if not one.entries and _since(opened, one) <= now]
        # Of a list with thousands of references the log is read once.
        found = {matter: _looked_up(opened, one) for matter, one in {one.matter: one for _, one in due}.items()}
        over = [(key, one) for key, one in kept if not one.mark or _since(opened, one) + KEPT <= now]
        over += [(key, one) for key, one in due if not found[one.matter].entries]
        with opened.store.together():
            for key, one in due:
                opened.store.put(replace(found[one.matter], mark=one.mark, key=one.key), key)
            for key, one in over:
                opened.store.put(replace(one, mark=b"", key=b""), key)
        if over:
            opened.store.replace_key()
            # Not before: after a crash in between, what lies here empty says that the key is to be replaced yet.
            with opened.store.together():
                for key, _ in over:
                    opened.store.drop(Later, key)


def _document(opened: Opened, admitted: Admitted, hour: int, sealed: bytes) -> Document:
    info = binding("document", opened.genesis.deployment, admitted.person.name)
    try:
        plain = unseal(epochs.private_key(opened, hour), info, sealed)
    except Tampered as error:
        raise Refused("the document was sealed for somebody or something else: state it again") from error
    said = records.read(Document, plain)
    if documents.document(said.kind, said.state, said.number) != said:
        raise Refused("the document is not spelled as it is compared: run the same version on both sides")
    return said


def _mark(key: bytes, document: Document) -> bytes:
    return hmac.digest(key, records.write(document), hashlib.sha256)


def _matching(opened: Opened, document: Document) -> list[Later]:
    """Those of this document. Every one that is kept takes the same work."""
    kept = [one for _, one in opened.store.all(Later)]
    same = [hmac.compare_digest(one.mark, _mark(one.key, document)) for one in kept]
    return [one for one, is_it in zip(kept, same, strict=True) if is_it]


def _fitting(ordered: Sequence[Later]) -> Iterator[Later]:
    room = MOST_ENTRIES
    for one in ordered:
        room -= len(one.entries)
        if room < 0:
            return
        yield one


def _matter(opened: Opened, one: Later) -> Matter:
    proved = tuple(questions.logged(opened, index) for index in one.entries)
    return Matter(one.matter, one.listed, one.ground, one.confirmed, one.whole, proved)


def _secret_until(state: WarrantState) -> Moment:
    return max(state.standing.limits.secrecy_end, state.standing.limits.expires)


def _since(opened: Opened, one: Later) -> Moment:
    """When its secrecy is over: a warrant that was narrowed since may be told of earlier."""
    state = opened.store.get(WarrantState, one.matter)
    return one.since if state is None else _secret_until(state)


def _looked_up(opened: Opened, one: Later) -> Later:
    """`one` with what the log says of its matter; with no entries if nobody was searched or watched for by it."""
    life, confirmed, began = [], set(), False
    for index, entry in enumerate(islice(opened.sequencer.entries(), one.drafted, None), one.drafted):
        facts = dict(entry.facts)
        if facts.get("warrant") != one.matter:
            continue
        if _of_its_life(entry, facts):
            life.append(index)
            began = began or entry.kind is Kind.AUTHORISED
        elif entry.kind is Kind.REVIEWED and facts.get("outcome") == CONFIRMED:
            confirmed.add(facts.get("candidate"))
    first = tuple(life[:MOST_ENTRIES]) if began else ()
    return replace(one, entries=first, whole=len(life) <= MOST_ENTRIES, confirmed=len(confirmed))


def _of_its_life(entry: Entry, facts: dict[str, str]) -> bool:
    """Whether it is told: nothing that names a sighting or a passage, which may be of somebody else."""
    if entry.kind is Kind.GALLERY_ENDED:
        return True
    return entry.kind in _LIFE and facts.get("act", _SEARCH) in (_SEARCH, _GALLERY)
