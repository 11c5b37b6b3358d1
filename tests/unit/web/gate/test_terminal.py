"""A gate's kiosk and its officers, at the kiosk's terminal."""

import json
from pathlib import Path

import pytest

from countenance.cli import main
from countenance.cli.run import plan
from countenance.errors import Malformed
from countenance.formats import records
from countenance.zones.edge import gate_place
from simulator.at_gate_page import OFFICER, RP_ID
from simulator.authenticator import Authenticator, enrolment
from simulator.browser import CONSOLE
from simulator.people import genesis


def test_a_kiosk_is_made_and_an_officer_let_in_and_out(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    made = genesis(console=CONSOLE)
    (tmp_path / "genesis.json").write_bytes(records.write(made))

    def said(*words: str) -> tuple[int, dict[str, object]]:
        code = main.run(["gate", *words, "--deployment", str(tmp_path), "--json"])
        out = capsys.readouterr().out
        return code, json.loads(out) if out else {}

    assert said("officer", "gate-a", OFFICER, "--remove")[0] != 0
    first = said("kiosk", "gate-a", "--port", "9471")[1]
    again = said("kiosk", "gate-a", "--allowed-seconds", "7")[1]
    assert (first["made"], again["made"]) == (True, False)
    assert first["signing_key"] == again["signing_key"]
    place = gate_place.read(tmp_path, "gate-a")
    assert place == gate_place.GatePlace(gate_place.PORT, 7000)
    assert [one.name for one in plan(tmp_path, {}) if one.module == "countenance.cli.run_gate"] == ["gate gate-a"]
    brought = Authenticator().register(enrolment(made.deployment, OFFICER), origin=place.origin, rp_id=RP_ID)
    file = tmp_path / "officer-1.officer.json"
    file.write_bytes(records.write(brought))
    given = ("officer", "gate-a", OFFICER, "--registration", str(file))
    assert said(*given, "--fingerprint", "0000 0000 0000 0000 0000")[0] == 1
    assert said("officer", "gate-a", "officer-2", "--registration", str(file))[0] == 1
    assert not gate_place.officers(tmp_path, "gate-a").exists()
    assert said("officer", "gate-a", OFFICER)[0] == 2
    assert said(*given, "--remove")[0] == 2
    assert said(*given)[0] == 0
    assert len(list(gate_place.officers(tmp_path, "gate-a").iterdir())) == 1
    assert said("officer", "gate-a", OFFICER, "--remove")[1]["removed"] == 1
    assert said("officer", "gate-a", OFFICER, "--remove")[0] == 1


def test_a_place_that_is_none_is_said(tmp_path: Path) -> None:
    for content in (
        b"{}",
        b'{"allowed":1,"port":80,"type":"GatePlace"}',
        b'{"allowed":-1,"port":9470,"type":"GatePlace"}',
    ):
        (tmp_path / "edge" / "gate-a").mkdir(parents=True, exist_ok=True)
        (tmp_path / "edge" / "gate-a" / "gate.json").write_bytes(content)
        with pytest.raises(Malformed):
            gate_place.read(tmp_path, "gate-a")
