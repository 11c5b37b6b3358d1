"""The clip's manifest, held by ours and by a C2PA verifier that shares no code with what made it (encypher-c2pa)."""

import hashlib
import random
import re
from collections.abc import Callable, Iterator
from dataclasses import replace
from pathlib import Path

import encypher_c2pa
import pytest

from countenance.crypto.provenance import Authority, Credential
from countenance.errors import Tampered, Unavailable
from countenance.evidence import folder, manifest
from countenance.evidence.entries import authorised
from countenance.evidence.manifest import Signing
from countenance.evidence.verify import Check, check
from countenance.formats import records
from countenance.formats.canonical import Json
from countenance.video.encode import SegmentEncoder
from countenance.video.frame import of_rgb
from countenance.vocabulary.disclosures import Disclosure, FileDigest
from countenance.vocabulary.entries import Kind
from evidence import scene
from evidence.conftest import Composing
from evidence.scene import Scene

Holds = Callable[[bytes], bool]

OTHER = Authority(b"authority of another deployment.", scene.DEPLOYMENT)


@pytest.fixture(scope="module")
def said(files: dict[str, bytes]) -> dict[str, Json]:
    disclosure = records.read(Disclosure, files["disclosure.json"])
    told = disclosure.instructions
    return manifest.stated(told, authorised(told), disclosure.models)


@pytest.fixture
def ours(files: dict[str, bytes], said: dict[str, Json]) -> Holds:
    def holds(clip: bytes) -> bool:
        try:
            manifest.check(clip, files["authority.pem"].decode(), said)
        except Tampered:
            return False
        return True

    return holds


