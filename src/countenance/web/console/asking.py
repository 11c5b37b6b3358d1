"""Asking: what the page of a signed-in person signed goes to the custodian; of its answer, a page gets what it needs.

Invariants:

* An ask is passed on for the session that sent it, in its person's name, and for verbs that the console has a part for.
  The custodian checks all of it again: this process could not forge one.
* Keys in answers stay here, with the session they were given to. A page is told what it may show, never a key to
  footage.
"""

from collections.abc import Callable, Mapping
from typing import Final

from countenance.channel.relayed import Passing
from countenance.crypto import authorship
from countenance.errors import Malformed, Refused
from countenance.formats import records
from countenance.formats.canonical import Json
from countenance.vocabulary.acts import Look, Verb
from countenance.vocabulary.requests import Ask, Session, Signed
from countenance.vocabulary.warrants import Role
from countenance.web.kit.sessions import SignedIn, token_of

VERBS: Final = frozenset(
    {
        *(Verb.WARRANTS, Verb.READ, Verb.DRAFT, Verb.NARROW, Verb.SEARCH, Verb.DISCLOSE, Verb.EXTENT),
        *(Verb.LOOK, Verb.DECLARE, Verb.WITHDRAW, Verb.POLICY, Verb.FREEZES, Verb.ERRORS, Verb.HOLDS, Verb.ROSTER),
        *(Verb.MIGRATIONS, Verb.SIGN_THRESHOLD, Verb.QUESTIONS, Verb.QUESTION),
    }
)
"""What the console has a part for."""

GALLERY_VERBS: Final = frozenset({Verb.ALERTS, Verb.WARRANTS})
"""What it has a part for at the gallery custodian."""

Beside = Callable[[SignedIn, Ask, Mapping[str, Json]], tuple[bytes, ...]]
"""What goes with an ask of some verb: made of what the page sent besides."""

Told = Callable[[SignedIn, Ask, dict[str, Json], tuple[bytes, ...]], dict[str, Json]]
"""What a page is told of an answer and the blobs that came with it."""


class Asking:
    """The way from pages to a custodian. `beside`, `told`: by verb, for those that need more than passing on."""

    def __init__(
        self,
        passing: Passing,
        beside: Mapping[Verb, Beside],
        told: Mapping[Verb, Told],
        verbs: frozenset[Verb] = VERBS,
    ) -> None:
        self._passing = passing
        self._verbs = verbs
        self._beside = beside
        self._told: Mapping[Verb, Told] = {Verb.LOOK: looked, **told}

    @property
    def reply_key(self) -> bytes:
        """What answers are sealed to."""
        return self._passing.reply_key

    def enter(self, session: bytes, begun: Session, signed: str) -> SignedIn:
        """Who enters in a written session, as the custodian says. Raises what it raises, Malformed."""
        letter, ask = self._read(signed)
        if authorship.session_of(letter) != session or ask.verb != Verb.ENTER.value:
            raise Malformed("this is no entering of this session: load the page again")
        answer, _ = self._passing.ask(letter, ask)
        roles, cameras = answer.get("roles"), answer.get("cameras")
        if answer.get("person") != ask.person or not isinstance(roles, list) or not isinstance(cameras, list):
            raise Malformed("the custodian's answer lacks a part: run the same version on both sides")
        return SignedIn(
            token=token_of(session),
            person=ask.person,
            organisation=str(answer.get("organisation")),
            roles=frozenset(Role(str(role)) for role in roles),
            cameras=frozenset(map(str, cameras)),
            point=begun.key,
            until=0,
        )

    def ask(self, seen: SignedIn, signed: str, besides: Mapping[str, Json]) -> dict[str, Json]:
        """The answer to an ask of `seen`. Raises what the custodian raises, Malformed, Refused."""
        letter, ask = self._read(signed)
        session = authorship.session_of(letter)
        if session is None or token_of(session) != seen.token or ask.person != seen.person:
            raise Refused("this ask is of another session than it came in")
        if ask.verb not in {verb.value for verb in self._verbs}:
            raise Refused("the console has no part for this act")
        verb = Verb(ask.verb)
        beside = self._beside[verb](seen, ask, besides) if verb in self._beside else ()
        answer, blobs = self._passing.ask(letter, ask, beside)
        return self._told[verb](seen, ask, answer, blobs) if verb in self._told else answer

    def _read(self, signed: str) -> tuple[Signed, Ask]:
        letter = records.read(Signed, unhex(signed))
        ask = records.read(Ask, letter.body)
        if ask.reply_key != self._passing.reply_key:
            raise Malformed("this page was loaded before the console was started anew: load it again")
        return letter, ask


def looked(seen: SignedIn, ask: Ask, answer: dict[str, Json], blobs: tuple[bytes, ...]) -> dict[str, Json]:
    """LOOK: the keys stay with the session; the page is told which hours it may see now."""
    del blobs
    keys = answer.get("keys")
    if not isinstance(keys, dict):
        raise Malformed("the custodian's answer lacks the keys: run the same version on both sides")
    camera = records.read(Look, ask.body).camera
    for hour, key in keys.items():
        seen.lease(camera, int(hour), unhex(str(key)))
    return {"hours": sorted(map(int, keys)), "entry": answer.get("entry")}


def unhex(text: str) -> bytes:
    """Bytes of hex. Raises Malformed."""
    try:
        return bytes.fromhex(text)
    except ValueError as error:
        raise Malformed("a part of this is not hex: load the page again") from error
