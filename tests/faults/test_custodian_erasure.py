"""Kill, fail, and fail-but-persist at every step of replacing the store key and of an erasure by quorum."""

import contextlib
import itertools
import secrets
import shutil
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from countenance.errors import CountenanceError, Unavailable
from countenance.formats.canonical import Json
from countenance.vocabulary.acts import Order, Restriction, Verb
from countenance.vocabulary.entries import Kind
from countenance.vocabulary.moments import Hour
from countenance.zones.custodian import erasure, intake, restricting
from countenance.zones.custodian.records import Gone, Restricted, Row, Tombstone
from countenance.zones.custodian.store import Store
from simulator.interruptions import Steps, counted, fail, fail_after, killed_at
from simulator.people import NOW
from simulator.zone import Sighting, Zone, presented, sighting
from simulator.zone import taken as taken_in

ROOT = bytes(range(32))
HERE = Hour.of(NOW).number
MOST_STEPS = 200


def opened_store(directory: Path) -> Store:
    return Store.open(directory, ROOT, secrets.token_bytes)


def check_store(directory: Path, *, after_success: bool) -> None:
    """One valid generation, holding what was kept and not what was dropped."""
    store = opened_store(directory)
    try:
        assert {key: value.since for key, value in store.all(Gone)} == {str(one): one for one in range(5)}
        if after_success:
            assert store.generation == 2
        store.put(Gone(9), "new")
        assert store.get(Gone, "new") == Gone(9)
    finally:
        store.close()
    assert len(list(directory.glob("store-*.key"))) == 1
    assert len(list(directory.glob("store-*.db"))) == 1


@pytest.fixture
def template(tmp_path: Path) -> Path:
    directory = tmp_path / "template"
    directory.mkdir()
    store = Store.create(directory, ROOT, secrets.token_bytes)
    for one in range(5):
        store.put(Gone(one), str(one))
    store.put(Gone(99), "dropped")
    store.drop(Gone, "dropped")
    store.close()
    return directory


def test_a_kill_at_any_step_of_a_new_store_key_leaves_one_valid_generation(template: Path, tmp_path: Path) -> None:
    for step in itertools.count(1):
        directory = tmp_path / f"kill-{step}"
        shutil.copytree(template, directory)
        died = killed_at(step, lambda directory=directory: opened_store(directory).replace_key())
        check_store(directory, after_success=not died)
        if not died:
            break
    assert 5 < step < MOST_STEPS


@pytest.mark.parametrize("stop", [fail, fail_after])
def test_a_failure_at_any_step_of_a_new_store_key_loses_nothing(
    template: Path, tmp_path: Path, stop: Callable[[Callable[[], Any]], Any]
) -> None:
    for step in itertools.count(1):
        directory = tmp_path / f"fail-{step}"
        shutil.copytree(template, directory)
        steps = Steps(step, stop)
        store = opened_store(directory)
        with counted(steps), contextlib.suppress(CountenanceError):
            store.replace_key()
        # The process goes on: what it writes now must be there later, or it must not be able to write.
        wrote = store.is_open
        if wrote:
            store.put(Gone(7), "later")
        store.close()
        again = opened_store(directory)
        assert (again.get(Gone, "later") == Gone(7)) is wrote
        again.drop(Gone, "later")
        again.close()
        check_store(directory, after_success=False)
        if steps.count < step:
            break
    assert 5 < step < MOST_STEPS


