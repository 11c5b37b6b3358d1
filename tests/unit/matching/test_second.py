"""A second implementation, written from the format's page alone in plain Python, agrees with the product everywhere."""

import importlib.util
import struct
from pathlib import Path
from types import ModuleType

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from countenance.errors import Malformed, Tampered
from countenance.matching import encode, mask, matcher, tag, unmask

FOLDER = Path(__file__).parents[2] / "vectors" / "masked-templates"


def _loaded() -> ModuleType:
    spec = importlib.util.spec_from_file_location("second", FOLDER / "second.py")
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


second = _loaded()


@settings(max_examples=40, deadline=None)
@given(st.integers(0, 2**32), st.sampled_from([1, 3, 128, 512]))
def test_both_code_mask_multiply_unmask_and_tag_alike(seed: int, d: int) -> None:
    generator = np.random.default_rng(seed)
    templates = generator.standard_normal((4, d))
    templates = (templates / np.linalg.norm(templates, axis=1, keepdims=True)).astype(np.float32)
    coded = [encode.encode(template) for template in templates]
    assert [second.code(template.tolist()) for template in templates] == [one.tolist() for one in coded]
    key, nonces, q = generator.bytes(32), [generator.bytes(16) for _ in coded], coded[0]
    rows = [mask.mask(one, key, nonce) for one, nonce in zip(coded, nonces, strict=True)]
    plain = [second.mask(one.tolist(), key, nonce) for one, nonce in zip(coded, nonces, strict=True)]
    assert [list(struct.unpack(f"<{d}h", row)) for row in rows] == plain
    products = matcher.products(q, mask.rows(b"".join(rows), d))
    assert products.tolist() == [second.product(q.tolist(), row) for row in plain]
    scores = [second.score(c, q.tolist(), key, nonce) for c, nonce in zip(products.tolist(), nonces, strict=True)]
    assert unmask.cold(products, q, key, b"".join(nonces)).tolist() == scores
    multipliers = second.multipliers(key, 4)
    tags = tag.tags(tag.multipliers(key, 4), mask.rows(b"".join(rows), d))
    assert tags.tolist() == second.tags(multipliers, plain)
    assert second.agrees(multipliers, tags.tolist(), q.tolist(), products.tolist())
    assert not second.agrees(multipliers, tags.tolist(), q.tolist(), (products + 1).tolist())
    assert tag.mac(key, 9, rows[0]) == second.mac(key, 9, plain[0])


@settings(max_examples=60, deadline=None)
@given(st.integers(1, 140).flatmap(lambda d: st.lists(st.integers(-200, 200), min_size=d, max_size=d)))
def test_both_accept_the_same_probes(numbers: list[int]) -> None:
    try:
        encode.checked(np.array(numbers, dtype=np.int16))
        accepted = True
    except Malformed:
        accepted = False
    assert second.accepts(numbers) == accepted


@pytest.mark.parametrize("d", [1, 2, 64, 128, 512, 4096])
def test_both_have_the_same_scale_and_thresholds(d: int) -> None:
    assert second.scale(d) == encode.scale(d)
    assert [second.least_score(t, d) for t in (430, 440, 999)] == [encode.least_score(t, d) for t in (430, 440, 999)]


def test_what_one_finds_altered_so_does_the_other() -> None:
    multipliers, rows = tag.multipliers(b"k" * 32, 2), np.ones((2, 128), dtype=np.int16)
    q = encode.encode(np.full(128, 128**-0.5, dtype=np.float32))
    with pytest.raises(Tampered):
        tag.check(multipliers, tag.tags(multipliers, rows), q, np.zeros(2, dtype=np.int32))
    whole = second.multipliers(b"k" * 32, 2)
    assert not second.agrees(whole, second.tags(whole, rows.tolist()), q.tolist(), [0, 0])
