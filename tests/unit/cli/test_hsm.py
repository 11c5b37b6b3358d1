"""custodian hsm add, open --hsm and hsm remove, with SoftHSM: a real token's library."""

import json
import os
import shutil
import subprocess
import sys
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pkcs11
import pytest
import typer
from pkcs11 import Attribute, KeyType, ObjectClass
from pkcs11.util.ec import encode_named_curve_parameters

from countenance.cli import cryptoki
from countenance.errors import Refused
from countenance.zones.custodian.lifecycle import Custodian
from simulator.terminal import serving

PASSPHRASE = "correct horse battery staple"
PIN = "a pin of a token 7491"
CURVE = {Attribute.EC_PARAMS: encode_named_curve_parameters("secp256r1")}
PLACES = ("lib/softhsm", "lib64/pkcs11", "lib64/softhsm", "local/lib/softhsm", "lib/pkcs11")
LIBRARY = next((p for p in (Path("/usr", one, "libsofthsm2.so") for one in PLACES) if p.is_file()), None)

pytestmark = pytest.mark.skipif(
    LIBRARY is None or not shutil.which("softhsm2-util"), reason="SoftHSM is not here: package softhsm2"
)

Say = Callable[..., tuple[int, dict[str, Any]]]
Typed = Callable[[str], list[str]]


@pytest.fixture(scope="module", autouse=True)
def tokens(tmp_path_factory: pytest.TempPathFactory) -> Iterator[None]:
    """Two tokens, `first` and `other`, with one PIN."""
    place = tmp_path_factory.mktemp("softhsm")
    (place / "tokens").mkdir()
    (place / "conf").write_text(f"directories.tokendir = {place / 'tokens'}\nobjectstore.backend = file\n")
    with pytest.MonkeyPatch.context() as patched:
        patched.setenv("SOFTHSM2_CONF", str(place / "conf"))
        for label in ("first", "other"):
            words = ["softhsm2-util", "--init-token", "--free", "--label", label, "--pin", PIN, "--so-pin", PIN]
            subprocess.run(words, check=True, capture_output=True)
        yield
        pkcs11.unload(str(LIBRARY))


@pytest.fixture
def typed(monkeypatch: pytest.MonkeyPatch) -> Typed:
    """Types a PIN when asked, unseen; what was asked."""
    asked: list[str] = []

    def sets(pin: str) -> list[str]:
        def prompt(text: str, *, hide_input: bool, **_: object) -> str:
            assert hide_input
            asked.append(text)
            return pin

        monkeypatch.setattr(typer, "prompt", prompt)
        monkeypatch.setattr("sys.stdin.isatty", lambda: True)
        return asked

    sets(PIN)
    return sets


@pytest.fixture(scope="module")
def founded(tmp_path_factory: pytest.TempPathFactory) -> Path:
    from countenance.cli.main import run

    place = tmp_path_factory.mktemp("founded")
    (place / "secret").write_text(PASSPHRASE + "\n")
    assert run(["init", str(place / "d"), "--passphrase-file", str(place / "secret")]) == 0
    return place


@pytest.fixture
def place(founded: Path, tmp_path: Path) -> Path:
    shutil.copytree(founded, tmp_path, dirs_exist_ok=True)
    return tmp_path / "d"


@pytest.fixture
def served(place: Path) -> Iterator[Custodian]:
    with serving(place, passphrase=PASSPHRASE) as custodian:
        yield custodian


def add(say: Say, place: Path, *, token: str = "first", module: object = LIBRARY) -> tuple[int, dict[str, Any]]:
    words = ("--module", module, "--token", token, "--passphrase-file", place.parent / "secret")
    return say("custodian", "hsm", "add", *words, "--deployment", place)


def verb(say: Say, place: Path, *words: str) -> tuple[int, dict[str, Any]]:
    return say("custodian", *words, "--deployment", place)


def held(label: str) -> list[tuple[bytes, ObjectClass]]:
    """What lies in a token."""
    with pkcs11.lib(str(LIBRARY)).get_token(token_label=label).open(user_pin=PIN) as session:
        return [(one[Attribute.ID], one.object_class) for one in session.get_objects()]


