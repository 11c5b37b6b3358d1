"""Kiosk: somebody asks about themselves with their face, before an enrolled edge that a clerk watches.

How a visit becomes a request (the numbers are in the code):

1. They agreed to words whose hash goes into the request, and chose what they want, cameras and time: see
   `warrants.subjects` for how far that goes.
2. A challenge is drawn for this visit and answered before the camera (`faces.liveness`, `zones.edge.capture`). A visit
   gets three; then a clerk has to look.
3. One frame, in which exactly one face looks straight ahead, is good enough for a warrant, and is the face that
   answered, becomes the probe: extracted, coded, signed by this kiosk.
4. The custodian names the key of this hour, with the log key's signature: nobody between can put theirs in its place.
5. Text and word are sealed to the custodian, template and photo key to that hour's key; all of it is filed, once.

Nothing is kept: a visit is over once it was filed, when the next one begins, or after five minutes in which nothing
was done, and all of it goes. Nothing of a visit is logged. What a challenge stops, and what not, docs/liveness.md says.

Who takes the kiosk's host sees who asks from then on, and can file what it likes until it is revoked: see
`zones.custodian.rights.desk`, which says how little one such request can do.
"""

import hashlib
import threading
from collections.abc import Callable
from dataclasses import dataclass
from typing import Final

from countenance.channel import hour_key
from countenance.channel.relayed import Call
from countenance.crypto import sign
from countenance.crypto.seal import binding, seal
from countenance.errors import Malformed, Refused, Tampered
from countenance.faces import Engine, compare
from countenance.faces.liveness import ATTEMPTS, Challenges
from countenance.formats import canonical, records
from countenance.vocabulary.cameras import Camera
from countenance.vocabulary.deployment import Genesis
from countenance.vocabulary.liveness import Prompt
from countenance.vocabulary.moments import MILLISECONDS_AN_HOUR, Moment
from countenance.vocabulary.rights import CODE, Wish, request_of
from countenance.vocabulary.warrants import Limits, Scope, Subject, Warrant, WarrantKind
from countenance.warrants import subjects
from countenance.zones.edge.capture import Capture, Unfit
from countenance.zones.edge.identity import Identity
from countenance.zones.edge.probe import ProbeHelper, Taken

IDLE: Final = 5 * 60_000
"""Milliseconds without an act after which a visit is over."""

CASE: Final = "at the desk"
LEGAL_BASIS: Final = {Wish.TELL: "GDPR Art. 15", Wish.DELETE: "GDPR Art. 17", Wish.OBJECT: "GDPR Art. 21"}
_TOKEN: Final = 16


@dataclass(frozen=True, slots=True)
class Chosen:
    """What somebody asks for, and `consent`: SHA-256 of the words they agreed to.

    `assisted`: under 18, or somebody acts for them; `copy`: the pictures of them, too. For either two clerks approve.
    """

    wish: Wish
    scope: Scope
    assisted: bool
    consent: bytes
    copy: bool = False


@dataclass(frozen=True, slots=True, repr=False)
class Filed:
    """A request that was filed, and the code that opens its answer: shown once, kept by nobody."""

    request: str
    code: bytes

    def __repr__(self) -> str:
        return f"Filed({self.request})"


@dataclass(slots=True, repr=False)
class _Visit:
    token: str
    chosen: Chosen
    acted: Moment
    capture: Capture | None = None
    left: int = ATTEMPTS


