"""Forged subjects: root on the repository asks for a stranger as if the stranger asked about themselves, 1,000 ways.

It has every request that kiosks ever filed through it, can seal anything to the custodian and to the hour's key, and
insiders lend it keys: a camera's edge, the probe helper, a kiosk that was revoked, an officer, a clerk. A kiosk that
was taken over asks for more than the law gives. After each: refused, counted, nothing else has changed; no question.
"""

import random
import secrets
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field, replace

import pytest

from attacks.forgeries import ANOTHER, STRANGER, Rogue, State, turned
from countenance.channel.message import Message
from countenance.crypto import sign, verify
from countenance.crypto.seal import binding, seal
from countenance.crypto.sign import SigningKey
from countenance.errors import CountenanceError, Unavailable
from countenance.formats import records
from countenance.vocabulary.acts import Filing as Filed
from countenance.vocabulary.acts import Verb
from countenance.vocabulary.entries import Kind
from countenance.vocabulary.rights import Wish
from countenance.vocabulary.warrants import RealTime, Scope, Warrant, WarrantKind
from countenance.zones.custodian import edges
from countenance.zones.custodian.rights import questions
from simulator.court import sitting
from simulator.kiosk import Capture, Filing, Kiosk, of_custodian
from simulator.people import CAST, HOUR, SUBJECT, key_of

FORGERIES = 1000
MINUTE = 60_000
# Somebody else than whom the honest requests are about, as the attacker has them from a photo.
STRANGERS = Capture(ANOTHER, b"a stranger's photo")
OWN = Capture.of(SUBJECT)

Sent = tuple[str, tuple[bytes, ...], dict[str, object]]


@dataclass
class Siege:
    """The court's repository, what kiosks filed through it, and the keys that insiders lend it."""

    rogue: Rogue
    kiosk: Kiosk
    lent: dict[str, Kiosk] = field(default_factory=dict)
    filed: list[Filing] = field(default_factory=list)

    @classmethod
    def laid(cls, rogue: Rogue) -> "Siege":
        zone = rogue.court.zone
        call = of_custodian(lambda: zone.opened)
        made = {name: Kiosk(zone.genesis, call, zone.clock, name) for name in ("kiosk-1", "kiosk-2")}
        for kiosk in made.values():
            edges.enrol(zone.opened, kiosk.identity)
        siege = cls(rogue, made["kiosk-1"], {"a revoked kiosk": made["kiosk-2"]})
        for kiosk in made.values():
            filing = kiosk.filing(kiosk.text(secrets.token_bytes(16), OWN), OWN)
            kiosk.file(filing)
            siege.filed.append(filing)
        edges.revoke(zone.opened, "kiosk-2")
        for name, key in (
            ("edge-1", rogue.court.edge.signing),
            ("probe", zone.probe.signing),
            ("kiosk-9", STRANGER),
            ("officer-1", key_of("officer-1")),
            ("clerk-1", key_of("clerk-1")),
        ):
            siege.lent[name] = Kiosk(zone.genesis, call, zone.clock, name, key)
        return siege

    def honest(self, **changed: object) -> Warrant:
        """A request that the kiosk would sign now."""
        return self.kiosk.text(secrets.token_bytes(16), OWN, **changed)  # type: ignore[arg-type]

    def sent(self, filing: Filing) -> Sent:
        """As the repository passes it on."""
        return "desk.file", filing.blobs[:4], {"hour": filing.hour}

    def sealed(self, purpose: str, plain: bytes, warrant: str = "", *more: str) -> bytes:
        """What anybody can seal to the custodian."""
        genesis = self.rogue.court.zone.genesis
        return seal(genesis.custodian_key, binding(purpose, genesis.deployment, *filter(None, (warrant, *more))), plain)


Forger = Callable[[Siege, random.Random], Sent]
FORGERS: dict[str, Forger] = {}


def forgery(act: Forger) -> Forger:
    """Keep a way to forge under its name in words."""
    FORGERS[act.__name__.replace("_", " ")] = act
    return act


@forgery
def by_no_kiosk(siege: Siege, chance: random.Random) -> Sent:
    """A key that nobody enrolled, in the kiosk's name or in any other."""
    name = chance.choice(["kiosk-1", "kiosk-1", "kiosk-9", "edge-1", "probe", "clerk-1", ""])
    forger = replace(siege.kiosk, name=name, signing=chance.choice([STRANGER, SigningKey.generate()]))
    return siege.sent(forger.filing(forger.text(chance.randbytes(16), STRANGERS), STRANGERS))


