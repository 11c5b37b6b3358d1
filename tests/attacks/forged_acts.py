"""Forged acts: well-formed, and by somebody who may ask; each refusal is an entry."""

import random
from dataclasses import replace
from typing import Any

from attacks.forgeries import ANOTHER, STRANGER, Forgers, Rogue, Sent, forgery
from countenance.formats import records
from countenance.matching import encode
from countenance.vocabulary.acts import Candidacy, Clearance, Filing, Named, Order, Restriction, Review, Verb
from countenance.vocabulary.holds import HoldOrder, Release
from countenance.vocabulary.migration import MigrationOrder
from countenance.vocabulary.warrants import Approval, Scope, Verdict, Warrant
from simulator.court import LAST_HOUR
from simulator.people import EXTRACTOR, HOUR, NOW, SUBJECT, limits, probe, unit

REFUSED: Forgers = {}


def widened(text: Warrant, chance: random.Random) -> Warrant:
    """The text with something of it made more, or other."""
    scope, limited = text.scope, text.limits
    changes: list[dict[str, Any]] = [
        {"scope": replace(scope, cameras=(*scope.cameras, f"hall-{chance.randrange(10)}"))},
        {"scope": Scope(("hall-west",), scope.start, scope.end)},
        {"scope": replace(scope, start=scope.start - chance.randint(1, 10**9))},
        {"scope": replace(scope, end=scope.end + chance.randint(1, 10**9))},
        {"limits": replace(limited, candidates=limited.candidates + chance.randint(1, 1000))},
        {"limits": replace(limited, uses=limited.uses + chance.randint(1, 1000))},
        {"limits": replace(limited, threshold=limited.threshold - chance.randint(1, 400))},
        {"limits": replace(limited, expires=limited.expires + chance.randint(1, 10**9))},
        {"case": f"case {chance.randrange(100)}, another"},
        {"purpose": chance.choice(["another purpose", "prosecution of a serious crime"])},
        {"requester": chance.choice(["officer-2", "court-b/judge-1"])},
        {"policy": chance.randbytes(32)},
        {"deployment": chance.randbytes(8).hex()},
        {"probe": probe(ANOTHER)},
    ]
    return replace(text, **chance.choice(changes))


@forgery(REFUSED)
def changed_after_signing(rogue: Rogue, chance: random.Random) -> Sent:
    text = widened(rogue.warrants["good"], chance)
    said = rogue.letter("officer-1", Verb.SEARCH, rogue.named("good"))
    return "search.begin", (*said, *rogue.court.sealed(text)[:2]), {}


@forgery(REFUSED)
def changed_and_named(rogue: Rogue, chance: random.Random) -> Sent:
    text = widened(rogue.warrants["good"], chance)
    named = Named("b" * 16, chance.choice([1, 2]), records.digest(text))
    papers = rogue.court.sealed(replace(text, warrant=named.warrant, number=named.number))[:2]
    return "search.begin", (*rogue.letter("officer-1", Verb.SEARCH, named), *papers), {}


@forgery(REFUSED)
def not_enough_approvals(rogue: Rogue, chance: random.Random) -> Sent:
    which = chance.choice(["one organisation", "one person", "revoked", "expired"])
    return "search.begin", rogue.letter("officer-1", Verb.SEARCH, rogue.named(which), papers=which)[:3], {}


@forgery(REFUSED)
def anothers_warrant(rogue: Rogue, chance: random.Random) -> Sent:
    name = chance.choice(["officer-2", "supervisor-1", "operator-1", "reviewer-1", "clerk-1"])
    return "search.begin", rogue.letter(name, Verb.SEARCH, rogue.named("good"), papers="good")[:3], {}


@forgery(REFUSED)
def swapped_probe(rogue: Rogue, chance: random.Random) -> Sent:
    said, (text, *_) = rogue.letter("officer-1", Verb.SEARCH, rogue.named("good")), rogue.papers("good")
    other = rogue.court.sealed(rogue.warrants["good"], encode.to_bytes(encode.encode(unit(chance.randrange(2, 999)))))
    return "search.begin", (*said, text, chance.choice([other[1], rogue.papers("own")[1]])), {}


@forgery(REFUSED)
def photo_of_one_template_of_another(rogue: Rogue, chance: random.Random) -> Sent:
    template = encode.to_bytes(encode.encode(unit(chance.randrange(1000, 9999))))
    helper = rogue.court.zone.probe.signing
    bound = chance.choice([probe(template, STRANGER), probe(template), probe(ANOTHER, helper)])
    bound = chance.choice([bound, replace(probe(template, helper), image_digest=chance.randbytes(32))])
    text = rogue.court.text(warrant=chance.randbytes(8).hex(), probe=bound)
    return drafted(rogue, text, template, "officer-1")


