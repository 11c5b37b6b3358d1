"""A search for a decoy compares nothing, freezes who asked, and tells them nothing but that."""

import secrets
from collections.abc import Iterator

import numpy as np
import pytest

from countenance.crypto.seal import binding, seal
from countenance.crypto.sign import SigningKey
from countenance.errors import CountenanceError, Malformed, Refused
from countenance.matching import encode
from countenance.vocabulary.entries import Kind
from countenance.zones.custodian import canaries
from countenance.zones.custodian.canaries import Decoy
from countenance.zones.custodian.cases import WarrantState
from countenance.zones.custodian.records import Row
from simulator.court import Court, sitting
from simulator.people import SUBJECT, near, probe, unit


@pytest.fixture
def court() -> Iterator[Court]:
    with sitting() as court:
        yield court


def add(court: Court, vector: np.ndarray, *, name: str = "", key: SigningKey | None = None) -> str:
    template, name = encode.to_bytes(encode.encode(vector)), name or secrets.token_hex(8)
    genesis = court.zone.genesis
    sealed = seal(genesis.custodian_key, binding("probe", genesis.deployment, name), template)
    canaries.add(court.zone.opened, name, probe(template, key or court.zone.probe.signing), sealed)
    return name


def test_a_search_for_a_decoy_freezes_and_compares_nothing(court: Court) -> None:
    # The decoy passed the cameras, too: not even that comes back.
    passed = court.pass_by(SUBJECT)
    court.tell()
    decoy = add(court, near(SUBJECT, 0.8, 3))
    text = court.approved()
    with pytest.raises(Refused) as told:
        court.search(text)
    assert str(told.value).startswith("your account is frozen")
    for secret in (decoy, passed, "canary", "decoy"):
        assert secret not in str(told.value)
    assert not court.facts(Kind.AUTHORISED)
    state = court.zone.opened.store.get(WarrantState, text.warrant)
    assert state is not None
    assert state.uses_left == 3
    searched = court.facts(Kind.CANARY)[-1]
    assert searched == {
        "warrant": text.warrant,
        "policy": text.policy.hex(),
        "canary": decoy,
        "change": "searched",
    }
    assert court.frozen()["officer-1"]["cause"] == "canary"
    # Who reads it as an officer reads what every frozen person reads.
    assert "canary" not in [one["reason"] for one in court.facts(Kind.REFUSED)][-1]


@pytest.mark.parametrize(("cosine", "found"), [(1.0, True), (0.51, True), (0.49, False), (0.0, False)])
def test_the_bound(court: Court, cosine: float, found: bool) -> None:
    add(court, near(SUBJECT, cosine, 3) if cosine < 1 else SUBJECT)
    court.tell()
    text = court.approved()
    if found:
        with pytest.raises(Refused, match="frozen"):
            court.search(text)
    else:
        court.search(text)
    assert bool(court.frozen()) is found


def test_decoys_are_no_rows(court: Court) -> None:
    court.tell()
    add(court, unit(77))
    assert court.zone.opened.store.count(Row) == 0
    answer = court.search(court.approved())
    assert (answer["rows"], answer["candidates"], answer["not_compared"]) == (0, [], [])


def test_of_another_extractor_it_is_not_compared(court: Court) -> None:
    name = add(court, SUBJECT)
    store = court.zone.opened.store
    kept = store.get(Decoy, name)
    assert kept is not None
    store.put(Decoy(kept.template, bytes(32), kept.added, kept.entry), name)
    court.tell()
    court.search(court.approved())
    assert court.frozen() == {}


def test_listed_and_forgotten(court: Court) -> None:
    name = add(court, SUBJECT)
    (listed,) = canaries.listed(court.zone.opened)
    assert isinstance(listed, dict)
    assert listed["canary"] == name
    assert set(listed) == {"canary", "extractor", "added", "entry"}
    canaries.remove(court.zone.opened, name)
    assert canaries.listed(court.zone.opened) == []
    with pytest.raises(Refused, match="no decoy"):
        canaries.remove(court.zone.opened, name)
    court.tell()
    court.search(court.approved())


def test_what_is_no_decoy(court: Court) -> None:
    with pytest.raises(Malformed, match="16 hex"):
        add(court, SUBJECT, name="../decoy")
    with pytest.raises(Refused, match="probe helper"):
        add(court, SUBJECT, key=SigningKey.generate())
    name = add(court, SUBJECT)
    with pytest.raises(Refused, match="already"):
        add(court, SUBJECT, name=name)
    genesis, other = court.zone.genesis, secrets.token_hex(8)
    template = encode.to_bytes(encode.encode(SUBJECT))
    elsewhere = seal(genesis.custodian_key, binding("probe", genesis.deployment, name), template)
    with pytest.raises(CountenanceError):
        canaries.add(court.zone.opened, other, probe(template, court.zone.probe.signing), elsewhere)
    sealed = seal(genesis.custodian_key, binding("probe", genesis.deployment, other), template)
    stranger = encode.to_bytes(encode.encode(unit(5)))
    with pytest.raises(Refused, match="probe helper"):
        canaries.add(court.zone.opened, other, probe(stranger, court.zone.probe.signing), sealed)
    assert len(canaries.listed(court.zone.opened)) == 1


def test_its_repr_has_no_template(court: Court) -> None:
    name = add(court, SUBJECT)
    kept = court.zone.opened.store.get(Decoy, name)
    assert kept is not None
    assert repr(kept) == "Decoy(256 bytes)"
