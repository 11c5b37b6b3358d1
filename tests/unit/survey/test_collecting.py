"""Taking answers in: what is refused, what is never counted twice, and what the files keep."""

import os
import random
import secrets
from dataclasses import replace
from pathlib import Path

import pytest

from countenance.crypto.blind import IssuingKey
from countenance.durable import files
from countenance.errors import CountenanceError, Malformed, Refused, Unavailable
from countenance.formats import records
from countenance.survey import collecting, inviting, responses, waves
from countenance.vocabulary.survey import Way
from simulator.surveys import DAY, OPEN, SMALL, Person, begun, invited, submission

NEXT = "2026-03-02"


def people(opened: waves.Opened) -> int:
    return sum(int(one.people.sum()) for one in waves.counted(opened).values())


@pytest.fixture(scope="module")
def crowd(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, list[bytes]]:
    """A wave by invitation, and five people's submissions."""
    folder = tmp_path_factory.mktemp("crowd")
    opened, issuer, guests = invited(folder, 5, random.Random(1).randrange)
    with inviting.issuing(issuer) as signer:
        for guest in guests:
            guest.fetch(signer)
    return folder, [guest.answer(opened, (0, 1)) for guest in guests]


@pytest.fixture
def fresh(crowd: tuple[Path, list[bytes]], tmp_path: Path) -> tuple[waves.Opened, list[bytes]]:
    issuer = waves.current(crowd[0] / "survey" / "station").wave.issuer
    return begun(tmp_path, SMALL, issuer), crowd[1]


def test_answers_are_there_once_they_were_acknowledged(fresh: tuple[waves.Opened, list[bytes]]) -> None:
    opened, sent = fresh
    with collecting.collecting(opened) as collector:
        for data in sent:
            collector.take(data)
        assert not opened.answers
        assert collector.flush(DAY) == 5
    assert people(opened) == 5


def test_a_replayed_token_is_refused_at_once_after_a_start_and_on_another_day(
    fresh: tuple[waves.Opened, list[bytes]],
) -> None:
    opened, sent = fresh
    for day in (DAY, DAY, NEXT, "2026-03-03"):
        with collecting.collecting(opened) as collector:
            if day == DAY and not opened.answers:
                collector.take(sent[0])
            with pytest.raises(Refused, match="each counts once"):
                collector.take(sent[0])
            again = records.read(responses.Submission, sent[0])
            with pytest.raises(Refused):
                collector.take(records.write(replace(again, answers=(1, 1))))
            collector.flush(day)
    assert people(opened) == 1


def test_forged_foreign_and_missing_tokens_are_refused(fresh: tuple[waves.Opened, list[bytes]]) -> None:
    opened, sent = fresh
    said = records.read(responses.Submission, sent[0])
    other = records.read(responses.Submission, sent[1])
    bad = (
        replace(said, token=b"", signature=b""),
        replace(said, signature=b""),
        replace(said, signature=bytes(384)),
        replace(said, signature=other.signature),
        replace(said, token=secrets.token_bytes(40)),
        replace(said, token=said.token + bytes(200)),
    )
    with collecting.collecting(opened) as collector:
        for one in bad:
            with pytest.raises(Refused):
                collector.take(records.write(one))
        assert collector.flush(DAY) == 0
    assert not opened.answers


def test_answers_to_another_wave_survey_or_questionnaire_are_refused(fresh: tuple[waves.Opened, list[bytes]]) -> None:
    opened, sent = fresh
    said = records.read(responses.Submission, sent[0])
    with collecting.collecting(opened) as collector:
        for other in (replace(said, wave=2), replace(said, survey="else"), replace(said, instrument=bytes(32))):
            with pytest.raises(Refused):
                collector.take(records.write(other))
        with pytest.raises(Malformed):
            collector.take(records.write(replace(said, answers=(9, 9))))
        # What was refused spent no token.
        collector.take(sent[0])


def test_a_survey_that_is_open_to_all_takes_a_number_that_the_browser_drew_and_no_token(tmp_path: Path) -> None:
    opened = begun(tmp_path)
    with collecting.collecting(opened) as collector:
        for other in ({"token": b"x"}, {"token": b""}, {"token": bytes(33)}, {"signature": bytes(384)}):
            with pytest.raises(Malformed):
                collector.take(records.write(submission(opened, (0, 1), **other)))
        collector.take(records.write(submission(opened, (0, 1))))
        collector.take(records.write(submission(opened, (0, 1))))
        assert collector.flush(DAY) == 2


