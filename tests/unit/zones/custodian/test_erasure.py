from dataclasses import dataclass

import pytest

from countenance.errors import CountenanceError, Malformed, Refused
from countenance.formats.canonical import Json
from countenance.vocabulary.acts import Order, Restriction, Verb
from countenance.vocabulary.entries import Kind
from countenance.vocabulary.moments import MILLISECONDS_AN_HOUR, Hour
from countenance.vocabulary.sightings import Lease
from countenance.zones.custodian import epochs, erasure, intake, restricting, retention, roster
from countenance.zones.custodian.records import Place, Restricted, Row, Tombstone
from simulator.people import NOW, person
from simulator.zone import Edge, Sighting, Zone, presented, sighting
from simulator.zone import taken as taken_in

HERE = Hour.of(NOW).number
DAY = 24 * MILLISECONDS_AN_HOUR


@dataclass
class Held:
    """A custodian with sightings in it."""

    zone: Zone
    edge: Edge
    lease: Lease
    sightings: list[Sighting]

    @property
    def names(self) -> tuple[str, ...]:
        return tuple(one.record.sighting for one in self.sightings)

    def restrict(self, *names: str, by: str = "clerk-1", reason: str = "asked") -> str:
        done = restricting.restrict(self.zone.opened, self.zone.ask(by, Verb.RESTRICT, Restriction(names, reason)))
        assert isinstance(done["request"], str)
        return done["request"]

    def order(self, request: str, by: str) -> dict[str, Json]:
        order = Order(request, bytes.fromhex(request))
        return erasure.order(self.zone.opened, self.zone.ask(by, Verb.ORDER, order))

    def rows(self) -> set[str]:
        return {row.sighting for _, row in self.zone.opened.store.all(Row)}


@pytest.fixture
def held(zone: Zone, edge: Edge) -> Held:
    lease = zone.lease(edge, "hall-1", HERE)
    made = [sighting(zone, edge, lease) for _ in range(4)]
    intake.sightings(zone.opened, presented(*made))
    return Held(zone, edge, lease, made)


def test_a_quorum_erases_at_once_and_the_receipt_names_the_entries(held: Held) -> None:
    zone, (first, second, *others) = held.zone, held.names
    request = held.restrict(first, second)
    one = held.order(request, "supervisor-1")
    assert one == {"signatures": 1, "needed": 2, "receipt": None}
    assert held.rows() == set(held.names)
    generation = zone.opened.store.generation
    done = held.order(request, "court-b/judge-1")
    receipt = done["receipt"]
    assert isinstance(receipt, dict)
    assert receipt["sightings"] == [first, second]
    assert held.rows() == set(others)
    assert zone.opened.store.generation == generation + 1
    assert zone.opened.store.get(Place, first) is None
    ordered, erased = int(str(receipt["ordered_entry"])), int(str(receipt["erased_entry"]))
    entry = zone.opened.sequencer.entry(erased)
    assert (entry.kind, entry.of) == (Kind.ERASED, ordered)
    assert zone.opened.sequencer.entry(ordered).kind is Kind.ERASURE_ORDERED
    facts = dict(entry.facts)
    assert facts == {"request": request, "count": "2", "store_generation": str(generation + 1)}


def test_no_sighting_and_no_reason_is_in_the_log(held: Held) -> None:
    request = held.restrict(held.names[0], reason="a word that must not be logged")
    held.order(request, "supervisor-1")
    held.order(request, "court-b/judge-1")
    sequencer = held.zone.opened.sequencer
    for index in range(sequencer.size):
        assert held.names[0].encode() not in sequencer.preimage(index).entry
        assert b"must not be logged" not in sequencer.preimage(index).entry


def test_a_receipt_counts_the_epoch_key_that_could_still_open_the_sealed_nonce(held: Held) -> None:
    request = held.restrict(held.names[0])
    held.order(request, "supervisor-1")
    receipt = held.order(request, "court-b/judge-1")["receipt"]
    assert isinstance(receipt, dict)
    assert receipt["gone_by"] == epochs.last_moment(HERE)
    held.zone.clock.now = epochs.closing(HERE)
    retention.drained(held.zone.opened, held.zone.clock())
    request = held.restrict(held.names[1])
    held.order(request, "supervisor-1")
    receipt = held.order(request, "court-b/judge-1")["receipt"]
    assert isinstance(receipt, dict)
    assert receipt["gone_by"] == held.zone.clock()


def test_an_erased_sighting_is_refused_for_ever(held: Held) -> None:
    request = held.restrict(held.names[0])
    held.order(request, "supervisor-1")
    held.order(request, "court-b/judge-1")
    _, refused = taken_in(held.zone, presented(*held.sightings))
    assert [name for name, _ in refused] == [held.names[0]]
    held.zone.reopen()
    assert taken_in(held.zone, held.sightings[0].blobs)[0] == []
    stones = [stone for _, stone in held.zone.opened.store.all(Tombstone, f"hall-1/{HERE}/")]
    assert len(stones) == 1
    assert held.names[0] not in repr(stones)
    assert held.rows() == set(held.names[1:])


def test_asking_again_for_the_receipt_gives_the_same(held: Held) -> None:
    request = held.restrict(held.names[0])
    held.order(request, "supervisor-1")
    receipt = held.order(request, "court-b/judge-1")["receipt"]
    size = held.zone.opened.sequencer.size
    assert held.order(request, "supervisor-1")["receipt"] == receipt
    assert held.zone.opened.sequencer.size == size


