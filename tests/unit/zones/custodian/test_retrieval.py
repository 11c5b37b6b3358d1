import os
from collections.abc import Iterator
from dataclasses import replace

import numpy as np
import pytest

from countenance.channel.message import Message
from countenance.errors import CountenanceError, Malformed, Refused
from countenance.formats import records
from countenance.matching import encode, shares
from countenance.vocabulary.acts import Order, Restriction, Verb
from countenance.vocabulary.calibration import Point
from countenance.vocabulary.cameras import Partition
from countenance.vocabulary.entries import Kind
from countenance.vocabulary.warrants import Scope, Warrant
from countenance.zones.custodian import intake, retrieval, roster, scoring
from countenance.zones.custodian.cases import Candidate, WarrantState
from simulator.counted import calibrated
from simulator.court import LAST_HOUR, THIS_HOUR, Court, sitting
from simulator.people import HOUR, NOW, SUBJECT, key_of, limits, near, unit
from simulator.second import Pair
from simulator.zone import Zone, presented


@pytest.fixture(params=[Zone, Pair])
def court(request: pytest.FixtureRequest) -> Iterator[Court]:
    with sitting(kind=request.param) as court:
        yield court


def populated(court: Court, strangers: int = 8) -> str:
    """The subject once, and strangers; returns the subject's sighting."""
    found = court.pass_by(near(SUBJECT, 0.8, 99))
    for seed in range(strangers):
        court.pass_by(unit(seed + 100), ("hall-east", "hall-west")[seed % 2], (LAST_HOUR, THIS_HOUR)[seed // 2 % 2])
    court.tell()
    return found


def uses_left(court: Court, text: Warrant) -> int:
    return court.zone.opened.store.get(WarrantState, text.warrant).uses_left


def test_a_search_finds_the_subject_and_nobody_else(court):
    found = populated(court)
    text = court.approved()
    answer = court.search(text)
    assert answer["candidates"] == [found]
    assert answer["rows"] == 9
    assert answer["partitions"] == 4
    assert answer["incomplete"] == []
    assert answer["threshold"] == 440
    assert len(answer["not_recorded"]) == 4
    assert not answer["more_than_limit"]
    assert "score" not in str(answer)
    assert uses_left(court, text) == 2
    entry = court.zone.opened.sequencer.entry(answer["entry"])
    assert entry.kind is Kind.DELIVERED
    assert dict(entry.facts) == {
        "warrant": text.warrant,
        "number": "1",
        "policy": text.policy.hex(),
        "act": "search",
        "rows": "9",
        "candidates": "1",
        "incomplete": "0",
        "expected": "654570",
        "counted": "654570",
        "limit": "100",
    }
    authorised = court.zone.opened.sequencer.entry(entry.of)
    assert authorised.kind is Kind.AUTHORISED
    assert court.zone.opened.sequencer.entry(authorised.of).kind is Kind.DRAFTED


def test_the_entry_is_there_and_the_use_spent_before_the_probe_leaves(court):
    populated(court)
    text = court.approved()
    _, begun = court.begin(text)
    assert court.zone.kinds()[-1] is Kind.AUTHORISED
    assert uses_left(court, text) == 2
    assert sorted(map(tuple, begun.body["partitions"])) == sorted(court.leases)
    assert begun.blobs == ()
    named = court.named(begun)
    assert encode.to_bytes(encode.encode(SUBJECT)) == named.blobs[0]
    assert {tuple(sheet[:2]) for sheet in named.body["sheets"]} == set(court.leases)
    with pytest.raises(Refused, match="named before"):
        court.named(begun)


def test_a_sighting_outside_the_span_is_no_candidate(court):
    start = LAST_HOUR * HOUR
    early = court.pass_by(SUBJECT, start=start + 1000, end=start + 5000)
    late = court.pass_by(SUBJECT, start=start + 40 * 60_000, end=start + 41 * 60_000)
    court.tell()
    text = court.approved(scope=Scope(("hall-east",), start + 30 * 60_000, NOW))
    answer = court.search(text)
    assert answer["candidates"] == [late]
    assert early not in answer["candidates"]
    assert answer["rows"] == 1


def test_at_most_n_candidates_the_closest(court):
    cosines = [0.6, 0.9, 0.7, 0.8, 0.95]
    ids = [court.pass_by(near(SUBJECT, cosine, 50 + seed)) for seed, cosine in enumerate(cosines)]
    court.tell()
    answer = court.search(court.approved(limits=limits(candidates=2)))
    assert set(answer["candidates"]) == {ids[1], ids[4]}
    assert answer["more_than_limit"]


def test_candidates_come_in_random_order(court):
    ids = [court.pass_by(near(SUBJECT, 0.9 - 0.05 * seed, 50 + seed)) for seed in range(6)]
    court.tell()
    text = court.approved(limits=limits(uses=20))
    orders = {tuple(court.search(text)["candidates"]) for _ in range(12)}
    assert all(sorted(order) == sorted(ids) for order in orders)
    assert len(orders) > 1


def test_the_warrants_threshold_counts_where_it_is_higher(court):
    court.pass_by(near(SUBJECT, 0.6, 5))
    court.tell()
    answer = court.search(court.approved(limits=limits(threshold=700)))
    assert answer["candidates"] == []
    assert answer["threshold"] == 700


def test_uses_run_out(court):
    populated(court, 1)
    text = court.approved(limits=limits(uses=1))
    court.search(text)
    with pytest.raises(Refused, match="no use left"):
        court.search(text)
    assert court.facts(Kind.REFUSED)[-1]["verb"] == "search"
    assert len(court.facts(Kind.AUTHORISED)) == 1


# Who may not.


def refused(court: Court, text: Warrant, act, match: str | None = None) -> None:
    """`act` is refused, with an entry, and nothing else has changed."""
    before = list(court.zone.opened.store.all(WarrantState)), list(court.zone.opened.store.all(Candidate))
    entries = court.zone.opened.sequencer.size
    with pytest.raises(CountenanceError, match=match):
        act()
    assert (list(court.zone.opened.store.all(WarrantState)), list(court.zone.opened.store.all(Candidate))) == before
    assert court.zone.opened.sequencer.size == entries + 1
    assert court.zone.kinds()[-1] is Kind.REFUSED
    assert not court.zone.opened.desk.running


def test_an_officer_alone(court):
    populated(court, 1)
    text = court.text()
    court.file(text)
    refused(court, text, lambda: court.search(text), "0 of the 2 approvals")
    court.say("supervisor-1", text)
    refused(court, text, lambda: court.search(text), "1 of the 2 approvals")
    court.say("supervisor-2", text)
    refused(court, text, lambda: court.search(text), "one organisation")


@pytest.mark.parametrize("name", ["officer-2", "supervisor-1", "reviewer-1", "clerk-1"])
def test_somebody_elses_warrant(court, name):
    populated(court, 1)
    text = court.approved()
    refused(court, text, lambda: court.search(text, name))


def test_expired(court):
    populated(court, 1)
    text = court.approved()
    court.zone.clock.now = text.limits.expires
    refused(court, text, lambda: court.search(text), "expired")


def test_taken_back(court):
    populated(court, 1)
    text = court.approved()
    court.say("court-b/judge-1", text, approves=False)
    refused(court, text, lambda: court.search(text), "1 of the 2")


def test_an_approver_left_the_roster(court):
    populated(court, 1)
    text = court.approved()
    roster.revoke(court.zone.opened, "supervisor-1")
    refused(court, text, lambda: court.search(text), "1 of the 2")


def test_file_keys_elsewhere():
    with sitting(demo=False) as court:
        populated(court, 1)
        text = court.text()
        court.file(text)
        with pytest.raises(Refused, match="hardware keys"):
            court.say("court-b/judge-1", text)
        with pytest.raises(Refused, match="hardware keys"):
            court.say("court-b/judge-1", text, approves=False)
        refused(court, text, lambda: court.search(text), "hardware keys")


def test_another_text_or_template_beside_the_request(court):
    populated(court, 1)
    text = court.approved()
    other = replace(text, warrant="f" * 16)
    court.file(other)
    wider = replace(text, scope=replace(text.scope, start=NOW - 10 * HOUR))
    hostile = encode.to_bytes(encode.encode(unit(7)))
    lies = {
        "a changed text": lambda sealed: (court.sealed(wider)[0], sealed[1]),
        "another warrant's text": lambda sealed: (court.filed[other.warrant, 1][0], sealed[1]),
        "another warrant's template": lambda sealed: (sealed[0], court.filed[other.warrant, 1][1]),
        "another template": lambda sealed: (sealed[0], court.sealed(text, hostile)[1]),
        "noise": lambda sealed: (sealed[0], b"noise"),
    }
    for lie in lies.values():
        refused(court, text, lambda lie=lie: court.search(text, papers=lie))


def test_an_old_version(court):
    populated(court, 1)
    text = court.approved()
    after = replace(text, number=2, narrowed_from=records.digest(text), limits=limits(candidates=5))
    court.file(after)
    refused(court, text, lambda: court.search(text), "stands now")
    refused(court, after, lambda: court.search(after), "0 of the 2")


# What the repository may not.


def lying(court: Court, text: Warrant, between) -> None:
    """The repository lies in `finish`: no answer, the outcome is unknown, the search is over."""
    _, begun = court.begin(text)
    with pytest.raises(CountenanceError):
        court.finish(begun, between)
    assert court.zone.kinds()[-1] is Kind.OUTCOME_UNKNOWN
    assert not list(court.zone.opened.store.all(Candidate))
    with pytest.raises(Refused, match="no such search"):
        court.finish(begun)


def test_answers_that_are_none(court):
    populated(court)
    text = court.approved(limits=limits(uses=10))
    for between in (
        lambda body, products: (body, products[:-4]),
        lambda body, products: (body, products[:-1]),
        lambda body, products: (body, products + bytes(4)),
        lambda body, products: (body, b""),
    ):
        lying(court, text, between)


def test_products_before_the_sheets_were_named(court):
    populated(court)
    _, begun = court.begin(court.approved())
    question = Message("search.finish", {"search": begun.body["search"]}, (bytes(36),))
    with pytest.raises(Malformed):
        retrieval.finish(court.zone.opened, question)
    assert court.zone.kinds()[-1] is Kind.OUTCOME_UNKNOWN


def test_a_search_is_finished_once(court):
    populated(court)
    letter, begun = court.begin(court.approved())
    letter.read(court.finish(begun))
    entries = court.zone.opened.sequencer.size
    with pytest.raises(Refused, match="no such search"):
        court.finish(begun)
    assert court.zone.opened.sequencer.size == entries


def test_a_search_that_takes_too_long(court):
    populated(court)
    _, begun = court.begin(court.approved())
    running = next(iter(court.zone.opened.desk.running.values()))
    court.zone.clock.now += 10 * 60_000 + 1
    with pytest.raises(Refused, match="no such search"):
        court.finish(begun)
    assert court.zone.kinds()[-1] is Kind.OUTCOME_UNKNOWN
    assert not running.q.any()


def test_the_probe_is_overwritten_after_the_search(court):
    populated(court)
    _, begun = court.begin(court.approved())
    running = next(iter(court.zone.opened.desk.running.values()))
    assert running.q.any()
    court.finish(begun)
    assert not running.q.any()


def test_a_crash_between_begin_and_finish(court):
    populated(court)
    text = court.approved()
    _, begun = court.begin(text)
    court.zone.reopen()
    assert Kind.OUTCOME_UNKNOWN in court.zone.kinds()
    assert uses_left(court, text) == 2
    with pytest.raises(Refused, match="no such search"):
        court.finish(begun)


@pytest.mark.parametrize("allowed", [True, False])
def test_a_large_search_takes_threads_that_give_way_if_the_system_lets_them(court, monkeypatch, allowed):
    found, asked = populated(court), []
    text = court.approved()

    def setpriority(which, thread, nicer):
        asked.append((which, nicer))
        if not allowed:
            raise PermissionError(1, "Operation not permitted")

    monkeypatch.setattr(scoring, "LEAST_FOR_THREADS", 1)
    monkeypatch.setattr(os, "sched_getaffinity", lambda _: {0, 1, 2})
    monkeypatch.setattr(os, "setpriority", setpriority)
    monkeypatch.setattr(shares, "of", lambda counts: [range(at, at + 1) for at in range(len(counts))])
    answer = court.search(text)
    assert asked == [(os.PRIO_PROCESS, scoring.GIVES_WAY)]
    assert (answer["candidates"], answer["incomplete"]) == ([found], [])


# What makes an answer incomplete.


def test_a_row_left_out(court):
    found = populated(court)
    rows = court.rows["hall-east", LAST_HOUR]
    kept = [row for row in rows if row.sighting.record.sighting != found]
    court.rows["hall-east", LAST_HOUR] = kept
    text = court.approved()
    answer = court.search(text)
    assert found not in answer["candidates"]
    assert answer["rows"] == 8
    assert "1 rows are missing from the repository" in answer["incomplete"][0]
    assert court.facts(Kind.DELIVERED)[-1]["incomplete"] == "1"
    # It says so again, without any doubt: the tags count what is there.
    assert court.search(text)["incomplete"] == answer["incomplete"]
    # Presented again, the row counts again.
    court.rows["hall-east", LAST_HOUR] = rows
    intake.sightings(court.zone.opened, presented(*(row.sighting for row in rows)))
    answer = court.search(text)
    assert answer["candidates"] == [found]
    assert answer["incomplete"] == []


def test_a_partition_left_out(court):
    populated(court)
    court.rows["hall-east", LAST_HOUR] = []
    answer = court.search(court.approved())
    assert answer["candidates"] == []
    assert "missing from the repository" in answer["incomplete"][0]


def test_an_altered_row(court):
    found = populated(court)
    text = court.approved(limits=limits(uses=5))
    place = court.rows["hall-east", LAST_HOUR]
    stranger = next(row for row in place if row.sighting.record.sighting != found)
    stranger.row = bytes([stranger.row[0] ^ 1]) + stranger.row[1:]
    answer = court.search(text)
    assert "1 rows are missing" in answer["incomplete"][0]
    assert answer["candidates"] == [found]
    assert answer["rows"] == 8


def test_rows_that_changed_places(court):
    populated(court)
    one, two = court.rows["hall-east", LAST_HOUR][:2]
    one.row, two.row = two.row, one.row
    one.mac, two.mac = two.mac, one.mac
    answer = court.search(court.approved())
    assert "2 rows are missing" in answer["incomplete"][0]
    assert answer["candidates"] == []


def test_products_that_stay_false_are_not_compared(court):
    found = populated(court)

    def raised(body, products):
        numbers = np.frombuffer(products, dtype="<i4").copy()
        numbers[0] += 1000
        return body, numbers.tobytes()

    answer = court.search(court.approved(), between=raised)
    assert found not in answer["candidates"]
    assert "products that are not theirs" in answer["incomplete"][0]


def test_a_doubted_sheet_that_grows_meanwhile_moves_no_other_sheets_rows(court):
    strangers = [court.pass_by(unit(seed + 100)) for seed in range(3)]
    found = court.pass_by(near(SUBJECT, 0.8, 99), "hall-west", THIS_HOUR)
    beside = [court.pass_by(unit(seed + 200), "hall-west", THIS_HOUR) for seed in range(4)]
    court.tell()

    def grown(body, products):
        court.pass_by(unit(300))
        court.tell()
        numbers = np.frombuffer(products, dtype="<i4").copy()
        numbers[0] += 1000
        return body, numbers.tobytes()

    answer = court.search(court.approved(), between=grown)
    assert answer["candidates"] == [found], "not who stands where it would be had the other sheet been longer"
    assert (answer["rows"], len(strangers)) == (1 + len(beside), 3)
    assert "products that are not theirs" in answer["incomplete"][0]


def test_rows_nobody_took_in(court):
    populated(court)
    stranger = replace(court.rows["hall-east", LAST_HOUR][0], position=100)
    court.rows["hall-east", LAST_HOUR].append(stranger)
    answer = court.search(court.approved())
    assert answer["incomplete"] == []
    assert answer["rows"] == 9


def test_manifests(court):
    found = populated(court)
    text = court.approved(limits=limits(uses=10))
    never_arrived = replace(court.rows["hall-west", LAST_HOUR][0].sighting)
    never_arrived.record = replace(never_arrived.record, sighting="d" * 32)
    rows = [row.sighting for row in court.rows["hall-west", LAST_HOUR]]
    court.tell(listed={("hall-west", LAST_HOUR): [*rows, never_arrived]}, only=("hall-west", LAST_HOUR))
    answer = court.search(text)
    assert answer["candidates"] == [found]
    assert "never arrived" in answer["incomplete"][0]


def test_no_manifest(court):
    court.pass_by(SUBJECT)
    answer = court.search(court.approved())
    assert len(answer["incomplete"]) == 4
    assert "no manifest" in answer["incomplete"][0]
    assert len(answer["candidates"]) == 1


def test_an_hour_that_runs_needs_a_manifest_made_since(court):
    populated(court)
    text = court.approved(limits=limits(uses=10))
    court.zone.clock.now += 60_000
    answer = court.search(text)
    assert [sentence for sentence in answer["incomplete"] if "old one" in sentence] == answer["incomplete"]
    assert len(answer["incomplete"]) == 2
    letter, begun = court.begin(text)
    court.zone.clock.now += 1000
    court.tell()
    assert letter.read(court.finish(begun))["incomplete"] == []


def test_more_rows_than_may_be_compared_are_cut_and_named(court):
    populated(court)
    calibrated(court.zone.opened, points=(Point(430, 0, 10**6, 30_000, 44),))
    answer = court.search(court.approved(limits=limits(one_in=10_000, threshold=430)))
    assert answer["rows"] == 3
    assert [sentence.partition(":")[0] for sentence in answer["not_searched"]] == [
        str(Partition("hall-west", LAST_HOUR)),
        str(Partition("hall-east", THIS_HOUR)),
        str(Partition("hall-west", THIS_HOUR)),
    ]
    assert answer["expected_false"] == 1
    assert answer["missed"] == 44


def test_a_row_in_no_manifest(court):
    populated(court)
    court.pass_by(unit(55), "hall-east", LAST_HOUR)
    answer = court.search(court.approved())
    assert "in no manifest" in answer["incomplete"][0]


def test_another_extractor(court):
    other = court.pass_by(SUBJECT, extractor=bytes(32))
    populated(court)
    answer = court.search(court.approved())
    assert "1 sightings have no template of the probe's extractor" in answer["incomplete"][0]
    assert answer["not_compared"] == [other]
    assert len(answer["candidates"]) == 1


def test_restricted_and_erased_sightings_are_never_found(court):
    found = populated(court)
    text = court.approved(limits=limits(uses=10))
    asked = court.ask("clerk-1", Verb.RESTRICT, Restriction((found,), "asked to"))
    answer = court.search(text)
    assert answer["candidates"] == []
    assert answer["incomplete"] == []
    for name in ("supervisor-1", "court-b/judge-1"):
        court.ask(name, Verb.ORDER, Order(asked["request"], bytes.fromhex(asked["digest"])))
    answer = court.search(text)
    assert answer["candidates"] == []
    assert answer["incomplete"] == [], "an erased row that the repository still has is no gap"


def test_scores_and_keys_are_in_no_message_and_no_repr(court):
    populated(court)
    letter, begun = court.begin(court.approved())
    running = next(iter(court.zone.opened.desk.running.values()))
    shown = f"{running} {court.zone.opened} {court.zone.opened.desk} {running.admitted}"
    assert str(int(running.q[0])) + "," not in shown
    done = court.finish(begun)
    assert len(done.blobs) == 1
    assert key_of("officer-1").to_bytes().hex() not in shown
    assert letter.read(done)["candidates"]
