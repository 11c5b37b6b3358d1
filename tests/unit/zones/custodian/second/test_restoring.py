"""The second custodian lost and restored: searches go on, and nothing that ended, or was spent, comes back."""

import secrets
from dataclasses import replace
from pathlib import Path

import pytest

from countenance.errors import CountenanceError, Refused, Tampered
from countenance.formats import records
from countenance.log import rules
from countenance.vocabulary.entries import Kind
from countenance.zones.custodian import backups, cases, restoring, retention, roster
from countenance.zones.custodian.records import OTHER_KEY, ExpiredPartition, PartitionKeys, SecondHead, partition_key
from countenance.zones.custodian.restoring import Which
from countenance.zones.custodian.second import resuming
from simulator.backing import Backing
from simulator.court import LAST_HOUR, THIS_HOUR, Court
from simulator.people import HOUR, SUBJECT, limits, near, unit
from simulator.second import Pair, Second

DAY = 24 * HOUR


def populated(court: Court) -> str:
    found = court.pass_by(near(SUBJECT, 0.8, 5))
    court.pass_by(unit(100))
    court.tell()
    return found


def backed_up(second: Second, place: Path, days: int = backups.DEFAULT_DAYS) -> Backing:
    return Backing(second.opened, second.directory, second.shares, Which("second", resuming.repeat), place, days)


def restored(second: Second, backing: Backing, log: Path) -> None:
    second.crash()
    backing.lose()
    backing.restore(second.clock, log)
    second.clock.now += 1
    second.open()


def kinds(second: Second) -> list[Kind]:
    return [entry.kind for entry in second.log()]


def test_lost_and_restored_searches_go_on(court: Court, second: Second, tmp_path: Path) -> None:
    found = populated(court)
    backing = backed_up(second, tmp_path)
    text = court.approved(limits=limits(uses=3))
    assert court.search(text)["candidates"] == [found]
    restored(second, backing, backing.copied_log())
    assert kinds(second).count(Kind.RESTORED) == 1
    assert court.search(text)["candidates"] == [found]
    assert rules.check(second.log(), second.genesis) == ((), 0)
    assert not list((second.directory / "epochs").iterdir())


def test_uses_stay_spent_whether_the_backup_knows_the_warrant_or_not(
    court: Court, second: Second, tmp_path: Path
) -> None:
    populated(court)
    known = court.approved(warrant="0a" * 8, limits=limits(uses=2))
    court.search(known)
    backing = backed_up(second, tmp_path)
    unknown = court.approved(warrant="0b" * 8, limits=limits(uses=2))
    for text in (known, unknown, unknown):
        court.search(text)
    restored(second, backing, backing.copied_log())
    # A first custodian that was taken over counts nothing any more.
    for text in (known, unknown):
        give_uses(court, text.warrant)
        with pytest.raises(Refused, match="no use left"):
            court.search(text)


def give_uses(court: Court, warrant: str) -> None:
    state = cases.state(court.zone.opened, warrant)
    court.zone.opened.store.put(replace(state, uses_left=9), warrant)


def test_a_version_that_was_narrowed_after_the_backup_stays_narrowed(
    court: Court, pair: Pair, second: Second, tmp_path: Path
) -> None:
    populated(court)
    text = court.approved(limits=limits(uses=5))
    court.search(text)
    wide = cases.state(pair.opened, text.warrant)
    backing = backed_up(second, tmp_path)
    narrow = replace(
        text, number=2, narrowed_from=records.digest(text), limits=replace(text.limits, uses=4, candidates=1)
    )
    court.file(narrow)
    for name in ("supervisor-1", "court-b/judge-1"):
        court.say(name, narrow)
    court.search(narrow)
    restored(second, backing, backing.copied_log())
    pair.opened.store.put(wide, text.warrant)
    with pytest.raises(Refused, match="another version"):
        court.search(text)


def test_an_hour_whose_salts_are_lost_is_refused_and_never_leased_again(
    court: Court, pair: Pair, second: Second, tmp_path: Path
) -> None:
    backing = backed_up(second, tmp_path)
    populated(court)
    camera = court.zone.declare("new", court.edge)
    pair.lease(court.edge, camera.name, THIS_HOUR)
    assert second.opened.store.get(PartitionKeys, partition_key("new", THIS_HOUR)) is not None
    restored(second, backing, backing.copied_log())
    assert second.opened.store.get(ExpiredPartition, partition_key("new", THIS_HOUR)) is not None
    with pytest.raises(CountenanceError):
        pair.lease(court.edge, "new", THIS_HOUR)
    assert second.opened.store.get(PartitionKeys, partition_key("new", THIS_HOUR)) is None


