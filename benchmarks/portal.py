"""The door: how long an answer takes, how long a deletion, and how often each attack may be tried.

    python benchmarks/portal.py [--rows N] [--questions N] [--among N] [--only question|deletion|abuse] [--json]

* question: somebody asks about themselves at a desk, over eight cameras and two hours of N synthetic sightings
  (`console_search`, where it says how they are made): from the clerk's click to the number of candidates that reviewers
  are to look at. Capture and approval, which people take their time for, are not in it; filing is, apart.
* deletion: of ten thousand sightings, as `deletion` measures it and says what ten million would take.
* abuse: each attack against a real custodian in this process, as often as the counter says before it was stopped.
"""

import argparse
import contextlib
import hashlib
import json
import secrets
import statistics
import sys
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import numpy as np

ROOT = Path(__file__).resolve().parents[1]
sys.path[:0] = [str(ROOT / "tests"), str(ROOT / "benchmarks")]

import console_search  # noqa: E402 - beside this file
import deletion  # noqa: E402
from countenance.channel.ask import Asker  # noqa: E402 - the simulator stands beside the tests
from countenance.channel.client import Connection  # noqa: E402
from countenance.channel.message import Message  # noqa: E402
from countenance.cli.key import load  # noqa: E402
from countenance.crypto.seal import binding, seal  # noqa: E402
from countenance.errors import CountenanceError  # noqa: E402
from countenance.faces.card import own_extractor, place  # noqa: E402
from countenance.formats import canonical, records  # noqa: E402
from countenance.vocabulary.acts import Look, Named, Verb  # noqa: E402
from countenance.vocabulary.deployment import Genesis  # noqa: E402
from countenance.vocabulary.rights import Question, Reply, Wish  # noqa: E402
from countenance.vocabulary.warrants import Approval, Scope  # noqa: E402
from countenance.zones.custodian import cameras, edges  # noqa: E402
from countenance.zones.custodian.rights import questions, replies  # noqa: E402
from countenance.zones.repository import door, service  # noqa: E402
from simulator.court import LAST_HOUR, Court, sitting  # noqa: E402
from simulator.kiosk import Capture, Kiosk, of_custodian  # noqa: E402
from simulator.people import HOUR, SUBJECT, near  # noqa: E402
from simulator.signed_in import SignedIn  # noqa: E402

CAMERAS = console_search.CAMERAS[:8]
CLERK = "station/clerk-1"
MOST = 1000
"""Tries after which an attack counts as not stopped, or, where nothing may come of it, as often as it is tried."""


def now() -> int:
    """UTC milliseconds."""
    return time.time_ns() // 1_000_000


def question(rows: int, asked: int) -> dict[str, Any]:
    """Figures of a deployment with so many rows."""
    with console_search.deployment() as stage:
        hours = console_search.filled(stage, rows, CAMERAS)
        return desk(stage, hours, asked)


def desk(stage: Any, hours: range, asked: int) -> dict[str, Any]:
    """Somebody asks again and again; milliseconds of each answer, and what it said."""
    genesis = records.read(Genesis, (stage.deployment / "genesis.json").read_bytes())
    key = load(stage.key(CLERK)).signing
    clerk = SignedIn(genesis, CLERK, key)
    spent: list[float] = []
    filing: list[float] = []
    with Connection(stage.deployment / "sockets" / "repository", timeout=600) as repository:
        kiosk = Kiosk(genesis, lambda verb, body, blobs: repository.call(verb, dict(body), blobs), now)
        public = stage.out / "kiosk.json"
        public.write_bytes(canonical.write(records.plain(kiosk.identity)))
        stage.verb("edge", "enrol", kiosk.name, "--public", public)
        digest = own_extractor(place(stage.deployment)).digest
        capture = Capture(console_search.probe_of().astype("<i2").tobytes(), b"a photo", digest)
        scope = Scope(CAMERAS, hours[0] * HOUR, (hours[-1] + 1) * HOUR)
        for _ in range(asked):
            text = kiosk.text(secrets.token_bytes(16), capture, Wish.TELL, scope=scope)
            filing.append(_milliseconds(lambda text=text: kiosk.file(kiosk.filing(text, capture))))
            hashed = records.digest(text)
            word = Approval(text.warrant, 1, hashed, CLERK, True, "", now())
            Asker(genesis, repository, CLERK, key, now).ask(Verb.APPROVE, word)
            started = time.perf_counter()
            answer = clerk.ask(Verb.SEARCH, Named(text.warrant, 1, hashed))
            spent.append(1000 * (time.perf_counter() - started))
    return {
        "question_ms": {"median": round(statistics.median(spent), 1), "p95": round(float(np.percentile(spent, 95)), 1)},
        "filing_ms": round(statistics.median(filing), 1),
        "rows": answer.get("rows"),
        "threshold": answer.get("threshold"),
        "candidates": len(answer.get("candidates", [])),
        "left_out": len(answer.get("not_searched", [])),
    }


def _milliseconds(act: Callable[[], object]) -> float:
    started = time.perf_counter()
    act()
    return 1000 * (time.perf_counter() - started)


