"""Whose word an ask is: by key file or credential, in their own name, here; and for what a key file counts."""

from dataclasses import replace

import pytest

from countenance.crypto import authorship, sign
from countenance.errors import Malformed, Refused, Tampered
from countenance.formats import records
from countenance.vocabulary.acts import Nothing, Verb
from countenance.vocabulary.requests import Ask, Signed
from countenance.vocabulary.warrants import Person, Role
from simulator.authenticator import APPROVAL, Authenticator
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
    needs = verb in (Verb.APPROVE, Verb.CANDIDATE, Verb.REVIEW, Verb.RESTRICT, Verb.ORDER, Verb.RELEASE, Verb.CLEAR)
    if needs:
        with pytest.raises(Refused, match="hardware keys"):
            authorship.hardware(by_file(ask(verb)), verb.value, HERE)
    else:
        authorship.hardware(by_file(ask(verb)), verb.value, HERE)
    authorship.hardware(by_file(ask(verb)), verb.value, genesis(demo=True))
    authorship.hardware(OWN.signed(ask(verb)), verb.value, HERE)
