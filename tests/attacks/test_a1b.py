"""A1b, the custodian that keeps what it sees: probes and their scores, logged, are linear equations; with as many
independent probes as components every template of the gallery solves out. Against it: uses are counted, nothing is
kept, arrays are overwritten. Whoever alters the custodian's program can do it all the same: that trust is left.
"""

import numpy as np

from attacks.oracle import gallery
from countenance.matching import encode, unmask
from simulator.court import sitting
from simulator.people import SUBJECT, limits, near


def test_succeeds_without_mitigation() -> None:
    held, generator = gallery(30), np.random.default_rng(9)
    probes, scores = [], []
    for _ in range(200):
        raw = generator.standard_normal(128)
        q = encode.encode((raw / np.linalg.norm(raw)).astype(np.float32))
        probes.append(q)
        scores.append(unmask.cold(held.products(q), q, held.key, held.nonces))
    solved, *_ = np.linalg.lstsq(np.stack(probes).astype(float), np.stack(scores).astype(float), rcond=None)
    assert (np.rint(solved.T) == held.coded).all()


def test_fails_against_product() -> None:
    with sitting() as court:
        court.pass_by(near(SUBJECT, 0.8, 3))
        court.tell()
        text = court.approved(limits=limits(uses=3))
        _, begun = court.begin(text)
        (running,) = court.zone.opened.desk.running.values()
        q = running.q
        kept = q.tobytes()
        court.finish(begun)
        # Probe and products of pads are overwritten, and nothing on the disk has them: no file, no entry.
        assert not q.any()
        padded = running.comparing.padded()
        assert len(padded) == 1
        assert not padded.any()
        for path in court.zone.directory.rglob("*"):
            if path.is_file():
                data = path.read_bytes()
                assert kept not in data
                assert kept.hex().encode() not in data
        assert not court.zone.opened.desk.running
