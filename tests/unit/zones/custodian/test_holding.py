"""A hold keeps what it names from every erasure until its day, by a quorum's order, and opens nothing."""

from collections.abc import Callable
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import pytest

from countenance.errors import Malformed, Refused
from countenance.formats import records
from countenance.formats.canonical import Json
from countenance.log import hold_rules, rules
from countenance.vocabulary.acts import Nothing, Order, Restriction, Verb
from countenance.vocabulary.entries import Kind
from countenance.vocabulary.holds import HoldOrder, Release
from countenance.vocabulary.moments import MILLISECONDS_AN_HOUR, Hour
from countenance.vocabulary.requests import Signed
from countenance.vocabulary.warrants import Approval
from countenance.zones.custodian import erasure, holding, intake, restricting, retention, review, roster
from countenance.zones.custodian.cases import CONFIRMED, NOT_CONFIRMED, Candidate
from countenance.zones.custodian.holding import HoldState, Stage
from countenance.zones.custodian.keeping import Kept
from countenance.zones.custodian.records import Gone, PartitionKeys, Place, Restricted, Row
from countenance.zones.custodian.sheets import Sheet
from simulator.court import evidence_process, sitting
from simulator.interruptions import killed_at
from simulator.people import NOW, SUBJECT, limits
from simulator.second import Pair
from simulator.zone import Edge, Sighting, Zone, presented, sighting

HERE = Hour.of(NOW).number
DAY = 24 * MILLISECONDS_AN_HOUR
QUORUM = ("supervisor-1", "court-b/judge-1")
WARRANT = "ab" * 8


@dataclass
class Holding:
    """A custodian with three sightings in it."""

    zone: Zone
    sightings: list[Sighting]

    @property
    def names(self) -> tuple[str, ...]:
        return tuple(one.record.sighting for one in self.sightings)

    def order(self, *names: str, **changed: Any) -> HoldOrder:
        made = HoldOrder(
            deployment=self.zone.genesis.deployment,
            hold="cd" * 8,
            warrant="",
            sightings=names,
            requester="clerk-1",
            made=self.zone.clock(),
            until=self.zone.clock() + 30 * DAY,
            reason="a court asks",
        )
        return replace(made, **changed)

    def draft(self, order: HoldOrder, by: str = "clerk-1") -> HoldOrder:
        holding.draft(self.zone.opened, self.zone.ask(by, Verb.HOLD, order))
        return order

    def say(self, by: str, order: HoldOrder, *, approves: bool = True, **changed: Any) -> dict[str, Json]:
        word = Approval(order.hold, 1, records.digest(order), by, approves, "" if approves else "no", 0)
        return holding.approve(self.zone.opened, self.zone.ask(by, Verb.APPROVE, replace(word, **changed)))

    def held(self, *names: str, **changed: Any) -> HoldOrder:
        order = self.draft(self.order(*names, **changed))
        assert self.say(QUORUM[0], order)["state"] == "waiting"
        assert self.say(QUORUM[1], order)["state"] == "held"
        return order

    def release(self, by: str, order: HoldOrder) -> dict[str, Json]:
        body = Release(order.hold, records.digest(order))
        return holding.release(self.zone.opened, self.zone.ask(by, Verb.RELEASE, body))

    def restrict(self, *names: str, by: str = "clerk-1") -> str:
        body = Restriction(names, "asked")
        return str(restricting.restrict(self.zone.opened, self.zone.ask(by, Verb.RESTRICT, body))["request"])

    def erase(self, request: str, by: str) -> Json:
        body = Order(request, bytes.fromhex(request))
        return erasure.order(self.zone.opened, self.zone.ask(by, Verb.ORDER, body))["receipt"]

    def later(self, milliseconds: int) -> None:
        self.zone.clock.now = NOW + milliseconds
        retention.tick(self.zone.opened)

    def rows(self) -> set[str]:
        return {row.sighting for _, row in self.zone.opened.store.all(Row)}

    def irregular(self) -> tuple[object, ...]:
        entries = tuple(self.zone.opened.sequencer.entries())
        return (*rules.check(entries, self.zone.genesis)[0], *hold_rules.check(entries, self.zone.genesis))