def test_expired_salts_and_revoked_people_do_not_come_back(court: Court, second: Second, tmp_path: Path) -> None:
    populated(court)
    backing = backed_up(second, tmp_path)
    roster.revoke(second.opened, "officer-1")
    second.clock.now += 10 * DAY
    retention.tick(second.opened)
    restored(second, backing, backing.copied_log())
    assert second.opened.store.get(PartitionKeys, partition_key("hall-east", LAST_HOUR)) is None
    assert [one.person.name for one in roster.members(second.opened) if one.revoked] == ["officer-1"]


def test_the_first_refuses_one_that_went_back(court: Court, pair: Pair, second: Second, tmp_path: Path) -> None:
    found = populated(court)
    backing = backed_up(second, tmp_path)
    text = court.approved(limits=limits(uses=5))
    early = backing.copied_log("early")
    court.search(text)
    court.search(text)
    late = backing.copied_log("late")
    seen = pair.opened.store.get(SecondHead, OTHER_KEY)
    assert seen is not None
    restored(second, backing, early)
    for _ in range(2):
        with pytest.raises(Tampered, match="went back"):
            court.search(text)
    alarmed = [dict(one.facts) for one in pair.opened.sequencer.entries() if one.kind is Kind.LOG_ALARMED]
    assert [one["about"] for one in alarmed] == ["second custodian"]
    assert pair.opened.store.get(SecondHead, OTHER_KEY) == seen
    # As long as the first saw it, and another.
    for _ in range(seen.size):
        second.opened.sequencer.append(Kind.EXPIRED, {"partitions": "0", "rows": "0"})
    with pytest.raises(Tampered, match="another"):
        court.search(text)
    restored(second, backing, late)
    assert court.search(text)["candidates"] == [found]


def test_nothing_to_compare_with_another_custodian_and_flipped_bits_are_refused(
    court: Court, pair: Pair, second: Second, tmp_path: Path
) -> None:
    populated(court)
    backing = backed_up(second, tmp_path)
    log, into = backing.copied_log(), tmp_path / "new" / "second"
    with pytest.raises(Refused, match="newer log"):
        backing.restore(second.clock, None, directory=into)
    with pytest.raises(Refused, match="another custodian"):
        restoring.restore(into, replace(backing.brought, log=log), clock=second.clock, random=secrets.token_bytes)
    with pytest.raises(Tampered):
        backing.restore(second.clock, pair.directory / "log", directory=into)
    file = backing.brought.file
    for at in range(0, len(file), max(1, len(file) // 40)):
        flipped = file[:at] + bytes([file[at] ^ 1]) + file[at + 1 :]
        with pytest.raises(CountenanceError):
            backing.restore(second.clock, log, directory=into, file=flipped)
    assert not into.parent.exists() or not list(into.parent.iterdir())


def test_killed_at_any_step_there_is_nothing_or_a_whole_one(
    court: Court, second: Second, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    populated(court)
    backing = backed_up(second, tmp_path)
    pair_log = backing.copied_log()
    second.crash()
    backing.lose()

    def killed(*_: object) -> None:
        raise KeyboardInterrupt

    for owner, name in ((restoring, "_take_over"), (restoring, "repeat"), (Path, "rename")):
        with monkeypatch.context() as patched:
            patched.setattr(owner, name, killed)
            with pytest.raises(KeyboardInterrupt):
                backing.restore(second.clock, pair_log)
        assert not second.directory.exists()
    backing.restore(second.clock, pair_log)
    second.open()


def test_its_backup_ends(court: Court, second: Second, tmp_path: Path) -> None:
    populated(court)
    backing = backed_up(second, tmp_path, days=1)
    second.clock.now += DAY
    with pytest.raises(Refused, match="ended"):
        backing.restore(second.clock, backing.copied_log(), directory=tmp_path / "new")
    retention.tick(second.opened)
    assert not backing.piece.exists()