@forgery
def with_a_lent_key(siege: Siege, chance: random.Random) -> Sent:
    """A real key of somebody or something that is no kiosk, or is one no more, in its own name or the kiosk's."""
    lender = siege.lent[chance.choice(sorted(siege.lent))]
    forger = replace(lender, name=chance.choice([lender.name, lender.name, "kiosk-1"]))
    return siege.sent(forger.filing(forger.text(chance.randbytes(16), STRANGERS), STRANGERS))


@forgery
def with_a_persons_key(siege: Siege, chance: random.Random) -> Sent:
    """Anybody's key file on the roster, as if they were a kiosk."""
    name = chance.choice([one for one, _, _ in CAST])
    forger = replace(siege.kiosk, name=chance.choice([name, "kiosk-1"]), signing=key_of(name))
    return siege.sent(forger.filing(forger.text(chance.randbytes(16), STRANGERS), STRANGERS))


@forgery
def in_another_kiosks_name(siege: Siege, chance: random.Random) -> Sent:
    """The kiosk signs a text or a probe that says another kiosk, a person, or the probe helper made it."""
    other = chance.choice(["kiosk-2", "officer-1", "probe", "edge-1"])
    text = siege.honest()
    text = chance.choice(
        [
            replace(text, requester=other),
            replace(text, probe=replace(text.probe, helper=other)),
            replace(text, case=" "),
        ]
    )
    return siege.sent(siege.kiosk.filing(text, OWN))


@forgery
def replayed(siege: Siege, chance: random.Random) -> Sent:
    """What was accepted before, whole, or beside parts of another."""
    filing = chance.choice(siege.filed)
    if chance.random() < 0.5:
        return siege.sent(filing)
    fresh = siege.kiosk.filing(siege.honest(), OWN)
    at = chance.choice([0, 1, 2])
    blobs = [*fresh.blobs]
    blobs[at] = filing.blobs[at]
    return siege.sent(replace(fresh, blobs=tuple(blobs)))


@forgery
def under_an_id_or_code_that_was_used(siege: Siege, chance: random.Random) -> Sent:
    """A kiosk that was taken over files again under what it filed before, or what an officer did."""
    used = siege.filed[0].text
    assert used.subject is not None
    text = chance.choice(
        [
            siege.honest(warrant=used.warrant),
            siege.honest(warrant=siege.rogue.warrants["good"].warrant),
            siege.honest(subject=used.subject),
        ]
    )
    return siege.sent(siege.kiosk.filing(text, OWN))


@forgery
def another_text_than_was_signed(siege: Siege, chance: random.Random) -> Sent:
    """The kiosk's word, kept back by the repository, beside a text about more."""
    signed = siege.honest()
    text = changed(signed, chance)
    filing = siege.kiosk.filing(signed, OWN)
    word, _, *rest = filing.blobs
    blobs = (word, siege.sealed("warrant", records.write(text), signed.warrant, "1"), *rest)
    return siege.sent(replace(filing, blobs=blobs))


@forgery
def changed_after_it_was_signed(siege: Siege, chance: random.Random) -> Sent:
    """The kiosk's signature under another scope, wish, limit or photo, in word and text alike."""
    signed = siege.honest()
    text = changed(signed, chance)
    filing = siege.kiosk.filing(signed, OWN)
    word = sign.signed(signed, siege.kiosk.name, siege.kiosk.signing)
    forged = records.write(replace(word, body=records.write(text)))
    both = (siege.sealed("desk", forged), siege.sealed("warrant", records.write(text), signed.warrant, "1"))
    return siege.sent(replace(filing, blobs=(*both, *filing.blobs[2:])))


def changed(text: Warrant, chance: random.Random) -> Warrant:
    """The text with something else in it that an attacker would like."""
    assert text.subject is not None
    said, scope = text.subject, text.scope
    return chance.choice(
        [
            replace(text, scope=replace(scope, start=scope.start - chance.randint(1, 20) * HOUR)),
            replace(text, scope=replace(scope, cameras=chance.choice([("hall-east",), ("hall-west",)]))),
            replace(text, subject=replace(said, wish=Wish.DELETE.value)),
            replace(text, subject=replace(said, code_hash=chance.randbytes(32))),
            replace(text, subject=replace(said, consent=chance.randbytes(32))),
            replace(text, subject=replace(said, assisted=True)),
            replace(text, limits=replace(text.limits, candidates=chance.randint(1, 9))),
            replace(text, limits=replace(text.limits, threshold=chance.randint(441, 1000))),
            replace(text, probe=replace(text.probe, image_digest=chance.randbytes(32))),
            replace(text, made=text.made - chance.randint(1, 4 * MINUTE)),
        ]
    )