@forgery(REFUSED)
def draft_that_nothing_could_permit(rogue: Rogue, chance: random.Random) -> Sent:
    changes: list[dict[str, Any]] = [
        {"warrant": "b" * 16},
        {"requester": "officer-2"},
        {"narrowed_by": "supervisor-1"},
        {"deployment": chance.randbytes(8).hex()},
        {"policy": chance.randbytes(32)},
        {"limits": limits(expires=NOW)},
        {"limits": limits(threshold=chance.randint(0, 200))},
        {"scope": Scope((), NOW - HOUR, NOW)},
        {"scope": Scope(("hall-east",), NOW, NOW - chance.randint(1, 10**6))},
    ]
    text = rogue.court.text(**{"warrant": chance.randbytes(8).hex(), **chance.choice(changes)})
    return drafted(rogue, text, encode.to_bytes(encode.encode(SUBJECT)), "officer-1")


def drafted(rogue: Rogue, text: Warrant, template: bytes, name: str) -> Sent:
    filing = Filing(text.warrant, text.number, records.digest(text))
    body, blobs = rogue.court.beside()
    papers = rogue.court.sealed(text, template)
    return "ask", (*rogue.letter(name, Verb.DRAFT, filing), *papers, *blobs), body


@forgery(REFUSED)
def approval_of_something_else(rogue: Rogue, chance: random.Random) -> Sent:
    text = rogue.warrants["one person"]
    name = chance.choice(["supervisor-1", "court-b/judge-3"])
    said = Approval(text.warrant, 1, records.digest(text), name, True, "", rogue.court.zone.clock())
    changes: list[dict[str, Any]] = [
        {"hash": chance.randbytes(32)},
        {"hash": records.digest(widened(text, chance) if chance.random() < 0.5 else rogue.warrants["good"])},
        {"number": chance.randint(2, 99)},
        {"warrant": chance.randbytes(8).hex()},
        {"person": "court-b/judge-1"},
        {"approves": False},
    ]
    changed = replace(said, **chance.choice(changes))
    if changed == said:
        changed = replace(said, number=2)
    return "ask", rogue.letter(name, Verb.APPROVE, changed), {}


@forgery(REFUSED)
def approval_that_does_not_count(rogue: Rogue, chance: random.Random) -> Sent:
    """By the requester, twice by one person, by who is no approver, of what has expired."""
    which, name = chance.choice(
        [
            ("own", "officer-2"),
            ("one person", "court-b/judge-1"),
            ("one organisation", "supervisor-2"),
            ("one organisation", "reviewer-2"),
            ("one person", "officer-1"),
            ("one person", "operator-1"),
            ("expired", "court-b/judge-3"),
        ]
    )
    text = rogue.warrants[which]
    said = Approval(text.warrant, 1, records.digest(text), name, True, "", rogue.court.zone.clock())
    return "ask", rogue.letter(name, Verb.APPROVE, said), {}


@forgery(REFUSED)
def narrowing_that_widens(rogue: Rogue, chance: random.Random) -> Sent:
    before = rogue.warrants["good"]
    text = replace(
        widened(before, chance), number=2, narrowed_from=records.digest(before), narrowed_by="court-b/judge-1"
    )
    text = replace(text, scope=replace(text.scope, cameras=(*text.scope.cameras, "hall-north")))
    filing = Filing(before.warrant, 2, records.digest(text))
    papers = rogue.court.sealed(replace(text, warrant=before.warrant))
    return "ask", (*rogue.letter("court-b/judge-1", Verb.NARROW, filing), *papers), {}


@forgery(REFUSED)
def candidate_that_is_none(rogue: Rogue, chance: random.Random) -> Sent:
    sighting = chance.choice([rogue.stranger, chance.randbytes(16).hex()])
    verb = chance.choice([Verb.CANDIDATE, Verb.REVIEW, Verb.DISCLOSE])
    if verb is Verb.REVIEW:
        body: object = Review("b" * 16, 1, chance.choice([sighting, rogue.candidate]), Verdict.SAME)
        return "ask", rogue.letter(chance.choice(["reviewer-1", "officer-1"]), verb, body), {}
    if verb is Verb.DISCLOSE:
        body = Candidacy("b" * 16, 1, chance.choice([sighting, rogue.candidate]))
        return "disclose", rogue.letter(chance.choice(["officer-1", "officer-2"]), verb, body, papers="good"), {}
    who = chance.choice(["reviewer-1", "officer-1", "supervisor-1"])
    return "ask", rogue.letter(who, verb, Candidacy("b" * 16, 1, sighting), papers="good"), {}


