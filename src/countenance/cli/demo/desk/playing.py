"""Playing: what the people of a demo do at its desk, with their key files, by the verbs that a user types.

Invariants:

* There is no desk where the genesis record does not say `demo`; and there alone the custodian takes key files for
  sessions, approvals and reviews.
* What is approved is the text that was shown: the desk reads it again and holds it against the hash of then.

Who reaches the desk acts as anybody of the demo: it listens on this machine's loopback only, and ends with the demo.
"""

from collections.abc import Iterator, Mapping
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path

from countenance.cli import ask, custodian, review, warrant
from countenance.cli import key as keys
from countenance.cli.ask import Acting
from countenance.cli.say import genesis_of
from countenance.errors import CountenanceError, Malformed, Refused
from countenance.formats import records
from countenance.formats.canonical import Json
from countenance.vocabulary.acts import Candidacy, Nothing, Review, Verb
from countenance.vocabulary.deployment import Genesis
from countenance.vocabulary.moments import written
from countenance.vocabulary.requests import Registration, Session
from countenance.vocabulary.rights import Reply
from countenance.vocabulary.warrants import Role, Verdict

VISITORS = "visitors"
"""The organisation of people who enrol their own passkey."""


@dataclass(frozen=True, slots=True)
class Part:
    """One person of the demo. `file`: with their key."""

    person: str
    organisation: str
    role: str
    file: Path


@dataclass(frozen=True, slots=True)
class Waiting:
    """What waits for one person: warrants, each as the custodian lists it to them. `problem`: why nothing is known."""

    part: Part
    warrants: tuple[dict[str, Json], ...]
    problem: str = ""


MOST_TRACKED = 50


@dataclass(frozen=True, slots=True)
class Question:
    """A question that waits for a clerk. `line`: as the custodian lists it; `tracked`: [id, start] of that time."""

    part: Part
    line: dict[str, Json]
    tracked: tuple[tuple[str, str], ...]


class Playing:
    """Everybody of one demo. Any thread. Raises Refused for a deployment that is no demo's.

    `gate`: the origin of the demo's gate, empty without one; `at_gate`: who is its officer.
    """

    def __init__(self, deployment: Path, parts: tuple[Part, ...], *, gate: str = "", at_gate: str = "") -> None:
        genesis = genesis_of(deployment)
        if not genesis.demo or genesis.console is None:
            raise Refused("there is a desk in demo deployments only: 'countenance demo' makes one")
        self.genesis: Genesis = genesis
        self.console: str = genesis.console.origin
        self.gate = gate
        self.at_gate = at_gate
        self.parts: Mapping[str, Part] = {part.person: part for part in parts}
        self._deployment = deployment

    def signed(self, letter: bytes) -> bytes:
        """The signature of a session by the key file of the person it names. Raises Malformed, Refused."""
        session = records.read(Session, letter)
        if session.deployment != self.genesis.deployment:
            raise Refused("this session is for another deployment: open the console that this desk belongs to")
        return keys.load(self._part(session.person).file).signing.sign(letter)

    def waiting(self, role: Role) -> list[Waiting]:
        """For everyone of this role, what waits for them."""
        return [self._waiting(part) for part in self.parts.values() if part.role == role.value]

    def read(self, person: str, name: str) -> dict[str, Json]:
        """A warrant in words, with its hash. Reading is an entry."""
        with self._acting(person) as acting:
            read = ask.reading(acting, name)
        return {"words": warrant.in_words(read) + warrant.alarms(read), "hash": read.hash.hex()}

    def decide(self, person: str, name: str, shown: str, *, approves: bool, reason: str) -> dict[str, Json]:
        """Approve or decline the text with the hash `shown`. Raises Refused if another stands now."""
        with self._acting(person) as acting:
            read = ask.reading(acting, name)
            if read.hash.hex() != shown:
                raise Refused("another version stands now than the one that was shown: read it again")
            return warrant.decided(acting, read, approves=approves, reason=reason)

    def look(self, person: str, name: str, candidate: str) -> bytes:
        """A candidate's still beside the probe photo, PNG. Looking is an entry."""
        with self._acting(person) as acting:
            return review.looked(acting, Candidacy(name, ask.standing(acting, name).number, candidate))[0]

    def judge(self, person: str, name: str, candidate: str, verdict: Verdict) -> dict[str, Json]:
        """A reviewer's verdict, which is final."""
        with self._acting(person) as acting:
            number = ask.standing(acting, name).number
            return acting.asker.ask(Verb.REVIEW, Review(name, number, candidate, verdict))

    def asked(self) -> list[Question]:
        """The questions from the door that wait for a clerk, each with what was tracked at its time."""
        found = []
        for part in self.parts.values():
            if part.role != Role.CLERK.value:
                continue
            with suppress(CountenanceError), self._acting(part.person) as acting:
                listed = acting.asker.ask(Verb.QUESTIONS, Nothing()).get("questions")
                lines = [one for one in listed if isinstance(one, dict)] if isinstance(listed, list) else []
                waiting = [line for line in lines if not line.get("outcome") and not line.get("warrant")]
                found += [Question(part, line, _tracked(acting, line)) for line in waiting]
        return found

    def reply(self, person: str, said: Reply) -> dict[str, Json]:
        """A clerk's answer to a question, which is final."""
        with self._acting(person) as acting:
            return acting.asker.ask(Verb.REPLY, said)

    def enrol(self, registration: str, role: Role) -> dict[str, Json]:
        """Carry a registration to the terminal, for whom it names. Raises what the custodian says of it."""
        try:
            named = records.read(Registration, registration.strip().encode("ascii")).enrolment.person
        except UnicodeEncodeError as error:
            raise Malformed("this is no registration: save it again on the console's page") from error
        if named in self.parts:
            raise Refused("this is somebody of the demo: make the passkey under a name of your own")
        body: dict[str, Json] = {
            "name": named,
            "organisation": VISITORS,
            "roles": [role.value],
            "key": "",
            "registrations": [registration.strip()],
            "cameras": [],
        }
        return dict(custodian.ask(self._deployment, "roster.add", body))

    def _waiting(self, part: Part) -> Waiting:
        try:
            with self._acting(part.person) as acting:
                return Waiting(part, tuple(ask.listed(acting)))
        except CountenanceError as error:
            return Waiting(part, (), str(error))

    def _part(self, person: str) -> Part:
        part = self.parts.get(person)
        if part is None:
            raise Refused("the desk holds no key of this person: choose one of those it shows")
        return part

    @contextmanager
    def _acting(self, person: str) -> Iterator[Acting]:
        with ask.acting(self._deployment, self._part(person).file) as acting:
            yield acting


def _tracked(acting: Acting, line: Mapping[str, Json]) -> tuple[tuple[str, str], ...]:
    body = {"camera": line.get("camera"), "start": line.get("start"), "end": line.get("end"), "limit": MOST_TRACKED}
    listed = acting.repository.call("sightings.list", body).body.get("sightings")
    found = [one for one in listed if isinstance(one, dict)] if isinstance(listed, list) else []
    return tuple((str(one.get("sighting")), written(int(str(one.get("start"))))) for one in found)