@pytest.fixture
def case(zone: Zone, edge: Edge) -> Holding:
    lease = zone.lease(edge, "hall-1", HERE)
    made = [sighting(zone, edge, lease) for _ in range(3)]
    intake.sightings(zone.opened, presented(*made))
    return Holding(zone, made)


def test_a_quorums_erasure_waits_and_is_carried_out_when_the_hold_ends(case: Holding) -> None:
    first, second, _ = case.names
    case.held(first, until=NOW + DAY)
    request = case.restrict(first, second)
    assert [case.erase(request, name) for name in QUORUM] == [None, None]
    assert case.rows() == set(case.names)
    assert Kind.ERASURE_ORDERED not in case.zone.kinds()
    case.later(DAY - 1)
    assert case.rows() == set(case.names)
    case.later(DAY)
    assert case.rows() == {case.names[2]}
    assert [kind for kind in case.zone.kinds() if kind.value.startswith(("hold", "held", "era"))] == [
        Kind.HOLD_DRAFTED,
        Kind.HELD,
        Kind.HOLD_ENDED,
        Kind.ERASURE_ORDERED,
        Kind.ERASED,
    ]
    receipt = case.erase(request, QUORUM[0])
    assert isinstance(receipt, dict)
    assert receipt["gone_by"] >= NOW + DAY
    assert case.irregular() == ()


def test_a_clerks_request_waits_for_the_hold_too(case: Holding) -> None:
    case.held(case.names[0])
    case.restrict(case.names[0])
    case.later(8 * DAY)
    assert Kind.ERASED not in case.zone.kinds()
    assert restricting.restricted(case.zone.opened) == {case.names[0]}
    case.later(30 * DAY)
    assert Kind.ERASED in case.zone.kinds()
    assert case.zone.opened.store.count(Kept) == 0
    assert case.irregular() == ()


def test_past_its_retention_still_and_patches_are_kept_and_nothing_can_search_it(case: Holding) -> None:
    zone, (first, *others) = case.zone, case.names
    case.held(first)
    known = Candidate(WARRANT, 1, first, "hall-1", HERE, 0, 0, (), (), CONFIRMED)
    before = review.living(zone.opened, known)
    case.later(80 * MILLISECONDS_AN_HOUR)
    assert [zone.opened.store.count(kind) for kind in (Row, Sheet, PartitionKeys)] == [0, 0, 0]
    assert review.living(zone.opened, known) == before
    assert dict(zone.last(Kind.EXPIRED).facts) == {"partitions": "1", "rows": "2"}
    told = retention.gone(zone.opened)
    assert (told["kept"], set(told["sightings"]), told["footage"]) == ([first], set(others), [["hall-1", HERE]])
    assert [name for name, _ in zone.opened.store.all(Place)] == [first]
    assert first not in repr(list(zone.opened.sequencer.entries()))
    zone.reopen()
    assert review.living(zone.opened, known) == before
    case.restrict(first)
    with pytest.raises(Refused, match="deletion"):
        review.living(zone.opened, known)
    case.later(30 * DAY)
    assert [zone.opened.store.count(kind) for kind in (Kept, Place, Signed)] == [0, 0, 0]
    assert zone.opened.store.get(Gone, first) is not None
    assert retention.gone(zone.opened)["kept"] == []


def test_a_warrants_candidates_are_held_but_not_strangers(case: Holding) -> None:
    zone, (first, second, third) = case.zone, case.names
    for name, outcome in ((first, CONFIRMED), (second, NOT_CONFIRMED), (third, "")):
        one = Candidate(WARRANT, 1, name, "hall-1", HERE, 0, 0, (), (), outcome)
        zone.opened.store.put(one, f"{WARRANT}/1/{name}")
    state = HoldState(case.order(warrant=WARRANT), (), (), Stage.HELD, 0, 0)
    zone.opened.store.put(state, state.order.hold)
    assert holding.held(zone.opened) == {first, third}


