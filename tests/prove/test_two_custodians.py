"""Two custodians from end to end, with real processes: recorded, searched, reviewed, disclosed, verified, rotated and
erased with the keys of both; refused, in one sentence, without the second; and nothing answered off the record when the
second is killed during a search.
"""

import json
import os
import signal
import threading
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from rich.console import Console

from countenance.channel.client import Connection
from countenance.cli.demo.acts import APPROVERS, REVIEWERS
from countenance.cli.demo.opening import found, rise, span, unlock_second
from countenance.cli.demo.stage import Stage
from countenance.durable import journal
from countenance.errors import Refused, Unavailable
from countenance.formats import records
from countenance.log import leaf
from countenance.vocabulary.entries import Entry, Kind
from prove import killing, scenes

LOCKED = "custodian open --second"


@pytest.fixture
def pair(tmp_path: Path) -> Iterator[Stage]:
    """A running, open demo deployment with two custodians, its roster and one camera host, and no camera yet."""
    out = tmp_path / "d"
    (out / "keys").mkdir(parents=True)
    stage = Stage(out, as_json=True, console=Console(stderr=True))
    try:
        found(stage, custodians=2)
        yield stage
    finally:
        stage.stop_all()


@pytest.mark.timeout(1700)
def test_two_custodians_from_init_to_audit(pair: Stage) -> None:
    stage = pair
    scenes.camera(stage)
    summary = stage.finished(stage.start("watch", scenes.CAMERA, "--until-end"), "watch")
    assert summary["drained"] is True
    assert summary["sightings"] > 0
    assert summary["counters"]["without_lease"] == 0

    _looked(stage)
    warrant = scenes.warrant(stage, uses=10)
    candidates = _searched(stage, warrant)
    confirmed = _reviewed(stage, warrant, candidates[0])
    assert confirmed == "confirmed"
    stage.verb("disclose", warrant, candidates[0], "--out", stage.out / "evidence", person="officer-1")
    assert stage.verb("verify", stage.out / "evidence", "--genesis", stage.deployment / "genesis.json")["verified"]

    _policies(stage, warrant, candidates)
    _rotated(stage)
    assert sorted(_searched(stage, warrant)) == sorted(candidates)
    _killed_during_a_search(stage, warrant, candidates)
    _refused_while_locked(stage, warrant, candidates)
    _refused_while_stopped(stage)

    _restored(stage, warrant, candidates)
    _erased(stage, candidates)
    answer = stage.verb("search", warrant, person="officer-1")
    assert (answer["candidates"], answer["incomplete"]) == ([], [])
    stage.stop_all()
    report = scenes.regular(stage)
    assert report["second"]["irregularities"] == []
    assert report["second"]["rules_checked"] is True
    assert report["second"]["pending"] == 0
    assert report["second"]["figures"]["presented"] == 2


def _looked(stage: Stage) -> None:
    start, end = span()
    stage.verb(
        *("footage", "look", scenes.CAMERA, "--from", start, "--to", end, "--reason", "is everyone covered?"),
        *("--out", stage.out / "look.mp4"),
        person="operator-1",
    )
    assert (stage.out / "look.mp4").stat().st_size > 10_000


def _searched(stage: Stage, warrant: str) -> list[str]:
    answer = stage.verb("search", warrant, person="officer-1")
    assert answer["incomplete"] == []
    assert answer["candidates"]
    return list(answer["candidates"])


def _reviewed(stage: Stage, warrant: str, candidate: str) -> str:
    outcome = ""
    for reviewer in REVIEWERS:
        still = stage.verb("review", warrant, candidate, person=reviewer)
        assert Path(still["picture"]).stat().st_size > 1000
        outcome = stage.verb("review", warrant, candidate, "--verdict", "same", person=reviewer)["outcome"]
    return outcome


def _policies(stage: Stage, warrant: str, candidates: list[str]) -> None:
    """Each has a policy of its own; a search takes the yes of both."""
    stood = stage.verb("policy", "show")["policy"]
    assert stage.verb("policy", "show", "--second")["policy"] == stood
    stage.verb("policy", "set", "strict", "--second")
    with pytest.raises(Refused, match="the second custodian answers"):
        stage.verb("search", warrant, person="officer-1")
    assert stage.verb("policy", "show")["policy"] == stood
    assert stage.verb("policy", "set", stage.out / "wide.cedar", "--second")["policy"] == stood
    assert sorted(_searched(stage, warrant)) == sorted(candidates)


def _rotated(stage: Stage) -> None:
    before = _entries(stage).count(Kind.ROTATED)
    assert stage.verb("custodian", "rotate")["sheets"] >= 1
    stage.until(lambda: stage.verb("custodian", "status", quiet=True)["rotations_waiting"] == 0, "the rotation")
    assert _entries(stage).count(Kind.ROTATED) > before


