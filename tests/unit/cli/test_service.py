"""Unit files: a process each, hardened, and what systemd itself says of them where it is installed."""

import configparser
import shutil
import subprocess
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

Say = Callable[..., tuple[int, dict[str, Any]]]
EVERY = {
    "NoNewPrivileges": "yes",
    "LimitCORE": "0",
    "MemorySwapMax": "0",
    "ProtectSystem": "strict",
    "CapabilityBoundingSet": "",
    "SystemCallErrorNumber": "EPERM",
}
NETWORKED = ("custodian", "repository", "approve", "console", "portal")


@pytest.fixture
def place(tmp_path: Path, say: Say) -> Path:
    (tmp_path / "secret").write_text("correct horse battery staple\n")
    assert say("init", tmp_path / "d", "--passphrase-file", tmp_path / "secret")[0] == 0
    return tmp_path / "d"


def read(path: Path) -> configparser.ConfigParser:
    parser = configparser.ConfigParser(strict=False, interpolation=None)
    parser.optionxform = str  # type: ignore[assignment,method-assign] # as the module's own documentation does it
    parser.read_string(path.read_text())
    return parser


def test_a_unit_a_process_each_as_narrow_as_it_can_be(place: Path, say: Say, tmp_path: Path) -> None:
    code, told = say("service", tmp_path / "units", "--deployment", place)
    assert code == 0
    names = {name.removeprefix("countenance-").removesuffix(".service") for name in told["units"]}
    assert {"custodian", "repository", "evidence", "probe"} <= names
    for name in names:
        unit = read(tmp_path / "units" / f"countenance-{name}.service")["Service"]
        assert {key: unit[key] for key in EVERY} == EVERY
        zone = "edge" if name == "probe" else name
        assert unit["User"] == f"countenance-{zone}"
        also = f" -{place}/survey" if zone == "portal" else ""
        assert unit["ReadWritePaths"] == f"-{place}/{zone} {place}/sockets{also}"
        assert (unit["RestrictAddressFamilies"] == "AF_UNIX") is (name not in NETWORKED)
        assert ("PrivateNetwork" in unit) is (name not in NETWORKED)
    assert say("service", tmp_path / "units", "--deployment", place)[0] == 1
    assert say("service", tmp_path / "more", "--deployment", tmp_path / "nowhere")[0] == 1


def test_systemd_accepts_them(place: Path, say: Say, tmp_path: Path) -> None:
    program = shutil.which("systemd-analyze")
    if program is None:
        pytest.skip("systemd is not installed; the test above reads the files")
    say("service", tmp_path / "units", "--deployment", place)
    units = sorted(map(str, (tmp_path / "units").iterdir()))
    done = subprocess.run([program, "verify", *units], capture_output=True, text=True, check=False, timeout=60)
    # What it cannot know here, such as accounts, it does not ask; an unknown setting it names with its file and line.
    assert not [line for line in done.stderr.splitlines() if str(tmp_path) in line or "countenance-" in line]


def test_a_path_that_a_unit_would_read_otherwise_is_refused(place: Path, say: Say, tmp_path: Path) -> None:
    odd = tmp_path / "my %h station"
    place.rename(odd)
    code, told = say("service", tmp_path / "units", "--deployment", odd)
    assert (code, told["error"]) == (2, "malformed")
    assert not (tmp_path / "units").exists()
