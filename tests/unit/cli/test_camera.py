"""`countenance camera` on its host: where pictures come from stays there; what a network answers is only shown."""

import json
from pathlib import Path

import pytest

from countenance.cli import camera, main
from countenance.errors import Unavailable
from countenance.zones.edge import camera as own
from countenance.zones.edge import identity
from countenance.zones.edge.discovery import Device

SOURCE = "rtsp://viewer:a-password@192.0.2.7/stream"


@pytest.fixture
def host(tmp_path: Path) -> Path:
    identity.create(tmp_path, "host-1")
    return tmp_path


def test_a_source_is_kept_on_the_host_and_printed_nowhere(host: Path, capfd: pytest.CaptureFixture[str]) -> None:
    assert main.run(["camera", "source", "gate-west", SOURCE, "--deployment", str(host), "--json"]) == 0
    told = capfd.readouterr()
    assert json.loads(told.out) == {"camera": "gate-west", "edge": "host-1"}
    assert "a-password" not in told.out + told.err
    assert own.sources(host, "host-1") == {"gate-west": SOURCE}


def test_a_source_can_be_typed_where_nobody_sees_it(
    host: Path, capfd: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(camera.typer, "prompt", lambda _, hide_input: SOURCE if hide_input else "")
    assert main.run(["camera", "source", "gate-west", "-", "--deployment", str(host)]) == 0
    assert "a-password" not in "".join(capfd.readouterr())
    assert own.sources(host, "host-1") == {"gate-west": SOURCE}


@pytest.mark.parametrize(
    ("words", "code"),
    [
        (("gate-west", "no-such-file.mp4"), 2),
        (("Gate West", SOURCE), 2),
        (("gate-west", SOURCE, "--edge", "host-2"), 1),
    ],
)
def test_what_is_no_source_changes_nothing(host: Path, words: tuple[str, ...], code: int) -> None:
    assert main.run(["camera", "source", *words, "--deployment", str(host)]) == code
    assert own.sources(host, "host-1") == {}


def test_what_answers_is_shown(capfd: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch) -> None:
    device = Device("192.0.2.7", "Hall", "M-1", "", "http://192.0.2.7/onvif")
    monkeypatch.setattr(camera.discovery, "discover", lambda seconds, interface: (device,))
    assert main.run(["camera", "discover", "--seconds", "0.1", "--json"]) == 0
    (found,) = json.loads(capfd.readouterr().out)["devices"]
    assert (found["address"], found["name"], found["service"]) == ("192.0.2.7", "Hall", "http://192.0.2.7/onvif")


def test_a_network_that_cannot_be_asked_is_a_sentence(
    capfd: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    def away(seconds: float, interface: str) -> tuple[Device, ...]:
        raise Unavailable("the network cannot be asked: give --interface")

    monkeypatch.setattr(camera.discovery, "discover", away)
    assert main.run(["camera", "discover", "--json"]) == 1
    assert json.loads(capfd.readouterr().out)["error"] == "unavailable"