def test_added_it_opens_after_closing_and_after_a_restart_until_it_is_removed(
    place: Path, say: Say, typed: Typed
) -> None:
    with serving(place, passphrase=PASSPHRASE) as custodian:
        before = held("first")
        code, told = add(say, place)
        assert (code, told["token"]) == (0, "first")
        assert len(held("first")) == len(before) + 2
        assert verb(say, place, "close")[1]["hsm"]["token"] == "first"
        code, told = verb(say, place, "open", "--hsm")
        assert (code, told["state"]) == (0, "open")
        file = (place / "custodian" / "hsm").read_bytes()
    with serving(place, passphrase=PASSPHRASE) as custodian:
        custodian.close()
        assert verb(say, place, "open", "--hsm")[0] == 0
        assert verb(say, place, "hsm", "remove")[0] == 0
        assert held("first") == before
        custodian.close()
        code, told = verb(say, place, "open", "--hsm")
        assert (code, told["error"]) == (1, "unavailable")
        (place / "custodian" / "hsm").write_bytes(file)
        code, told = verb(say, place, "open", "--hsm")
        assert (code, told["error"]) == (1, "refused")
        assert custodian.status()["state"] == "locked"
    assert typed(PIN) == ["PIN of the token first"] * 5
    code, told = say("audit", place, "--key", place / "auditors.key")
    assert (code, told["irregularities"], told["figures"]["hsm"]) == (0, [], 2)


@pytest.mark.usefixtures("served")
def test_what_is_refused_leaves_no_key_in_the_token_and_no_entry(
    place: Path, say: Say, typed: Typed, tmp_path: Path
) -> None:
    before, journal = held("first"), place / "custodian" / "log" / "journal"
    size = journal.stat().st_size
    (tmp_path / "no-library").write_text("text")
    for changes in ({"module": tmp_path / "nowhere.so"}, {"module": tmp_path / "no-library"}, {"token": "missing"}):
        code, told = add(say, place, **changes)
        assert (code, told["error"]) == (1, "unavailable")
    typed("a wrong pin")
    assert add(say, place)[1]["error"] == "refused"
    typed(PIN)
    (place.parent / "secret").write_text("another passphrase\n")
    assert add(say, place)[1]["error"] == "refused"
    assert held("first") == before
    assert journal.stat().st_size == size
    assert not (place / "custodian" / "hsm").exists()


def test_a_wrong_pin_and_another_tokens_key_open_nothing(
    place: Path, say: Say, typed: Typed, served: Custodian
) -> None:
    assert add(say, place)[0] == 0
    served.close()
    typed("a wrong pin")
    code, told = verb(say, place, "open", "--hsm")
    assert (code, told["error"]) == (1, "refused")
    assert "PIN" in told["message"]
    assert served.status()["failed_attempts"] == 0
    typed(PIN)
    path = place / "custodian" / "hsm"
    true = path.read_bytes()
    file = json.loads(true)
    path.write_text(json.dumps(file | {"place": file["place"] | {"token": "other"}}, separators=(",", ":")))
    code, told = verb(say, place, "open", "--hsm")
    assert (code, told["error"]) == (1, "refused")
    assert "has not the key" in told["message"]
    with pkcs11.lib(str(LIBRARY)).get_token(token_label="other").open(rw=True, user_pin=PIN) as session:
        own = session.create_domain_parameters(KeyType.EC, CURVE, local=True)
        own.generate_keypair(id=bytes.fromhex(file["place"]["key"]), store=True)
    code, told = verb(say, place, "open", "--hsm")
    assert (code, told["error"]) == (1, "refused")
    assert "another token's key" in told["message"]
    path.write_text(json.dumps(file | {"point": bytes(65).hex()}, separators=(",", ":")))
    assert verb(say, place, "open", "--hsm")[0] == 2
    assert served.status()["state"] == "locked"
    path.write_bytes(true)


