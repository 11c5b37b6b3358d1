"""records: every frozen type of the vocabulary round-trips; a field too many, too few or mistyped is refused."""

import dataclasses
import enum
import json
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from countenance.errors import Malformed
from countenance.formats import canonical, records
from countenance.vocabulary import acts, cameras, deployment, entries, requests, sightings, warrants
from countenance.vocabulary.requests import Assertion, Signed
from countenance.vocabulary.warrants import Credential, Person, Role

TEXT = st.text(st.characters(exclude_categories=["Cs"]), max_size=20)
WHOLE = st.integers(-(2**53) + 1, 2**53 - 1)
KINDS = sorted(
    {
        value
        for module in (acts, cameras, deployment, entries, requests, sightings, warrants)
        for value in vars(module).values()
        if isinstance(value, type) and dataclasses.is_dataclass(value)
    },
    key=lambda kind: kind.__name__,
)


def made(kind: type) -> st.SearchStrategy[Any]:
    st.register_type_strategy(str, TEXT)
    st.register_type_strategy(int, WHOLE)
    st.register_type_strategy(bytes, st.binary(max_size=40))
    return st.from_type(kind)


class Colour(enum.StrEnum):
    RED = "red"


@dataclasses.dataclass(frozen=True, slots=True)
class Inner:
    number: int


@dataclasses.dataclass(frozen=True, slots=True)
class Sample:
    text: str
    flag: bool
    data: bytes
    colour: Colour
    inner: Inner
    maybe: Inner | None
    many: tuple[int, ...]
    pair: tuple[str, int]


SAMPLE = Sample("a", True, b"\x0a\xff", Colour.RED, Inner(1), None, (1, 2), ("x", 3))


@pytest.mark.parametrize("kind", KINDS, ids=lambda kind: kind.__name__)
def test_every_record_is_read_back(kind: type) -> None:
    @settings(max_examples=15, deadline=None)
    @given(made(kind))
    def round_trip(record: object) -> None:
        data = records.write(record)
        assert records.read(kind, data) == records.own(kind, data) == record
        assert canonical.read(data)["type"] == kind.__name__  # type: ignore[index, call-overload]

    round_trip()


@dataclasses.dataclass(frozen=True, slots=True)
class Digests:
    many: tuple[bytes, ...]


@given(st.integers(0, 4).flatmap(lambda size: st.lists(st.binary(min_size=size, max_size=size), max_size=5)))
def test_digests_of_one_length_are_read_back(many: list[bytes]) -> None:
    record = Digests(tuple(many))
    assert records.read(Digests, records.write(record)) == record


@pytest.mark.parametrize(
    "many",
    [["0a0", "a0a"], ["0a", "0A"], ["0a0b", "0a 0"], ["0a", "xx"], ["0a", 10], ["", "0"], ["0a", None], ["0a", ["0b"]]],
    ids=str,
)
@pytest.mark.parametrize("reading", [records.read, records.own])
def test_what_are_no_digests_is_refused(reading: Any, many: list[object]) -> None:
    with pytest.raises(Malformed):
        reading(Digests, json.dumps({"many": many, "type": "Digests"}, separators=(",", ":")).encode())


def test_what_is_not_ours_at_all_is_refused() -> None:
    for data in (b"", b"{", b"\xff", b"[]", b'{"type":"Digests"}'):
        with pytest.raises(Malformed):
            records.own(Digests, data)


def test_the_written_form() -> None:
    assert json.loads(records.write(SAMPLE)) == {
        "type": "Sample",
        "text": "a",
        "flag": True,
        "data": "0aff",
        "colour": "red",
        "inner": {"type": "Inner", "number": 1},
        "maybe": None,
        "many": [1, 2],
        "pair": ["x", 3],
    }
    assert records.read(Sample, records.write(SAMPLE)) == SAMPLE
    assert len(records.digest(SAMPLE)) == 32


@pytest.mark.parametrize(
    "change",
    [
        {"type": "Inner"},
        {"type": None},
        {"more": 1},
        {"text": 1},
        {"text": None},
        {"flag": 1},
        {"flag": "true"},
        {"data": "0AFF"},
        {"data": "0af"},
        {"data": "0a ff"},
        {"data": "zz"},
        {"data": 1},
        {"colour": "green"},
        {"colour": []},
        {"inner": None},
        {"inner": {"number": 1}},
        {"inner": {"type": "Inner", "number": True}},
        {"inner": {"type": "Inner", "number": "1"}},
        {"maybe": 1},
        {"many": {}},
        {"many": ["1"]},
        {"many": "12"},
        {"pair": ["x"]},
        {"pair": ["x", 3, 4]},
        {"pair": [3, "x"]},
    ],
    ids=str,
)
def test_what_does_not_fit_is_refused(change: dict[str, Any]) -> None:
    plain = {**json.loads(records.write(SAMPLE)), **change}
    with pytest.raises(Malformed):
        records.read(Sample, canonical.write(plain))


@pytest.mark.parametrize("missing", [field.name for field in dataclasses.fields(Sample)] + ["type"])
def test_a_missing_field_is_refused(missing: str) -> None:
    plain = json.loads(records.write(SAMPLE))
    del plain[missing]
    with pytest.raises(Malformed):
        records.read(Sample, canonical.write(plain))


@pytest.mark.parametrize("data", [b"", b"[]", b"null", b"1", b'"Sample"', b"{}"])
def test_what_is_no_object_is_refused(data: bytes) -> None:
    with pytest.raises(Malformed):
        records.read(Sample, data)


@pytest.mark.parametrize("value", [[1], {"a": 1}, 0.5, object()], ids=["list", "dict", "float", "object"])
def test_what_a_record_cannot_hold_is_refused(value: object) -> None:
    with pytest.raises(Malformed):
        records.write(dataclasses.replace(SAMPLE, text=value))  # type: ignore[arg-type]


def test_no_two_types_share_a_spelling() -> None:
    names = [kind.__name__ for kind in KINDS]
    assert len(names) == len(set(names))


OLD_PERSON = b'{"key":"' + b"00" * 32 + b'","name":"judge","organisation":"court","roles":["approver"],"type":"Person"}'


def test_what_was_written_before_a_field_came_is_read_and_hashes_as_it_did() -> None:
    read = records.read(Person, OLD_PERSON)
    assert read == Person("judge", "court", (Role.APPROVER,), bytes(32))
    assert records.write(read) == OLD_PERSON


def test_a_later_field_is_written_where_it_says_something_and_only_there() -> None:
    held = dataclasses.replace(
        records.read(Person, OLD_PERSON), credentials=(Credential(b"1", b"2", b"3", "h", "https://h"),)
    )
    assert records.read(Person, records.write(held)) == held
    empty = OLD_PERSON.replace(b'{"key"', b'{"credentials":[],"key"')
    with pytest.raises(Malformed, match="left out"):
        records.read(Person, empty)
    with pytest.raises(Malformed, match="too many"):
        records.read(Person, OLD_PERSON.replace(b'{"key"', b'{"another":[],"key"'))


def test_a_signature_by_a_key_file_is_read_as_ever() -> None:
    spelled = b'{"body":"","signature":"' + b"ab" * 64 + b'","signer":"judge","type":"Signed"}'
    assert records.read(Signed, spelled).by_key_file
    assertion = records.write(Assertion(b"", b"", b"", b""))
    assert not dataclasses.replace(records.read(Signed, spelled), signature=assertion).by_key_file
