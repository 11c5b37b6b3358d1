"""A photo lives seconds, never beyond 12 hours, whatever the clocks, the settings and the power do."""

import os
import signal
import subprocess
import sys
from pathlib import Path

import pytest

from countenance.errors import Refused
from countenance.gates.shortlived import LONGEST, MOST, USUAL, Photos
from simulator.gate import Time

PHOTO = b"\xff\xd8\xff a face " * 500


def test_a_photo_is_read_and_gone_after_its_seconds() -> None:
    time = Time()
    photos = Photos(time.clock)
    name = photos.keep(PHOTO)
    assert photos.read(name) == PHOTO
    time.on(USUAL)
    with pytest.raises(Refused, match="gone"):
        photos.read(name)
    assert len(photos) == 0


def test_no_setting_lets_it_live_beyond_twelve_hours() -> None:
    time = Time()
    photos = Photos(time.clock, life=10**15)
    name = photos.keep(PHOTO)
    time.on(LONGEST - 1)
    assert photos.read(name) == PHOTO
    time.on(1)
    with pytest.raises(Refused):
        photos.read(name)


@pytest.mark.parametrize(
    ("wall", "passed"), [(USUAL, 0), (-1, 0), (10**12, 0), (0, USUAL), (0, -6_000), (-(10**12), 0)]
)
def test_whichever_clock_jumps_it_dies_sooner_never_later(wall: int, passed: int) -> None:
    time = Time()
    photos = Photos(time.clock)
    name = photos.keep(PHOTO)
    time.now += wall
    time.passed += passed
    photos.tidy()
    assert len(photos) == 0
    with pytest.raises(Refused):
        photos.read(name)


def test_a_wall_clock_that_is_set_back_again_and_again_gains_nothing() -> None:
    time = Time()
    photos = Photos(time.clock)
    name = photos.keep(PHOTO)
    for _ in range(USUAL // 1000 - 1):
        time.on(1000)
        time.now -= 1000
        assert photos.read(name) == PHOTO
    time.passed += 1000
    with pytest.raises(Refused):
        photos.read(name)


def test_dying_destroys_the_key() -> None:
    photos = Photos(Time().clock)
    name = photos.keep(PHOTO)
    held = photos._kept[name]
    assert PHOTO[:20] not in held.ciphertext
    assert any(held.key)
    photos.forget(name)
    photos.forget(name)
    assert not any(held.key)


def test_there_are_a_few_at_a_time_and_nothing_shows_them() -> None:
    photos = Photos(Time().clock)
    names = [photos.keep(PHOTO) for _ in range(MOST + 1)]
    with pytest.raises(Refused):
        photos.read(names[0])
    assert len(photos) == MOST
    # Among hexadecimal digits, as their names are, "face" comes by chance.
    assert " a face " not in repr(photos._kept)


def test_a_kill_leaves_nothing_on_the_disk(tmp_path: Path) -> None:
    code = (
        "import sys, time\n"
        "from countenance.gates.flights import Clock\n"
        "from countenance.gates.shortlived import Photos\n"
        "photos = Photos(Clock(lambda: 1, lambda: 1), life=10**9)\n"
        "photos.keep(b'\\xff\\xd8\\xff a face ' * 500)\n"
        "print('kept', flush=True)\n"
        "time.sleep(600)\n"
    )
    place = {**os.environ, "TMPDIR": str(tmp_path), "HOME": str(tmp_path)}
    with subprocess.Popen([sys.executable, "-c", code], cwd=tmp_path, env=place, stdout=subprocess.PIPE) as process:
        assert process.stdout is not None
        assert process.stdout.readline() == b"kept\n"
        process.send_signal(signal.SIGKILL)
        process.wait()
    assert not [path for path in tmp_path.rglob("*") if path.is_file() and b"face" in path.read_bytes()]