def test_the_private_key_stays_in_the_token(place: Path, say: Say, typed: Typed, served: Custodian) -> None:
    assert add(say, place)[0] == 0
    key = bytes.fromhex(served.status()["hsm"]["key"])  # type: ignore[index,call-overload,arg-type]
    with pkcs11.lib(str(LIBRARY)).get_token(token_label="first").open(rw=True, user_pin=PIN) as session:
        own = session.get_key(object_class=ObjectClass.PRIVATE_KEY, id=key)
        with pytest.raises(pkcs11.AttributeSensitive):
            own[Attribute.VALUE]
        wrapping = session.generate_key(KeyType.AES, 256, template={Attribute.WRAP: True})
        with pytest.raises(pkcs11.PKCS11Error):
            wrapping.wrap_key(own)
        for attribute, value in ((Attribute.EXTRACTABLE, True), (Attribute.SENSITIVE, False)):
            with pytest.raises(pkcs11.PKCS11Error):
                own[attribute] = value


def test_a_token_that_gives_its_keys_away_is_refused_and_keeps_none(monkeypatch: pytest.MonkeyPatch) -> None:
    """SoftHSM makes what it is asked for: here it is asked for a key that may leave."""
    before = held("other")
    with pkcs11.lib(str(LIBRARY)).get_token(token_label="other").open(rw=True, user_pin=PIN) as session:
        kind = type(session.create_domain_parameters(KeyType.EC, CURVE, local=True))
        real = kind.generate_keypair

        def loose(parameters: Any, *, private_template: dict[Attribute, object], **rest: Any) -> object:
            return real(parameters, private_template=private_template | {Attribute.EXTRACTABLE: True}, **rest)

        monkeypatch.setattr(kind, "generate_keypair", loose)
        with pytest.raises(Refused, match="taken out"):
            cryptoki.make(session)
    assert held("other") == before


def test_a_lost_token_is_removed_without_it(place: Path, say: Say, typed: Typed, served: Custodian) -> None:
    assert add(say, place)[0] == 0
    typed("nobody knows it")
    assert verb(say, place, "hsm", "remove")[0] == 1
    assert served.status()["hsm"] is not None
    assert verb(say, place, "hsm", "remove", "--lost")[0] == 0
    assert served.status()["hsm"] is None
    typed(PIN)
    assert add(say, place, token="other")[0] == 0


def test_neither_pin_nor_root_is_told_or_kept(
    place: Path, typed: Typed, served: Custodian, capfd: pytest.CaptureFixture[str]
) -> None:
    from countenance.cli.main import run

    with served.acting() as opened:
        root = opened.root
    words = ["--deployment", str(place)]
    given = ["--token", "first", "--passphrase-file", str(place.parent / "secret")]
    assert run(["custodian", "hsm", "add", "--module", str(LIBRARY), *given, *words]) == 0
    assert run(["custodian", "close", *words]) == 0
    assert run(["custodian", "open", "--hsm", *words]) == 0
    assert run(["custodian", "status", *words]) == 0
    said = "".join(capfd.readouterr())
    assert "whoever has the token first and its PIN" in said
    kept = [said.encode(), *(one.read_bytes() for one in place.rglob("*") if one.is_file())]
    kept.append(json.dumps(dict(os.environ)).encode())
    for hidden in (PIN.encode(), root, root.hex().encode()):
        assert not [data for data in kept if hidden in data]


def test_while_it_is_locked_or_where_nobody_types_nothing_is_asked_of_a_token(
    place: Path, say: Say, typed: Typed, served: Custodian, monkeypatch: pytest.MonkeyPatch
) -> None:
    asked = typed(PIN)
    served.close()
    for words in (("hsm", "remove"), ("hsm", "remove", "--lost")):
        assert verb(say, place, *words)[1]["error"] == "unavailable"
    assert add(say, place)[1]["error"] == "unavailable"
    assert verb(say, place, "open", "--hsm", "--passphrase-file", str(place.parent / "secret"))[0] == 2
    assert asked == []
    assert verb(say, place, "open", "--passphrase-file", str(place.parent / "secret"))[0] == 0
    monkeypatch.setattr("sys.stdin.isatty", lambda: False)
    assert add(say, place)[0] == 2


@pytest.mark.usefixtures("served", "typed")
def test_without_the_extra_it_says_what_to_install_and_the_rest_goes_on(
    place: Path, say: Say, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setitem(sys.modules, "pkcs11", None)
    assert verb(say, place, "status")[0] == 0
    code, told = add(say, place)
    assert (code, told["error"]) == (1, "unavailable")
    assert "extra 'hsm'" in told["message"]
