"""Passing on: what the page was told by a person's authenticator goes, sealed, to the custodian, and its answer back.

Invariants:

* Nothing is asked that the page has no part for, and nothing without an assertion: who reaches this process is nobody.
* An ask is one for the reply key of this process, made anew at every start; the custodian decides on everything else.
* Pictures pass as the ciphertext that the repository keeps. Their keys are in the custodian's answers, which this
  process opens to hand them to the page: it is in the custodian's zone, and keeps none.
"""

from collections.abc import Mapping
from typing import Final

from countenance.channel import relayed
from countenance.channel.message import Message
from countenance.channel.relayed import Call
from countenance.errors import Malformed, Refused
from countenance.formats import records
from countenance.formats.canonical import Json
from countenance.vocabulary.acts import Verb
from countenance.vocabulary.deployment import ApprovalOrigin, Genesis
from countenance.vocabulary.requests import Ask, Assertion, Signed

VERBS: Final = frozenset(
    {
        *(Verb.WARRANTS, Verb.READ, Verb.APPROVE, Verb.NARROW, Verb.CANDIDATE, Verb.REVIEW),
        *(Verb.RESTRICT, Verb.ORDER, Verb.REPLY),
    }
)
"""What the page has a part for."""

LONGEST_TEXT = 64 * 1024
_FIELDS = {"signer", "body", "assertion", "text"}


class Passing:
    """The way between page and custodian. `genesis` names an approval origin; `call`: the repository's socket."""

    def __init__(self, genesis: Genesis, call: Call) -> None:
        if genesis.approval is None:
            raise Refused("this deployment has no approval origin: key files sign here")
        self.origin: ApprovalOrigin = genesis.approval
        self._genesis = genesis
        self._call = call
        self._passing = relayed.Passing(genesis, call)

    def configuration(self) -> dict[str, Json]:
        """What the page must know before anybody has signed anything."""
        return {
            "deployment": self._genesis.deployment,
            "demo": self._genesis.demo,
            "assurance": self._genesis.assurance.value,
            "rp_id": self.origin.rp_id,
            "origin": self.origin.origin,
            "reply_key": self._passing.reply_key.hex(),
        }

    def ask(self, given: object) -> dict[str, Json]:
        """The custodian's answer to what the page posted. Raises what the custodian raises, Malformed."""
        signed, ask, text = self._read(given)
        return self._passing.ask(signed, ask, (text,))[0]

    def photo(self, warrant: str) -> bytes:
        """The ciphertext of a warrant's probe photo."""
        return _only(self._call("warrant.photo", {"warrant": warrant}, ()))

    def still(self, sighting: str) -> bytes:
        """The ciphertext of a sighting's still."""
        return _only(self._call("object", {"sighting": sighting, "part": "still"}, ()))

    def _read(self, given: object) -> tuple[Signed, Ask, bytes]:
        if not isinstance(given, Mapping) or set(given) != _FIELDS:
            raise Malformed("an ask has a signer, a body, an assertion and a text, and nothing else")
        assertion = given["assertion"]
        if not isinstance(assertion, Mapping) or not isinstance(given["signer"], str):
            raise Malformed("an ask has a signer and an assertion: use the page")
        try:
            fields = {name: bytes.fromhex(value) for name, value in assertion.items()}
            body, text = bytes.fromhex(given["body"]), bytes.fromhex(given["text"])
            made = Assertion(**fields)
        except (TypeError, ValueError) as error:
            raise Malformed("a part of this ask is not hex, or missing: use the page") from error
        if len(text) > LONGEST_TEXT:
            raise Malformed(f"a warrant's text has at most {LONGEST_TEXT} bytes here")
        ask = records.read(Ask, body)
        if ask.reply_key != self._passing.reply_key:
            raise Malformed("this page was loaded before the approval process started: load it again")
        if ask.verb not in {verb.value for verb in VERBS}:
            raise Refused("the approval page has no part for this act: use the command line")
        return Signed(given["signer"], body, records.write(made)), ask, text


def _only(answer: Message) -> bytes:
    if len(answer.blobs) != 1:
        raise Malformed("the repository passed on no picture; ask again")
    return answer.blobs[0]
