"""A probe that is nearly that of a warrant which runs: the draft stands, and whoever is to sign is told."""

import secrets
from collections.abc import Iterator
from dataclasses import replace

import numpy as np
import pytest

from countenance.crypto.seal import binding, seal
from countenance.errors import Malformed, Refused, Unavailable
from countenance.formats import records
from countenance.matching import encode
from countenance.vocabulary.acts import Named, Verb
from countenance.vocabulary.entries import Kind
from countenance.vocabulary.warrants import Warrant
from countenance.zones.custodian import alarms
from countenance.zones.custodian.cases import WarrantState
from simulator.court import Court, sitting
from simulator.people import HOUR, NOW, SUBJECT, limits, near, probe, unit


@pytest.fixture
def court() -> Iterator[Court]:
    with sitting() as court:
        yield court


def drafted(court: Court, vector: np.ndarray, requester: str = "officer-1", **changed: object) -> Warrant:
    """A warrant with a probe of its own. `others`: what the repository does to what it puts beside."""
    others = changed.pop("others", None)
    template = encode.to_bytes(encode.encode(vector))
    bound = probe(template, court.zone.probe.signing)
    text = court.text(warrant=secrets.token_hex(8), probe=bound, requester=requester, **changed)
    court.file(text, requester, template=template, others=others)
    return text


def told(court: Court, text: Warrant, name: str = "supervisor-1") -> list[tuple[str, bool]]:
    named = Named(text.warrant, text.number, records.digest(text))
    answer = court.ask(name, Verb.READ, named, papers=court.filed[text.warrant, text.number])
    return [(alarm["warrant"], alarm["compared"]) for alarm in answer["alarms"]]


def test_a_nearly_identical_probe_is_an_entry_and_told_on_both_sides(court: Court) -> None:
    first = drafted(court, SUBJECT)
    second = drafted(court, near(SUBJECT, 0.97, 4))
    (entry,) = [one for one in court.zone.opened.sequencer.entries() if one.kind is Kind.ALARMED]
    assert dict(entry.facts) == {"warrant": second.warrant, "near": first.warrant, "policy": second.policy.hex()}
    assert court.zone.kinds()[entry.of] is Kind.DRAFTED
    assert told(court, second) == [(first.warrant, True)]
    assert told(court, first) == [(second.warrant, True)]
    # Who drafts it is frozen. It is no refusal: a quorum that was told may clear them, and sign.
    with pytest.raises(Refused, match="frozen"):
        drafted(court, unit(9))
    assert court.clear("officer-1")["cleared"]
    court.say("supervisor-1", second)
    court.say("court-b/judge-1", second)
    court.tell()
    assert court.search(second)["candidates"] == []


@pytest.mark.parametrize(("cosine", "expected"), [(1.0, True), (0.92, True), (0.88, False), (0.5, False)])
def test_the_bound(court: Court, cosine: float, expected: bool) -> None:
    drafted(court, SUBJECT)
    drafted(court, near(SUBJECT, cosine, 4))
    assert bool(court.facts(Kind.ALARMED)) is expected


@pytest.mark.parametrize("dimension", [128, 512])
def test_alike_is_the_cosine_in_whole_numbers(dimension: int) -> None:
    for seed in range(200):
        one = unit(seed, dimension)
        a, b = encode.encode(one), encode.encode(near(one, 0.85 + seed / 2000, seed + 1000))
        exact = float(a.astype(float) @ b) / float(np.linalg.norm(a.astype(float)) * np.linalg.norm(b.astype(float)))
        assert alarms.alike(a, b) is (exact >= 0.9)
        assert not alarms.alike(a, (-a).astype(np.int16))
    assert not alarms.alike(a, a[:-1])


def test_a_spent_warrant_runs_until_it_expires(court: Court) -> None:
    first = drafted(court, SUBJECT, limits=limits(uses=1, expires=NOW + HOUR))
    for name in ("supervisor-1", "court-b/judge-1"):
        court.say(name, first)
    court.tell()
    court.search(first)
    assert told(court, drafted(court, near(SUBJECT, 0.97, 4))) == [(first.warrant, True)]
    court.zone.clock.now += HOUR
    court.clear("officer-1")
    third = drafted(court, near(SUBJECT, 0.97, 5))
    assert first.warrant not in dict(told(court, third))


def withheld(_: list) -> list:
    return []


def emptied(pairs: list) -> list:
    return [(one, b"") for one, _ in pairs]


