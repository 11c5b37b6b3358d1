"""files and lock: whole or not at all, gone when destroyed, one process at a time."""

import errno
import os
import subprocess
import sys
from pathlib import Path

import pytest

from countenance.durable import files, lock
from countenance.errors import Unavailable


def test_write_replaces_whole_and_private(tmp_path: Path) -> None:
    path = tmp_path / "state"
    files.write(path, b"one")
    files.write(path, b"two")
    assert path.read_bytes() == b"two"
    assert path.stat().st_mode & 0o777 == 0o600
    files.write(path, b"three", mode=0o644)
    assert path.stat().st_mode & 0o777 == 0o644
    assert [p.name for p in tmp_path.iterdir()] == ["state"]


def test_a_full_disk_changes_nothing(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    path = tmp_path / "state"
    files.write(path, b"one")

    def full(_: int) -> None:
        raise OSError(errno.ENOSPC, "No space left on device")

    monkeypatch.setattr(os, "fsync", full)
    with pytest.raises(Unavailable, match="state could not be written"):
        files.write(path, b"two")
    assert path.read_bytes() == b"one"
    assert [p.name for p in tmp_path.iterdir()] == ["state"]


def test_a_missing_directory_is_unavailable(tmp_path: Path) -> None:
    with pytest.raises(Unavailable):
        files.write(tmp_path / "no" / "state", b"one")


def test_destroy_overwrites_before_it_removes(tmp_path: Path) -> None:
    path, second = tmp_path / "key", tmp_path / "second-name"
    path.write_bytes(b"secret" * 1000)
    second.hardlink_to(path)
    files.destroy(path)
    assert not path.exists()
    assert second.read_bytes() == bytes(6000)
    files.destroy(path)


def test_make_directory(tmp_path: Path) -> None:
    files.make_directory(tmp_path / "a" / "b", 0o711)
    assert (tmp_path / "a" / "b").stat().st_mode & 0o777 == 0o711
    files.make_directory(tmp_path / "a" / "b")
    assert (tmp_path / "a" / "b").stat().st_mode & 0o777 == 0o711


HOLDER = """
import sys
from pathlib import Path
from countenance.durable import lock
with lock.hold(Path(sys.argv[1])):
    print("held", flush=True)
    sys.stdin.read()
"""


def test_one_process_at_a_time_and_a_kill_releases(tmp_path: Path) -> None:
    path = tmp_path / "lock"
    command = [sys.executable, "-c", HOLDER, str(path)]
    with subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE) as holder:
        assert holder.stdout is not None
        assert holder.stdout.readline() == b"held\n"
        with pytest.raises(Unavailable, match="another process"), lock.hold(path):
            pass
        holder.kill()
    with lock.hold(path):
        pass


def test_a_place_is_checked_without_making_anything(tmp_path: Path) -> None:
    files.check_place(tmp_path / "new" / "folder")
    assert list(tmp_path.iterdir()) == []
    (tmp_path / "file").touch()
    for path in (tmp_path / "file" / "inside", Path("/proc/inside")):
        with pytest.raises(Unavailable):
            files.check_place(path)