class Kiosk:
    """One kiosk, one visit at a time. Threads may share it. `call`: the repository's socket."""

    def __init__(
        self,
        genesis: Genesis,
        identity: Identity,
        engine: Engine,
        call: Call,
        *,
        clock: Callable[[], Moment],
        random: Callable[[int], bytes],
    ) -> None:
        self._genesis = genesis
        self._identity = identity
        self._engine = engine
        self._call = call
        self._clock = clock
        self._random = random
        self._same = engine.extractor.card.verification
        self._helper = ProbeHelper(genesis, identity, engine.detector, engine.extractor, random=random)
        self._challenges = Challenges(self._below, same=self._same)
        self._lock = threading.RLock()
        self._visit: _Visit | None = None

    def cameras(self) -> list[Camera]:
        """The cameras that are declared, by name."""
        listed = self._call("cameras", {}, ()).body.get("cameras")
        if not isinstance(listed, list):
            raise Malformed("the list of cameras cannot be read: run the same version on both sides")
        return sorted((records.read(Camera, canonical.write(one)) for one in listed), key=lambda camera: camera.name)

    def visit(self, chosen: Chosen) -> str:
        """Begin a visit (1); whatever was begun before is over. Its token. Raises Malformed, Refused."""
        now = self._clock()
        scope = chosen.scope
        if not 1 <= len(set(scope.cameras)) == len(scope.cameras) <= subjects.MOST_CAMERAS:
            raise Malformed(f"choose 1 to {subjects.MOST_CAMERAS} cameras, each once")
        if not 0 < scope.end - scope.start <= subjects.MOST_HOURS * MILLISECONDS_AN_HOUR or scope.end > now:
            raise Refused(f"choose a time of at most {subjects.MOST_HOURS} hours, which is past")
        with self._lock:
            self._visit = _Visit(self._random(_TOKEN).hex(), chosen, now)
            return self._visit.token

    def begin(self, token: str) -> tuple[Prompt, int]:
        """Draw a challenge and begin it (2): what to show, and how many more there are. Raises Refused."""
        with self._lock:
            visit, now = self._of(token), self._clock()
            visit.capture = None
            challenge = self._challenges.issue(token, now)
            visit.capture = Capture(self._challenges.begin(token, challenge.nonce, now), self._engine)
            visit.left -= 1
            return visit.capture.prompt, visit.left

    def frame(self, token: str, data: bytes) -> tuple[Prompt, str]:
        """Look at one frame: what to show, and after a challenge that was not answered what to do next."""
        with self._lock:
            capture = self._of(token).capture
            if capture is None:
                raise Refused("nothing is asked now: begin first")
            return capture.frame(data, self._clock()), capture.advice

    def file(self, token: str) -> Filed:
        """File the request of a visit whose challenge was answered; the visit is over then. Raises Unfit, Refused."""
        with self._lock:
            visit = self._of(token)
            capture, visit.capture = visit.capture, None
            if capture is None:
                raise Refused("nothing was taken yet: begin first")
            photo, who = capture.photo()
            try:
                taken = self._helper.taken(photo)  # (3)
            except (Refused, Malformed) as error:
                raise Unfit(str(error)) from error
            if compare(taken.template, who) < self._same:
                raise Unfit("another person's face in the photo than the one that answered: begin again")
            filed = self._filed(visit.chosen, photo, taken)
            self._visit = None
            return filed

    def end(self) -> None:
        """Nobody is here any more: what there was of a visit goes."""
        with self._lock:
            self._visit = None

    def tidy(self) -> None:
        """End a visit in which nothing was done for a while."""
        with self._lock:
            if self._visit is not None and not 0 <= self._clock() - self._visit.acted < IDLE:
                self._visit = None

    def _of(self, token: str) -> _Visit:
        self.tidy()
        if self._visit is None or self._visit.token != token:
            raise Refused("this visit is over, and nothing of it was kept: begin again")
        self._visit.acted = self._clock()
        return self._visit

    def _filed(self, chosen: Chosen, photo: bytes, taken: Taken) -> Filed:
        extractor = self._engine.extractor.digest.hex()
        hour, least, key = hour_key.fetched(self._call, self._genesis, self._clock(), extractor)
        code, deployment = self._random(CODE), self._genesis.deployment
        warrant = self._warrant(chosen, taken, code, least)
        word = sign.signed(warrant, self._identity.name, self._identity.signing)
        custodian = self._genesis.custodian_key
        blobs = (  # (5)
            seal(custodian, binding("desk", deployment), records.write(word)),
            seal(custodian, binding("warrant", deployment, warrant.warrant, "1"), word.body),
            *self._helper.sealed(key, deployment, warrant.warrant, photo, taken.coded),
        )
        answer = self._call("desk.file", {"warrant": warrant.warrant, "hour": hour}, blobs)
        if answer.body.get("request") != request_of(hashlib.sha256(code).digest()):
            # Only the custodian was told the code's hash: whoever else answers cannot know this.
            raise Tampered("this is not the custodian's answer to what was filed: ask the clerk whether it arrived")
        return Filed(str(answer.body["request"]), code)

    def _warrant(self, chosen: Chosen, taken: Taken, code: bytes, least: int) -> Warrant:
        now = self._clock()
        return Warrant(
            deployment=self._genesis.deployment,
            warrant=self._random(8).hex(),
            number=1,
            case=CASE,
            purpose=subjects.PURPOSE,
            legal_basis=LEGAL_BASIS[chosen.wish],
            requester=self._identity.name,
            made=now,
            probe=taken.probe,
            scope=chosen.scope,
            limits=Limits(
                candidates=subjects.MOST_CANDIDATES,
                uses=1,
                expires=now + subjects.VALID_HOURS * MILLISECONDS_AN_HOUR,
                secrecy_end=now + 1,
                # The extractor's own, 1:1, or where the calibrations begin if that is higher.
                threshold=max(1, least, min(1000, round(1000 * self._same))),
                one_in=subjects.LEAST_ONE_IN,
            ),
            narrowed_from=b"",
            narrowed_by="",
            kind=WarrantKind.SUBJECT_ACCESS,
            subject=Subject(
                chosen.wish.value, hashlib.sha256(code).digest(), chosen.consent, chosen.assisted, chosen.copy
            ),
        )

    def _below(self, limit: int) -> int:
        """A whole number from 0 up to `limit`, not included; 128 random bits leave no bias that matters."""
        return int.from_bytes(self._random(_TOKEN), "big") % limit