def test_a_quorum_releases_it(case: Holding) -> None:
    order = case.held(case.names[0])
    request = case.restrict(case.names[0])
    for name in QUORUM:
        case.erase(request, name)
    assert case.release("supervisor-1", order)["released"] is False
    assert case.release("supervisor-2", order)["released"] is False
    assert case.release("court-b/judge-1", order)["released"] is True
    case.later(1)
    assert case.names[0] not in case.rows()
    assert case.irregular() == ()


def test_it_stands_though_an_approver_leaves(case: Holding) -> None:
    case.held(case.names[0])
    roster.revoke(case.zone.opened, "supervisor-1")
    case.zone.reopen()
    assert holding.held(case.zone.opened) == {case.names[0]}


def refused(
    case: Holding, act: Callable[[], object], kind: type[Exception] = Refused, match: str | None = None
) -> None:
    opened = case.zone.opened
    before = dict(opened.store.all(HoldState)), dict(opened.store.all(Restricted)), opened.sequencer.size
    with pytest.raises(kind, match=match):
        act()
    assert before == (dict(opened.store.all(HoldState)), dict(opened.store.all(Restricted)), opened.sequencer.size)


def test_what_may_not_be_drafted(case: Holding) -> None:
    first = case.names[0]
    for order, match in (
        (case.order(), "names nothing"),
        (case.order(first, until=NOW + 180 * DAY + 1), "180 days"),
        (case.order(first, until=NOW), "over already"),
        (case.order(first, reason=" "), "reason"),
        (case.order(first, first), "once"),
        (case.order("0" * 32), "not here"),
        (case.order(warrant=WARRANT), "no warrant"),
        (case.order(first, deployment="0" * 16), "another deployment"),
        (case.order(first, requester="clerk-2"), "own name"),
        (case.order(first, made=NOW + DAY), "future"),
    ):
        refused(case, lambda order=order: case.draft(order), match=match)  # type: ignore[misc] # a lambda's default
    refused(case, lambda: case.draft(case.order(first, hold="x")), Malformed)
    refused(case, lambda: case.draft(case.order(first, requester="supervisor-1"), "supervisor-1"), match="role")
    case.draft(case.order(first, until=NOW + 180 * DAY))
    refused(case, lambda: case.draft(case.order(first)), match="before")


def test_who_may_not_sign(case: Holding) -> None:
    order = case.draft(case.order(case.names[0]))
    refused(case, lambda: case.say("clerk-1", order), match="role")
    refused(case, lambda: case.say("supervisor-1", order, hash=bytes(32)), match="not the text")
    refused(case, lambda: case.say("supervisor-1", order, person="court-b/judge-1"), match="own name")
    refused(case, lambda: case.release("supervisor-1", order), match="stands")
    case.say("supervisor-1", order)
    refused(case, lambda: case.say("supervisor-1", order), match="once is enough")
    assert case.say("supervisor-2", order)["state"] == "waiting"
    case.say("supervisor-1", order, approves=False)
    assert case.say("court-b/judge-1", order)["state"] == "held"
    refused(case, lambda: case.say("supervisor-1", order), match="stands already")
    refused(case, lambda: case.release("clerk-1", order), match="role")
    assert case.irregular() == ()


def test_who_may_know(case: Holding) -> None:
    case.held(case.names[0])

    def seen(name: str) -> Json:
        return holding.listed(case.zone.opened, case.zone.ask(name, Verb.HOLDS, Nothing()))["holds"]

    (line,) = seen("supervisor-1")  # type: ignore[misc] # a list of one
    assert (line["state"], line["sightings_now"]) == ("held", 1)
    assert seen("clerk-1") == [line]
    assert seen("officer-1") == []
    refused(case, lambda: seen("reviewer-1"))


def test_a_kill_at_any_step_of_the_last_yes_holds_or_can_be_said_again(case: Holding, tmp_path: Path) -> None:
    order = case.draft(case.order(case.names[0]))
    case.say(QUORUM[0], order)
    case.zone.crash()
    for step in range(1, 60):
        again = Holding(case.zone.copied(tmp_path / str(step)), case.sightings)
        again.zone.open()
        died = killed_at(step, lambda again=again: again.say(QUORUM[1], order))
        again.zone.reopen()
        if Kind.HELD not in again.zone.kinds():
            assert died
            assert again.say(QUORUM[1], order)["state"] == "held"
        assert holding.held(again.zone.opened) == {case.names[0]}
        assert again.zone.kinds().count(Kind.HELD) == 1
        assert again.irregular() == ()
        again.zone.crash()
        if not died:
            break
    assert 1 < step < 59


