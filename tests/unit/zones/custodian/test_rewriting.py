"""Rows leave the tags, sheets are compacted and rotated; every step may be repeated, and a crash loses nothing."""

from collections.abc import Iterator

import numpy as np
import pytest

from countenance.channel.message import Message
from countenance.errors import CountenanceError, Malformed, Refused
from countenance.vocabulary.acts import Order, Restriction, Verb
from countenance.vocabulary.entries import Kind
from countenance.zones.custodian import retention, rewriting, sheets, tagging
from countenance.zones.custodian.records import Rotation, Touched
from countenance.zones.custodian.sheets import LIVING, TAGGED, NextSheet, Sheet
from simulator.court import LAST_HOUR, Court, sitting
from simulator.people import SUBJECT, limits, near, unit
from simulator.second import Pair
from simulator.zone import Zone

HERE = ("hall-east", LAST_HOUR, 0)


@pytest.fixture(params=[Zone, Pair])
def court(request: pytest.FixtureRequest) -> Iterator[Court]:
    with sitting(kind=request.param) as court:
        yield court


def sheet(court: Court) -> Sheet:
    return sheets.the(court.zone.opened, *HERE)


def message(court: Court, verb: str, generation: int, **changed: object) -> Message:
    camera, hour, number = HERE
    body = {"camera": camera, "hour": hour, "number": number, "generation": generation, **changed}
    blobs = () if verb == "sheet.rewritten" else court.parts(camera, hour, number, generation)
    return Message(verb, body, blobs)


def erase(court: Court, *names: str) -> None:
    asked = court.ask("clerk-1", Verb.RESTRICT, Restriction(names, "asked"))
    for name in ("supervisor-1", "court-b/judge-1"):
        court.ask(name, Verb.ORDER, Order(asked["request"], bytes.fromhex(asked["digest"])))


def populated(court: Court, strangers: int = 6) -> str:
    found = court.pass_by(near(SUBJECT, 0.8, 9))
    for seed in range(strangers):
        court.pass_by(unit(seed + 100))
    court.tell()
    return found


def rewrite(court: Court) -> None:
    """What the repository does when it is told of a sheet to be rewritten."""
    generation = sheet(court).generation
    answer = rewriting.rewrite(court.zone.opened, message(court, "sheet.rewrite", generation))
    deltas, macs = answer.blobs
    old = {one.position: one for one in court.sheet(*HERE, generation)}
    size = 2 * answer.body["dimension"]
    kept = []
    for position, before in enumerate(answer.body["positions"]):
        row = old[before]
        if deltas:
            moved = np.frombuffer(row.row, dtype="<i2") + np.frombuffer(
                deltas, dtype="<i2", count=128, offset=position * size
            )
            row.row = moved.tobytes()
        row.position, row.generation, row.mac = position, generation + 1, macs[16 * position : 16 * position + 16]
        kept.append(row)
    place = court.rows[HERE[:2]]
    place[:] = [row for row in place if row.number != HERE[2]] + kept
    rewriting.rewritten(court.zone.opened, message(court, "sheet.rewritten", generation + 1))


def test_an_erased_row_stays_in_the_tags_until_the_repository_presents_it(court: Court) -> None:
    found = populated(court)
    gone = court.rows[HERE[:2]][1].sighting.record.sighting
    text = court.approved(limits=limits(uses=9))
    erase(court, gone)
    assert sheet(court).states[1] == TAGGED
    assert sheet(court).nonce(1) == bytes(16)
    assert retention.gone(court.zone.opened)["void"] == [[*HERE, 0, [1]]]
    assert court.search(text)["incomplete"] == []
    tagging.drop(court.zone.opened, message(court, "tags.drop", 0))
    assert sheet(court).states[1] == 0
    assert retention.gone(court.zone.opened)["void"] == []
    court.rows[HERE[:2]].pop(1)
    answer = court.search(text)
    assert (answer["candidates"], answer["incomplete"], answer["rows"]) == ([found], [], 6)


def test_a_false_row_does_not_leave_the_tags(court: Court) -> None:
    populated(court)
    row = court.rows[HERE[:2]][1]
    erase(court, row.sighting.record.sighting)
    row.row = bytes(256)
    answer = tagging.drop(court.zone.opened, message(court, "tags.drop", 0))
    assert answer.body == {"repair": True}
    assert sheet(court).states[1] == TAGGED
    court.rows[HERE[:2]].pop(1)
    assert tagging.repair(court.zone.opened, message(court, "tags.repair", 0)).body == {"lost": 0}
    assert sheet(court).states[1] == 0


def test_rows_that_do_not_fit_are_refused_and_nothing_changes(court: Court) -> None:
    populated(court)
    honest = message(court, "tags.repair", 0)
    positions, rows, macs = honest.blobs
    before = sheet(court).to_bytes()
    for body, blobs in (
        ({**honest.body, "generation": 1}, honest.blobs),
        ({**honest.body, "number": 7}, honest.blobs),
        ({**honest.body, "camera": "roof"}, honest.blobs),
        ({**honest.body, "hour": "now"}, honest.blobs),
        (honest.body, (positions[:-1], rows, macs)),
        (honest.body, (positions[:2] * 7, rows, macs)),
        (honest.body, (b"\xff\xff" + positions[2:], rows, macs)),
        (honest.body, (positions, rows[:-1], macs)),
        (honest.body, (positions, rows, macs[:-1])),
        (honest.body, (positions, rows)),
    ):
        for act in (tagging.repair, tagging.drop, rewriting.rewrite):
            with pytest.raises((Malformed, Refused)):
                act(court.zone.opened, Message("x", body, blobs))
    assert sheet(court).to_bytes() == before


