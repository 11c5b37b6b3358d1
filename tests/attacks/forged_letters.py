"""Forged letters: not by who they say, not for now, or not readable; each is counted."""

import random
from dataclasses import replace

from attacks.forgeries import STRANGER, Forgers, Rogue, Sent, forgery, turned
from countenance.crypto import sign
from countenance.formats import records
from countenance.vocabulary.acts import Clearance, Restriction, Verb
from countenance.vocabulary.requests import Ask, Signed
from countenance.vocabulary.warrants import Approval
from countenance.zones.custodian import requests
from simulator.people import key_of

COUNTED: Forgers = {}


def honest(rogue: Rogue, chance: random.Random) -> Ask:
    """An ask that the custodian would answer if it were signed."""
    name = chance.choice(["court-b/judge-1", "supervisor-1", "officer-1"])
    return rogue.asked(name, Verb.READ.value, records.write(rogue.named("good")))


@forgery(COUNTED)
def replayed(rogue: Rogue, chance: random.Random) -> Sent:
    verb, blobs = chance.choice(rogue.heard)
    return verb, blobs, {}


@forgery(COUNTED)
def signed_by_a_stranger(rogue: Rogue, chance: random.Random) -> Sent:
    ask = honest(rogue, chance)
    key = chance.choice([STRANGER, key_of("officer-2"), key_of("clerk-1"), rogue.court.edge.signing])
    return "ask", (rogue.sealed(sign.signed(ask, ask.person, key)), *rogue.papers("good")), {}


@forgery(COUNTED)
def signed_for_another(rogue: Rogue, chance: random.Random) -> Sent:
    ask = honest(rogue, chance)
    signer = chance.choice(["officer-2", "clerk-1", "edge-1", "nobody", ""])
    return "ask", (rogue.sealed(sign.signed(ask, signer, key_of(signer))), *rogue.papers("good")), {}


@forgery(COUNTED)
def by_a_revoked_person(rogue: Rogue, chance: random.Random) -> Sent:
    text = rogue.warrants[chance.choice(["one person", "one organisation", "good"])]
    said = Approval(text.warrant, 1, records.digest(text), "court-b/judge-2", True, "", rogue.court.zone.clock())
    ask = rogue.asked("court-b/judge-2", Verb.APPROVE.value, records.write(said))
    return "ask", (rogue.sealed(sign.signed(ask, ask.person, key_of(ask.person))),), {}


@forgery(COUNTED)
def for_elsewhere_or_another_time(rogue: Rogue, chance: random.Random) -> Sent:
    ask, elsewhere = honest(rogue, chance), chance.randbytes(8).hex()
    late = requests.FRESH_MINUTES * requests.MINUTE + chance.randint(1, 10**9)
    changed = chance.choice(
        [
            replace(ask, deployment=elsewhere),
            replace(ask, made=ask.made + late),
            replace(ask, made=ask.made - late),
            replace(ask, nonce=chance.randbytes(chance.choice([0, 15, 17]))),
            replace(ask, verb=chance.choice(["", "own", "searches"])),
            replace(ask, reply_key=chance.randbytes(chance.choice([0, 32, 1216]))),
        ]
    )
    sealed = rogue.sealed(sign.signed(changed, ask.person, key_of(ask.person)), chance.choice(["", elsewhere]))
    return "ask", (sealed, *rogue.papers("good")), {}


@forgery(COUNTED)
def body_of_another_verb(rogue: Rogue, chance: random.Random) -> Sent:
    body = records.write(chance.choice([Restriction((rogue.candidate,), "asked"), Clearance("officer-1", 3)]))
    verb = chance.choice([Verb.ORDER, Verb.APPROVE, Verb.REVIEW, Verb.CANDIDATE, Verb.DRAFT, Verb.LOOK, Verb.MIGRATE])
    roles = {Verb.REVIEW: "reviewer-1", Verb.CANDIDATE: "reviewer-1", Verb.DRAFT: "officer-1"}
    who = roles.get(verb, "operator-1" if verb in (Verb.LOOK, Verb.MIGRATE) else "court-b/judge-1")
    ask = rogue.asked(who, verb.value, body)
    return "ask", (rogue.sealed(sign.signed(ask, who, key_of(who))), *rogue.papers("good")), {}


@forgery(COUNTED)
def spelt_otherwise(rogue: Rogue, chance: random.Random) -> Sent:
    """Signed by who says so, and no canonical JSON: spaces, another order, one more field, a float, two of a field."""
    ask = honest(rogue, chance)
    named = records.write(rogue.named("good"))
    bodies = [
        named.replace(b":", b": ", 1),
        named.replace(b'"number":1', b'"number":1.0'),
        named.replace(b'"number":1', b'"number":1,"number":1'),
        named[:-1] + b',"zz":1}',
        named + chance.choice([b" ", b"\n", b"{}"]),
        named[: -chance.randint(1, len(named) - 1)],
    ]
    inner = replace(ask, body=chance.choice(bodies))
    outer = records.write(ask).replace(b":", b" :", chance.randint(1, 3))
    written = chance.choice([records.write(inner), outer])
    signed = Signed(ask.person, written, key_of(ask.person).sign(written))
    return "ask", (rogue.sealed(signed), *rogue.papers("good")), {}


@forgery(COUNTED)
def bytes_changed(rogue: Rogue, chance: random.Random) -> Sent:
    """A sealed ask, or the letter in it, cut, extended or with a bit turned."""
    ask = honest(rogue, chance)
    letter = records.write(sign.signed(ask, ask.person, key_of(ask.person)))
    if chance.random() < 0.5:
        return "ask", (rogue.sealed(turned(letter, chance)), *rogue.papers("good")), {}
    return "ask", (turned(rogue.sealed(letter), chance), *rogue.papers("good")), {}