@forgery
def more_than_the_law_gives(siege: Siege, chance: random.Random) -> Sent:
    """A kiosk that was taken over signs wider limits and scopes, or another kind of warrant."""
    text, now = siege.honest(), siege.kiosk.clock()
    limits, scope = text.limits, text.scope
    particulars = RealTime("5(1)(h)(i)", "a", "b", now - HOUR, now + HOUR, "law", "fria", "id")  # type: ignore[arg-type]
    wider = [
        replace(text, limits=replace(limits, candidates=chance.choice([0, chance.randint(11, 999)]))),
        replace(text, limits=replace(limits, uses=chance.choice([0, chance.randint(2, 100)]))),
        replace(text, limits=replace(limits, one_in=chance.randint(0, 19))),
        replace(text, limits=replace(limits, threshold=chance.randint(0, 429))),
        replace(text, limits=replace(limits, expires=now + chance.randint(8 * HOUR + 1, 999 * HOUR))),
        replace(text, limits=replace(limits, secrecy_end=now - chance.randint(0, HOUR))),
        replace(text, scope=replace(scope, start=scope.end - chance.randint(24 * HOUR + 1, 999 * HOUR))),
        replace(text, scope=replace(scope, end=now + chance.randint(1, 48 * HOUR))),
        replace(text, scope=Scope((), scope.start, scope.end)),
        replace(text, scope=replace(scope, cameras=("hall-east", f"yard-{chance.randrange(99)}"))),
        replace(text, scope=replace(scope, cameras=tuple(f"hall-{one}" for one in range(9)))),
        replace(text, purpose=chance.choice(["missing person", "subject access "])),
        replace(text, kind=chance.choice([one for one in WarrantKind if one is not WarrantKind.SUBJECT_ACCESS])),
        replace(text, subject=None),
        replace(text, kind=WarrantKind.REAL_TIME, real_time=particulars),
        replace(text, real_time=particulars),
        replace(text, number=2, narrowed_from=chance.randbytes(32)),
        replace(text, narrowed_by="kiosk-1"),
        replace(text, deployment=chance.randbytes(8).hex()),
        replace(text, warrant=chance.choice(["", "0" * 15, "G" * 16, "../../../etc/pass"])),
    ]
    return siege.sent(resealed(siege, chance.choice(wider)))


@forgery
def of_no_subject(siege: Siege, chance: random.Random) -> Sent:
    """A kiosk that was taken over names a wish that there is not, or digests that are none."""
    text = siege.honest()
    assert text.subject is not None
    said = chance.choice(
        [
            replace(text.subject, wish=chance.choice(["", "watch", "Tell", "export"])),
            replace(text.subject, code_hash=chance.randbytes(chance.randrange(32))),
            replace(text.subject, consent=chance.randbytes(chance.choice([0, 16, 31, 33]))),
        ]
    )
    return siege.sent(siege.kiosk.filing(replace(text, subject=said), OWN))


@forgery
def of_another_time(siege: Siege, chance: random.Random) -> Sent:
    """Signed long ago and kept back, signed ahead, or expired."""
    now = siege.kiosk.clock()
    made = now + chance.choice([-1, 1]) * chance.randint(5 * MINUTE + 1, 7 * HOUR)
    text = siege.honest(made=made)
    expired = replace(text, made=now, limits=replace(text.limits, expires=now - chance.randint(0, HOUR)))
    return siege.sent(siege.kiosk.filing(chance.choice([text, expired]), OWN))


@forgery
def of_another_hour(siege: Siege, chance: random.Random) -> Sent:
    """Sealed to this hour's key and said to be of another, or the other way round."""
    filing = siege.kiosk.filing(siege.honest(), OWN)
    hour = filing.hour
    said = chance.choice([hour - 1, hour + 1, hour - chance.randint(2, 999), -1, None, "now", str(hour), [hour]])
    return "desk.file", filing.blobs[:4], {"hour": said}


@forgery
def another_template_than_is_bound(siege: Siege, chance: random.Random) -> Sent:
    """A stranger's template, or bytes that are none, beside an honest text; or bound to the photo without the kiosk."""
    text = siege.honest()
    if chance.random() < 0.3:
        template = chance.choice([ANOTHER, chance.randbytes(len(OWN.template)), OWN.template[:-2], b""])
        return siege.sent(siege.kiosk.filing(text, replace(OWN, template=template)))
    stolen = replace(siege.kiosk, signing=STRANGER).probe(STRANGERS)
    bound = chance.choice([stolen, replace(stolen, signature=text.probe.signature)])
    return siege.sent(siege.kiosk.filing(replace(text, probe=bound), STRANGERS))