def test_a_clerks_request_restricts_now_and_erases_after_seven_days(held: Held) -> None:
    zone, name = held.zone, held.names[0]
    held.restrict(name)
    assert restricting.restricted(zone.opened) == {name}
    zone.clock.now = NOW + DAY
    retention.tick(zone.opened)
    assert name in held.rows()
    # Retention of 72 hours would come first here; what is asked for is the erasure of the row.
    zone.clock.now = NOW + 7 * DAY
    erasure.erase_due(zone.opened)
    assert name not in held.rows()
    assert set(held.names[1:]) <= held.rows()
    assert zone.kinds()[-2:] == [Kind.ERASURE_ORDERED, Kind.ERASED]
    assert restricting.restricted(zone.opened) == frozenset()
    size = zone.opened.sequencer.size
    erasure.erase_due(zone.opened)
    assert zone.opened.sequencer.size == size


def test_a_sighting_that_expired_meanwhile_does_not_stop_the_erasure(held: Held) -> None:
    held.restrict(*held.names[:2])
    held.zone.clock.now = NOW + 7 * DAY
    retention.tick(held.zone.opened)
    assert held.rows() == set()
    assert held.zone.kinds()[-3:].count(Kind.ERASED) == 1


@pytest.mark.parametrize("approvers", [("supervisor-1", "supervisor-1"), ("supervisor-1", "supervisor-2")])
def test_one_person_twice_or_one_organisation_is_no_quorum(held: Held, approvers: tuple[str, str]) -> None:
    request = held.restrict(held.names[0])
    for name in approvers:
        assert held.order(request, name)["receipt"] is None
    assert held.rows() == set(held.names)


def test_who_left_the_roster_no_longer_counts(held: Held) -> None:
    request = held.restrict(held.names[0])
    held.order(request, "supervisor-1")
    roster.revoke(held.zone.opened, "supervisor-1")
    assert held.order(request, "court-b/judge-1")["receipt"] is None
    assert held.order(request, "supervisor-2")["receipt"] is not None


def refused(held: Held, name: str, verb: Verb, body: object, kind: type[CountenanceError] = Refused) -> None:
    """The act is refused, and nothing has changed."""
    opened = held.zone.opened
    before = held.rows(), dict(opened.store.all(Restricted)), opened.sequencer.size, opened.store.generation
    act = restricting.restrict if verb is Verb.RESTRICT else erasure.order
    with pytest.raises(kind):
        act(opened, held.zone.ask(name, verb, body))
    assert before == (held.rows(), dict(opened.store.all(Restricted)), opened.sequencer.size, opened.store.generation)


def test_what_a_clerk_may_not(held: Held) -> None:
    first, second = held.names[:2]
    refused(held, "supervisor-1", Verb.RESTRICT, Restriction((first,), "asked"))
    refused(held, "clerk-1", Verb.RESTRICT, Restriction((), "asked"), Malformed)
    refused(held, "clerk-1", Verb.RESTRICT, Restriction((first, first), "asked"), Malformed)
    refused(held, "clerk-1", Verb.RESTRICT, Restriction((first,), " "), Malformed)
    refused(held, "clerk-1", Verb.RESTRICT, Restriction((first, "0" * 32), "asked"))
    held.restrict(first)
    refused(held, "clerk-1", Verb.RESTRICT, Restriction((second, first), "asked"))


def test_a_clerk_restricts_at_most_a_hundred_a_day(held: Held, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(restricting, "DAILY_CAP", 3)
    held.restrict(*held.names[:3])
    refused(held, "clerk-1", Verb.RESTRICT, Restriction((held.names[3],), "asked"))
    held.zone.clock.now += DAY
    held.restrict(held.names[3])


def test_all_clerks_together_have_a_cap_too(held: Held, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(restricting, "DAILY_CAP_OF_ALL", 2)
    roster.add(held.zone.opened, person("clerk-2"))
    held.restrict(held.names[0])
    held.restrict(held.names[1], by="clerk-2")
    for clerk in ("clerk-1", "clerk-2"):
        refused(held, clerk, Verb.RESTRICT, Restriction((held.names[2],), "asked"))
    held.zone.clock.now += DAY
    held.restrict(held.names[2])


def test_nobody_asks_twice_for_the_same_sighting(held: Held) -> None:
    roster.add(held.zone.opened, person("clerk-2"))
    request = held.restrict(held.names[0])
    for clerk in ("clerk-1", "clerk-2"):
        refused(held, clerk, Verb.RESTRICT, Restriction((held.names[0],), "again"))
    for name in ("supervisor-1", "court-b/judge-1"):
        held.order(request, name)
    refused(held, "clerk-1", Verb.RESTRICT, Restriction((held.names[0],), "again"))


def test_what_an_approver_may_not(held: Held) -> None:
    request = held.restrict(held.names[0])
    refused(held, "clerk-1", Verb.ORDER, Order(request, bytes.fromhex(request)))
    refused(held, "supervisor-1", Verb.ORDER, Order(request, bytes(32)))
    refused(held, "supervisor-1", Verb.ORDER, Order("00" * 32, bytes(32)))
