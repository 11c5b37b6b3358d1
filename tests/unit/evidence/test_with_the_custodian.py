"""A real custodian and a real evidence process: what the one says, the other composes, and a third can verify."""

import hashlib
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path

import pytest

from countenance.crypto import derive, segment
from countenance.crypto.seal import binding, seal
from countenance.errors import Tampered
from countenance.evidence import folder, unpacking
from countenance.evidence.repeat import repeat
from countenance.evidence.verify import check
from countenance.formats import records
from countenance.matching import encode, mask
from countenance.vocabulary.cameras import Partition
from countenance.vocabulary.entries import Kind
from countenance.vocabulary.moments import Hour
from countenance.vocabulary.warrants import Probe, ProbeBinding, Warrant
from countenance.zones.custodian import intake
from evidence import scene
from evidence.conftest import serving
from evidence.scene import Store
from simulator.counted import calibrated
from simulator.court import LAST_HOUR, PHOTO_KEY, Court, Row, sitting
from simulator.zone import Sighting, presented


def passed_by(court: Court, extractor: bytes, template: bytes) -> Store:
    """The person of the scene walks past the court's camera; what the repository then has."""
    lease, edge, nonce = court.leases["hall-east", LAST_HOUR], court.edge, b"\x11" * 16
    keys = {
        "still": derive.still_key(lease.block_key, nonce, scene.SIGHTING),
        "patches": derive.patches_key(lease.block_key, nonce, scene.SIGHTING),
    }
    store, record = scene.recorded(edge.signing, extractor, keys, lease.footage_key)
    info = binding(
        "nonce",
        court.zone.genesis.deployment,
        edge.name,
        str(Partition("hall-east", LAST_HOUR)),
        scene.SIGHTING,
        extractor.hex(),
    )
    sealed = seal(lease.epoch_public_key, info, nonce)
    row = mask.mask(encode.from_bytes(template), lease.block_key, nonce)
    digests = hashlib.sha256(row).digest(), hashlib.sha256(sealed).digest()
    made = Sighting(replace(record, row_digest=digests[0], sealed_nonce_digest=digests[1]), nonce, sealed, edge, row)
    done = intake.sightings(court.zone.opened, presented(made))
    assert done.placed, done.refused
    (at,) = done.placed
    court.rows["hall-east", LAST_HOUR].append(Row(made, row, at.number, at.position, at.generation, at.mac))
    store.photo = segment.encrypt(PHOTO_KEY, scene.portrait())
    return store


def warrant(court: Court, extractor: bytes, template: bytes) -> Warrant:
    helper = court.zone.probe.signing
    bound = ProbeBinding(
        hashlib.sha256(scene.portrait()).digest(), hashlib.sha256(template).digest(), extractor, "probe"
    )
    signature = helper.sign(records.write(bound))
    return court.text(probe=Probe(bound.image_digest, bound.template_digest, extractor, "probe", signature))


@contextmanager
def running(deployment: Path) -> Iterator[None]:
    """The evidence process of `deployment`."""
    words = [sys.executable, "-m", "countenance.cli.run_evidence", "serve", "--deployment", str(deployment)]
    with subprocess.Popen(words) as process:
        try:
            while not (deployment / "sockets" / "evidence").exists():
                assert process.poll() is None
                time.sleep(0.02)
            yield
        finally:
            process.terminate()


def test_what_the_custodian_discloses_verifies(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(scene, "HOUR", LAST_HOUR)
    monkeypatch.setattr(scene, "START", Hour(LAST_HOUR).start + 60_000)
    monkeypatch.setattr(scene, "EDGE", "edge-1")
    template, extractor = scene.extracted(scene.portrait())
    sockets = tmp_path / "sockets"
    sockets.mkdir()
    with sitting() as court:
        store = passed_by(court, extractor, template)
        court.tell()
        calibrated(court.zone.opened, extractor=extractor, group="hall", cameras=("hall-east",))
        text = warrant(court, extractor, template)
        court.file(text, template=template)
        for name in ("supervisor-1", "court-b/judge-1"):
            court.say(name, text)
        assert court.search(text)["candidates"] == [scene.SIGHTING]
        court.confirm(text, scene.SIGHTING)
        with serving(sockets / "repository", store), running(tmp_path):
            answer, sealed = court.disclose(text, scene.SIGHTING, sockets / "evidence")
            second, sealed_again = court.disclose(text, scene.SIGHTING, sockets / "evidence")
            assert court.zone.kinds()[-1] is Kind.DELIVERED
            store.objects["patches"] = store.objects["still"]
            with pytest.raises(Tampered):
                court.disclose(text, scene.SIGHTING, sockets / "evidence")
            assert Kind.OUTCOME_UNKNOWN in court.zone.kinds()[-2:]
        genesis = court.zone.genesis
    out = tmp_path / "evidence"
    unpacking.unpack(segment.decrypt(bytes.fromhex(answer["key"]), sealed), out)
    held = folder.read(out)
    assert held.digest.hex() == answer["evidence"]
    assert held.disclosure.composed.uncovered == len(scene.WALK)
    assert [one for one in check(held, repeat, genesis) if not one.holds] == []
    assert (answer["copy"], second["copy"]) == (1, 2)
    unpacking.unpack(segment.decrypt(bytes.fromhex(second["key"]), sealed_again), tmp_path / "second")
    again = folder.read(tmp_path / "second")
    assert [one for one in check(again, repeat, genesis) if not one.holds] == []
    assert again.files["authority.pem"] == held.files["authority.pem"]
    # Each holds its own clip only, whatever the list of files says.
    for own, other in ((held, again), (again, held)):
        mixed = replace(own, files={**own.files, "clip.mp4": other.files["clip.mp4"]})
        assert [one.name for one in check(mixed, repeat, genesis) if not one.holds] == ["manifest"]
    assert "Calibration for group hall (hall-east): an evaluation's report" in held.disclosure.errors[0]
    assert "At 0.440, of 1,000,000 comparisons with strangers at most" in held.disclosure.errors[0]
    # Without the entry that set it, what the search was under cannot be shown, and it does not verify.
    told = held.disclosure.instructions
    kept = tuple(one for one in told.entries if b'"kind":"calibration"' not in one.preimage.entry)
    assert len(kept) == len(told.entries) - 1
    without = replace(held, disclosure=replace(held.disclosure, instructions=replace(told, entries=kept)))
    assert "log" in {one.name for one in check(without, repeat, genesis) if not one.holds}