def test_whose_acknowledgement_was_lost_counts_once_where_anybody_may_answer(tmp_path: Path) -> None:
    """In the same batch, in another, after a start, from a shared device, and on the next day."""
    opened = begun(tmp_path, OPEN.replace("waves: 2", "waves: 2\nkiosk: allowed"))
    said = submission(opened, (0, 1))
    data, other = records.write(said), records.write(submission(opened, (1, 1)))
    for day in (DAY, DAY, NEXT, NEXT):
        with collecting.collecting(opened) as collector:
            for way in (Way.WEB, Way.WEB, Way.KIOSK):
                collector.take(data, way)
            # Other answers with the same number are no others.
            collector.take(records.write(replace(said, answers=(1, 0))))
            if day == NEXT:
                collector.take(other)
            collector.flush(day)
    assert people(opened) == 2
    rows = [responses.whole(path, 3)[1] for _, path in opened.answers]
    assert rows == [bytes([0, 0, 1]), bytes([0, 1, 1])]


def test_numbers_that_browsers_drew_are_kept_for_two_days_and_files_taken_in_for_good(tmp_path: Path) -> None:
    opened = begun(tmp_path)
    days = [f"2026-03-{day:02d}" for day in range(1, 7)]
    numbers = [bytes([day]) * collecting.DRAWN for day in range(6)]
    collecting.take_file(opened, Way.PAPER, b"the file", b"\x00\x01\x01", days[0])
    for day, number in zip(days, numbers, strict=True):
        with collecting.collecting(opened) as collector:
            collector.take(records.write(submission(opened, (0, 1), token=number)))
            collector.flush(day)
        kept = b"".join(path.read_bytes() for path in opened.folder.rglob("*") if path.is_file())
        place = numbers.index(number)
        known = [one for one in numbers if responses.spent(one) in kept]
        assert known == numbers[max(0, place - 1) : place + 1]
    assert [path.name for path in waves.spent(opened.folder)] == ["spent", f"spent-{days[-1]}"]
    with pytest.raises(Refused, match="twice"):
        collecting.take_file(opened, Way.PAPER, b"the file", b"\x00\x01\x01", days[-1])
    waves.end(opened, days[-1])
    kept = b"".join(path.read_bytes() for path in opened.folder.rglob("*") if path.is_file())
    assert not any(responses.spent(number) in kept for number in numbers)
    assert waves.spent(opened.folder) == []


def test_one_process_collects_at_a_time(tmp_path: Path) -> None:
    opened = begun(tmp_path)
    with collecting.collecting(opened), pytest.raises(Unavailable), collecting.collecting(opened):
        pass


def test_no_file_of_an_earlier_day_knows_a_token(fresh: tuple[waves.Opened, list[bytes]]) -> None:
    opened, sent = fresh
    with collecting.collecting(opened) as collector:
        for data in sent[:3]:
            collector.take(data)
        collector.flush(DAY)
        for data in sent[3:]:
            collector.take(data)
        collector.flush(NEXT)
    spent = sorted(responses.spent(records.read(responses.Submission, data).token) for data in sent)
    first, second = (path for _, path in opened.answers)
    assert not any(one in first.read_bytes() for one in spent)
    assert sum(one in second.read_bytes() for one in spent) == 2
    kept = (opened.folder / waves.SPENT).read_bytes()
    assert len(kept) == 3 * 32
    assert kept == responses.ascending(kept, 32)


def times(place: Path) -> set[float]:
    """Of modification and of access, as `stat` says them; what it says of change nobody can set."""
    found = os.stat(place)  # noqa: PTH116
    return {found.st_mtime, found.st_atime}


@pytest.mark.parametrize("admission", ["invited", "open"])
def test_times_of_files_and_folders_say_the_day_and_no_hour(
    fresh: tuple[waves.Opened, list[bytes]], tmp_path: Path, admission: str
) -> None:
    opened, sent = fresh
    if admission == "open":
        opened = begun(tmp_path / "open")
        sent = [records.write(submission(opened, (0, 1))) for _ in range(3)]
    wave, answers = opened.folder, opened.folder / "answers"
    lock = times(wave / waves.COLLECTING)
    midnight = {DAY: {1772323200.0}, NEXT: {1772409600.0}}
    for day in (DAY, NEXT):
        for data in sent[:2] if day == DAY else sent[2:]:
            with collecting.collecting(opened) as collector:
                collector.take(data)
                collector.flush(day)
            # As the next batch does, and whoever makes a report.
            assert people(opened)
        with collecting.collecting(opened) as collector:
            collector.flush(day)
        for _, path in opened.answers:
            assert times(path) == midnight[path.name[:10]]
        for path in waves.spent(wave):
            assert times(path) == midnight[day]
        # Folders were listed since: their time of access is the file system's.
        assert {os.stat(place).st_mtime for place in (answers, wave)} == midnight[day]  # noqa: PTH116
    assert len(waves.spent(wave)) == 1
    assert times(wave / waves.COLLECTING) == lock
    waves.end(opened, NEXT)
    assert {times(path) == midnight[path.name[:10]] for _, path in opened.answers} == {True}


