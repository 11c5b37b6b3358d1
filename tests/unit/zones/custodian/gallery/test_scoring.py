"""Scores in buffers that are overwritten: exact, checked, and nothing left."""

import secrets

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from countenance.crypto.session import Receiving, Sending
from countenance.errors import Malformed, Tampered
from countenance.formats import probes
from countenance.formats.probes import HEADER, Heading
from countenance.matching import encode, matcher
from countenance.zones.custodian.gallery.scoring import Workspace
from simulator.gallery import Watched, probe
from simulator.people import near, unit

KEY = bytes(range(32))
CHILD = unit(7)


class Fake:
    """As much of a live gallery as scoring looks at."""

    def __init__(self, pads: np.ndarray, least: int, candidates: int) -> None:
        self.pads, self.least = pads, least
        self.present = np.ones(len(pads), dtype=np.bool_)
        limits = type("L", (), {"candidates": candidates})
        self.permission = type("P", (), {"standing": type("S", (), {"limits": limits})})


def compared(coded: np.ndarray, q: np.ndarray, least: int, candidates: int = 10) -> list[int]:
    pads = np.frombuffer(secrets.token_bytes(2 * coded.size), np.int16).reshape(coded.shape)
    rows = coded + pads
    heading = Heading("0" * 16, 1, len(coded), 1, "0" * 32, coded.shape[1])
    plain = bytearray(heading.size)
    probes.write_heading(heading, plain)
    plain[HEADER : heading.products_at] = encode.to_bytes(q)
    plain[heading.products_at :] = matcher.products(q, rows).tobytes()
    workspace = Workspace()
    read = workspace.receive(Receiving(KEY, b"x"), Sending(KEY, b"x").encrypt(plain))
    assert read == heading
    found = workspace.candidates(read, Fake(pads, least, candidates))
    workspace.wipe()
    assert nothing_left(workspace)
    return found


def nothing_left(workspace: Workspace) -> bool:
    buffers = [np.frombuffer(workspace._plain, np.uint8), workspace._wide, workspace._padded, workspace._scores]
    return not any(buffer.any() for buffer in buffers) and not workspace._reached.any()


@settings(max_examples=40, deadline=None)
@given(st.integers(0, 2**31), st.sampled_from([16, 128, 512]), st.integers(1, 40))
def test_candidates_are_those_of_the_plain_scores(seed: int, dimension: int, rows: int) -> None:
    vectors = [near(unit(seed, dimension), float(c), seed + k + 1) for k, c in enumerate(np.linspace(-1, 1, rows))]
    coded = np.stack([encode.encode(vector) for vector in vectors])
    q = encode.encode(unit(seed, dimension))
    least = encode.least_score(500, dimension)
    plain = coded.astype(np.int64) @ q.astype(np.int64)
    wanted = [k for k in range(rows) if plain[k] >= least]
    assert compared(coded, q, least, candidates=rows) == wanted
    best = sorted(sorted(wanted, key=lambda k: -plain[k])[:3])
    assert sorted(int(plain[k]) for k in compared(coded, q, least, 3)) == sorted(int(plain[k]) for k in best)


@pytest.mark.parametrize(
    "q",
    [
        np.zeros(128, np.int16),
        np.ones(128, np.int16),
        np.full(128, 32767, np.int16),
        np.full(128, -32768, np.int16),
        np.eye(1, 128, dtype=np.int16)[0],
    ],
)
def test_what_is_no_coded_template_is_not_compared(q: np.ndarray) -> None:
    with pytest.raises(Malformed):
        compared(encode.encode(CHILD)[None, :], q, 1)
    with pytest.raises(Malformed):
        encode.checked(q)


def test_a_probe_of_another_size_is_refused(watched: Watched) -> None:
    text = watched.stand(CHILD, unit(8))
    session, _ = watched.session()
    for rows in (1, 3):
        session.probe(probe(text, np.zeros((rows, 128), np.int16), CHILD))
    session.probe(probe(text, np.zeros((2, 64), np.int16), unit(1, 64)))
    watched.compare()
    assert watched.custodian.sessions.counts.rejected == 3
    assert nothing_left(watched.custodian._comparer._workspace)


def test_buffers_are_overwritten_whatever_comes(watched: Watched) -> None:
    text = watched.stand(CHILD)
    session, _ = watched.session()
    good = probe(text, np.zeros((1, 128), np.int16), CHILD)
    altered = bytearray(good)
    altered[0:8] = bytes(8)
    for plain in (good, altered, good[:-4]):
        session.probe(plain)
        watched.compare()
        assert nothing_left(watched.custodian._comparer._workspace)


def test_an_altered_message_is_not_read() -> None:
    sealed = bytearray(Sending(KEY, b"x").encrypt(bytes(100)))
    sealed[-1] ^= 1
    with pytest.raises(Tampered):
        Workspace().receive(Receiving(KEY, b"x"), bytes(sealed))


def test_it_does_not_show_what_it_holds() -> None:
    assert repr(Workspace()) == f"Workspace({probes.LARGEST} bytes)"
