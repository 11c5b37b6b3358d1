"""What is kept to tell people afterwards, against who would use it to find them.

A clerk tries numbers until one is somebody's: the caps stop them, and each try is on record. A thief copies the
repository, records what passes there, and takes the custodian with its shares: while the notice is kept they find who
it is for by trying numbers, as is said; when the twelve months are over they find nobody.
"""

import hashlib
import hmac
import shutil
from collections.abc import Iterator
from pathlib import Path

import pytest

from countenance.crypto.seal import binding
from countenance.crypto.unseal import unseal
from countenance.errors import CountenanceError, Refused
from countenance.formats import records
from countenance.vocabulary.acts import Verb
from countenance.vocabulary.afterwards import KEPT, Document, Naming, Told
from countenance.vocabulary.entries import Kind
from countenance.vocabulary.requests import Ask, Signed
from countenance.zones.custodian import epochs, retention
from countenance.zones.custodian.rights import afterwards
from countenance.zones.custodian.rights.afterwards import CLERK_CAP, DAILY_CAP, Later
from simulator.court import Court, sitting
from simulator.named import DAY, MINE, OTHERS, naming, shown

NUMBERS = [Document(MINE.kind, MINE.state, f"L8989{at:02d}C3") for at in range(100)]
CLERKS = ("clerk-1", "clerk-2")


@pytest.fixture
def court() -> Iterator[Court]:
    with sitting() as court:
        court.tell()
        yield court


def searched(court: Court) -> tuple[int, bytes]:
    """A warrant whose person was stated, searched once. When its secrecy ends, and the ask as it passed."""
    text = court.approved()
    letter = court.letter("officer-1", Verb.NAME, naming(court.zone.opened, "officer-1", text.warrant))
    court.ask("officer-1", Verb.NAME, naming(court.zone.opened, "officer-1", text.warrant))
    court.search(text)
    return text.limits.secrecy_end, letter.sealed


def tries(court: Court, clerk: str) -> int:
    """How many numbers a clerk tries until they are stopped."""
    for done, number in enumerate(NUMBERS):
        try:
            court.ask(clerk, Verb.AFTERWARDS, shown(court.zone.opened, clerk, number))
        except Refused:
            return done
    return len(NUMBERS)


def test_clerks_who_try_numbers_are_stopped_and_on_record(court: Court) -> None:
    court.zone.clock.now, _ = searched(court)
    afterwards.settle(court.zone.opened)
    assert sum(tries(court, clerk) for clerk in CLERKS) <= DAILY_CAP
    assert [tries(court, clerk) for clerk in CLERKS] == [0, 0]
    asked = [dict(one.facts) for one in court.zone.opened.sequencer.entries() if one.kind is Kind.READ]
    assert [one["person"] for one in asked if one.get("what") == "afterwards"].count("clerk-1") == CLERK_CAP
    court.zone.clock.now += DAY
    assert tries(court, "clerk-1") == CLERK_CAP


class Seized:
    """Everything the thief has: what passed, a copy of the custodian's store as it was, and the custodian, opened."""

    def __init__(self, court: Court, recorded: bytes, copied: Path) -> None:
        self.opened = court.zone.opened
        self.recorded = recorded
        self.copied = copied

    def by_trying(self) -> set[Document]:
        """Whose notices are kept, of all the numbers that the thief can think of."""
        kept = [one for _, one in self.opened.store.all(Later)]
        spelled = [(number, records.write(number)) for number in (*NUMBERS, MINE, OTHERS)]
        marks = {one.mark for one in kept}
        return {one for one, data in spelled for by in kept if hmac.digest(by.key, data, hashlib.sha256) in marks}

    def by_reading(self) -> Document | None:
        """The document in the ask that was recorded: the ask opens, by the custodian's lasting key."""
        letter = unseal(self.opened.sealing_private, binding("ask", self.opened.genesis.deployment), self.recorded)
        stated = records.read(Naming, records.read(Ask, records.read(Signed, letter).body).body)
        info = binding("document", self.opened.genesis.deployment, "officer-1")
        try:
            return records.read(Document, unseal(epochs.private_key(self.opened, stated.hour), info, stated.sealed))
        except CountenanceError:
            return None

    def keys(self) -> set[str]:
        """Generations of the copied store whose keys can still be had."""
        had = {path.stem for path in self.copied.glob("store-*.db")}
        return had & {path.stem for path in self.opened.directory.rglob("store-*.key")}


def seized(court: Court, copied: Path) -> tuple[Seized, int]:
    """The thief, who copied the store into `copied`; and when the secrecy ends."""
    over, recorded = searched(court)
    for path in court.zone.directory.rglob("store-*.db"):
        shutil.copy(path, copied / path.name)
    return Seized(court, recorded, copied), over


def test_while_it_is_kept_the_custodian_and_its_root_tell_whose_it_is(court: Court, tmp_path: Path) -> None:
    thief, _ = seized(court, tmp_path)
    assert thief.by_trying() == {MINE}
    assert thief.by_reading() == MINE
    assert thief.keys()


def test_two_days_later_what_was_recorded_tells_nothing(court: Court, tmp_path: Path) -> None:
    thief, _ = seized(court, tmp_path)
    court.zone.clock.now += 3 * DAY
    retention.tick(court.zone.opened)
    assert thief.by_reading() is None


def test_after_twelve_months_nothing_tells_anything(court: Court, tmp_path: Path) -> None:
    thief, over = seized(court, tmp_path)
    court.zone.clock.now = over + KEPT
    retention.tick(court.zone.opened)
    assert (thief.by_trying(), thief.by_reading(), thief.keys()) == (set(), None, set())
    # Nor does a clerk's key help, with the very document.
    answer = court.ask("clerk-1", Verb.AFTERWARDS, shown(court.zone.opened, "clerk-1"))
    said = records.read(Told, records.read(Signed, answer["told"].strip().encode()).body)
    assert (said.matters, said.left) == ((), 0)