@forgery(REFUSED)
def subject_request_forged(rogue: Rogue, chance: random.Random) -> Sent:
    who = chance.choice(["officer-1", "supervisor-1", "operator-1", "clerk-1"])
    unknown = chance.choice([chance.randbytes(16).hex(), rogue.stranger])
    sightings = (unknown,) if who == "clerk-1" else (rogue.candidate,)
    return "ask", rogue.letter(who, Verb.RESTRICT, Restriction(sightings, "the subject asks")), {}


@forgery(REFUSED)
def erasure_forged(rogue: Rogue, chance: random.Random) -> Sent:
    other, known = chance.randbytes(32), bytes.fromhex(rogue.request)
    body = chance.choice([Order(other.hex(), other), Order(rogue.request, other), Order(other.hex(), known)])
    who = "court-b/judge-1"
    if chance.random() < 0.4:
        who, body = chance.choice(["officer-1", "clerk-1", "reviewer-1", "operator-1"]), Order(rogue.request, known)
    return "ask", rogue.letter(who, Verb.ORDER, body), {}


@forgery(REFUSED)
def clearing_and_reading(rogue: Rogue, chance: random.Random) -> Sent:
    if chance.random() < 0.5:
        return "ask", rogue.letter("supervisor-1", Verb.CLEAR, Clearance("officer-1", chance.randrange(20))), {}
    who = chance.choice(["clerk-1", "operator-1"])
    return "ask", rogue.letter(who, Verb.READ, rogue.named("good"), papers="good"), {}


@forgery(REFUSED)
def wrong_door(rogue: Rogue, chance: random.Random) -> Sent:
    """A search where acts are answered, an act where searches begin."""
    if chance.random() < 0.5:
        return "ask", rogue.letter("officer-1", Verb.SEARCH, rogue.named("good"), papers="good"), {}
    door = chance.choice(["search.begin", "disclose"])
    return door, rogue.letter("court-b/judge-1", Verb.READ, rogue.named("good"), papers="good"), {}


@forgery(REFUSED)
def migration_forged(rogue: Rogue, chance: random.Random) -> Sent:
    """An order that opens stills for another extractor: by who may not, or for what is not there."""
    now = rogue.court.zone.clock()
    order = MigrationOrder(
        deployment=rogue.court.zone.genesis.deployment,
        migration=chance.randbytes(8).hex(),
        cameras=("hall-east",),
        first=LAST_HOUR,
        last=LAST_HOUR,
        old=EXTRACTOR,
        new=chance.randbytes(32),
        dimension=128,
        requester="operator-1",
        made=now,
        expires=now + HOUR,
        reason="a better extractor",
    )
    changes: list[dict[str, Any]] = [
        {"deployment": chance.randbytes(8).hex()},
        {"cameras": ("hall-north",)},
        {"requester": "officer-1"},
        {"made": now + HOUR},
        {"expires": now - 1},
        {"migration": "b" * 16},
    ]
    if chance.random() < 0.3:
        who = chance.choice(["reviewer-1", "clerk-1", "supervisor-1"])
        return "ask", rogue.letter(who, Verb.MIGRATE, replace(order, requester=who)), {}
    return "ask", rogue.letter("operator-1", Verb.MIGRATE, replace(order, **chance.choice(changes))), {}


@forgery(REFUSED)
def hold_forged(rogue: Rogue, chance: random.Random) -> Sent:
    """An order that keeps somebody's sightings: by who may not, or for what is not there; or the end of one."""
    now = rogue.court.zone.clock()
    order = HoldOrder(
        deployment=rogue.court.zone.genesis.deployment,
        hold=chance.randbytes(8).hex(),
        warrant="",
        sightings=(rogue.candidate,),
        requester="officer-1",
        made=now,
        until=now + 24 * HOUR,
        reason="a case goes on",
    )
    changes: list[dict[str, Any]] = [
        {"deployment": chance.randbytes(8).hex()},
        {"sightings": (rogue.candidate, chance.randbytes(16).hex())},
        {"sightings": ()},
        {"warrant": chance.randbytes(8).hex()},
        {"requester": "clerk-1"},
        {"made": now + HOUR},
        {"until": now - 1},
        {"hold": "b" * 16},
    ]
    if chance.random() < 0.3:
        who = chance.choice(["reviewer-1", "supervisor-1", "operator-1"])
        return "ask", rogue.letter(who, Verb.HOLD, replace(order, requester=who)), {}
    if chance.random() < 0.3:
        release = Release(order.hold, chance.choice([records.digest(order), chance.randbytes(32)]))
        return "ask", rogue.letter("court-b/judge-1", Verb.RELEASE, release), {}
    return "ask", rogue.letter("officer-1", Verb.HOLD, replace(order, **chance.choice(changes))), {}