class Case:
    """A custodian with three sightings, one of which a clerk restricted and one approver ordered erased."""

    def __init__(self, directory: Path) -> None:
        self.zone = Zone(directory)
        self.zone.open()
        self.zone.admit("operator-1", "clerk-1", "supervisor-1", "court-b/judge-1")
        edge = self.zone.enrol("host-1")
        self.zone.declare("hall-1", edge)
        lease = self.zone.lease(edge, "hall-1", HERE)
        self.sightings: list[Sighting] = [sighting(self.zone, edge, lease) for _ in range(3)]
        intake.sightings(self.zone.opened, presented(*self.sightings))
        body = Restriction((self.sightings[0].record.sighting,), "asked")
        self.request = str(
            restricting.restrict(self.zone.opened, self.zone.ask("clerk-1", Verb.RESTRICT, body))["request"]
        )
        self.order(self.zone, "supervisor-1")
        self.zone.crash()

    def order(self, zone: Zone, name: str) -> dict[str, Json]:
        order = Order(self.request, bytes.fromhex(self.request))
        return erasure.order(zone.opened, zone.ask(name, Verb.ORDER, order))

    def complete(self, zone: Zone) -> dict[str, Json]:
        """The second approver's signature, which erases."""
        zone.open()
        return self.order(zone, "court-b/judge-1")

    def check(self, zone: Zone, *, after_success: bool) -> None:
        """Either the order is not in the log and nothing was erased, or the erasure is finished and proved."""
        zone.reopen()
        first, *others = (one.record.sighting for one in self.sightings)
        rows = {row.sighting for _, row in zone.opened.store.all(Row)}
        entries = list(zone.opened.sequencer.entries())
        ordered = [index for index, entry in enumerate(entries) if entry.kind is Kind.ERASURE_ORDERED]
        erased = [entry for entry in entries if entry.kind is Kind.ERASED]
        assert set(others) <= rows
        if not ordered:
            assert not after_success
            assert not erased
            assert first in rows
            assert first in restricting.restricted(zone.opened)
        assert self.order(zone, "court-b/judge-1")["receipt"] is not None
        self._check_finished(zone, first)

    def _check_finished(self, zone: Zone, first: str) -> None:
        entries = list(zone.opened.sequencer.entries())
        orders = [index for index, entry in enumerate(entries) if entry.kind is Kind.ERASURE_ORDERED]
        erased = [entry.of for entry in entries if entry.kind is Kind.ERASED]
        assert len(orders) == 1
        assert erased == orders
        assert first not in {row.sighting for _, row in zone.opened.store.all(Row)}
        assert zone.opened.store.count(Tombstone) == 1
        assert taken_in(zone, self.sightings[0].blobs)[0] == []
        state = zone.opened.store.get(Restricted, self.request)
        assert state is not None
        assert state.gone_by > 0
        said = [dict(entry.facts)["store_generation"] for entry in entries if entry.kind is Kind.ERASED]
        assert zone.opened.store.generation >= int(said[-1]) >= 2
        zone.crash()


@pytest.fixture(scope="module")
def case(tmp_path_factory: pytest.TempPathFactory) -> Case:
    return Case(tmp_path_factory.mktemp("case"))


def test_a_kill_at_any_step_of_an_erasure_is_finished_at_the_next_opening(case: Case, tmp_path: Path) -> None:
    for step in itertools.count(1):
        zone = case.zone.copied(tmp_path / f"kill-{step}")
        died = killed_at(step, lambda zone=zone: case.complete(zone))
        case.check(zone, after_success=not died)
        if not died:
            break
    assert 20 < step < MOST_STEPS


@pytest.mark.parametrize(("stop", "first"), [(fail, 1), (fail_after, 2)])
def test_a_failure_at_any_step_of_an_erasure_can_be_tried_again(
    case: Case, tmp_path: Path, stop: Callable[[Callable[[], Any]], Any], first: int
) -> None:
    # Every second step each, to be done in time; what a step leaves behind when killed is tested at all of them.
    for step in itertools.count(first, 2):
        zone = case.zone.copied(tmp_path / f"fail-{step}")
        zone.open()
        steps = Steps(step, stop)
        with counted(steps):
            try:
                case.order(zone, "court-b/judge-1")
                failed = False
            except CountenanceError:
                failed = True
        # In the same process first, as the retention clock would, unless the store had to close itself.
        if zone.opened.store.is_open:
            with contextlib.suppress(Unavailable):
                erasure.erase_due(zone.opened)
        case.check(zone, after_success=not failed)
        if steps.count < step:
            assert not failed
            break
    assert 10 < step < MOST_STEPS
