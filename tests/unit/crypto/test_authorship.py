"""Whose word an ask is: by key file or credential, in their own name, here; and for what a key file counts."""

from dataclasses import replace

import pytest

from countenance.crypto import authorship, sign
from countenance.errors import Malformed, Refused, Tampered
from countenance.formats import records
from countenance.vocabulary.acts import Nothing, Verb
from countenance.vocabulary.deployment import Genesis
from countenance.vocabulary.moments import MILLISECONDS_AN_HOUR as HOUR
from countenance.vocabulary.requests import Ask, Session, Signed
from countenance.vocabulary.warrants import Person, Role
from simulator.authenticator import APPROVAL, ORIGIN, RP_ID, Authenticator
from simulator.browser import CONSOLE, Browser, passkey
from simulator.people import DEPLOYMENT, genesis, key_of

OWN = Authenticator()
PERSON = Person("judge", "court", (Role.APPROVER,), key_of("judge").public, (OWN.credential,))
HERE = genesis(demo=False, approval=APPROVAL)


def ask(verb: Verb = Verb.APPROVE, **changed: object) -> Ask:
    return replace(Ask(DEPLOYMENT, "judge", verb.value, records.write(Nothing()), 1, bytes(16), b"reply"), **changed)


def by_file(asked: Ask) -> Signed:
    return sign.signed(asked, "judge", key_of("judge"))


def test_both_kinds_are_the_persons_word() -> None:
    for signed in (by_file(ask()), OWN.signed(ask())):
        assert authorship.asked(signed, PERSON, HERE) == ask()
    assert authorship.assertion_of(by_file(ask())) is None
    made = authorship.assertion_of(OWN.signed(ask()))
    assert made is not None
    assert made.credential == OWN.id


@pytest.mark.parametrize("kind", [by_file, OWN.signed], ids=["file", "credential"])
def test_another_name_another_deployment_another_person(kind) -> None:
    for signed, person in (
        (kind(ask(deployment="f" * 16)), PERSON),
        (replace(kind(ask()), signer="other"), PERSON),
        (kind(ask(person="other")), PERSON),
        (kind(ask()), replace(PERSON, name="other")),
        (kind(ask()), replace(PERSON, key=key_of("other").public, credentials=(Authenticator().credential,))),
        (kind(ask()), replace(PERSON, key=b"", credentials=())),
    ):
        with pytest.raises(Tampered):
            authorship.asked(signed, person, HERE)


@pytest.mark.parametrize("signature", [b"", bytes(63), bytes(65), b"{}", b'{"type":"Assertion"}', bytes(5000)], ids=len)
def test_what_is_no_signature_at_all(signature: bytes) -> None:
    with pytest.raises(Tampered):
        authorship.asked(replace(OWN.signed(ask()), signature=signature), PERSON, HERE)


def test_a_record_of_another_kind_is_no_ask() -> None:
    body = records.write(Nothing())
    with pytest.raises(Malformed):
        authorship.asked(Signed("judge", body, records.write(OWN.sign(body))), PERSON, HERE)


def test_without_an_approval_origin_no_assertion_counts() -> None:
    with pytest.raises(Tampered, match="no approval origin"):
        authorship.asked(OWN.signed(ask()), PERSON, genesis(demo=False))


@pytest.mark.parametrize("verb", list(Verb))
def test_what_a_key_file_counts_for(verb: Verb) -> None:
    needs = verb in (
        Verb.APPROVE,
        Verb.CANDIDATE,
        Verb.REVIEW,
        Verb.RESTRICT,
        Verb.REPLY,
        Verb.AFTERWARDS,
        Verb.ORDER,
        Verb.RELEASE,
        Verb.CLEAR,
    )
    if needs:
        with pytest.raises(Refused, match="hardware keys"):
            authorship.hardware(by_file(ask(verb)), verb.value, HERE)
    else:
        authorship.hardware(by_file(ask(verb)), verb.value, HERE)
    authorship.hardware(by_file(ask(verb)), verb.value, genesis(demo=True))
    authorship.hardware(OWN.signed(ask(verb)), verb.value, HERE)