def test_a_rotation_gives_every_row_another_pad_and_the_search_finds_the_same(court: Court) -> None:
    found = populated(court)
    text = court.approved(limits=limits(uses=9))
    old, before = sheet(court), [row.row for row in court.rows[HERE[:2]]]
    key = sheets.sheet_key(*HERE)
    assert rewriting.order(court.zone.opened, "hall-east") == 1
    assert rewriting.waiting(court.zone.opened) == 1
    assert retention.gone(court.zone.opened)["rewrite"] == [[*HERE, 0]]
    rewrite(court)
    after = sheet(court)
    assert (after.generation, after.rows) == (1, 7)
    assert after.salt
    assert not {after.nonces[k : k + 16] for k in range(0, 112, 16)} & {old.nonce(k) for k in range(7)}
    assert after.pieces == old.nonces
    assert all(one != two.row for one, two in zip(before, court.rows[HERE[:2]], strict=True))
    assert court.zone.kinds()[-1] is Kind.ROTATED
    assert court.zone.opened.store.kept(NextSheet, key) is None
    answer = court.search(text)
    assert (answer["candidates"], answer["incomplete"]) == ([found], [])
    # Nothing of the older generation is taken for the newer one.
    for row, masked in zip(court.rows[HERE[:2]], before, strict=True):
        row.row = masked
    answer = court.search(text)
    assert answer["candidates"] == []
    assert "missing from the repository" in answer["incomplete"][0]


def test_still_and_patches_of_a_rotated_sighting_still_open(court: Court) -> None:
    found = populated(court)
    text = court.approved(limits=limits(uses=9))
    court.search(text)
    before = court.look("reviewer-1", text, found)["still_key"]
    rewriting.order(court.zone.opened)
    rewrite(court)
    assert court.look("reviewer-1", text, found)["still_key"] == before


def test_a_restored_older_file_makes_the_answer_incomplete(court: Court) -> None:
    populated(court)
    text = court.approved(limits=limits(uses=9))
    rewriting.order(court.zone.opened)
    rewrite(court)
    for row in court.rows[HERE[:2]]:
        row.generation = 0
    answer = court.search(text)
    assert answer["candidates"] == []
    assert "missing from the repository" in answer["incomplete"][0]


def test_rewriting_again_and_crashes_in_between(court: Court) -> None:
    found = populated(court)
    text = court.approved(limits=limits(uses=9))
    rewriting.order(court.zone.opened)
    rewriting.rewrite(court.zone.opened, message(court, "sheet.rewrite", 0))
    assert court.search(text)["candidates"] == [found]
    court.zone.reopen()
    # Rows that arrive meanwhile go elsewhere.
    court.pass_by(unit(77))
    court.tell()
    assert court.rows[HERE[:2]][-1].number == 1
    rewrite(court)
    assert rewriting.rewritten(court.zone.opened, message(court, "sheet.rewritten", 1)).body == {}
    court.zone.reopen()
    answer = court.search(text)
    assert (answer["candidates"], answer["incomplete"]) == ([found], [])


def test_what_is_erased_while_a_sheet_is_rewritten_stays_erased(court: Court) -> None:
    found = populated(court)
    text = court.approved(limits=limits(uses=9))
    rewriting.order(court.zone.opened)
    rewriting.rewrite(court.zone.opened, message(court, "sheet.rewrite", 0))
    erase(court, found)
    pending = Sheet.from_bytes(court.zone.opened.store.kept(NextSheet, sheets.sheet_key(*HERE)))
    at = pending.position(found)
    assert (pending.nonce(at), pending.piece_nonce(at), pending.states[at]) == (bytes(16), bytes(16), TAGGED)
    assert court.search(text)["candidates"] == []


def test_a_sheet_that_is_mostly_dead_is_compacted(court: Court, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(rewriting, "LEAST_DEAD", 4)
    found = populated(court, 7)
    text = court.approved(limits=limits(uses=9))
    names = [row.sighting.record.sighting for row in court.rows[HERE[:2]] if row.sighting.record.sighting != found]
    erase(court, *names[:5])
    with pytest.raises(Refused, match="not to be rewritten"):
        rewriting.rewrite(court.zone.opened, message(court, "sheet.rewrite", 0))
    tagging.drop(court.zone.opened, message(court, "tags.drop", 0))
    assert retention.gone(court.zone.opened)["rewrite"] == [[*HERE, 0]]
    rewrite(court)
    after = sheet(court)
    assert (after.rows, after.generation, after.salt, after.pieces) == (3, 1, b"", b"")
    assert (after.states == LIVING | TAGGED).all()
    assert retention.gone(court.zone.opened)["rewrite"] == []
    assert court.zone.opened.store.count(Touched) == 0
    answer = court.search(text)
    assert (answer["candidates"], answer["incomplete"], answer["rows"]) == ([found], [], 3)


def test_a_rotation_of_nothing_is_refused(court: Court) -> None:
    with pytest.raises(CountenanceError):
        rewriting.order(court.zone.opened, "hall-east")
    assert court.zone.opened.store.count(Rotation) == 0


def test_sheets_that_expire_leave_the_rotation(court: Court) -> None:
    populated(court)
    rewriting.order(court.zone.opened)
    court.zone.clock.now += 80 * 3_600_000
    retention.tick(court.zone.opened)
    assert retention.gone(court.zone.opened)["rewrite"] == []
    assert rewriting.waiting(court.zone.opened) == 0
