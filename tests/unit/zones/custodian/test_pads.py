"""What the cache of pads holds, for how long, and that it never changes a product."""

import re
import secrets
import threading
from collections.abc import Iterator
from dataclasses import replace
from functools import partial

import numpy as np
import pytest

from countenance.errors import Unavailable
from countenance.matching import encode, fused, matcher, tag
from countenance.vocabulary.acts import Order, Restriction, Verb
from countenance.vocabulary.calibration import Point
from countenance.vocabulary.cameras import Partition
from countenance.zones.custodian import epochs, scoring, sheets, warming
from countenance.zones.custodian import pads as pads_module
from countenance.zones.custodian.keys import Secret
from countenance.zones.custodian.lifecycle import Custodian
from countenance.zones.custodian.pads import Pads, Warm
from countenance.zones.custodian.sheets import Sheet
from simulator.counted import calibrated
from simulator.court import LAST_HOUR, THIS_HOUR, Court, sitting
from simulator.people import NOW, SUBJECT, limits, unit
from simulator.zone import Zone


@pytest.fixture(autouse=True, params=["pads held", "pads made", "no AES"])
def expanded(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> bool:
    """Every kind of processor: where pads are held, where what makes them is, and where multipliers are held too."""
    monkeypatch.setattr(pads_module, "EXPANDED", request.param != "pads made")
    if request.param == "no AES":
        monkeypatch.setattr(fused, "_KERNELS", None)
        monkeypatch.setattr(fused, "ROUND_KEYS", 0)
    return bool(pads_module.EXPANDED)


def size(rows: int) -> int:
    return (fused.ROUND_KEYS or 12 * rows) + (2 * 128 * rows if pads_module.EXPANDED else fused.ROUND_KEYS)


def numbers(one: Warm) -> list[np.ndarray]:
    parts = [part for part in (one.weights, one.pads, one.stream) if part is not None]
    return [part._keys if isinstance(part, fused.Keystream) else part for part in parts]


def overwritten(one: Warm) -> bool:
    return not any(array.any() for array in numbers(one))


@pytest.fixture
def court() -> Iterator[Court]:
    with sitting() as court:
        yield court


def peopled(court: Court, count: int = 3) -> list[str]:
    """People before both cameras in both hours; returns the ids at the first."""
    for camera in ("hall-east", "hall-west"):
        for hour in (LAST_HOUR, THIS_HOUR):
            for seed in range(count):
                court.pass_by(unit(seed + 100), camera, hour)
    court.tell()
    return [row.sighting.record.sighting for row in court.rows["hall-east", LAST_HOUR]]


def sheet(court: Court, camera: str = "hall-east", hour: int = LAST_HOUR) -> Sheet:
    return sheets.the(court.zone.opened, camera, hour, 0)


def held(pads: Pads) -> dict[str, Warm]:
    return dict(pads._held)


def padded(court: Court, pads: Pads, one: Sheet) -> list[int]:
    q = encode.encode(SUBJECT)
    return list(map(int, pads.padded([one], partial(scoring.keys_of, court.zone.opened), q)))


def warm(court: Court, pads: Pads, one: Sheet, **spare: set[str]) -> bool:
    return pads.warm(one, scoring.keys_of(court.zone.opened, one), **spare)


def test_what_is_held_gives_the_same_products(court: Court) -> None:
    peopled(court)
    pads, before = Pads(), sheet(court)
    cold = padded(court, pads, before)
    assert warm(court, pads, before)
    assert padded(court, pads, before) == cold
    # A sheet that has grown: what is held counts, the rest is made.
    court.pass_by(unit(50))
    grown = sheet(court)
    assert padded(court, pads, grown)[:-1] == cold
    assert padded(court, pads, grown) == padded(court, Pads(), grown)
    assert padded(court, pads, before) == cold
    assert warm(court, pads, grown)
    assert padded(court, pads, before) == cold
    assert pads.bytes == size(grown.rows)


def test_products_are_checked_against_tags_warm_cold_and_grown(court: Court) -> None:
    peopled(court)
    keys, q = partial(scoring.keys_of, court.zone.opened), encode.encode(SUBJECT)
    every = [sheet(court, camera, hour) for camera in ("hall-east", "hall-west") for hour in (LAST_HOUR, THIS_HOUR)]
    rows = {one.name: court.rows[one.camera, one.hour] for one in every}
    masked = {name: np.stack([np.frombuffer(row.row, dtype="<i2") for row in some]) for name, some in rows.items()}
    products = np.concatenate([matcher.products(q, masked[one.name]) for one in every])
    counted = np.concatenate([one.states for one in every]) & np.uint8(sheets.TAGGED)
    expected = tag.Expected(np.stack([one.tags for one in every]), counted)
    pads = Pads()
    for step in (None, *every):
        if step is not None:
            warm(court, pads, step)
        assert not pads.doubtful(every, keys, q, products, expected)
        altered = products.copy()
        altered[4] += 1
        assert pads.doubtful(every, keys, q, altered, expected, threads=2) == [1]
    assert pads.doubtful([], keys, q, products[:0], tag.Expected(expected.tags[:0], counted[:0])) == []


def test_it_never_holds_more_than_it_may_and_overwrites_what_goes(court: Court) -> None:
    peopled(court)
    every = [sheet(court, camera, hour) for camera in ("hall-east", "hall-west") for hour in (LAST_HOUR, THIS_HOUR)]
    pads = Pads(2 * size(3) + 1)
    assert all(warm(court, pads, one) for one in every[:2])
    known = held(pads)
    padded(court, pads, every[0])
    assert warm(court, pads, every[2])
    assert set(held(pads)) == {every[0].name, every[2].name}, "the one used longest ago goes"
    assert overwritten(known[every[1].name])
    spared = {every[0].name, every[2].name}
    assert not warm(court, pads, every[3], spare=spared)
    assert set(held(pads)) == spared
    assert not warm(court, Pads(size(3) - 1), every[0])


def test_nothing_is_held_without_an_open_warrant(court: Court) -> None:
    peopled(court)
    pads = court.zone.opened.pads
    text = court.text()
    court.file(text)
    court.say("supervisor-1", text)
    warming.refresh(court.zone.opened)
    assert pads.bytes == 0
    court.say("court-b/judge-1", text)
    warming.refresh(court.zone.opened)
    assert pads.bytes == 4 * size(3)
    known = held(pads)
    court.zone.clock.now = text.limits.expires
    warming.refresh(court.zone.opened)
    assert pads.bytes == 0
    assert all(overwritten(one) for one in known.values())


def test_pads_stay_while_the_last_use_is_being_spent(court: Court) -> None:
    peopled(court)
    text = court.approved(limits=limits(uses=1))
    warming.refresh(court.zone.opened)
    letter, begun = court.begin(text)
    warming.refresh(court.zone.opened)
    assert court.zone.opened.pads.bytes == 4 * size(3)
    assert letter.read(court.finish(begun))["rows"] == 12
    warming.refresh(court.zone.opened)
    assert court.zone.opened.pads.bytes == 0


def test_sheets_grow_warm(court: Court) -> None:
    peopled(court)
    court.approved()
    warming.refresh(court.zone.opened)
    court.pass_by(unit(40))
    warming.refresh(court.zone.opened)
    assert court.zone.opened.pads.bytes == 3 * size(3) + size(4)


def test_no_more_is_held_than_a_search_may_compare(court: Court) -> None:
    peopled(court)
    calibrated(court.zone.opened, points=(Point(430, 0, 10**6, 15_000, 44),))
    court.approved(limits=limits(one_in=10_000))
    warming.refresh(court.zone.opened)
    assert set(held(court.zone.opened.pads)) == {f"{camera}/{LAST_HOUR}/0/0" for camera in ("hall-east", "hall-west")}


def test_where_there_is_no_room_the_newest_warrant_has_it_and_nothing_is_made_twice(court: Court) -> None:
    peopled(court)
    scope = court.text().scope
    court.approved(warrant="a" * 16, scope=replace(scope, cameras=("hall-east",)))
    court.approved(warrant="b" * 16, scope=replace(scope, cameras=("hall-west",)))
    opened = replace(court.zone.opened, pads=Pads(3 * size(3)))
    warming.refresh(opened)
    known = held(opened.pads)
    assert set(known) == {f"hall-west/{LAST_HOUR}/0/0", f"hall-west/{THIS_HOUR}/0/0", f"hall-east/{LAST_HOUR}/0/0"}
    warming.refresh(opened)
    again = held(opened.pads)
    assert all(again[name] is one for name, one in known.items())


def erase(court: Court, sighting: str) -> None:
    asked = court.ask("clerk-1", Verb.RESTRICT, Restriction((sighting,), "asked to"))
    for name in ("supervisor-1", "court-b/judge-1"):
        court.ask(name, Verb.ORDER, Order(asked["request"], bytes.fromhex(asked["digest"])))


def test_an_erased_rows_pad_is_overwritten_at_once_and_not_made_again(court: Court, expanded: bool) -> None:
    first, *_ = peopled(court)
    court.approved()
    opened = court.zone.opened
    warming.refresh(opened)
    known = held(opened.pads)[sheet(court).name]
    erase(court, first)
    assert overwritten(known)
    assert sheet(court).name not in held(opened.pads)
    warming.refresh(opened)
    made = held(opened.pads)[sheet(court).name].pads
    assert (made is not None) is expanded
    if made is not None:
        assert not made[0].any()
        assert made[1:].any(axis=1).all()


def test_an_erasure_that_fails_leaves_no_wrong_pad(court: Court, monkeypatch: pytest.MonkeyPatch) -> None:
    first, *_ = peopled(court)
    found = court.pass_by(SUBJECT)
    court.tell()
    text = court.approved()
    warming.refresh(court.zone.opened)

    def full(*_: object, **__: object) -> None:
        raise Unavailable("the disk is full: make room")

    with monkeypatch.context() as patched:
        patched.setattr(epochs, "alive", full)
        with pytest.raises(Unavailable):
            erase(court, first)
    assert sheet(court).nonce(0) != bytes(16)
    assert padded(court, court.zone.opened.pads, sheet(court)) == padded(court, Pads(), sheet(court))
    assert court.search(text)["candidates"] == [found]


def test_a_search_finds_the_same_warm_cold_and_half_warm(court: Court) -> None:
    peopled(court)
    found = [court.pass_by(SUBJECT)]
    text = court.approved(limits=limits(uses=10))
    court.tell()
    cold = court.search(text)
    warming.refresh(court.zone.opened)
    assert court.search(text)["candidates"] == cold["candidates"] == found
    found.append(court.pass_by(SUBJECT))
    court.tell()
    assert sorted(court.search(text)["candidates"]) == sorted(found)


def test_expired_partitions_are_not_held(court: Court) -> None:
    peopled(court)
    court.approved()
    opened = court.zone.opened
    warming.refresh(opened)
    opened.pads.keep(lambda camera, hour: Partition(camera, hour) != Partition("hall-east", LAST_HOUR))
    assert f"hall-east/{LAST_HOUR}/0/0" not in held(opened.pads)
    assert opened.pads.bytes == 3 * size(3)


@pytest.mark.parametrize("how", ["locked", "its store closed itself"])
def test_a_custodian_that_closes_overwrites_pads_and_probes(court: Court, how: str) -> None:
    peopled(court)
    text = court.approved()
    zone: Zone = court.zone
    zone.crash()
    process = Custodian(zone.directory, clock=lambda: NOW, random=secrets.token_bytes, log=lambda _: None)
    process.open(Secret(shares=zone.shares))
    with process.acting() as opened:
        zone._opened = opened
        warming.refresh(opened)
        court.begin(text)
        known, running = held(opened.pads), next(iter(opened.desk.running.values()))
        assert opened.pads.bytes == 4 * size(3)
        assert running.q.any()
    if how == "locked":
        process.close()
    else:
        opened.store.close()
        assert process.summary()["state"] == "locked"
    assert not held(opened.pads)
    assert all(overwritten(one) for one in known.values())
    assert not running.q.any()


def test_a_repr_tells_nothing(court: Court) -> None:
    peopled(court)
    one = sheet(court)
    keys = scoring.keys_of(court.zone.opened, one)
    assert repr(keys) == "Keys(2 keys)"
    pads = Pads()
    warm(court, pads, one)
    made = held(pads)[one.name]
    spelled = " ".join(re.findall(r"-?\d+", f"{pads!r}{made!r}{made.stream!r}"))
    assert all(" ".join(map(str, array.reshape(-1)[:3].tolist())) not in spelled for array in numbers(made))


def test_nothing_is_overwritten_while_searches_use_it() -> None:
    pads = Pads()
    used, go_on, dropped = threading.Event(), threading.Event(), threading.Event()

    def search() -> None:
        with pads._used():
            used.set()
            go_on.wait(60)

    def drop() -> None:
        pads.wipe()
        dropped.set()

    threads = [threading.Thread(target=act) for act in (search, drop)]
    threads[0].start()
    assert used.wait(60)
    threads[1].start()
    assert not dropped.wait(0.1)
    go_on.set()
    for thread in threads:
        thread.join(60)
    assert dropped.is_set()
    with pads._used():
        pass
