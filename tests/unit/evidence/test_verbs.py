"""disclose, erase and footage against a repository and a custodian that answer from a script."""

import json
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest

from countenance.channel.message import Message
from countenance.cli import key as keys
from countenance.cli import main
from countenance.crypto import keypair, segment
from countenance.crypto.seal import binding, seal
from countenance.crypto.unseal import unseal
from countenance.errors import Refused
from countenance.formats import bundle, canonical, records
from countenance.formats.canonical import Json
from countenance.video import segments
from countenance.vocabulary.acts import Look, Order, Restriction, Verb
from countenance.vocabulary.moments import written
from countenance.vocabulary.requests import Ask, Signed
from evidence import scene
from evidence.conftest import serving
from evidence.scene import Scene, Store

CUSTODIAN = keypair.generate()
BUNDLE_KEY = b"\x21" * 32


class Court(Store):
    """The repository's side, and behind it a custodian that knows `answers` by verb."""

    def __init__(self, store: Store) -> None:
        super().__init__(dict(store.objects), list(store.segments), dict(store.footage), store.photo)
        self.answers: dict[str, dict[str, Json]] = {}
        self.bundle = b""
        self.asked: list[Ask] = []

    def handlers(self) -> dict[str, object]:
        return {
            **super().handlers(),
            "ask": lambda m: Message("ask", {}, (self._answer(m),)),
            "disclose": lambda m: Message("disclose", {}, (self._answer(m), self.bundle)),
        }

    def _answer(self, message: Message) -> bytes:
        letter = unseal(CUSTODIAN.private, binding("ask", scene.DEPLOYMENT), message.blobs[0])
        ask = records.read(Ask, records.read(Signed, letter).body)
        self.asked.append(ask)
        if ask.verb not in self.answers:
            raise Refused("the rules do not allow this; ask otherwise")
        info = binding("answer", ask.deployment, ask.nonce.hex())
        return seal(ask.reply_key, info, canonical.write(self.answers[ask.verb]))


@pytest.fixture
def court(tmp_path: Path, story: Scene) -> Iterator[Court]:
    (tmp_path / "sockets").mkdir()
    genesis = replace(story.genesis, custodian_key=CUSTODIAN.public)
    (tmp_path / "genesis.json").write_bytes(records.write(genesis))
    keys.create(tmp_path / "officer.key", "officer-1")
    made = Court(story.store)
    made.answers["warrants"] = {
        "warrants": [{"warrant": scene.WARRANT, "number": 1, "hash": story.told.hash.hex(), "state": "approved"}]
    }
    with serving(tmp_path / "sockets" / "repository", made):
        yield made


def run(tmp_path: Path, capsys: pytest.CaptureFixture[str], *words: object) -> tuple[int, dict[str, Json]]:
    capsys.readouterr()
    place = ["--deployment", str(tmp_path), "--key", str(tmp_path / "officer.key"), "--json"]
    code = main.run([*(str(word) for word in words), *place])
    return code, json.loads(capsys.readouterr().out)


def test_disclose_unpacks_what_the_custodian_named(
    court: Court, tmp_path: Path, files: dict[str, bytes], capsys: pytest.CaptureFixture[str]
) -> None:
    court.bundle = segment.encrypt(BUNDLE_KEY, bundle.pack(files))
    digest = scene.hashlib.sha256(files["disclosure.json"]).hexdigest()
    court.answers["disclose"] = {"key": BUNDLE_KEY.hex(), "evidence": digest, "entry": 9, "copy": 2}
    out = tmp_path / "evidence"
    code, said = run(tmp_path, capsys, "disclose", scene.WARRANT, scene.SIGHTING, "--out", out)
    assert (code, said["evidence"], said["entry"], said["copy"]) == (0, digest, 9, 2)
    assert {path.name: path.read_bytes() for path in out.iterdir()} == files
    assert court.asked[-1].verb == Verb.DISCLOSE.value
    asked = len(court.asked)
    code, said = run(tmp_path, capsys, "disclose", scene.WARRANT, scene.SIGHTING, "--out", out)
    assert (code, said["error"], len(court.asked)) == (1, "refused", asked)