@pytest.mark.parametrize("lie", [withheld, emptied])
def test_a_template_that_is_not_presented_is_an_alarm(court: Court, lie: object) -> None:
    first = drafted(court, SUBJECT)
    second = drafted(court, near(SUBJECT, 0.97, 4), others=lie)
    (facts,) = court.facts(Kind.ALARMED)
    assert (facts["warrant"], facts["not_compared"]) == (second.warrant, first.warrant)
    # A repository that withholds would freeze everyone.
    assert court.frozen() == {}
    assert told(court, second) == [(first.warrant, False)]
    assert told(court, first) == [(second.warrant, False)]


def test_a_template_put_in_anothers_place_is_an_alarm(court: Court) -> None:
    """Anybody can seal some template to the custodian for a warrant's id: only the one that was filed counts."""
    first = drafted(court, SUBJECT)
    stranger = encode.to_bytes(encode.encode(unit(77)))

    def exchanged(pairs: list) -> list:
        info = binding("probe", court.zone.genesis.deployment, first.warrant)
        return [(one, seal(court.zone.genesis.custodian_key, info, stranger)) for one, _ in pairs]

    second = drafted(court, near(SUBJECT, 0.97, 4), others=exchanged)
    assert told(court, second) == [(first.warrant, False)]
    # Beside the right one, a wrong one changes nothing.
    third = drafted(court, near(SUBJECT, 0.97, 5), others=lambda pairs: [*exchanged(pairs), *pairs])
    assert set(told(court, third)) == {(first.warrant, True), (second.warrant, True)}


def test_a_probe_of_another_extractor_cannot_be_compared(court: Court) -> None:
    first = drafted(court, SUBJECT)
    store = court.zone.opened.store
    state = store.get(WarrantState, first.warrant)
    assert state is not None
    store.put(replace(state, extractor=bytes(32)), first.warrant)
    assert told(court, drafted(court, SUBJECT)) == [(first.warrant, False)]


def test_only_the_newest_are_held_against(court: Court, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(alarms, "MOST_RUNNING", 2)
    old = drafted(court, SUBJECT)
    for seed in (50, 51):
        drafted(court, unit(seed))
    new = drafted(court, SUBJECT)
    assert told(court, new) == told(court, old) == []


def test_a_draft_tells_its_requester_nothing_of_others_warrants(court: Court) -> None:
    """A draft needs no approval: else it would be a way to ask whether somebody is being looked for."""
    other = drafted(court, SUBJECT, "officer-2")
    mine = drafted(court, near(SUBJECT, 0.97, 4))
    court.clear("officer-1")
    assert told(court, mine, "officer-1") == []
    assert told(court, mine, "supervisor-1") == [(other.warrant, True)]
    # Nor does it if the requester is an approver too, as officer-2 is.
    theirs = drafted(court, near(SUBJECT, 0.97, 5), "officer-2")
    court.clear("officer-2")
    assert told(court, theirs, "officer-2") == [(other.warrant, True)]
    assert dict(told(court, theirs, "court-b/judge-1")).keys() == {other.warrant, mine.warrant}


def test_what_does_not_fit_is_refused_and_nothing_is_kept(court: Court) -> None:
    with pytest.raises(Malformed, match="beside"):
        drafted(court, SUBJECT, others=lambda _: [("0123456789abcdef", b"x")] * 513)
    assert list(court.zone.opened.store.all(WarrantState)) == []
    assert not court.facts(Kind.DRAFTED)


def test_no_draft_is_kept_whose_alarm_is_not(court: Court, monkeypatch: pytest.MonkeyPatch) -> None:
    first = drafted(court, SUBJECT)
    real = court.zone.opened.sequencer.append

    def full(kind: Kind, facts: dict[str, str], of: int = -1) -> int:
        if kind is Kind.ALARMED:
            raise Unavailable("the disk is full")
        return real(kind, facts, of)

    with monkeypatch.context() as patched:
        patched.setattr(court.zone.opened.sequencer, "append", full)
        with pytest.raises(Unavailable):
            drafted(court, SUBJECT)
    assert [state.warrant for _, state in court.zone.opened.store.all(WarrantState)] == [first.warrant]
    assert list(court.zone.opened.store.all(alarms.Alarm)) == []


def test_nothing_kept_tells_the_template(court: Court) -> None:
    text = drafted(court, SUBJECT)
    drafted(court, SUBJECT)
    coded = encode.to_bytes(encode.encode(SUBJECT))
    for _, kept in (*court.zone.opened.store.all(WarrantState), *court.zone.opened.store.all(alarms.Alarm)):
        written = records.write(kept)
        assert coded.hex().encode() not in written
        assert text.probe.template_digest.hex().encode() not in written
