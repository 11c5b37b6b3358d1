"""canonical: one spelling a value, RFC 8785, and nothing but whole numbers."""

import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from countenance.errors import Malformed
from countenance.formats import canonical
from countenance.formats.canonical import Json

LARGEST = 2**53 - 1
TEXT = st.text(st.characters(exclude_categories=["Cs"]))
VALUES: st.SearchStrategy[Json] = st.recursive(
    st.none() | st.booleans() | st.integers(-LARGEST, LARGEST) | TEXT,
    lambda inner: st.lists(inner, max_size=5) | st.dictionaries(TEXT, inner, max_size=5),
    max_leaves=30,
)


@given(VALUES)
def test_what_is_written_is_read_back(value: Json) -> None:
    data = canonical.write(value)
    assert canonical.read(data) == value
    assert canonical.write(canonical.read(data)) == data


@given(st.binary(max_size=200))
def test_what_is_read_was_canonical(data: bytes) -> None:
    try:
        value = canonical.read(data)
    except Malformed:
        return
    assert canonical.write(value) == data


@given(VALUES, st.integers(0, 8))
def test_loose_spellings_are_refused(value: Json, indent: int) -> None:
    loose = json.dumps(value, indent=indent).encode()
    if loose != canonical.write(value):
        with pytest.raises(Malformed):
            canonical.read(loose)


@pytest.mark.parametrize(
    ("value", "written"),
    [
        ({"b": 1, "a": [True, None, "€"]}, '{"a":[true,null,"€"],"b":1}'),
        ({"\ufb33": 1, "\U0001f600": 2, "1": 3, "\r": 4}, '{"\\r":4,"1":3,"\U0001f600":2,"\ufb33":1}'),
        ('\u000f\n"\\/\u2028', '"\\u000f\\n\\"\\\\/\u2028"'),
        (-LARGEST, "-9007199254740991"),
    ],
    ids=["order", "order of UTF-16 units", "escapes", "least"],
)
def test_as_rfc_8785_has_it(value: Json, written: str) -> None:
    assert canonical.write(value) == written.encode()


@pytest.mark.parametrize(
    "value", [0.5, 1.0, float("nan"), [0.5], {"a": {"b": 1e3}}, 2**53, -(2**53), "\ud800", {"\ud800": 1}]
)
def test_what_has_no_canonical_form_is_refused(value: Json) -> None:
    with pytest.raises(Malformed):
        canonical.write(value)


@pytest.mark.parametrize(
    "data",
    [
        b"",
        b" 1",
        b"1 ",
        b"1.0",
        b"1e3",
        b"-0",
        b"01",
        b"NaN",
        b"Infinity",
        b"9007199254740992",
        b'{"a":1,"a":1}',
        b'{"b":1,"a":1}',
        b'{"a": 1}',
        b"'a'",
        b'"\\u0061"',
        b'"\\/"',
        b'"\xff"',
        b'"\\ud800"',
        b"\xef\xbb\xbf1",
        b"[1,]",
        b"1\n",
        b"[" * 100_000,
        b"[" * 100_000 + b"]" * 100_000,
        b"9" * 5000,
    ],
)
def test_everything_else_is_refused(data: bytes) -> None:
    with pytest.raises(Malformed):
        canonical.read(data)


def test_too_long_is_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(canonical, "MAXIMUM_BYTES", 10)
    assert canonical.read(b"[1,2,3,44]") == [1, 2, 3, 44]
    with pytest.raises(Malformed):
        canonical.read(b"[1,2,3,444]")
