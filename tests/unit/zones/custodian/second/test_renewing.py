"""New pads: the second draws every nonce, and its part of the order is checked by its own roster."""

import numpy as np
import pytest

from countenance.errors import CountenanceError, Malformed, Refused, Unavailable
from countenance.log import rules
from countenance.matching import padding
from countenance.vocabulary.entries import Kind
from countenance.zones.custodian import rewriting, roster, stacking
from countenance.zones.custodian.calling import Caller
from simulator.court import LAST_HOUR, THIS_HOUR, Court
from simulator.people import unit
from simulator.second import ROWS, Pair, Second, order, words

PLACE = {"camera": "hall-east", "hour": LAST_HOUR}


def caller(pair: Pair) -> Caller:
    assert pair.opened.second is not None
    return pair.opened.second


def test_a_rotation_gives_the_difference_to_a_pad_that_nobody_chose(court: Court, pair: Pair, second: Second) -> None:
    old = b"".join(nonce for _, nonce in ROWS)
    data = caller(pair).ask("rotate", {**PLACE, "dimension": 128}, old)
    again = caller(pair).ask("rotate", {**PLACE, "dimension": 128}, old)
    drawn, deltas = data[:32], np.frombuffer(data[32:], dtype="<i2").reshape(2, 128)
    assert len({drawn[:16], drawn[16:], again[:16], again[16:32], *(nonce for _, nonce in ROWS)}) == 6
    key = pair.share(court.edge, court.leases["hall-east", LAST_HOUR]).block_key
    assert (deltas == padding.pads(key, drawn, 128) - padding.pads(key, old, 128)).all()
    assert second.log()[-1].kind is Kind.ROTATED


@pytest.mark.parametrize(
    ("body", "blobs"),
    [
        ({**PLACE, "camera": "roof", "dimension": 128}, (bytes(16),)),
        ({**PLACE, "hour": LAST_HOUR - 9, "dimension": 128}, (bytes(16),)),
        ({**PLACE, "dimension": 5000}, (bytes(16),)),
        ({**PLACE, "dimension": 128}, (bytes(15),)),
        ({**PLACE, "dimension": 128}, (b"",)),
        ({**PLACE, "dimension": 128}, (bytes(16 * 4097),)),
        ({**PLACE, "dimension": 128}, (bytes(16), b"nonces of the first's own choice")),
    ],
)
def test_a_rotation_of_something_else_is_refused(
    pair: Pair, second: Second, body: dict, blobs: tuple[bytes, ...]
) -> None:
    error = second.refused(lambda: caller(pair).ask("rotate", body, *blobs))
    assert isinstance(error, (Malformed, Refused))


def test_a_rotation_is_not_even_ordered_while_it_is_locked(court: Court, pair: Pair, second: Second) -> None:
    court.pass_by(unit(3))
    size = pair.opened.sequencer.size
    second.crash()
    with pytest.raises(Unavailable, match="custodian open --second"):
        rewriting.order(pair.opened)
    assert (pair.opened.sequencer.size, rewriting.waiting(pair.opened)) == (size, 0)


def test_new_rows_under_an_order_have_pads_of_nonces_drawn_there(court: Court, pair: Pair, second: Second) -> None:
    about = order(court)
    signed = words(court, about, "supervisor-1", "court-b/judge-1")
    given = stacking.renewed(caller(pair), about, signed, place=("hall-east", LAST_HOUR), rows=ROWS)
    key = pair.share(court.edge, court.leases["hall-east", LAST_HOUR]).block_key
    assert given.pads == padding.pads(key, given.nonces, 160).astype("<i2").tobytes()
    kinds = [entry.kind for entry in second.log()][-4:]
    assert kinds == [Kind.MIGRATION_DRAFTED, Kind.APPROVED, Kind.APPROVED, Kind.MIGRATING]
    again = stacking.renewed(caller(pair), about, signed, place=("hall-east", LAST_HOUR), rows=ROWS)
    assert again.stills == given.stills
    assert again.nonces != given.nonces
    assert rules.check(second.log(), second.genesis) == ((), 0)


@pytest.mark.parametrize(
    ("names", "changed", "place"),
    [
        (("supervisor-1",), {}, ("hall-east", LAST_HOUR)),
        (("supervisor-1", "supervisor-2"), {}, ("hall-east", LAST_HOUR)),
        (("supervisor-1", "court-b/judge-1"), {}, ("hall-west", LAST_HOUR)),
        (("supervisor-1", "court-b/judge-1"), {}, ("hall-east", THIS_HOUR)),
        (("supervisor-1", "court-b/judge-1"), {"expires": 1}, ("hall-east", LAST_HOUR)),
        (("supervisor-1", "court-b/judge-1"), {"deployment": "00" * 8}, ("hall-east", LAST_HOUR)),
    ],
)
def test_without_an_order_for_it_nothing_is_given(
    court: Court, pair: Pair, second: Second, names: tuple[str, ...], changed: dict, place: tuple[str, int]
) -> None:
    about = order(court, **changed)
    signed = words(court, about, *names)
    error = second.refused(lambda: stacking.renewed(caller(pair), about, signed, place=place, rows=ROWS))
    assert isinstance(error, CountenanceError)


def test_an_approver_who_left_its_roster_does_not_count(court: Court, pair: Pair, second: Second) -> None:
    about = order(court)
    signed = words(court, about, "supervisor-1", "court-b/judge-1")
    roster.revoke(second.opened, "court-b/judge-1")
    second.refused(lambda: stacking.renewed(caller(pair), about, signed, place=("hall-east", LAST_HOUR), rows=ROWS))
