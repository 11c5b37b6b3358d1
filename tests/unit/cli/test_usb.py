"""A FIDO2 key in the terminal: what it signs is what the page's authenticators sign."""

from dataclasses import replace

import pytest

from countenance.cli import usb
from countenance.cli.main import run
from countenance.crypto import authorship
from countenance.errors import Tampered, Unavailable
from countenance.formats import records
from countenance.vocabulary.requests import Ask
from countenance.vocabulary.warrants import Person, Role
from simulator.authenticator import APPROVAL
from simulator.people import DEPLOYMENT, genesis
from simulator.usb import Key

ASK = Ask(DEPLOYMENT, "judge", "approve", b"body", 1, bytes(16), b"reply")


def test_a_key_signs_an_ask_as_the_page_does() -> None:
    key = Key()
    signed = usb.hand(key, APPROVAL)(ASK)
    person = Person("judge", "court", (Role.APPROVER,), b"", (key.own.credential,))
    assert authorship.asked(signed, person, genesis(demo=False, approval=APPROVAL)) == ASK
    assert not signed.by_key_file
    with pytest.raises(Tampered):
        authorship.asked(replace(signed, body=signed.body + b" "), person, genesis(approval=APPROVAL))


def test_a_key_without_a_credential_here_signs_nothing() -> None:
    with pytest.raises(Unavailable, match="did not sign"):
        usb.hand(Key(rp_id="console.localhost"), APPROVAL)(ASK)


@pytest.mark.parametrize("plugged", [0, 2])
def test_exactly_one_key_is_plugged_in(plugged: int, tmp_path, monkeypatch: pytest.MonkeyPatch, capsys) -> None:
    (tmp_path / "genesis.json").write_bytes(records.write(genesis(approval=APPROVAL)))
    monkeypatch.setattr(usb, "devices", lambda: [Key() for _ in range(plugged)])
    words = ["warrant", "sign", "0" * 16, "--usb", "--person", "judge", "--deployment", str(tmp_path)]
    assert run(words) == 1
    assert f"{plugged} USB keys are plugged in" in capsys.readouterr().err


ACTS = (
    ("warrant", "sign", "0" * 16),
    ("warrant", "refuse", "0" * 16, "--reason", "no"),
    ("freeze", "clear", "officer-1"),
    ("hold", "sign", "0" * 16),
    ("hold", "refuse", "0" * 16, "--reason", "no"),
    ("hold", "release", "0" * 16),
    ("extractor", "sign", "0" * 16),
    ("extractor", "refuse", "0" * 16, "--reason", "no"),
    ("gallery", "sign", "0" * 16),
    ("gallery", "refuse", "0" * 16, "--reason", "no"),
    ("erase", "sign", "0" * 64),
    ("erase", "0" * 32, "--reason", "asked"),
)


@pytest.mark.parametrize("act", ACTS, ids=" ".join)
def test_every_approval_and_clerks_act_takes_a_usb_key(act, tmp_path, monkeypatch, capsys) -> None:
    for name in ("genesis.json", "gallery.json"):
        (tmp_path / name).write_bytes(records.write(genesis(approval=APPROVAL)))
    monkeypatch.setattr(usb, "devices", list)
    assert run([*act, "--usb", "--person", "judge", "--deployment", str(tmp_path)]) == 1
    assert "0 USB keys are plugged in" in capsys.readouterr().err


def test_a_key_file_or_a_usb_key_and_not_both(tmp_path, capsys) -> None:
    for words in ([], ["--usb"], ["--key", "k", "--usb", "--person", "judge"], ["--person", "judge"]):
        for verb in ACTS:
            assert run([*verb, *words, "--deployment", str(tmp_path)]) == 2
            assert "--usb and --person" in capsys.readouterr().err
