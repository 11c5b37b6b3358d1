"""Disclosure: from a confirmed candidate to evidence. The custodian authorises; the evidence process looks.

The procedure (the numbers are in the code):

1. The request is admitted: signed by a person on the roster, new, and of the verb disclose.
2. It names the version of a warrant that stands, and its person is that warrant's requester, an officer; or, where
   somebody at a desk asked for a copy of their own, a clerk who approved it.
3. A search under that version returned the candidate, its camera is one of the person's, two reviewers said *same*,
   and it still exists.
4. `warrants.authorise` makes an Authorisation of text, approvals and circumstances.
5. The *authorised* entry, which numbers the copy, is durable, and cosigned by as many witnesses as the deployment
   requires.
6. Keys of this one sighting, and of the footage of its hours, go to a new evidence process with what it must prove.
7. That process composes, has its clip signed once by a key made for this copy, and returns a digest. If it fails, the
   outcome is unknown, and nothing was disclosed.
8. If the sighting still exists, the *delivered* entry names the digest; it is cosigned as in 5.
9. Shown that entry, the process hands over the evidence, encrypted, and its key; the key is sealed to who asked.

The lock is held in 1 to 6 and 8, not while the process works. Keys are in the custodian's memory for as long as Python
keeps the messages they travelled in.
"""

from pathlib import Path

from countenance.channel.client import Connection
from countenance.channel.message import Message
from countenance.errors import CountenanceError, Malformed, Refused, Tampered, Unavailable
from countenance.formats import records
from countenance.formats.canonical import Json
from countenance.vocabulary.acts import Candidacy, Verb
from countenance.warrants.authorise import Act
from countenance.zones.custodian import (
    briefing,
    cases,
    copies,
    outcomes,
    present,
    requests,
    review,
    roster,
    stacking,
    witnesses,
)
from countenance.zones.custodian.briefing import Brief
from countenance.zones.custodian.cases import CONFIRMED, Candidate
from countenance.zones.custodian.opened import Opened
from countenance.zones.custodian.requests import Admitted

PATIENCE_SECONDS = 570.0
"""How long a clip may take to compose: less than the repository waits for the answer."""

DIGEST = 32
KEY = 32


def disclose(opened: Opened, message: Message, evidence: Path) -> Message:
    """DISCLOSE. Blobs: sealed ask, text, template, photo key. `evidence`: the socket of the evidence process.

    The answer's blobs: sealed {key, evidence, entry, copy}, and the bundle, encrypted under `key`.
    """
    admitted = requests.admit(opened, message.blobs[0] if message.blobs else b"")  # (1)
    with requests.logged(opened, admitted):
        entry, candidate, brief = _authorised(opened, admitted, message)
        _witnessed(opened, entry)
        with Connection(evidence, timeout=PATIENCE_SECONDS) as process:
            digest, delivered = _composed(opened, process, entry, candidate, brief)
            witnesses.cover(opened, delivered)
            bundle, key = _handed_over(opened, process, delivered)
    copy = copies.number(opened, delivered)
    answer: dict[str, Json] = {"key": key.hex(), "evidence": digest.hex(), "entry": delivered, "copy": copy}
    return Message(message.verb, {}, (requests.reply(admitted, answer), bundle))


def _authorised(opened: Opened, admitted: Admitted, message: Message) -> tuple[int, Candidate, Brief]:
    with opened.lock:
        if admitted.ask.verb != Verb.DISCLOSE.value:
            raise Refused("this request is not a disclosure: ask for what it names")
        asked = records.read(Candidacy, admitted.ask.body)
        state = cases.current(opened, asked.warrant, asked.number)  # (2)
        present.may_use(opened, admitted.person, state)
        papers = requests.papers(opened, message, asked)
        candidate = cases.candidate(opened, asked.warrant, asked.number, asked.sighting)  # (3)
        roster.within(admitted.person, (candidate.camera,))
        if candidate.outcome != CONFIRMED:
            raise Refused("two reviewers must say 'same' first: 'countenance review' gives a verdict")
        alive = review.living(opened, candidate)
        authorisation = review.permission(opened, state, papers, Act.DISCLOSURE)  # (4)
        shown = briefing.approvals_before(opened, state, candidate)
        needs = (alive.nonce, briefing.hours(opened, alive.row))
        second = stacking.released(opened, admitted, papers, state, of=candidate, needs=needs)
        entry = outcomes.authorised(  # (5)
            opened, authorisation, admitted.person.name, state, facts=copies.facts(opened, candidate)
        )
        try:
            matter = briefing.Matter(authorisation, state, candidate, alive, second, entry)
            return (
                entry,
                candidate,
                briefing.brief(opened, matter, admitted=admitted, papers=papers, shown=shown),
            )
        except BaseException:
            outcomes.unknown(opened, entry)
            raise


def _composed(opened: Opened, process: Connection, entry: int, candidate: Candidate, brief: Brief) -> tuple[bytes, int]:
    """Steps 6 to 8: the digest of the evidence and the index of the *delivered* entry that names it."""
    try:
        with opened.lock:
            authority, credential = copies.authority(opened), copies.credential(opened, entry)
        body: dict[str, Json] = {
            "instructions": brief.instructions,
            "authority": authority.certificate.decode(),
            "credential": credential.certificate.decode(),
        }
        answer = process.call("compose", body, brief.blobs)  # (6)
        if answer.verb == "sign" and len(answer.blobs) == 1:  # (7)
            answer = process.call("signed", {}, (credential.sign(answer.blobs[0]),))
        digest = _digest(answer)
        with opened.lock:
            review.living(opened, candidate)
            return digest, outcomes.delivered(opened, entry, {"evidence": digest.hex()})  # (8)
    except (Refused, Tampered):
        with opened.lock:
            outcomes.unknown(opened, entry)
        raise
    except CountenanceError as error:
        with opened.lock:
            outcomes.unknown(opened, entry)
        raise Unavailable("the evidence could not be composed, and nothing was disclosed; ask again") from error


def _witnessed(opened: Opened, entry: int) -> None:
    try:
        witnesses.cover(opened, entry)
    except CountenanceError:
        with opened.lock:
            outcomes.unknown(opened, entry)
        raise


def _handed_over(opened: Opened, process: Connection, delivered: int) -> tuple[bytes, bytes]:
    """Step 9: bundle and key. The entry stands even if this fails: the log says more than was done, never less."""
    proof = witnesses.proof(opened, delivered)
    body: dict[str, Json] = {
        "entry": delivered,
        "preimage": records.plain(opened.sequencer.preimage(delivered)),
        "proof": records.plain(proof),
        "checkpoint": proof.checkpoint,
    }
    answer = process.call("deliver", body)
    if len(answer.blobs) != 2 or len(answer.blobs[1]) != KEY:
        raise Unavailable("the evidence process ended before it handed the evidence over; ask again")
    return answer.blobs[0], answer.blobs[1]


def _digest(answer: Message) -> bytes:
    stated = answer.body.get("evidence")
    try:
        digest = bytes.fromhex(stated) if isinstance(stated, str) else b""
    except ValueError:
        digest = b""
    if len(digest) != DIGEST:
        raise Malformed("the evidence process gave no digest")
    return digest
