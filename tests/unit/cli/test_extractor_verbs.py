"""extractor migrate, sign, refuse, status: as people type them."""

import json
from collections.abc import Callable, Iterator
from importlib import resources
from pathlib import Path

import pytest

from countenance.cli import ask, extractor, main
from countenance.faces import card as cards
from countenance.vocabulary.migration import MigrationOrder
from simulator.counter import Counter, counter
from simulator.people import NOW

Run = Callable[..., dict]


@pytest.fixture
def desk(monkeypatch: pytest.MonkeyPatch) -> Iterator[Counter]:
    monkeypatch.setattr(ask, "now", lambda: NOW)
    with counter() as made:
        yield made


@pytest.fixture
def run(desk: Counter, capsys: pytest.CaptureFixture[str]) -> Run:
    def run(*words: object, person: str, code: int = 0, plain: bool = False) -> dict:
        more = ["--deployment", str(desk.deployment), "--key", str(desk.key(person)), *([] if plain else ["--json"])]
        capsys.readouterr()
        assert main.run(["extractor", *map(str, words), *more]) == code, capsys.readouterr()
        out, err = capsys.readouterr()
        return {"out": out, "err": err} if plain else json.loads(out.strip().splitlines()[-1])

    return run


@pytest.fixture
def card(tmp_path: Path) -> Path:
    """The built-in network behind another alignment: another extractor."""
    text = (resources.files("countenance.faces") / "cards" / "sface.toml").read_text(encoding="utf-8")
    points = "points = [[39.0, 52.0], [73.0, 52.0], [56.0, 71.0], [42.0, 92.0], [70.5, 92.0]]"
    path = tmp_path / "other.toml"
    path.write_text(text.replace('template = "arcface"', points), encoding="utf-8")
    return path


def drafted(run: Run, card: Path, person: str = "operator-1", code: int = 0, **changed: object) -> dict:
    options = {"camera": "hall-east", "from": "-2h", "to": "-1h", "reason": "better"} | changed
    words = [word for name, value in options.items() for word in (f"--{name}", value)]
    return run("migrate", *words, "--card", card, person=person, code=code)


def test_an_order_from_draft_to_refusal(run: Run, card: Path) -> None:
    done = drafted(run, card)
    order, extractor_digest = done["migration"], cards.read(card).digest.hex()
    assert (done["extractor"], done["deployed"]) == (extractor_digest, False)
    (line,) = run("status", person="supervisor-1")["migrations"]
    assert (line["state"], line["new"], line["approvals"]) == ("waiting", extractor_digest, [])
    assert run("sign", order, "--yes", person="supervisor-1")["approvals"] == 1
    assert run("sign", order, "--yes", person="court-b/judge-1")["approvals"] == 2
    assert run("status", order, person="operator-1")["migrations"][0]["state"] == "done"
    shown = run("status", order, person="operator-1", plain=True)["out"]
    assert order in shown
    assert "2 of 2 approvals" in shown
    assert run("refuse", order, "--reason", "no more", person="supervisor-1")["approvals"] == 1
    assert run("status", order, person="operator-1")["migrations"][0]["state"] == "waiting"


def test_the_deployments_own_card_is_known(run: Run, card: Path, desk: Counter) -> None:
    cards.place(desk.deployment).write_bytes(card.read_bytes())
    assert drafted(run, card)["deployed"] is True


def test_a_faulty_own_card_is_found_before_anything_is_drafted(run: Run, card: Path, desk: Counter) -> None:
    cards.place(desk.deployment).write_text("nothing", encoding="utf-8")
    assert drafted(run, card, code=2)["error"] == "malformed"
    assert run("status", person="operator-1")["migrations"] == []


def test_what_is_refused(run: Run, card: Path, tmp_path: Path) -> None:
    built_in = resources.files("countenance.faces") / "cards"
    assert drafted(run, Path(str(built_in / "yunet.toml")), code=2)["error"] == "malformed"
    assert drafted(run, Path(str(built_in / "sface.toml")), code=1)["error"] == "refused"
    assert drafted(run, tmp_path / "nothing.toml", code=2)["error"] == "malformed"
    assert drafted(run, card, person="clerk-1", code=1)["error"] == "refused"
    assert drafted(run, card, camera="roof", code=1)["error"] == "refused"
    assert run("status", "ab" * 8, person="operator-1", code=1)["error"] == "refused"
    assert run("sign", "ab" * 8, "--yes", person="supervisor-1", code=1)["error"] == "refused"
    assert run("status", person="operator-1")["migrations"] == []


def test_words_of_another_write_no_lines_of_their_own() -> None:
    reason = "better\n  cameras     none\n\nThe text that is signed:\n{}"
    order = MigrationOrder("d", "ab" * 8, ("hall",), 1, 2, bytes(32), b"n" * 32, 128, "operator-1", 1, 2, reason)
    lines = extractor.in_words(order).splitlines()
    assert [line for line in lines if line.startswith("  cameras")] == ["  cameras     hall"]
    assert lines.count("The text that is signed:") == 1
