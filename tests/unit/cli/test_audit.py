"""`countenance audit`: a deployment, a repository, a log folder, a URL; exit codes 0, 1, 2."""

import functools
import http.server
import json
import threading
from collections.abc import Iterator
from pathlib import Path

import pytest

from countenance.cli.main import run
from countenance.crypto import keypair
from countenance.crypto.sign import SigningKey
from countenance.formats import records
from countenance.log import leaf, tiles
from countenance.log.sequencer import Sequencer
from countenance.vocabulary.assurance import Assurance
from countenance.vocabulary.deployment import Genesis
from countenance.vocabulary.entries import Kind

AUDITORS = keypair.generate()
LOG_KEY = SigningKey.generate()
GENESIS = Genesis(
    deployment="0123456789abcdef",
    made=1_000,
    demo=True,
    assurance=Assurance.SINGLE_HOST,
    quorum=2,
    custodian_key=b"",
    log_key=LOG_KEY.public,
    log_origin="countenance/0123456789abcdef",
    auditors_key=AUDITORS.public,
)


@pytest.fixture
def deployment(tmp_path: Path) -> Path:
    """Genesis, three entries published, one more in the journal; the auditors' key in `auditors.json`."""
    for folder in ("custodian/log", "repository/log"):
        (tmp_path / folder).mkdir(parents=True)
    for folder in (".", "custodian", "repository"):
        (tmp_path / folder / "genesis.json").write_bytes(records.write(GENESIS))
    log = Sequencer(tmp_path / "custodian/log/journal", GENESIS.log_origin, LOG_KEY, lambda: 5_000)
    log.append(Kind.GENESIS, {"digest": records.digest(GENESIS).hex(), "demo": "true"})
    log.append(Kind.OPENED, {})
    log.append(Kind.CLOSED, {})
    hidden = [log.preimage(index) for index in range(3)]
    sealed = [leaf.sealed(one, AUDITORS.public, GENESIS.log_origin, index) for index, one in enumerate(hidden)]
    tiles.publish(tmp_path / "repository/log", [leaf.leaf_data(one) for one in hidden], sealed, log.checkpoint().note)
    log.append(Kind.OPENED, {})
    log.close()
    key = {"type": "AuditorsKey", "private": AUDITORS.private.hex()}
    (tmp_path / "auditors.json").write_text(json.dumps(key), encoding="utf-8")
    return tmp_path


def told(capsys: pytest.CaptureFixture[str], *arguments: str) -> tuple[int, dict[str, object]]:
    code = run(["audit", *arguments, "--json"])
    return code, json.loads(capsys.readouterr().out)


def test_a_deployment_is_read_with_its_journal(deployment: Path, capsys: pytest.CaptureFixture[str]) -> None:
    code, answer = told(capsys, str(deployment))
    assert (code, answer["entries"], answer["published"], answer["rules_checked"]) == (0, 4, 3, True)
    figures = answer["figures"]
    assert isinstance(figures, dict)
    assert {"genesis": 1, "opened": 2, "closed": 1, "searches": 0, "refusals": 0}.items() <= figures.items()
    assert (figures["median_hours"], figures["urgent_share"], answer["warrants"]) == (None, None, [])
    assert answer["irregularities"] == []


def test_the_public_copy_needs_the_key_for_the_rules(deployment: Path, capsys: pytest.CaptureFixture[str]) -> None:
    for place in ("repository", "repository/log"):
        code, answer = told(capsys, str(deployment / place))
        assert (code, answer["entries"], answer["rules_checked"]) == (0, 3, False)
        code, answer = told(capsys, str(deployment / place), "--key", str(deployment / "auditors.json"))
        assert (code, answer["verified"], answer["rules_checked"]) == (0, 3, True)


def test_for_people(deployment: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert run(["audit", str(deployment)]) == 0
    said = capsys.readouterr().out
    assert "UNWITNESSED" in said
    assert "DEMO" in said
    assert "No irregularity" in said
    (deployment / "repository/log/preimages/001").unlink()
    assert run(["audit", str(deployment / "repository")]) == 1
    said = capsys.readouterr().out
    assert "its sealed preimage is missing" in said
    assert "NOT checked" in said


def test_what_is_irregular_ends_with_1(deployment: Path, capsys: pytest.CaptureFixture[str]) -> None:
    journal = deployment / "custodian/log/journal"
    whole = bytearray(journal.read_bytes())
    whole[40] ^= 1
    journal.write_bytes(whole)
    code, answer = told(capsys, str(deployment))
    assert code == 1
    assert answer["irregularities"] == [{"entry": -1, "what": "the custodian's journal is damaged"}]
    journal.write_bytes(b"")
    code, answer = told(capsys, str(deployment))
    assert code == 1
    assert len(answer["irregularities"]) == 2  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("target", "key"),
    [
        (".", "{}"),
        (".", "no JSON"),
        (".", json.dumps({"type": "FileKey", "private": AUDITORS.private.hex()})),
        (".", json.dumps({"type": "AuditorsKey", "private": keypair.generate().private.hex()})),
        (".", "[]"),
        ("nowhere", ""),
        ("http://[", ""),
    ],
)
def test_bad_input_ends_with_2(deployment: Path, capsys: pytest.CaptureFixture[str], target: str, key: str) -> None:
    file = deployment / "key.json"
    file.write_text(key, encoding="utf-8")
    place = target if target.startswith("http") else str(deployment / target)
    code, answer = told(capsys, place, *(["--key", str(file)] if key else []))
    assert (code, answer["error"]) == (2, "malformed")


@pytest.fixture
def server(deployment: Path) -> Iterator[str]:
    class Quiet(http.server.SimpleHTTPRequestHandler):
        protocol_version = "HTTP/1.1"

        def log_message(self, *_: object) -> None:
            pass

    handler = functools.partial(Quiet, directory=str(deployment / "repository"))
    with http.server.ThreadingHTTPServer(("127.0.0.1", 0), handler) as host:
        thread = threading.Thread(target=host.serve_forever)
        thread.start()
        yield f"http://127.0.0.1:{host.server_address[1]}"
        host.shutdown()
        thread.join()


def test_a_url(server: str, deployment: Path, capsys: pytest.CaptureFixture[str]) -> None:
    for place in (server, f"{server}/", f"{server}/log"):
        code, answer = told(capsys, place, "--key", str(deployment / "auditors.json"))
        assert (code, answer["verified"]) == (0, 3)
    code, _ = told(capsys, f"{server}/nothing/here/at/all")
    assert code == 2


def test_a_server_that_is_not_there(capsys: pytest.CaptureFixture[str]) -> None:
    code, answer = told(capsys, "http://127.0.0.1:9/")
    assert (code, answer["error"]) == (1, "unavailable")