SIGNING_IN = Authenticator()
SIGNED_IN = Person("judge", "court", (Role.APPROVER,), key_of("judge").public, (OWN.credential, passkey(SIGNING_IN)))
CITY = genesis(demo=False, approval=APPROVAL, console=CONSOLE)


def browser(**changed: object) -> Browser:
    return Browser(**({"deployment": DEPLOYMENT, "person": "judge", "made": 0, "own": SIGNING_IN} | changed))


def test_a_sessions_word_is_the_persons() -> None:
    here = browser()
    signed = here.signed(ask(Verb.WARRANTS))
    assert authorship.asked(signed, SIGNED_IN, CITY).verb == "warrants"
    assert authorship.session_of(signed) == here.session
    assert authorship.assertion_of(signed) is None
    assert authorship.session_of(by_file(ask())) is None


@pytest.mark.parametrize("verb", list(Verb))
@pytest.mark.parametrize("demo", [False, True])
def test_what_a_session_never_counts_for(verb: Verb, demo: bool) -> None:
    signed, where = browser().signed(ask(verb)), replace(CITY, demo=demo)
    if verb in authorship.BY_HAND:
        with pytest.raises(Refused, match="your security key itself"):
            authorship.hardware(signed, verb.value, where)
    else:
        authorship.hardware(signed, verb.value, where)


def by_key_file(session: Session) -> Signed:
    return sign.signed(session, "judge", key_of("judge"))


@pytest.mark.parametrize(
    ("signed", "person", "where"),
    [
        (browser(person="other").signed(ask()), SIGNED_IN, CITY),
        (browser(deployment="f" * 16).signed(ask()), SIGNED_IN, CITY),
        (browser(own=Authenticator()).signed(ask()), SIGNED_IN, CITY),
        # Signed with the approval origin's credential, or at the approval origin.
        (browser(own=OWN).signed(ask()), SIGNED_IN, CITY),
        (
            browser(sign=lambda session: browser().by_passkey(session, origin=ORIGIN, rp_id=RP_ID)).signed(ask()),
            SIGNED_IN,
            CITY,
        ),
        (browser(sign=by_key_file).signed(ask()), SIGNED_IN, CITY),
        (browser().signed(ask()), PERSON, CITY),
        (browser().signed(ask()), SIGNED_IN, HERE),
        (replace(browser().signed(ask()), body=records.write(ask(Verb.LOOK))), SIGNED_IN, CITY),
    ],
    ids=[
        *("another person", "another deployment", "another passkey", "the approval credential", "at the approval page"),
        *("a key file outside demos", "revoked", "no console", "another ask"),
    ],
)
def test_a_session_that_is_none(signed: Signed, person: Person, where: Genesis) -> None:
    with pytest.raises(Tampered):
        authorship.asked(signed, person, where)


def test_in_a_demo_a_key_file_begins_a_session() -> None:
    signed = browser(sign=by_key_file).signed(ask(Verb.WARRANTS))
    assert authorship.asked(signed, SIGNED_IN, replace(CITY, demo=True)).person == "judge"


@pytest.mark.parametrize(
    ("made", "hours", "asked"),
    [(2, 10, 1), (1, 10, 1 + 10 * HOUR + 1), (1, 12.5, 2), (1, -1, 1)],
    ids=["before it", "after it", "longer than a day's work", "backwards"],
)
def test_a_session_has_its_time(made: int, hours: float, asked: int) -> None:
    with pytest.raises(Refused, match="sign in again"):
        authorship.asked(browser(made=made, hours=hours).signed(ask(made=asked)), SIGNED_IN, CITY)


def test_a_session_inside_a_session_is_none() -> None:
    outer = browser()
    inner = browser(sign=lambda session: replace(outer.signed(ask()), body=records.write(session)))
    with pytest.raises((Tampered, Malformed)):
        authorship.asked(inner.signed(ask()), SIGNED_IN, CITY)
