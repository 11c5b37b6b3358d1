"""policy, freeze, canary, and warrants that are urgent or real-time: as people type them."""

from collections.abc import Callable
from pathlib import Path

import pytest

from countenance.cli import errors, main, policy_words, real_time
from countenance.cli.main import VERBS
from countenance.errors import Malformed
from countenance.vocabulary.entries import Kind
from countenance.vocabulary.warrants import Ground
from countenance.warrants import policy, ready
from countenance.zones.custodian import freezing, strangers
from countenance.zones.custodian.freezing import Cause
from countenance.zones.custodian.strangers import Count
from simulator.counter import Counter
from simulator.people import HOUR, NOW, POLICY

Run = Callable[..., dict]


def draft(run: Run, photo: Path, *more: object, code: int = 0, purpose: str = "missing person") -> dict:
    words = ("--case", "case 7", "--purpose", purpose, "--basis", "law 2", "--from", "-2h", "--to", "+1h")
    asked = ("warrant", "draft", *words, "--probe", photo, "--camera", "hall-east", *more)
    return run(*asked, person="officer-1", code=code)


def test_a_lawyer_reads_what_is_evaluated(capsys: pytest.CaptureFixture[str]) -> None:
    assert main.run(["policy", "show", "eu"]) == 0
    shown = capsys.readouterr().out
    assert "1. A missing person may be looked for on up to 64 cameras and 72 hours." in shown
    assert "permits drafting, searching, showing stills and disclosing" in shown
    assert '     when purpose is "missing person"\n     and cameras at most 64\n     and hours at most 72\n' in shown
    assert "source: AI Act Art. 5(1)(h)(i) and 26(10); LED Art. 8(2), 10(b)  (rule missing-person)" in shown
    assert 'unless the approvers\' roles include "judicial"' in shown
    assert "as the text says" not in shown
    assert f"SHA-256 {POLICY.hash.hex()}" in shown


