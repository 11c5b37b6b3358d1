"""custodian backup, custodian restore and audit --export, as somebody types them."""

import json
import shutil
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from countenance.log import tiles
from countenance.zones.custodian import publication, ticks
from countenance.zones.custodian.gallery.lifecycle import GalleryCustodian
from countenance.zones.custodian.lifecycle import Custodian
from countenance.zones.custodian.second.lifecycle import SecondCustodian
from simulator.terminal import serving

PASSPHRASE = "correct horse battery staple"
Say = Callable[..., tuple[int, dict[str, Any]]]


@pytest.fixture
def place(tmp_path: Path, say: Say) -> Path:
    (tmp_path / "secret").write_text(PASSPHRASE + "\n")
    for name in ("disk", "stick"):
        (tmp_path / name).mkdir()
    assert say("init", tmp_path / "d", "--passphrase-file", tmp_path / "secret")[0] == 0
    (tmp_path / "d" / "countenance.toml").write_text("[custodian]\nwithdrawal_minutes = 5\n")
    return tmp_path / "d"


def published(custodian: Custodian, place: Path) -> None:
    """A tick, and what it publishes in the repository's folder."""
    folder = place / "repository" / "log"
    folder.mkdir(exist_ok=True)
    with custodian.acting() as opened:
        before = ticks.last(opened)
        size = opened.sequencer.pad(ticks.CLASS, before.size if before else 0)
        note = opened.sequencer.checkpoint(size).note
        opened.store.put(ticks.Published(opened.clock(), size, note), ticks.KEY)
        have = tiles.published_size(folder)
        size, note, (leaves, *sealed) = publication.since(opened, have)
        if size > have:
            tiles.publish(folder, [leaves[at : at + 32] for at in range(0, len(leaves), 32)], sealed, note)


def test_lost_disk_and_back(place: Path, say: Say, tmp_path: Path) -> None:
    file, piece = tmp_path / "disk" / "backup", tmp_path / "stick" / "piece"
    secret = ("--passphrase-file", tmp_path / "secret", "--deployment", place)
    with serving(place, passphrase=PASSPHRASE) as custodian:
        code, told = say("custodian", "backup", file, "--piece", piece, "--days", 7, "--deployment", place)
        assert (code, told["file"]) == (0, str(file))
        published(custodian, place)
    code, told = say("custodian", "restore", file, "--piece", piece, *secret)
    assert (code, told["error"]) == (1, "refused")
    shutil.rmtree(place / "custodian")
    (place / "countenance.toml").unlink()
    assert say("custodian", "restore", file, "--piece", piece, "--deployment", place)[0] == 2
    code, told = say("custodian", "restore", file, "--piece", piece, *secret)
    assert code == 1
    assert "audit --export" in told["message"]
    assert not (place / "custodian").exists()
    key, exported = place / "auditors.key", tmp_path / "exported"
    assert say("audit", place / "repository", "--export", exported)[0] == 2
    assert say("audit", place / "repository", "--key", key, "--export", exported)[0] == 0
    code, told = say("custodian", "restore", file, "--piece", piece, "--log", exported, *secret)
    assert (code, told["repeated"]) == (0, 0)
    assert "withdrawal_minutes = 5" in (place / "countenance.toml").read_text()
    with serving(place, passphrase=PASSPHRASE) as custodian:
        published(custodian, place)
        assert custodian.status()["state"] == "open"
    code, told = say("audit", place, "--key", key)
    assert (code, told["irregularities"]) == (0, [])
    assert json.dumps(told).count("restored") == 1


@pytest.mark.parametrize(("zone", "kind"), [("second", SecondCustodian), ("gallery", GalleryCustodian)])
def test_a_custodian_beside_the_first_is_lost_and_back(
    say: Say, tmp_path: Path, zone: str, kind: type[Custodian]
) -> None:
    place, secret, first = tmp_path / "d", tmp_path / "secret", tmp_path / "first"
    secret.write_text(PASSPHRASE + "\n")
    first.write_text("another passphrase of the first\n")
    beside = ("--custodians", 2, "--second-passphrase-file", secret)
    assert say("init", place, "--passphrase-file", first, *beside)[0] == 0
    assert say("gallery", "init", "--passphrase-file", secret, "--deployment", place)[0] == 0
    (tmp_path / "stick").mkdir()
    file, piece, log = tmp_path / "backup", tmp_path / "stick" / "piece", tmp_path / "log"
    at = ("--piece", piece, "--deployment", place)
    with serving(place, zone, kind, passphrase=PASSPHRASE):
        assert say("custodian", "backup", file, *at, "--second", "--gallery")[0] == 2
        code, told = say("custodian", "backup", file, *at, f"--{zone}")
        assert (code, told["file"]) == (0, str(file))
    shutil.copytree(place / zone / "log", log)
    secrets_of = ("--passphrase-file", secret)
    assert say("custodian", "restore", file, *at, *secrets_of, "--log", log, f"--{zone}")[1]["error"] == "refused"
    shutil.rmtree(place / zone)
    code, told = say("custodian", "restore", file, *at, *secrets_of, f"--{zone}")
    assert code == 2
    assert "--log" in told["message"]
    code, told = say("custodian", "restore", file, *at, *secrets_of, "--log", log, f"--{zone}")
    assert (code, told["repeated"]) == (0, 0)
    with serving(place, zone, kind, passphrase=PASSPHRASE) as custodian:
        assert custodian.status()["state"] == "open"
    report = say("audit", place, "--key", place / "auditors.key")[1]
    assert report[zone]["irregularities"] == []
