"""The administrator of the custodian's machine puts its store back to before a search, so that a use is left again."""

import shutil
import sqlite3
from pathlib import Path

import pytest

from countenance.errors import Tampered
from countenance.zones.custodian.cases import WarrantState
from simulator.court import Court, sitting
from simulator.people import SUBJECT


def searched(court: Court, kept: Path) -> str:
    """Search once under a warrant, with a copy of the store from before in `kept`; the warrant's id."""
    court.pass_by(SUBJECT)
    court.tell()
    text = court.approved()
    shutil.copytree(court.zone.directory, kept)
    court.begin(text)
    court.zone.crash()
    return text.warrant


def test_the_whole_store_put_back_does_not_open_beside_its_log(tmp_path: Path) -> None:
    with sitting() as court:
        searched(court, tmp_path / "kept")
        for path in court.zone.directory.glob("store-*"):
            path.unlink()
        for path in (tmp_path / "kept").glob("store-*"):
            shutil.copy(path, court.zone.directory)
        with pytest.raises(Tampered, match="older than its log"):
            court.zone.open()


def test_the_warrants_record_put_back_does_not_open(tmp_path: Path) -> None:
    with sitting() as court:
        warrant = searched(court, tmp_path / "kept")
        (old,) = (tmp_path / "kept").glob("store-*.db")
        (new,) = court.zone.directory.glob("store-*.db")
        with sqlite3.connect(new) as line:
            line.execute("ATTACH ? AS old", (str(old),))
            where = "kind = ? AND key = ?"
            line.execute(
                f"UPDATE records SET value = (SELECT value FROM old.records WHERE {where}) WHERE {where}",
                (WarrantState.__name__, warrant) * 2,
            )
        line.close()
        with pytest.raises(Tampered, match="holds older records"):
            court.zone.open()