class Attacks:
    """Each attack by a name; a try returns what it gained, or raises."""

    def __init__(self, court: Court) -> None:
        self.court, self.opened = court, court.zone.opened
        self.kiosk = Kiosk(court.zone.genesis, of_custodian(lambda: court.zone.opened), court.zone.clock)
        self.mine = court.pass_by(near(SUBJECT, 0.8, 99), start=LAST_HOUR * HOUR + 1000, end=LAST_HOUR * HOUR + 5000)
        court.tell()

    def question(self, code: bytes, camera: str = "hall-east", minutes: int = 10) -> Message:
        """Asked at the door."""
        genesis = self.court.zone.genesis
        start = LAST_HOUR * HOUR
        hashed, nonce = hashlib.sha256(code).digest(), secrets.token_bytes(16)
        said = Question(
            genesis.deployment, Wish.DELETE, camera, start, start + minutes * 60_000, "", "en", hashed,
            self.court.zone.clock(), nonce, self.kiosk.own.public,
        )  # fmt: skip
        sealed = seal(genesis.custodian_key, binding("question", genesis.deployment), records.write(said))
        return questions.ask(self.opened, Message("door.ask", {}, (sealed,)))

    def forged(self) -> object:
        """Root on the repository makes up a subject's request, signed by a key of its own."""
        other = Kiosk(self.court.zone.genesis, self.kiosk.call, self.court.zone.clock)
        return other.file(other.filing(other.text(secrets.token_bytes(16), Capture.of(SUBJECT)), Capture.of(SUBJECT)))

    def replayed(self) -> object:
        """A kiosk's request, once filed, is filed again."""
        return self.kiosk.file(self._filing)

    def guessed(self) -> object:
        """Somebody guesses codes."""
        return self.kiosk.look_up(secrets.token_bytes(16))

    def stalker(self) -> object:
        """Somebody asks about another person; gained: an answer that differs from one where nobody passed."""
        here, nowhere = secrets.token_bytes(16), secrets.token_bytes(16)
        said = []
        for code, camera, found in ((here, "hall-east", (self.mine,)), (nowhere, "hall-west", ())):
            request = str(self.question(code, camera).body["request"])
            with contextlib.suppress(CountenanceError):
                body = Reply(request, found, False, "", "")
                replies.reply(self.opened, self.court.zone.ask("clerk-1", Verb.REPLY, body))
            told, size = self.kiosk.look_up(code), self.opened.sequencer.size
            grew = [one.proof.index - size for one in told.entries]
            said.append((told.outcome, told.gone_by, told.passed, grew))
        return None if said[0] == said[1] else said

    def wide(self) -> object:
        """A question about a whole hour."""
        return self.question(secrets.token_bytes(16), minutes=60)

    def looked(self) -> object:
        """A clerk looks at footage that nobody asked about."""
        body = Look("hall-west", LAST_HOUR - 20, LAST_HOUR - 20, "question")
        return cameras.look(self.opened, self.court.zone.ask("clerk-1", Verb.LOOK, body))

    def drafted(self) -> object:
        """An officer files a subject's request about a stranger."""
        return self.court.file(self.kiosk.text(secrets.token_bytes(16), Capture.of(SUBJECT), requester="officer-1"))

    def officers(self) -> object:
        """A taken portal asks its socket for officers' verbs; gained: how many it has."""
        return sorted((set(service.VERBS) & set(door.VERBS)) - PUBLIC) or None

    def flood(self) -> object:
        """Somebody asks as fast as they can."""
        return self.question(secrets.token_bytes(16))

    def asked_by_face(self) -> object:
        """A taken kiosk files request after request."""
        text = self.kiosk.text(secrets.token_bytes(16), Capture.of(SUBJECT))
        return self.kiosk.file(self.kiosk.filing(text, Capture.of(SUBJECT)))

    def prepare(self) -> None:
        """Enrol the kiosk and file what is replayed."""
        edges.enrol(self.opened, self.kiosk.identity)
        text = self.kiosk.text(secrets.token_bytes(16), Capture.of(SUBJECT))
        self._filing = self.kiosk.filing(text, Capture.of(SUBJECT))
        self.kiosk.file(self._filing)


NOTHING = ("forged", "replayed", "guessed", "stalker", "wide", "looked", "drafted", "officers")
"""Attacks of which nothing may come at all; the others are stopped by a cap."""

CAPPED = ("flood", "asked_by_face")

PUBLIC = frozenset({"cameras", "cameras.places", "log.file", "register"})
"""What the door and the repository's other socket both answer: it is for everybody."""


def abuse() -> Iterator[dict[str, Any]]:
    """Each attack, how often it was tried, and whether it was stopped."""
    with sitting() as court:
        attacks = Attacks(court)
        attacks.prepare()
        for name in (*NOTHING, *CAPPED):
            act, gained, tries = getattr(attacks, name), 0, 0
            most = 20 if name == "stalker" else MOST
            for _ in range(most):
                tries += 1
                try:
                    gained += act() is not None
                except CountenanceError:
                    if name in CAPPED:
                        break
            stopped = gained == 0 if name in NOTHING else tries < most
            what = " ".join(str(act.__doc__).split())
            yield {"attack": what, "tries": tries, "gained": gained, "stopped": stopped}


def main() -> int:
    """Measure and print."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--rows", type=int, default=1_000_000, help="sightings in the question's scope")
    parser.add_argument("--questions", type=int, default=20)
    parser.add_argument("--among", type=int, default=400_000, help="sightings in the custodian that deletes")
    parser.add_argument("--only", choices=["question", "deletion", "abuse"])
    parser.add_argument("--json", action="store_true")
    chosen = parser.parse_args()
    told: dict[str, Any] = {}
    if chosen.only in (None, "question"):
        told |= question(chosen.rows, chosen.questions)
    if chosen.only in (None, "deletion"):
        told |= deletion.shown(chosen.among, 10_000)
    if chosen.only in (None, "abuse"):
        told["abuse"] = list(abuse())
    if chosen.json:
        print(json.dumps(told))
    else:
        for name, value in told.items():
            print(f"{name:28} {json.dumps(value) if name != 'abuse' else ''}")
        for line in told.get("abuse", []):
            print(f"  {line['tries']:5} tries, {'stopped' if line['stopped'] else 'NOT STOPPED'}: {line['attack']}")
    return 0


if __name__ == "__main__":
    sys.exit(main())