@pytest.fixture
def independent(files: dict[str, bytes], tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Holds:
    # It keeps what it was told about telemetry in the user's folder.
    monkeypatch.setenv("HOME", str(tmp_path))
    monkeypatch.delenv("XDG_CONFIG_HOME", raising=False)

    def holds(clip: bytes) -> bool:
        report = read_independently(clip, files["authority.pem"].decode())
        return (report["integrity"], report["validation_state"]) == ("valid", "Trusted")

    return holds


def read_independently(clip: bytes, authority: str) -> dict:
    return dict(
        encypher_c2pa.verify(
            clip, "video/mp4", trust_pem=authority, no_default_trust=True, telemetry=False, online=False
        )
    )


def boxes(clip: bytes) -> Iterator[tuple[bytes, int, int]]:
    """Type, start and end of each box of the file."""
    at = 0
    while at < len(clip):
        size = int.from_bytes(clip[at : at + 4], "big")
        yield clip[at + 4 : at + 8], at, at + size
        at += size


def signed_places(clip: bytes) -> list[int]:
    """Where a byte is part of the picture, or of the statements, the claim, the signature and the certificates.

    Not of the names of the manifest's own boxes, nor of the padding beside the signature.
    """
    found = list[int]()
    for kind, start, end in boxes(clip):
        if kind in (b"moov", b"moof", b"mdat"):
            found += range(start, end)
        elif kind == b"uuid":
            for content in re.finditer(b"cbor", clip[start:end]):
                at = start + content.start()
                size = int.from_bytes(clip[at - 4 : at], "big")
                found += range(at + 4, min(at - 4 + size, clip.index(b"cpad", start)))
    return found


def test_both_verifiers_accept_it_and_read_the_same(
    files: dict[str, bytes], said: dict[str, Json], ours: Holds, independent: Holds
) -> None:
    clip = files["clip.mp4"]
    assert ours(clip)
    assert independent(clip)
    report = read_independently(clip, files["authority.pem"].decode())
    (active,) = report["manifest_report"]["manifests"].values()
    stated = {one["label"]: one["data"] for one in active["assertions"]}
    assert stated[manifest.LABEL] == said
    assert [one["action"] for one in stated["c2pa.actions.v2"]["actions"]] == ["c2pa.created", "c2pa.edited"]
    assert active["signature_info"]["cert_serial_number"] == str(said["entry"])
    assert (said["copy"], said["sighting"], said["warrant"]) == ("1", scene.SIGHTING, scene.WARRANT)


def test_one_flipped_byte_is_refused_by_both(files: dict[str, bytes], ours: Holds, independent: Holds) -> None:
    clip = files["clip.mp4"]
    places = signed_places(clip)
    for at in random.Random(11).sample(places, 60):
        flipped = clip[:at] + bytes([clip[at] ^ 1]) + clip[at + 1 :]
        assert not ours(flipped), at
        assert not independent(flipped), at


def test_without_its_manifest_it_is_refused_by_both(files: dict[str, bytes], ours: Holds, independent: Holds) -> None:
    clip = files["clip.mp4"]
    bare = b"".join(clip[start:end] for kind, start, end in boxes(clip) if kind != b"uuid")
    assert len(bare) < len(clip)
    assert not ours(bare)
    assert not independent(bare)


def test_another_authority_is_refused_by_both(
    story: Scene, files: dict[str, bytes], said: dict[str, Json], ours: Holds, independent: Holds
) -> None:
    forged = manifest.put(plain(files), said, story.signing(OTHER))
    assert manifest.check(forged, OTHER.certificate.decode(), said)
    assert not ours(forged)
    assert not independent(forged)


def test_the_manifest_of_another_copy_is_refused(
    story: Scene, files: dict[str, bytes], said: dict[str, Json], ours: Holds
) -> None:
    """Whether it says so, or only its certificate was issued for another entry."""
    assert not ours(manifest.put(plain(files), {**said, "copy": "2"}, story.signing()))
    credential = scene.AUTHORITY.credential(99, "copy 2")
    assert not ours(manifest.put(plain(files), said, replace_credential(story.signing(), credential)))


def test_without_a_signature_there_is_no_evidence(story: Scene, files: dict[str, bytes], said: dict[str, Json]) -> None:
    signing = story.signing()
    for answer in (b"", bytes(64)):
        with pytest.raises(Unavailable, match="not signed"):
            manifest.put(plain(files), said, replace(signing, sign=lambda _, answer=answer: answer))


def test_the_signature_is_asked_once(story: Scene, files: dict[str, bytes], said: dict[str, Json]) -> None:
    signing, asked = story.signing(), list[bytes]()

    def sign(data: bytes) -> bytes:
        asked.append(data)
        return signing.sign(data)

    manifest.put(plain(files), said, replace(signing, sign=sign))
    assert len(asked) == 1


def test_verify_takes_the_authority_from_the_log_alone(
    story: Scene, files: dict[str, bytes], said: dict[str, Json], tmp_path: Path
) -> None:
    """A folder with clip, certificate, record and delivery all in order, of an authority that the log does not name."""
    clip = manifest.put(plain(files), said, story.signing(OTHER))
    step = manifest_step(story, {**files, "clip.mp4": clip, "authority.pem": OTHER.certificate}, tmp_path)
    assert not step.holds
    assert "not the evidence authority" in step.detail


def test_a_bare_clip_is_refused_though_the_record_lists_it(
    story: Scene, files: dict[str, bytes], tmp_path: Path
) -> None:
    step = manifest_step(story, {**files, "clip.mp4": plain(files)}, tmp_path)
    assert not step.holds
    assert "no manifest" in step.detail


def test_a_false_clip_that_the_custodian_signed_is_not_what_the_log_names(
    story: Scene, files: dict[str, bytes], said: dict[str, Json], independent: Holds, tmp_path: Path
) -> None:
    """What a hostile evidence process can get: others accept its clip, and it is still not this disclosure's."""
    encoder = SegmentEncoder(scene.WIDTH, scene.HEIGHT, rate=25)
    encoder.add(of_rgb(scene.hall(0)))
    segment = encoder.finish()
    assert segment is not None
    forged = manifest.put(segment.data, said, story.signing())
    assert independent(forged)
    disclosure = records.read(Disclosure, files["disclosure.json"])
    listed = replace(
        disclosure,
        composed=replace(disclosure.composed, frames=1),
        files=digests({**others(files), "clip.mp4": forged}),
    )
    place = scene.write(tmp_path / "evidence", {**files, "clip.mp4": forged, "disclosure.json": records.write(listed)})
    steps = check(folder.read(place), lambda *_: "not repeated here")
    assert [one.name for one in steps if not one.holds] == ["delivery"]


def test_evidence_from_before_manifests_says_so(story: Scene, files: dict[str, bytes], tmp_path: Path) -> None:
    """As a deployment's older version made it: the log names no authority, and no clip carries a manifest."""
    kept = {name: data for name, data in files.items() if name != "authority.pem"}
    entry = authorised(story.told)
    facts = {name: value for name, value in entry.facts.items() if name not in ("authority", "copy")}
    index = story.log.append(Kind.AUTHORISED, facts, of=entry.of)
    told = replace(story.told, entries=(*story.told.entries[:-1], story.logged(index)))
    step = manifest_step(replace(story, told=told), {**kept, "clip.mp4": plain(files)}, tmp_path)
    assert step.holds
    assert "before manifests" in step.detail


def test_nothing_is_composed_under_an_authority_that_the_log_does_not_name(
    story: Scene, composing: Composing, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(Scene, "signing", lambda self, own=Scene.signing: own(self, OTHER))
    with pytest.raises(Tampered, match="another evidence authority"):
        composing(story)


def plain(files: dict[str, bytes]) -> bytes:
    clip = files["clip.mp4"]
    return b"".join(clip[start:end] for kind, start, end in boxes(clip) if kind != b"uuid")


def replace_credential(signing: Signing, credential: Credential) -> Signing:
    return replace(signing, credential=credential.certificate.decode(), sign=credential.sign)


def others(files: dict[str, bytes]) -> dict[str, bytes]:
    """The files that `disclosure.json` lists."""
    return {name: data for name, data in files.items() if name not in ("disclosure.json", "delivery.json")}


def digests(files: dict[str, bytes]) -> tuple[FileDigest, ...]:
    return tuple(FileDigest(name, hashlib.sha256(files[name]).digest()) for name in sorted(files))


def manifest_step(story: Scene, files: dict[str, bytes], place: Path) -> Check:
    """What `verify` says of the manifest in a folder whose record and delivery are made to fit `files`."""
    disclosure = records.read(Disclosure, files["disclosure.json"])
    disclosure = replace(disclosure, instructions=story.told, files=digests(others(files)))
    out = scene.write(place / "evidence", {**files, "disclosure.json": records.write(disclosure)})
    digest = folder.read(out).digest
    (out / "delivery.json").write_bytes(records.write(story.deliver(digest)))
    steps = check(folder.read(out), lambda *_: "not repeated here")
    assert [one.name for one in steps if not one.holds] in ([], ["manifest"])
    return steps[-1]
