"""init --custodians 2, the second custodian's terminal, what `run` starts, and what an audit says."""

import secrets
import shutil
import stat
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest

from countenance.channel.server import Server
from countenance.cli import run as running
from countenance.formats import records
from countenance.vocabulary.deployment import Genesis
from countenance.zones.custodian import terminal
from countenance.zones.custodian.second.lifecycle import SecondCustodian

FIRST, OTHER = "correct horse battery staple", "another horse, another battery"
Say = Callable[..., tuple[int, dict[str, Any]]]


@pytest.fixture
def secret(tmp_path: Path) -> Callable[[str], Path]:
    def written(text: str) -> Path:
        path = tmp_path / f"secret-{secrets.token_hex(4)}"
        path.write_text(text + "\n")
        return path

    return written


@pytest.fixture
def place(tmp_path: Path, say: Say, secret: Callable[[str], Path]) -> Path:
    files = ("--passphrase-file", secret(FIRST), "--second-passphrase-file", secret(OTHER))
    code, told = say("init", tmp_path / "station", "--demo", "--custodians", 2, *files)
    assert (code, told["custodians"], told["second_shares"]) == (0, 2, [])
    return tmp_path / "station"


def genesis(path: Path) -> Genesis:
    return records.read(Genesis, path.read_bytes())


@contextmanager
def serving(place: Path) -> Iterator[None]:
    """The second custodian's terminal, in this process."""
    custodian = SecondCustodian(
        place / "second", clock=lambda: time.time_ns() // 1_000_000, random=secrets.token_bytes, log=lambda _: None
    )
    stop = threading.Event()
    server = Server(place / "second" / "terminal", terminal.handlers(custodian), mode=0o600, log=lambda _: None)
    thread = threading.Thread(target=server.serve_forever, args=(stop,))
    thread.start()
    try:
        yield
    finally:
        stop.set()
        thread.join()
        custodian.close()


def test_two_custodians_have_nothing_secret_in_common(place: Path) -> None:
    of, own = genesis(place / "genesis.json"), genesis(place / "second.json")
    assert of.custodians == 2
    assert own.deployment == f"{of.deployment}/second"
    for copy in ("second/genesis.json", "edge/second.json", "custodian/second.json"):
        assert genesis(place / copy) == own
    assert (own.auditors_key, own.quorum, own.demo) == (of.auditors_key, of.quorum, of.demo)
    assert len({own.custodian_key, of.custodian_key}) == len({own.log_key, of.log_key}) == 2
    assert stat.S_IMODE((place / "second").stat().st_mode) == 0o700
    assert (place / "second" / "root").read_bytes() != (place / "custodian" / "root").read_bytes()
    names = {program.name for program in running.plan(place, {})}
    assert "second" in names
    assert running._next("second", "locked") == "countenance custodian open --second"


def test_shares_of_the_second_are_its_own(tmp_path: Path, say: Say, secret: Callable[[str], Path]) -> None:
    files = ("--passphrase-file", secret(FIRST), "--second-shares", "2/3")
    code, told = say("init", tmp_path / "d", "--custodians", 2, *files)
    assert (code, told["shares"], len(told["second_shares"])) == (0, [], 3)


def test_one_custodian_is_as_before(tmp_path: Path, say: Say, secret: Callable[[str], Path]) -> None:
    place = tmp_path / "d"
    assert say("init", place, "--passphrase-file", secret(FIRST))[0] == 0
    assert genesis(place / "genesis.json").custodians == 1
    assert not [path for path in place.rglob("*") if "second" in path.name]
    code, told = say("custodian", "status", "--second", "--deployment", place)
    assert (code, told["error"]) == (1, "unavailable")
    assert "--custodians 2" in told["message"]


def test_what_does_not_fit_leaves_nothing(tmp_path: Path, say: Say, secret: Callable[[str], Path]) -> None:
    place, first = tmp_path / "d", ("--passphrase-file", secret(FIRST))
    for words, said in (
        ((*first, "--second-shares", "2/3"), "--custodians 2"),
        ((*first, "--custodians", 2), "second custodian's root key"),
        ((*first, "--custodians", 2, "--second-passphrase-file", secret(FIRST)), "same passphrase"),
        ((*first, "--custodians", 2, "--second-passphrase-file", secret("short")), "at least 12"),
        ((*first, "--custodians", 2, "--second-shares", "3/2"), "K/N"),
    ):
        code, told = say("init", place, *words)
        assert (code, told["error"]) == (2, "malformed")
        assert said in told["message"]
        assert not place.exists()


def test_its_terminal_has_a_list_of_its_own(place: Path, say: Say, secret: Callable[[str], Path]) -> None:
    at = ("--second", "--deployment", place)
    with serving(place):
        assert say("custodian", "status", *at)[1]["state"] == "locked"
        assert say("custodian", "open", "--passphrase-file", secret(FIRST), *at)[1]["error"] == "refused"
        time.sleep(1.1)
        code, told = say("custodian", "open", "--passphrase-file", secret(OTHER), *at)
        assert (code, told["state"]) == (0, "open")
        facts = ("--organisation", "station", "--role", "operator", "--public", "11" * 32)
        assert say("roster", "add", "operator-1", *facts, *at)[0] == 0
        assert [one["name"] for one in say("roster", "list", *at)[1]["persons"]] == ["operator-1"]
        assert say("edge", "enrol", "host-1", *at)[0] == 0
        assert [one["name"] for one in say("edge", "list", *at)[1]["edges"]] == ["host-1", "probe"]
        assert say("edge", "revoke", "host-1", *at)[0] == 0
        assert say("roster", "revoke", "operator-1", *at)[0] == 0
        assert say("roster", "list", "--gallery", *at)[1]["error"] == "malformed"
        assert say("custodian", "close", *at)[1]["state"] == "locked"
    code, report = say("audit", place)
    assert (code, report["second"]["irregularities"], report["second"]["rules_checked"]) == (0, [], True)
    assert report["gallery"] is None


def test_a_second_log_that_cannot_be_read_or_was_cut_is_told(place: Path, say: Say) -> None:
    journal = place / "second" / "log" / "journal"
    data = journal.read_bytes()
    journal.write_bytes(data[:-40])
    code, report = say("audit", place)
    assert code == 1
    assert report["second"]["irregularities"]
    shutil.rmtree(place / "second" / "log")
    code, report = say("audit", place)
    assert code == 1
    found = [one["what"] for one in report["second"]["irregularities"]]
    assert any("second custodian's journal" in what for what in found)