@pytest.mark.parametrize("change", ["digest", "key", "bytes"])
def test_disclose_writes_nothing_that_the_custodian_did_not_name(
    court: Court, tmp_path: Path, files: dict[str, bytes], capsys: pytest.CaptureFixture[str], change: str
) -> None:
    sealed = bytearray(segment.encrypt(BUNDLE_KEY, bundle.pack(files)))
    if change == "bytes":
        sealed[len(sealed) // 2] ^= 1
    court.bundle = bytes(sealed)
    digest = bytes(32) if change == "digest" else scene.hashlib.sha256(files["disclosure.json"]).digest()
    key = bytes(32) if change == "key" else BUNDLE_KEY
    court.answers["disclose"] = {"key": key.hex(), "evidence": digest.hex(), "entry": 9, "copy": 2}
    code, said = run(tmp_path, capsys, "disclose", scene.WARRANT, scene.SIGHTING, "--out", tmp_path / "evidence")
    assert (code, said["error"]) == (1, "tampered")
    assert not (tmp_path / "evidence").exists()


def test_a_refused_disclosure_leaves_nothing(court: Court, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    code, said = run(tmp_path, capsys, "disclose", scene.WARRANT, scene.SIGHTING, "--out", tmp_path / "evidence")
    assert (code, said["error"]) == (1, "refused")
    assert not (tmp_path / "evidence").exists()


def test_erase_asks_and_erase_sign_orders(court: Court, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    request = "ab" * 32
    court.answers["restrict"] = {"request": request, "digest": request, "restricted_until": scene.START, "entry": 3}
    code, said = run(tmp_path, capsys, "erase", "5" * 32, "6" * 32, "--reason", "request of the subject")
    assert (code, said["request"]) == (0, request)
    assert records.read(Restriction, court.asked[-1].body) == Restriction(
        ("5" * 32, "6" * 32), "request of the subject"
    )
    court.answers["order"] = {"signatures": 1, "needed": 2, "receipt": None}
    code, said = run(tmp_path, capsys, "erase", "sign", request)
    assert (code, said["receipt"]) == (0, None)
    assert records.read(Order, court.asked[-1].body) == Order(request, bytes.fromhex(request))


@pytest.mark.parametrize(
    "words", [["5" * 32], ["sign"], ["sign", "xyz"], ["sign", "a" * 64, "b" * 64], ["sign", "ab"], []]
)
def test_what_is_no_erasure_is_bad_input(
    court: Court, tmp_path: Path, capsys: pytest.CaptureFixture[str], words: list[str]
) -> None:
    code, said = run(tmp_path, capsys, "erase", *words)
    assert (code, said["error"]) == (2, "malformed")
    assert court.asked == []


def looking(tmp_path: Path, capsys: pytest.CaptureFixture[str], *, start: int, end: int) -> tuple[int, dict[str, Json]]:
    words = ["footage", "look", "hall-east", "--reason", "lost bag", "--out", tmp_path / "look.mp4"]
    return run(tmp_path, capsys, *words, "--from", written(start), "--to", written(end))


def test_a_look_joins_the_segments_of_its_time(
    court: Court, tmp_path: Path, story: Scene, capsys: pytest.CaptureFixture[str]
) -> None:
    court.answers["look"] = {"keys": {str(scene.HOUR): story.blobs[3].hex()}, "entry": 4}
    code, said = looking(tmp_path, capsys, start=scene.START, end=scene.START + 10_000)
    assert (code, said["segments"], said["frames"], said["gone"]) == (0, 2, scene.FRAMES, 0)
    out = tmp_path / "look.mp4"
    assert out.stat().st_mode & 0o777 == 0o600
    assert len(list(segments.decode(out.read_bytes()))) == scene.FRAMES
    assert records.read(Look, court.asked[-1].body) == Look("hall-east", scene.HOUR, scene.HOUR, "lost bag")
    code, said = looking(tmp_path, capsys, start=scene.START, end=scene.START + 10_000)
    assert (code, said["error"]) == (1, "refused")


def test_footage_that_is_gone_is_counted_and_altered_footage_refused(
    court: Court, tmp_path: Path, story: Scene, capsys: pytest.CaptureFixture[str]
) -> None:
    court.answers["look"] = {"keys": {str(scene.HOUR): story.blobs[3].hex()}, "entry": 4}
    court.footage["1" * 32] = court.footage["0" * 32]
    code, said = looking(tmp_path, capsys, start=scene.START, end=scene.START + 10_000)
    assert (code, said["error"]) == (1, "tampered")
    assert not (tmp_path / "look.mp4").exists()
    court.answers["look"] = {"keys": {}, "entry": 5}
    code, said = looking(tmp_path, capsys, start=scene.START, end=scene.START + 10_000)
    assert (code, said["error"]) == (1, "refused")
    code, said = looking(tmp_path, capsys, start=scene.START + 10_000, end=scene.START)
    assert (code, said["error"]) == (2, "malformed")
