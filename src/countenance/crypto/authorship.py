"""Authorship: the one place that decides whether a person signed an ask, by key file or by credential.

Everything that takes a person's word comes here: requests, approvals, verdicts, orders, evidence. Whether a word by a
key file counts for what it says is `hardware`'s: it does in demo deployments, and elsewhere only for acts that are not
an approval, a review or a clerk's.
"""

from typing import Final

from countenance.crypto import assertion, verify
from countenance.errors import Malformed, Refused, Tampered
from countenance.formats import records
from countenance.vocabulary.acts import Verb
from countenance.vocabulary.deployment import Genesis
from countenance.vocabulary.requests import Ask, Assertion, Signed
from countenance.vocabulary.warrants import Person

BY_HAND: Final = frozenset(
    {Verb.APPROVE, Verb.CANDIDATE, Verb.REVIEW, Verb.RESTRICT, Verb.ORDER, Verb.RELEASE, Verb.CLEAR}
)
"""Acts that need the person at their authenticator: approvals, reviews, clerks' acts, releases, clearing an account."""


def asked(signed: Signed, person: Person, genesis: Genesis) -> Ask:
    """The ask that `person` signed for this deployment.

    Raises Tampered if somebody else did, it is for elsewhere, or its key or credential is not the person's now;
    Malformed if it is no ask.
    """
    _verify(signed, person, genesis)
    ask = records.read(Ask, signed.body)
    if not signed.signer == ask.person == person.name:
        raise Tampered("this request is signed by another person than it names")
    if ask.deployment != genesis.deployment:
        raise Tampered("this request is for another deployment")
    return ask


def hardware(signed: Signed, verb: str, genesis: Genesis) -> None:
    """Raise Refused if this act needs a credential in hardware here and a key file signed it."""
    if verb in BY_HAND and signed.by_key_file and not genesis.demo:
        raise Refused(
            "hardware keys are needed for this here: act on the approval page, or with --usb; key files count for it "
            "only in demo deployments, made with 'countenance init --demo'"
        )


def assertion_of(signed: Signed) -> Assertion | None:
    """The assertion that signs, or None for a key file. Raises Malformed for something else."""
    return None if signed.by_key_file else records.read(Assertion, signed.signature)


def _verify(signed: Signed, person: Person, genesis: Genesis) -> None:
    if signed.by_key_file:
        verify.verify(person.key, signed.body, signed.signature)
        return
    try:
        made = records.read(Assertion, signed.signature)
    except Malformed as error:
        raise Tampered("this is neither the signature of a key file nor an assertion") from error
    if genesis.approval is None:
        raise Tampered("this deployment has no approval origin: key files sign here")
    for credential in person.credentials:
        if credential.id == made.credential:
            assertion.verify(made, credential, genesis.approval, signed.body)
            return
    raise Tampered("this credential is not on the roster for this person, or no longer")
