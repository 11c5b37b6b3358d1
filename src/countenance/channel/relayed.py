"""Asks that somebody else signed, passed on through the repository: what pages do for the people in front of them.

Invariants: an ask is one for the reply key of this process, made anew at every start; it goes sealed to the custodian,
and its answer is the custodian's, since nobody else but who asked knows the ask's nonce.
"""

from collections.abc import Callable, Mapping

from countenance.channel.message import Message
from countenance.crypto.lease import OwnKey
from countenance.crypto.seal import binding, seal
from countenance.errors import Malformed
from countenance.formats import canonical, records
from countenance.formats.canonical import Json
from countenance.vocabulary.acts import Candidacy, Declaration, Filing, Named, Verb, Withdrawal
from countenance.vocabulary.deployment import Genesis
from countenance.vocabulary.requests import Ask, Signed
from countenance.vocabulary.rights import Asked

Call = Callable[[str, Mapping[str, Json], tuple[bytes, ...]], Message]
"""The repository's socket: verb, body, blobs."""

_OF_WARRANTS: Mapping[str, type[Named | Candidacy]] = {
    Verb.READ.value: Named,
    Verb.CANDIDATE.value: Candidacy,
    Verb.SEARCH.value: Named,
    Verb.DISCLOSE.value: Candidacy,
}
_OF_THEIR_OWN = frozenset({Verb.SEARCH.value, Verb.DISCLOSE.value})
"""Verbs that the repository has a verb of its own for, of the same name."""


class Passing:
    """The way between people's pages and the custodian. `call`: the repository's socket."""

    def __init__(self, genesis: Genesis, call: Call) -> None:
        self._genesis = genesis
        self._call = call
        self._own = OwnKey.generate()

    @property
    def reply_key(self) -> bytes:
        """What answers are sealed to."""
        return self._own.public

    def ask(
        self, signed: Signed, ask: Ask, beside: tuple[bytes, ...] = ()
    ) -> tuple[dict[str, Json], tuple[bytes, ...]]:
        """The custodian's answer to `ask`, which is `signed`'s, and the blobs that came with it.

        `beside`: with a new version of a warrant its text and, with the first, what the probe helper sealed. Raises
        what the custodian or the repository raised, Malformed.
        """
        deployment = self._genesis.deployment
        sealed = seal(self._genesis.custodian_key, binding("ask", deployment), records.write(signed))
        relay, body, blobs = self._relayed(ask, beside)
        answer = self._call(relay, body, (sealed, *blobs))
        if not answer.blobs:
            raise Malformed("the repository passed on an answer without the custodian's part; ask again")
        plain = canonical.read(self._own.open(binding("answer", deployment, ask.nonce.hex()), answer.blobs[0]))
        if not isinstance(plain, dict):
            raise Malformed("the custodian's answer is no object; check the versions of both sides")
        return plain, answer.blobs[1:]

    def _relayed(self, ask: Ask, beside: tuple[bytes, ...]) -> tuple[str, dict[str, Json], tuple[bytes, ...]]:
        """The repository's verb for an ask, which warrant's papers it should put beside it, and what goes with it."""
        if ask.verb in _OF_WARRANTS:
            meant = records.read(_OF_WARRANTS[ask.verb], ask.body)
            body: dict[str, Json] = {"warrant": meant.warrant, "number": meant.number}
            if ask.verb == Verb.READ.value and meant.number > 1:
                body["before"] = True
            return ask.verb if ask.verb in _OF_THEIR_OWN else "ask", body, ()
        if ask.verb in (Verb.DRAFT.value, Verb.NARROW.value):
            filing = records.read(Filing, ask.body)
            text, *papers = beside
            info = binding("warrant", self._genesis.deployment, filing.warrant, str(filing.number))
            sealed = seal(self._genesis.custodian_key, info, text)
            return "warrant.file", {"warrant": filing.warrant, "number": filing.number}, (sealed, *papers)
        if ask.verb == Verb.QUESTION.value:
            return "ask", {"question": records.read(Asked, ask.body).request}, ()
        if ask.verb == Verb.DECLARE.value:
            return "camera.declare", {}, (records.write(records.read(Declaration, ask.body).camera),)
        if ask.verb == Verb.WITHDRAW.value:
            return "camera.withdraw", {}, (canonical.write(records.read(Withdrawal, ask.body).camera),)
        return "ask", {}, ()