def test_a_refused_answer_leaves_no_time_either(fresh: tuple[waves.Opened, list[bytes]]) -> None:
    opened, _ = fresh
    before = os.stat(opened.folder).st_mtime  # noqa: PTH116
    with collecting.collecting(opened) as collector, pytest.raises(Malformed):
        collector.take(b"{}")
    assert os.stat(opened.folder).st_mtime == before  # noqa: PTH116


def test_of_days_that_are_over_no_record_is_read_to_take_one_more(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    opened = begun(tmp_path)
    for day in (DAY, NEXT):
        with collecting.collecting(opened) as collector:
            collector.take(records.write(submission(opened, (0, 1))))
            collector.flush(day)
    read: list[str] = []
    real = responses.whole
    monkeypatch.setattr(responses, "whole", lambda path, width: (read.append(path.name), real(path, width))[1])
    with collecting.collecting(opened) as collector:
        collector.take(records.write(submission(opened, (0, 1))))
        collector.flush(NEXT)
    assert read == [f"{NEXT}.web"]


@pytest.mark.parametrize("broken", range(1, 4))
def test_a_crash_at_any_write_loses_no_acknowledged_answer_and_counts_none_twice(
    fresh: tuple[waves.Opened, list[bytes]], monkeypatch: pytest.MonkeyPatch, broken: int
) -> None:
    opened, sent = fresh
    with collecting.collecting(opened) as collector:
        collector.take(sent[0])
        collector.flush(DAY)
    left, real = [broken], files.write

    def failing(path: Path, data: bytes, *, mode: int = 0o600) -> None:
        left[0] -= 1
        if not left[0]:
            raise Unavailable("the disk is full")
        real(path, data, mode=mode)

    monkeypatch.setattr(files, "write", failing)
    with collecting.collecting(opened) as collector:
        collector.take(sent[1])
        with pytest.raises(Unavailable):
            collector.flush(NEXT)
    monkeypatch.setattr(files, "write", real)
    with collecting.collecting(opened) as collector:
        with pytest.raises(Refused):
            collector.take(sent[0])
        collector.take(sent[1])
        collector.flush(NEXT)
    assert people(opened) == 2


def test_a_batch_that_could_not_be_written_waits_for_the_next_try(
    fresh: tuple[waves.Opened, list[bytes]], monkeypatch: pytest.MonkeyPatch
) -> None:
    opened, sent = fresh
    with collecting.collecting(opened) as collector:
        collector.take(sent[0])
        with monkeypatch.context() as patch:
            patch.setattr(files, "write", lambda *_, **__: (_ for _ in ()).throw(Unavailable("full")))
            with pytest.raises(Unavailable):
                collector.flush(DAY)
        assert collector.flush(DAY) == 1
    assert people(opened) == 1


def test_a_file_is_taken_in_once(tmp_path: Path) -> None:
    opened = begun(tmp_path)
    assert collecting.take_file(opened, Way.PAPER, b"the file", b"\x00\x01\x01" * 4, DAY) == 4
    with pytest.raises(Refused, match="twice"):
        collecting.take_file(opened, Way.PAPER, b"the file", b"\x00\x01\x01" * 4, NEXT)
    with pytest.raises(Refused, match="twice"):
        collecting.take_file(opened, Way.PAPER, b"the file", b"\x00\x01\x01" * 4, "2026-03-03")
    assert people(opened) == 4


def test_a_file_from_a_shared_device_is_taken_in_once_where_anybody_may_answer(tmp_path: Path) -> None:
    """Numbers that browsers drew go after two days; whoever takes a file in twice does so later, too."""
    opened = begun(tmp_path)
    assert collecting.take_file(opened, Way.KIOSK, b"the file", b"\x00\x01\x01" * 4, DAY) == 4
    for day in (NEXT, "2026-03-03", "2026-03-04"):
        with collecting.collecting(opened) as collector:
            collector.take(records.write(submission(opened, (0, 1))))
            collector.flush(day)
        with pytest.raises(Refused, match="twice"):
            collecting.take_file(opened, Way.KIOSK, b"the file", b"\x00\x01\x01" * 4, day)
    assert waves.counted(opened)[Way.KIOSK].people.sum() == 4


def test_a_clock_that_is_put_back_over_midnight_makes_no_repeat_count(tmp_path: Path) -> None:
    opened = begun(tmp_path)
    data = records.write(submission(opened, (0, 1)))
    for day in (DAY, NEXT, DAY, NEXT):
        with collecting.collecting(opened) as collector:
            collector.take(data)
            collector.take(records.write(submission(opened, (0, 1))))
            collector.flush(day)
    assert people(opened) == 5


def test_what_a_killed_process_left_half_written_goes(tmp_path: Path) -> None:
    """It has answers and hashes of tokens in it, and the time at which they came."""
    opened = begun(tmp_path)
    left = (opened.folder / waves.ANSWERS / f".{DAY}.web.abc.part", opened.folder / f".spent-{DAY}.abc.part")
    for again in (True, False):
        for one in left:
            one.write_bytes(b"half")
        if again:
            with collecting.collecting(opened) as collector:
                collector.take(records.write(submission(opened, (0, 1))))
                collector.flush(DAY)
        else:
            collecting.close(opened, DAY)
        assert not any(one.exists() for one in left)
    assert people(opened) == 1


def test_who_is_killed_while_closing_a_wave_closes_it_again_and_its_tokens_are_gone(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    opened = begun(tmp_path)
    said = submission(opened, (0, 1))
    for day in (DAY, NEXT):
        with collecting.collecting(opened) as collector:
            collector.take(records.write(said if day == DAY else submission(opened, (0, 1))))
            collector.flush(day)
    with monkeypatch.context() as patch:
        patch.setattr(waves, "forget", lambda _: (_ for _ in ()).throw(KeyboardInterrupt))
        with pytest.raises(KeyboardInterrupt):
            collecting.close(opened, NEXT)
    folder = opened.folder.parent
    ended = collecting.close(waves.to_close(folder), "2026-03-09")
    assert ended.wave.closed == NEXT
    assert waves.spent(opened.folder) == []
    assert not any(responses.hashes(path, 3) for _, path in opened.answers)
    assert people(opened) == 2
    with pytest.raises(Refused, match="no wave"):
        waves.to_close(folder)


def test_a_file_that_could_not_be_kept_can_be_taken_in_again(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    opened = begun(tmp_path)
    with monkeypatch.context() as patch:
        patch.setattr(files, "write", lambda *_, **__: (_ for _ in ()).throw(Unavailable("full")))
        with pytest.raises(Unavailable):
            collecting.take_file(opened, Way.PAPER, b"the file", b"\x00\x01\x01", DAY)
    assert collecting.take_file(opened, Way.PAPER, b"the file", b"\x00\x01\x01", DAY) == 1


def test_an_invitation_is_good_for_one_signature(tmp_path: Path) -> None:
    _, issuer, guests = invited(tmp_path, 2, random.Random(2).randrange)
    with inviting.issuing(issuer) as signer:
        guests[0].fetch(signer)
        for code in (guests[0].code, guests[0].code.upper(), "unknown", ""):
            with pytest.raises(Refused):
                Person(code, random.Random(3).randrange).fetch(signer)
        with pytest.raises(Malformed):
            signer.sign(guests[1].code, b"\x00" * 384)
    with inviting.issuing(issuer) as signer:
        with pytest.raises(Refused):
            guests[0].fetch(signer)
        guests[1].fetch(signer)
    assert guests[1].code.encode() not in b"".join(path.read_bytes() for path in issuer.iterdir())
    with pytest.raises(Refused):
        inviting.found(issuer, 1)
    with pytest.raises(Malformed):
        inviting.found(tmp_path / "none", 0)
    with pytest.raises(CountenanceError), inviting.issuing(tmp_path / "nobody"):
        pass


def test_an_issuers_token_of_another_wave_does_not_count(
    fresh: tuple[waves.Opened, list[bytes]], tmp_path: Path
) -> None:
    _, sent = fresh
    other = begun(tmp_path / "other", SMALL, IssuingKey.generate(2048).public)
    with collecting.collecting(other) as collector, pytest.raises(Refused):
        collector.take(sent[0])