def test_a_sentence_that_lies_does_not_change_the_words(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    path = tmp_path / "mine.cedar"
    path.write_text(
        '@id("a") @says("Only missing children.") @source("x") permit (principal, action, resource)'
        ' when { !(resource.cameras > 9) || resource.place_words.containsAll(["a"]) }'
        ' unless { resource.purpose like "x*" };'
    )
    assert main.run(["policy", "show", str(path)]) == 0
    shown = capsys.readouterr().out
    assert "permits everything" in shown
    assert 'when (not (cameras above 9) or the words of the cameras\' places include all of "a")' in shown
    assert "unless (as the text says: like" in shown


def test_every_ready_policy_is_in_words() -> None:
    for name in ready.NAMES:
        for one in policy.rules(policy.read(ready.text(name))):
            spelled = "\n".join((policy_words.steps(one.steps), *policy_words.conditions(one.conditions)))
            assert "as the text says" not in spelled, one.id
    assert policy_words.conditions([]) == ["always"]


def test_checked_and_set(run: Run, desk: Counter, tmp_path: Path) -> None:
    assert run("policy", "check", "strict")["policy"] == policy.read(ready.text("strict")).hash.hex()
    bad = tmp_path / "bad.cedar"
    bad.write_text("permit (principal, action, resource);")
    assert "@id" in run("policy", "check", bad, code=2)["message"]
    bad.write_bytes(b"\xff\xfe")
    assert "UTF-8" in run("policy", "check", bad, code=2)["message"]
    run("policy", "check", tmp_path / "nowhere", code=1)
    run("policy", "set", bad, code=2)
    assert run("policy", "show")["policy"] == POLICY.hash.hex()
    done = run("policy", "set", "strict")
    assert desk.court.zone.opened.sequencer.entry(done["entry"]).kind is Kind.POLICY
    shown = run("policy", "show", person="clerk-1")
    assert (shown["policy"], shown["text"]) == (done["policy"], ready.text("strict"))
    assert len(shown["rules"]) == 11


def test_a_draft_names_the_policy_that_stands(run: Run, photo: Path) -> None:
    warrant = draft(run, photo)["warrant"]
    said = run("warrant", "show", warrant, person="supervisor-1")["warrant"]
    assert said["policy"] == POLICY.hash.hex()
    assert not {"kind", "real_time"} & set(said)  # an ordinary text says neither
    assert "purpose" in draft(run, photo, code=1, purpose="curiosity")["message"]


def test_urgent(run: Run, photo: Path, capsys: pytest.CaptureFixture[str], desk: Counter) -> None:
    warrant = draft(run, photo, "--urgent")["warrant"]
    assert run("warrant", "sign", warrant, "--yes", person="supervisor-1")["needed"] == 1
    (line,) = run("warrant", "list", person="court-b/judge-1")["warrants"]
    assert (line["kind"], line["urgent"], line["expires"]) == ("urgent", "unconfirmed", NOW + 24 * HOUR)
    capsys.readouterr()
    words = ["warrant", "list", "--deployment", str(desk.deployment), "--key", str(desk.key("court-b/judge-1"))]
    assert main.run(words) == 0
    assert "URGENT, unconfirmed" in capsys.readouterr().out
    assert run("search", warrant, person="officer-1")["candidates"] == []
    assert "urgent before" in draft(run, photo, "--urgent", code=1)["message"]
    assert "24 hours" in draft(run, photo, "--urgent", "--expires", "+25h", code=1)["message"]


PARTICULARS = """
ground = "5(1)(h)(i)"
person = "a child of nine"
place = "the square"
from = "-2h"
to = "+60h"
law = "Act 7"
fria = "FRIA-1"
registration = "EU-1"
"""


def test_real_time_from_a_file(run: Run, photo: Path, tmp_path: Path) -> None:
    path = tmp_path / "exception.toml"
    path.write_text(PARTICULARS)
    refused = draft(run, photo, "--real-time", path, code=1)
    assert "forbids this by its rule 'real-time'" in refused["message"]
    assert "not both" in draft(run, photo, "--real-time", path, "--urgent", code=2)["message"]
    said = real_time.particulars(path, now=NOW)
    assert (said.ground, said.end) == (Ground.VICTIMS, NOW + 60 * HOUR)
    assert real_time.in_words(said)[0] == "  REAL TIME   AI Act Art. 5(1)(h)(i), under Act 7"
    assert real_time.in_words(None) == ()
    for wrong in ("no toml", PARTICULARS.replace("(i)", "(iv)"), PARTICULARS + 'more = "x"', "fria = 3"):
        path.write_text(wrong)
        with pytest.raises(Malformed):
            real_time.particulars(path, now=NOW)


def test_frozen_and_cleared(run: Run, desk: Counter) -> None:
    assert run("freeze", "list", person="supervisor-1") == {"frozen": []}
    freezing.freeze(desk.court.zone.opened, "officer-1", Cause.CANARY, {}, of=-1)
    assert "frozen until a quorum" in run("warrant", "list", person="officer-1", code=1)["message"]
    (line,) = run("freeze", "list", person="supervisor-1")["frozen"]
    assert (line["person"], line["cause"], line["signatures"]) == ("officer-1", "canary", 0)
    run("freeze", "clear", "officer-2", person="supervisor-1", code=1)
    assert not run("freeze", "clear", "officer-1", person="supervisor-1")["cleared"]
    assert run("freeze", "clear", "officer-1", person="court-b/judge-1")["cleared"]
    assert run("warrant", "list", person="officer-1") == {"warrants": []}


def counted(desk: Counter, name: str, *numbers: int) -> None:
    """`numbers`: searches, strangers, expected and widest in billionths, limit in thousandths."""
    desk.court.zone.opened.store.put(Count(*numbers, -1), name)


def test_errors_in_numbers_and_words(run: Run, desk: Counter, capsys: pytest.CaptureFixture[str]) -> None:
    assert run("errors", person="operator-1")["counts"] == []
    counted(desk, "camera:hall-east", 120, 9, 3_100_000_000, 100_000_000, 100)
    counted(desk, "camera:hall-west", 900, 2, 80_000_000_000, 100_000_000, 100)
    counted(desk, "purpose:missing person", 5, 0, 400_000_000, 100_000_000, 100)
    counted(desk, "purpose:", 40, 30, 4_000_000_000, 100_000_000, 100)
    strangers.settle(desk.court.zone.opened)
    lines = {one["what"]: one for one in run("errors", person="operator-1")["counts"]}
    assert (lines["camera:hall-east"]["low"], lines["camera:hall-east"]["high"]) == (74, 751)
    assert lines["purpose:"]["stopped"] is not None
    told = {name: (errors.between(one), errors.judgement(one).split(" (")[0]) for name, one in lines.items()}
    assert told == {
        "camera:hall-east": ("between 7.4 and 75", "not enough searches to say"),
        "camera:hall-west": ("at most 1.4", "within the limit"),
        "purpose:": ("at least 37", "STOPPED"),
        "purpose:missing person": ("any number", "not enough searches to say"),
    }
    capsys.readouterr()
    assert main.run(["errors", "--deployment", str(desk.deployment), "--key", str(desk.key("operator-1"))]) == 0
    shown = " ".join(capsys.readouterr().out.split())
    assert "each bound holds at every moment with 99 % certainty" in shown


def test_what_is_stopped_is_listed_and_cleared(run: Run, desk: Counter) -> None:
    counted(desk, "purpose:missing person", 40, 30, 4_000_000_000, 100_000_000, 100)
    strangers.settle(desk.court.zone.opened)
    (line,) = run("freeze", "list", person="supervisor-1")["frozen"]
    assert (line["person"], line["cause"]) == ("purpose:missing person", "too many strangers")
    run("freeze", "clear", "purpose:missing person", person="supervisor-1")
    assert run("freeze", "clear", "purpose:missing person", person="court-b/judge-1")["cleared"]
    assert run("freeze", "list", person="supervisor-1") == {"frozen": []}


def test_a_decoy_comes_and_goes(run: Run, desk: Counter, photo: Path) -> None:
    """The counter's probe helper extracts one template from every photo: whoever is drafted for is the decoy."""
    decoy = run("canary", "add", photo)["canary"]
    assert [one["canary"] for one in run("canary", "list")["canaries"]] == [decoy]
    warrant = draft(run, photo)["warrant"]
    for name in ("supervisor-1", "court-b/judge-1"):
        run("warrant", "sign", warrant, "--yes", person=name)
    assert "frozen" in run("search", warrant, person="officer-1", code=1)["message"]
    (line,) = run("freeze", "list", person="court-b/judge-1")["frozen"]
    assert (line["cause"], line["warrant"]) == ("canary", warrant)
    run("canary", "remove", decoy)
    run("canary", "remove", decoy, code=1)
    assert run("canary", "list") == {"canaries": []}
    run("canary", "add", desk.deployment / "nowhere", code=1)
    desk.faults[photo.read_bytes()] = ["the face is blurred"]
    assert "photo.jpg: this photo is too poor: the face is blurred" in run("canary", "add", photo, code=1)["message"]


def test_the_verbs_are_listed() -> None:
    assert {"policy", "freeze", "errors", "canary"} <= VERBS.keys()