def test_the_audit_finds_holds_that_break_the_rules(case: Holding) -> None:
    case.held(case.names[0], until=NOW + DAY)
    case.later(DAY)
    good = list(case.zone.opened.sequencer.entries())
    genesis = case.zone.genesis
    assert hold_rules.check(good, genesis) == ()
    at = {kind: next(i for i, one in enumerate(good) if one.kind is kind) for kind in (Kind.HELD, Kind.HOLD_ENDED)}
    yes = [i for i, one in enumerate(good) if one.kind is Kind.APPROVED]

    def spoilt(index: int, **changed: Any) -> str:
        log = list(good)
        log[index] = replace(log[index], **changed)
        return " ".join(one.what for one in hold_rules.check(log, genesis))

    assert "quorum" in spoilt(yes[0], kind=Kind.DECLINED)
    assert "does not follow" in spoilt(at[Kind.HELD], of=0)
    assert "before its time" in spoilt(at[Kind.HOLD_ENDED], made=NOW)
    assert "without a quorum" in spoilt(at[Kind.HOLD_ENDED], kind=Kind.HOLD_RELEASED)
    assert "does not stand" in spoilt(at[Kind.HELD], kind=Kind.PADDING)
    log = [replace(one, made=one.made + 2 * DAY) if one.kind is Kind.EXPIRED else one for one in good]
    later = replace(good[-1], kind=Kind.REFUSED, made=NOW + 3 * DAY)
    gone_on = [one for one in log if one.kind is not Kind.HOLD_ENDED] + [later]
    assert any("did not end" in one.what for one in hold_rules.check(gone_on, genesis))


def test_what_a_warrant_holds_is_disclosed_past_its_retention_without_footage(tmp_path: Path) -> None:
    with sitting() as court, evidence_process(tmp_path / "evidence") as heard:
        seen = court.pass_by(SUBJECT)
        court.tell()
        text = court.approved(limits=limits(expires=NOW + 5 * DAY, secrecy_end=NOW + 6 * DAY))
        assert court.search(text)["candidates"] == [seen]
        court.confirm(text, seen)
        case = Holding(court.zone, [])
        case.held(warrant=text.warrant, requester="clerk-1", until=NOW + 4 * DAY)
        case.later(80 * MILLISECONDS_AN_HOUR)
        assert court.search(text)["candidates"] == []
        court.disclose(text, seen, tmp_path / "evidence")
        assert heard[0].body["instructions"]["hours"] == []
        case.later(4 * DAY)
        with pytest.raises(Refused, match="deleted"):
            court.disclose(text, seen, tmp_path / "evidence")
        assert case.irregular() == ()


def test_before_two_custodians_nothing_is_held() -> None:
    with sitting(kind=Pair) as court:
        case = Holding(court.zone, [])
        refused(case, lambda: case.draft(case.order(court.pass_by(SUBJECT))), match="two custodians")


def test_a_kill_at_any_step_of_its_end_ends_it_once_and_erases_what_waited(case: Holding, tmp_path: Path) -> None:
    case.held(case.names[0], until=NOW + DAY)
    request = case.restrict(case.names[0])
    for name in QUORUM:
        case.erase(request, name)
    case.zone.crash()
    # Every fifth step: what the store and the log do at each of theirs is tested with erasures.
    for step in range(1, 400, 5):
        again = Holding(case.zone.copied(tmp_path / str(step)), case.sightings)
        again.zone.clock.now = NOW + DAY
        died = killed_at(step, again.zone.open)
        again.zone.reopen()
        assert again.rows() == set(case.names[1:])
        kinds = again.zone.kinds()
        assert [kinds.count(kind) for kind in (Kind.HOLD_ENDED, Kind.ERASURE_ORDERED, Kind.ERASED)] == [1, 1, 1]
        assert again.irregular() == ()
        again.zone.crash()
        if not died:
            break
    assert 5 < step < 396
