"""`countenance log witness`: at the custodian's terminal, each change an entry."""

import json
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from countenance.channel.server import Server
from countenance.cli.main import run
from countenance.vocabulary.entries import Kind
from countenance.zones.custodian import terminal
from countenance.zones.custodian.opened import Opened
from simulator.witness import made, serving
from simulator.zone import Zone


class Behind:
    """An open custodian, as the terminal's handlers take it."""

    def __init__(self, zone: Zone) -> None:
        self.zone = zone

    def used(self) -> None:
        """Nobody asks here how long it is."""

    @contextmanager
    def acting(self) -> Iterator[Opened]:
        yield self.zone.opened


@pytest.fixture
def zone(tmp_path: Path) -> Iterator[Zone]:
    (tmp_path / "custodian").mkdir()
    zone = Zone(tmp_path / "custodian")
    zone.open()
    server, stop = (
        Server(tmp_path / "custodian" / "terminal", terminal.handlers(Behind(zone)), log=print),
        threading.Event(),
    )
    thread = threading.Thread(target=server.serve_forever, args=(stop,))
    thread.start()
    yield zone
    stop.set()
    thread.join()
    zone.crash()


def test_witnesses_come_and_go(zone: Zone, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    def told(*words: str) -> tuple[int, dict]:
        code = run(["log", "witness", *words, "--deployment", str(tmp_path), "--json"])
        return code, json.loads(capsys.readouterr().out)

    this = made(tmp_path / "w", "w.example", zone.genesis, zone.clock)
    with serving(this) as url:
        adding = ["add", "w.example", "--url", url, "--organisation", "press", "--key"]
        assert told(*adding, str(this.key).replace("w.example", "v.example"))[0] == 2
        code, said = told(*adding, str(this.key))
        assert (code, zone.kinds()[said["entry"]], said["cosigned"]) == (0, Kind.WITNESS, True)
        assert told(*adding, this.key.public.hex())[0] == 1
        assert told("require", "2")[0] == 1
        assert told("require", "1")[1]["required"] == 1
        assert told("remove", "w.example")[0] == 1
        listed = told("list")[1]
        assert (listed["required"], listed["witnesses"][0]["name"]) == (1, "w.example")
        assert run(["log", "witness", "list", "--deployment", str(tmp_path)]) == 0
        assert "cosigned 5 entries" in capsys.readouterr().out
        assert told("require", "0")[0] == told("remove", "w.example")[0] == 0
    assert zone.kinds()[-3:] == [Kind.WITNESSES_REQUIRED, Kind.WITNESSES_REQUIRED, Kind.WITNESS]