def _killed_during_a_search(stage: Stage, warrant: str, candidates: list[str]) -> None:
    """Killed once it has authorised a search: no answer, an unknown outcome in both logs; then it searches again."""
    victim = killing.serving(stage, "second")
    size = len(_entries(stage))
    stopped = threading.Event()

    def stop() -> None:
        while not stopped.is_set():
            if Kind.AUTHORISED in _entries(stage)[size:]:
                os.kill(victim.pid, signal.SIGKILL)
                stopped.set()

    watcher = threading.Thread(target=stop, daemon=True)
    watcher.start()
    answer: dict[str, Any] = {}
    said = ""
    try:
        answer = stage.verb("search", warrant, person="officer-1")
    except Unavailable as error:
        said = str(error)
    finally:
        stopped.wait(30)
        stopped.set()
        watcher.join()
    assert answer or LOCKED in said
    kinds = _entries(stage)[size:]
    assert kinds[0] is Kind.AUTHORISED
    if answer:
        # It had ended its part before the signal came: then both logs have said so.
        assert kinds[-1] is Kind.DELIVERED
    _second_answers(stage, "locked")
    unlock_second(stage)
    if not answer:
        assert Kind.OUTCOME_UNKNOWN in _entries(stage)[size:]
        assert killing.open_acts(killing.entries(stage)) == []
    assert sorted(_searched(stage, warrant)) == sorted(candidates)


def _refused_while_locked(stage: Stage, warrant: str, candidates: list[str]) -> None:
    other = scenes.warrant(stage, uses=2)
    unseen = _searched(stage, other)[0]
    stage.verb("custodian", "close", "--second")
    size = _told(stage)
    start, end = span()
    look = (
        "footage",
        "look",
        scenes.CAMERA,
        "--from",
        start,
        "--to",
        end,
        "--reason",
        "no",
        "--out",
        stage.out / "no.mp4",
    )
    for words, person in (
        (("search", warrant), "officer-1"),
        (("review", other, unseen), REVIEWERS[0]),
        (("disclose", warrant, candidates[0], "--out", stage.out / "none"), "officer-1"),
        (look, "operator-1"),
        (("custodian", "rotate"), ""),
    ):
        with pytest.raises(Unavailable, match=LOCKED):
            stage.verb(*words, person=person)
    assert _told(stage) == size, "nothing was authorised, spent or begun"
    summary = stage.finished(stage.start("watch", scenes.CAMERA, "--until-end"), "watch")
    assert summary["counters"]["without_lease"] == 0, "leases that were issued go on"
    unlock_second(stage)


def _restored(stage: Stage, warrant: str, candidates: list[str]) -> None:
    """The second's disk is lost, and it goes on from its backup and a copy of its log."""
    found: list[str] = []
    done = scenes.lost_and_restored(stage, "second", lambda: found.extend(_searched(stage, warrant)))
    assert done["repeated"] == 0
    rise(stage)
    assert sorted(_searched(stage, warrant)) == sorted(found)
    assert set(found) >= set(candidates)


def _refused_while_stopped(stage: Stage) -> None:
    """Stopped, not ended: it has its socket and says nothing. The first says so, and goes on when it does."""
    victim = killing.serving(stage, "second")

    def rotates() -> bool:
        try:
            return bool(stage.verb("custodian", "rotate")["sheets"])
        except Unavailable:
            return False

    victim.suspend()
    try:
        for _ in range(2):
            with pytest.raises(Unavailable, match="both are needed"):
                stage.verb("custodian", "rotate")
    finally:
        victim.resume()
    stage.until(rotates, "the second custodian")
    stage.until(lambda: stage.verb("custodian", "status", quiet=True)["rotations_waiting"] == 0, "the rotation")


def _erased(stage: Stage, candidates: list[str]) -> None:
    everyone = [one for one in scenes.held(stage) if one in set(candidates)]
    listed = stage.verb("sightings", "list", quiet=True)["sightings"]
    everyone = sorted({*everyone, *(str(one["sighting"]) for one in listed)})
    asked = stage.verb("erase", *everyone, "--reason", "request of the subject", person="station/clerk-1")
    receipt = [stage.verb("erase", "sign", asked["request"], person=person) for person in APPROVERS][-1]["receipt"]
    assert set(receipt["sightings"]) >= set(candidates)


def _told(stage: Stage) -> int:
    """Entries of the first that say something: it pads by the clock, whatever happens."""
    return sum(entry.kind is not Kind.PADDING for entry in killing.entries(stage))


def _second_answers(stage: Stage, state: str) -> None:
    def there() -> bool:
        try:
            with Connection(stage.deployment / "sockets" / "second", timeout=5.0) as line:
                return line.call("status").body["state"] == state
        except Unavailable:
            return False

    stage.until(there, "the second custodian")


def _entries(stage: Stage) -> list[Kind]:
    """The kinds in the second custodian's log, as it is on its disk now."""
    data = journal.contents(stage.deployment / "second" / "log" / "journal")
    return [records.read(Entry, leaf.from_bytes(one).entry).kind for one in data]


def test_init_says_what_two_custodians_need(tmp_path: Path) -> None:
    stage = Stage(tmp_path, as_json=True, console=Console(stderr=True))
    secret = tmp_path / "secret"
    secret.write_text(json.dumps("one and the same secret"))
    files = ("--passphrase-file", secret)
    with pytest.raises(Exception, match="the same passphrase"):
        stage.verb("init", *files, "--custodians", 2, "--second-passphrase-file", secret)
    with pytest.raises(Exception, match="--custodians 2"):
        stage.verb("init", *files, "--second-passphrase-file", secret)
    with pytest.raises(Exception, match="second custodian's root key"):
        stage.verb("init", *files, "--custodians", 2)
    assert not stage.deployment.exists()
