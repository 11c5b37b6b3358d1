"""The other kiosks of a gate: named at a kiosk's own terminal, each with a key of its own."""

import json
from pathlib import Path

import pytest

from countenance.cli import main
from countenance.errors import Malformed, Refused
from countenance.zones.edge import identity, neighbours


def test_a_kiosk_knows_those_that_were_named_to_it_and_no_more(tmp_path: Path) -> None:
    one, two = identity.create(tmp_path, "gate-a"), identity.create(tmp_path, "gate-b")
    assert neighbours.known(tmp_path, "gate-a") == {}
    neighbours.add(tmp_path, "gate-a", "gate-b", two.signing.public)
    neighbours.add(tmp_path, "gate-a", "gate-b", two.signing.public)
    assert neighbours.known(tmp_path, "gate-a") == {"gate-b": two.signing.public}
    assert neighbours.known(tmp_path, "gate-b") == {}
    for other, key in (
        ("gate-a", two.signing.public),
        ("gate-b", one.signing.public),
        ("gate-c", two.signing.public),
    ):
        with pytest.raises(Refused):
            neighbours.add(tmp_path, "gate-a", other, key)
    for other, key in (("gate-c", b"short"), ("../c", bytes(32))):
        with pytest.raises(Malformed):
            neighbours.add(tmp_path, "gate-a", other, key)
    with pytest.raises(Refused):
        neighbours.remove(tmp_path, "gate-a", "gate-c")
    assert neighbours.known(tmp_path, "gate-a") == {"gate-b": two.signing.public}
    neighbours.remove(tmp_path, "gate-a", "gate-b")
    assert neighbours.known(tmp_path, "gate-a") == {}


def test_a_gate_is_no_larger_than_it_may_be(tmp_path: Path) -> None:
    identity.create(tmp_path, "gate-a")
    for number in range(neighbours.MOST):
        neighbours.add(tmp_path, "gate-a", f"gate-{number}", bytes([number]) * 32)
    with pytest.raises(Refused, match="at most"):
        neighbours.add(tmp_path, "gate-a", "gate-more", b"m" * 32)


def test_at_the_terminal(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    identity.create(tmp_path, "gate-a")
    two = identity.create(tmp_path, "gate-b").signing.public.hex()
    here = ["--deployment", str(tmp_path), "--json"]

    def said(*words: str) -> tuple[int, dict[str, object]]:
        code = main.run(["gate", "neighbour", *words, *here])
        out = capsys.readouterr().out
        return code, json.loads(out) if out else {}

    assert said("gate-a", "gate-b", "--key", two)[1]["neighbours"] == {"gate-b": two}
    assert said("gate-b")[1] == {"name": "gate-b", "signing_key": two, "neighbours": {}}
    assert said("gate-a", "gate-b", "--remove")[1]["neighbours"] == {}
    for wrong in (("gate-a", "gate-b"), ("gate-a", "gate-b", "--key", "xyz"), ("gate-c",)):
        assert said(*wrong)[0] != 0
