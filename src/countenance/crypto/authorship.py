"""Authorship: the one place that decides whether a person signed an ask, by key file, credential or session.

Everything that takes a person's word comes here: requests, approvals, verdicts, orders, evidence. Whether a word by a
key file or a session counts for what it says is `hardware`'s: by a session never for an approval, a review or a clerk's
act; by a key file for those in demo deployments only.

A session's word counts if the person's credential of the console's origin signed the session, for this deployment, for
at most twelve hours that the ask was made in, and the session's key signed the ask. In demo deployments a key file may
sign a session, as it may anything there.
"""

from typing import Final

from countenance.crypto import assertion, possession, verify
from countenance.errors import Malformed, Refused, Tampered
from countenance.formats import records
from countenance.vocabulary.acts import Verb
from countenance.vocabulary.deployment import ApprovalOrigin, Genesis
from countenance.vocabulary.moments import MILLISECONDS_AN_HOUR
from countenance.vocabulary.requests import Ask, Assertion, Session, SessionWord, Signed
from countenance.vocabulary.warrants import Person

BY_HAND: Final = frozenset(
    {
        *(Verb.APPROVE, Verb.CANDIDATE, Verb.REVIEW, Verb.RESTRICT, Verb.REPLY, Verb.AFTERWARDS),
        *(Verb.ORDER, Verb.RELEASE, Verb.CLEAR),
    }
)
"""Acts that need the person at their authenticator: approvals, reviews, clerks' acts, releases, clearing an account."""

LONGEST_SESSION_HOURS = 12
"""A working day: then the person is asked for their passkey again."""


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
    """Raise Refused if this act needs a credential in hardware here and a key file or a session signed it."""
    if verb in BY_HAND and not signed.by_key_file and assertion_of(signed) is None:
        raise Refused("who is signed in may ask, but this needs your security key itself: act on the approval page")
    if verb in BY_HAND and signed.by_key_file and not genesis.demo:
        raise Refused(
            "hardware keys are needed for this here: act on the approval page, or with --usb; key files count for it "
            "only in demo deployments, made with 'countenance init --demo'"
        )


def assertion_of(signed: Signed) -> Assertion | None:
    """The assertion that signs, or None for a key file or a session. Raises Malformed for something else."""
    word = None if signed.by_key_file else _word(signed.signature)
    return word if isinstance(word, Assertion) else None


def session_of(signed: Signed) -> bytes | None:
    """The written `Signed` Session in whose name this was signed, or None. Raises Malformed for something else."""
    word = None if signed.by_key_file else _word(signed.signature)
    return word.session if isinstance(word, SessionWord) else None


def _word(signature: bytes) -> Assertion | SessionWord:
    try:
        return records.read(Assertion, signature)
    except Malformed:
        return records.read(SessionWord, signature)


def _verify(signed: Signed, person: Person, genesis: Genesis) -> None:
    if signed.by_key_file:
        verify.verify(person.key, signed.body, signed.signature)
        return
    try:
        word = _word(signed.signature)
    except Malformed as error:
        raise Tampered("this is neither the signature of a key file nor an assertion or a session's word") from error
    if isinstance(word, SessionWord):
        _verify_session(word, signed.body, person, genesis)
        return
    if genesis.approval is None:
        raise Tampered("this deployment has no approval origin: key files sign here")
    _verify_assertion(word, person, genesis.approval, signed.body)


def _verify_assertion(made: Assertion, person: Person, origin: ApprovalOrigin, message: bytes) -> None:
    for credential in person.credentials:
        if credential.id == made.credential:
            assertion.verify(made, credential, origin, message)
            return
    raise Tampered("this credential is not on the roster for this person, or no longer")


def _verify_session(word: SessionWord, body: bytes, person: Person, genesis: Genesis) -> None:
    letter = records.read(Signed, word.session)
    session = records.read(Session, letter.body)
    # A session of a deployment counts at the custodians beside its own, whose names begin with the deployment's.
    if not letter.signer == session.person == person.name or session.deployment != genesis.deployment.partition("/")[0]:
        raise Tampered("this session is another person's, or of another deployment")
    if genesis.console is None:
        raise Tampered("this deployment has no console, and knows no sessions")
    if not letter.by_key_file:
        _verify_assertion(records.read(Assertion, letter.signature), person, genesis.console, letter.body)
    elif genesis.demo:
        verify.verify(person.key, letter.body, letter.signature)
    else:
        raise Tampered("a key file begins no session: sign in with your passkey")
    possession.verify(session.key, body, word.signature)
    made = records.read(Ask, body).made
    if not session.made <= made <= session.expires <= session.made + LONGEST_SESSION_HOURS * MILLISECONDS_AN_HOUR:
        raise Refused("this session is over: sign in again")
