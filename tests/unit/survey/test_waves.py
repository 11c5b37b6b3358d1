"""Opening and closing waves: one at a time, with the file they were opened with, within the promise."""

from pathlib import Path

import pytest

from countenance.durable import lock
from countenance.errors import Malformed, Refused, Tampered, Unavailable
from countenance.survey import collecting, instrument, waves
from countenance.vocabulary.survey import Way
from simulator.surveys import DAY, OPEN, SMALL, begun


def tree(folder: Path) -> dict[str, bytes]:
    return {path.relative_to(folder).as_posix(): path.read_bytes() for path in folder.rglob("*") if path.is_file()}


def test_who_opens_a_wave_while_another_does_waits(tmp_path: Path) -> None:
    place = tmp_path / "survey" / "station"
    place.mkdir(parents=True)
    with lock.hold(place / waves.LOCK), pytest.raises(Unavailable, match="another process"):
        begun(tmp_path)
    assert waves.all_of(place) == ()
    assert begun(tmp_path).wave.number == 1


def test_two_waves_at_once_are_refused_and_nothing_changes(tmp_path: Path) -> None:
    begun(tmp_path)
    before = tree(tmp_path)
    with pytest.raises(Refused, match="close it first"):
        begun(tmp_path)
    assert tree(tmp_path) == before


def test_no_more_waves_than_epsilon_was_split_over(tmp_path: Path) -> None:
    for number in (1, 2):
        opened = begun(tmp_path)
        assert opened.wave.number == number
        waves.end(opened, DAY)
    with pytest.raises(Refused, match="split over 2 waves"):
        begun(tmp_path)


@pytest.mark.parametrize(
    ("old", "new"),
    [("epsilon: 2", "epsilon: 3"), ("epsilon: 2", "privacy: central"), ("waves: 2", "waves: 3"),
     ("waves: 2", "waves: 2\nreported: 1")],
)  # fmt: skip
def test_a_later_wave_keeps_what_was_promised(tmp_path: Path, old: str, new: str) -> None:
    waves.end(begun(tmp_path), DAY)
    with pytest.raises(Refused, match="what people were promised stays"):
        begun(tmp_path, OPEN.replace(old, new))
    assert begun(tmp_path, OPEN.replace("en: Good", "en: Very good")).wave.number == 2


def test_a_questionnaire_changed_in_mid_wave_stops_it_until_it_is_as_it_was(tmp_path: Path) -> None:
    opened = begun(tmp_path)
    path = opened.folder / waves.QUESTIONS
    path.write_text(OPEN.replace("en: Good", "en: Better"), encoding="utf-8")
    with pytest.raises(Tampered, match="another wave"):
        waves.current(opened.folder.parent)
    path.write_text(OPEN, encoding="utf-8")
    assert waves.current(opened.folder.parent).wave == opened.wave


def test_a_wave_that_was_opened_before_a_rule_came_is_read_and_closed_and_is_not_opened_again(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Else nobody could close it, nor report it, nor compare a later wave with it."""
    text = OPEN.replace("zh: 我们问。", f"zh: {'我们问' * 20}。").replace("id: shop", "id: none-of-these")
    text = text.replace("id: old", "id: not-said")
    with monkeypatch.context() as patch:
        patch.setattr(instrument, "_may_be_asked", lambda _: None)
        opened = begun(tmp_path, text)
    folder = opened.folder.parent
    assert waves.current(folder).instrument == opened.instrument
    waves.end(opened, DAY)
    with pytest.raises(Malformed, match=r"intro\.zh has a sentence"):
        waves.begin(folder, text.encode(), day=DAY, issuer=b"")
    assert waves.begin(folder, OPEN.encode(), day=DAY, issuer=b"").wave.number == 2
    assert waves.all_of(folder)[0].wave.closed == DAY


def test_a_closed_wave_takes_nothing_and_forgets_its_tokens(tmp_path: Path) -> None:
    opened = begun(tmp_path)
    (opened.folder / waves.SPENT).write_bytes(bytes(32))
    ended = waves.end(opened, DAY)
    assert not (opened.folder / waves.SPENT).exists()
    with pytest.raises(Refused), collecting.collecting(ended):
        pass
    with pytest.raises(Refused, match="no wave"):
        waves.current(opened.folder.parent)


def test_what_a_killed_closing_left_of_tokens_is_gone_once_the_next_wave_opens(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    opened = begun(tmp_path)
    (opened.folder / waves.SPENT).write_bytes(bytes(32))
    with monkeypatch.context() as patch:
        patch.setattr(waves, "forget", lambda _: None)
        waves.end(opened, DAY)
    assert waves.spent(opened.folder)
    waves.begin(opened.folder.parent, OPEN.encode(), day=DAY, issuer=b"")
    assert waves.spent(opened.folder) == []


def test_a_wave_that_nobody_answered_has_nothing_to_report(tmp_path: Path) -> None:
    with pytest.raises(Refused, match="nobody has answered"):
        waves.counted(begun(tmp_path))


def test_a_wave_whose_record_was_never_written_was_never_opened(tmp_path: Path) -> None:
    opened = begun(tmp_path)
    (opened.folder / waves.RECORD).unlink()
    assert begun(tmp_path).wave.number == 1


def test_what_does_not_belong_there_is_named(tmp_path: Path) -> None:
    opened = begun(tmp_path)
    (opened.folder / waves.ANSWERS / "notes.txt").write_text("x", encoding="utf-8")
    with pytest.raises(Tampered, match="lies among a wave"):
        waves.counted(opened)
    (opened.folder / waves.RECORD).write_bytes(b"{}")
    with pytest.raises(Tampered):
        waves.all_of(opened.folder.parent)


def test_an_issuer_is_there_for_invitations_and_for_them_alone(tmp_path: Path) -> None:
    with pytest.raises(Malformed):
        begun(tmp_path, SMALL)
    with pytest.raises(Malformed):
        begun(tmp_path, OPEN, b"key")
    with pytest.raises(Malformed, match="folder of that name"):
        waves.begin(tmp_path / "other", OPEN.encode(), day=DAY, issuer=b"")


def test_answers_of_all_days_and_ways_are_counted_together(tmp_path: Path) -> None:
    opened = begun(tmp_path)
    with collecting.collecting(opened) as collector:
        for day, way in (("2026-03-01", Way.WEB), ("2026-03-02", Way.WEB), ("2026-03-02", Way.PAPER)):
            collector.add(way, b"\x00\x01\x01" * 5)
            collector.flush(day)
    found = waves.counted(opened)
    assert {way: int(one.people.sum()) for way, one in found.items()} == {Way.WEB: 10, Way.PAPER: 5}
    assert waves.days(opened) == ["2026-03-01", "2026-03-02"]
