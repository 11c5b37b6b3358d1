"""Who receives answers at once with others: two portals over one wave, and a file that is taken in meanwhile."""

import asyncio
import threading
from pathlib import Path

import pytest

from countenance.durable import lock
from countenance.errors import Unavailable
from countenance.formats import records
from countenance.survey import collecting, waves
from countenance.survey.receiving import Receiver
from countenance.vocabulary.survey import Way
from simulator.surveys import DAY, OPEN, begun, submission

NAME = "station"


def people(opened: waves.Opened) -> int:
    return sum(int(one.people.sum()) for one in waves.counted(waves.read(opened.folder)).values())


def test_two_portals_and_a_file_at_once_lose_nobody_and_count_nobody_twice(tmp_path: Path) -> None:
    opened = begun(tmp_path, OPEN)
    answers = [records.write(submission(opened, (0, 1))) for _ in range(200)]
    faults: list[BaseException] = []

    async def sent(part: list[bytes]) -> None:
        portal = Receiver(opened.folder.parents[1], lambda: DAY)
        for at in range(0, len(part), 10):
            await asyncio.gather(*(portal.take(NAME, data) for data in part[at : at + 10]))

    def portal(part: list[bytes]) -> None:
        try:
            asyncio.run(sent(part))
        except BaseException as fault:  # noqa: BLE001 - told by the assertion below
            faults.append(fault)

    # Sixty are sent to both, as by browsers that heard nothing of the first.
    threads = [threading.Thread(target=portal, args=(part,)) for part in (answers[:130], answers[70:])]
    for one in threads:
        one.start()
    row = b"\x00\x00\x01"
    for number in range(5):
        assert collecting.take_file(opened, Way.PAPER, bytes([number]), row * 10, DAY) == 10
    for one in threads:
        one.join()
    assert faults == []
    assert people(opened) == 250


def test_who_cannot_wait_any_longer_is_told_so_and_nothing_is_kept(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    opened = begun(tmp_path, OPEN)
    portal = Receiver(opened.folder.parents[1], lambda: DAY)
    data = records.write(submission(opened, (0, 1)))
    monkeypatch.setattr(collecting, "PATIENCE", 0.05)
    with lock.hold(opened.folder / waves.COLLECTING), pytest.raises(Unavailable, match="another process"):
        asyncio.run(portal.take(NAME, data))
    assert not waves.read(opened.folder).answers
    asyncio.run(portal.take(NAME, data))
    assert people(opened) == 1