@forgery
def damaged(siege: Siege, chance: random.Random) -> Sent:
    """A bit turned, bytes cut or added, parts left out, doubled or changed over."""
    filing = siege.kiosk.filing(siege.honest(), OWN)
    word, text, template, key = filing.blobs[:4]
    at = chance.randrange(3)
    bent = [turned(one, chance) if number == at else one for number, one in enumerate((word, text, template))]
    blobs = chance.choice(
        [
            (*bent, key),
            (*bent, key),
            (word, text, template),
            (text, word, template, key),
            (word, text, key, template),
            (),
        ]
    )
    return "desk.file", tuple(blobs), {"hour": filing.hour}


@forgery
def no_text_at_all(siege: Siege, chance: random.Random) -> Sent:
    """What the kiosk signed is no warrant, or what is sealed is nobody's word."""
    filing = siege.kiosk.filing(siege.honest(), OWN)
    body = chance.choice([b"", b"{}", b"null", chance.randbytes(64), records.write(siege.kiosk.identity)])
    word = records.write(sign.signed(siege.kiosk.identity, "kiosk-1", siege.kiosk.signing))
    blobs = (siege.sealed("desk", chance.choice([word, body])), siege.sealed("warrant", body, filing.text.warrant, "1"))
    return siege.sent(replace(filing, blobs=(*blobs, *filing.blobs[2:])))


def resealed(siege: Siege, text: Warrant) -> Filing:
    """A text that the kiosk signs whatever it says, sealed so that it would open if it were right."""
    filing = siege.kiosk.filing(replace(text, deployment=siege.kiosk.genesis.deployment), OWN)
    word = records.write(sign.signed(text, siege.kiosk.name, siege.kiosk.signing))
    both = (siege.sealed("desk", word), siege.sealed("warrant", records.write(text), text.warrant, "1"))
    return replace(filing, blobs=(*both, *filing.blobs[2:]))


@pytest.fixture(scope="module")
def siege() -> Iterator[Siege]:
    with sitting() as court:
        yield Siege.laid(Rogue.set_up(court))


@pytest.mark.parametrize("kind", sorted(FORGERS))
def test_fails_against_product(siege: Siege, kind: str) -> None:
    chance, opened = random.Random(kind), siege.rogue.court.zone.opened
    asked = [one.request for one in questions.every(opened)]
    for _ in range(-(-FORGERIES // len(FORGERS))):
        verb, blobs, body = FORGERS[kind](siege, chance)
        before = State.of(opened)
        with pytest.raises(CountenanceError) as caught:
            siege.rogue.send(verb, *blobs, **body)
        after = State.of(opened, before)
        assert not isinstance(caught.value, Unavailable), caught.value
        assert {entry.kind for entry in after.fresh} <= {Kind.MALFORMED}, caught.value
        assert after.counted - before.counted == 1, caught.value
        assert after.store == before.store, caught.value
        assert after.running == before.running
        assert opened.sequencer.checkpoint(before.size).root == before.root, "nothing in the log was rewritten"
    assert [one.request for one in questions.every(opened)] == asked


def test_nobody_drafts_it_for_a_subject(siege: Siege) -> None:
    """An officer whose key is lent drafts what a kiosk would sign: with a helper's probe, or with a kiosk's."""
    court = siege.rogue.court
    for probe in (court.text().probe, siege.kiosk.probe(OWN)):
        text = siege.honest(requester="officer-1", probe=probe)
        filing = Filed(text.warrant, 1, records.digest(text))
        letter = court.letter("officer-1", Verb.DRAFT, filing)
        before = State.of(court.zone.opened)
        with pytest.raises(CountenanceError):
            siege.rogue.send("ask", letter.sealed, *court.sealed(text, OWN.template), others=[])
        after = State.of(court.zone.opened, before)
        assert [entry.kind for entry in after.fresh if entry.kind is not Kind.MALFORMED] == [Kind.REFUSED]
        assert after.store == before.store


def test_an_honest_request_is_filed_all_the_while(siege: Siege) -> None:
    filing = siege.kiosk.filing(siege.honest(), OWN)
    verb, blobs, body = siege.sent(filing)
    assert siege.rogue.send(verb, *blobs, **body).body["request"]


def test_succeeds_without_mitigation(siege: Siege, monkeypatch: pytest.MonkeyPatch) -> None:
    """Who takes a kiosk's signature for granted lets root on the repository ask for a stranger."""
    monkeypatch.setattr(verify, "verify", lambda *_: None)
    forger = replace(siege.kiosk, signing=STRANGER)
    verb, blobs, body = siege.sent(forger.filing(forger.text(secrets.token_bytes(16), STRANGERS), STRANGERS))
    answer: Message = siege.rogue.send(verb, *blobs, **body)
    assert answer.body["request"] in {one.request for one in questions.every(siege.rogue.court.zone.opened)}
