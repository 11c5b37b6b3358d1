"""A site counts its own strangers: what the repository, an operator and a crash can and cannot do to it."""

import hashlib
import json
import secrets
from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np
import pytest

from countenance.channel.message import Message
from countenance.errors import Malformed, Refused
from countenance.formats import records
from countenance.matching import encode, padding, tag
from countenance.vocabulary.acts import Restriction, Verb
from countenance.vocabulary.calibration import Calibration, Source
from countenance.vocabulary.entries import Kind
from countenance.vocabulary.moments import Hour
from countenance.warrants import threshold
from countenance.zones.custodian import calibrating, holding, measuring, sheets, terminal_rules
from countenance.zones.custodian.measuring import BUDGET, LIFETIME, STEP, Wanted
from countenance.zones.custodian.records import PartitionKeys, partition_key
from countenance.zones.custodian.sheets import NewRow
from simulator.court import LAST_HOUR, THIS_HOUR, Court, sitting
from simulator.people import EXTRACTOR, SUBJECT, near
from simulator.second import Pair

ENOUGH = 5_200
SIZE = 260
"""Rows of a sheet here: a day's crowd in twenty sheets, since one that came in a single hour says little."""
DIMENSION = 128


@pytest.fixture
def court() -> Iterator[Court]:
    with sitting() as court:
        yield court


@dataclass
class Crowd:
    """Rows of one camera and hour, all seen at the same time, as the repository holds them."""

    court: Court
    camera: str
    hour: int
    rows: list[bytes]
    names: list[str]

    def message(self, number: int, **changed: object) -> Message:
        """What the repository presents of one sheet. `changed`: parts of it that are other."""
        first, last = number * SIZE, (number + 1) * SIZE
        rows = self.rows[first:last]
        sheet = sheets.the(self.court.zone.opened, self.camera, self.hour, number)
        key = sheets.mac_key(self.court.zone.opened, keys(self.court, self.camera, self.hour), sheet)
        parts: dict[str, object] = {
            "positions": np.arange(len(rows), dtype="<u2").tobytes(),
            "rows": b"".join(rows),
            "macs": b"".join(tag.mac(key, position, row) for position, row in enumerate(rows)),
        }
        parts |= changed
        body = {"camera": self.camera, "hour": self.hour, "number": number, "generation": sheet.generation}
        return Message("calibration.rows", body, tuple(parts.values()))


def keys(court: Court, camera: str, hour: int) -> PartitionKeys:
    found = court.zone.opened.store.get(PartitionKeys, partition_key(camera, hour))
    assert found is not None
    return found


def crowd(court: Court, count: int, *, camera: str = "hall-east", seed: int = 7, twins: int = 0) -> Crowd:
    """`count` people before a camera in the last hour; the first `twins` of them look the same."""
    opened, chance, hour = court.zone.opened, np.random.default_rng(seed), LAST_HOUR
    values = chance.normal(size=(count, DIMENSION))
    values[:twins] = values[0]
    values /= np.linalg.norm(values, axis=1, keepdims=True)
    coded = np.rint(encode.scale(DIMENSION) * values).astype(np.int16)
    began, made = Hour(hour).start, Crowd(court, camera, hour, [], [])
    for number in range(-(-count // SIZE)):
        some = coded[number * SIZE : (number + 1) * SIZE]
        sheet = sheets.begun(camera, hour, number, extractor=EXTRACTOR, dimension=DIMENSION)
        known, nonces = keys(court, camera, hour), secrets.token_bytes(16 * len(some))
        masked = padding.masked(some, sheets.block_key(opened, known, sheet), nonces)
        new = [
            NewRow(secrets.token_hex(16), nonces[16 * at : 16 * at + 16], bytes(32), began, began + 60_000, row)
            for at, row in enumerate(row.astype("<i2").tobytes() for row in masked)
        ]
        sheets.put(opened, sheets.extended(sheet, new, sheets.multipliers(opened, known, sheet, len(new))))
        made.rows += [one.row for one in new]
        made.names += [one.sighting for one in new]
    return made


def wanted(*cameras: str, first: int = LAST_HOUR, last: int = LAST_HOUR) -> Wanted:
    return Wanted("hall", cameras or ("hall-east",), first, last, EXTRACTOR)


def presented(court: Court, made: Crowd) -> list[Message]:
    """Every sheet that the custodian asks for."""
    asked = measuring.told(court.zone.opened)
    return [measuring.rows(court.zone.opened, made.message(number)) for _, _, number, _ in asked]


def stands(court: Court) -> list[Calibration]:
    return [one for one in court.zone.opened.desk.calibrations if one.source is Source.SITE]


def test_a_site_counts_its_own_strangers_and_searches_by_it(court: Court) -> None:
    made = crowd(court, ENOUGH)
    begun = measuring.begin(court.zone.opened, wanted())
    assert begun["sheets"] == 20
    assert [dict(answer.body) for answer in presented(court, made)] == [{}] * 20, "the repository is told nothing"
    (found,) = stands(court)
    threshold.check(found)
    assert (found.group, found.cameras, found.extractor) == ("hall", ("hall-east",), EXTRACTOR)
    assert {one.comparisons % 100 for one in found.points} == {0}
    assert 10_000 <= found.points[0].comparisons <= 2 * ENOUGH
    assert {one.false % STEP for one in found.points} == {0}
    assert min(one.false for one in found.points) == STEP, "no count is less than a step, though none was seen"
    assert found.points[-1].most >= threshold.upper_bound(STEP, found.points[-1].comparisons) * 1e9
    kinds = court.zone.kinds()
    assert kinds[-2:] == [Kind.MEASURING, Kind.CALIBRATION], "the entry first, then the counts"
    said = court.facts(Kind.CALIBRATION)[-1]
    assert said["calibration"] == records.digest(found).hex()
    assert not set(made.names) & set(json.dumps(said).replace('"', " ").split())
    assert measuring.told(court.zone.opened) == []
    # A search of that camera is under it from now on.
    court.pass_by(near(SUBJECT, 0.8, 99), "hall-west")
    text = court.approved()
    answer = court.search(text)
    assert records.digest(found).hex() in answer["calibrations"]
    assert answer["missed"] == -1


def test_who_looks_alike_makes_the_threshold_higher(court: Court) -> None:
    usual, alike = crowd(court, ENOUGH), crowd(court, ENOUGH, camera="hall-west", twins=800)
    found = []
    for camera, made in (("hall-east", usual), ("hall-west", alike)):
        measuring.begin(court.zone.opened, Wanted(camera, (camera,), LAST_HOUR, LAST_HOUR, EXTRACTOR))
        presented(court, made)
        found.append(stands(court)[-1:])
    assert found[0][0].points[0].threshold < 400
    assert [one.group for one in stands(court)] == ["hall-east"], "with so many alike nothing is a threshold"
    assert court.facts(Kind.MEASURED)[-1]["outcome"] == "not enough data"


def test_too_few_pairs_and_no_count_is_said(court: Court) -> None:
    made = crowd(court, 4_900)
    measuring.begin(court.zone.opened, wanted())
    presented(court, made)
    assert stands(court) == []
    assert court.facts(Kind.MEASURED) == [{"group": "hall", "outcome": "not enough data"}]
    shown = terminal_rules.VERBS["calibration.list"](court.zone.opened, {})
    assert shown["measuring"] == {}
    assert set(shown["measured"]) == {"group", "outcome", "made"}


def test_a_count_for_which_there_is_no_room_left_has_an_outcome(court: Court, monkeypatch: pytest.MonkeyPatch) -> None:
    made, before = crowd(court, ENOUGH), stands(court)
    measuring.begin(court.zone.opened, wanted())
    monkeypatch.setattr(calibrating, "MOST", 1)
    presented(court, made)
    assert court.facts(Kind.MEASURED) == [{"group": "hall", "outcome": "unknown"}]
    assert stands(court) == before


def test_no_camera_is_counted_twice_in_seven_days_and_no_hour_ever(court: Court) -> None:
    made = crowd(court, 50)
    measuring.begin(court.zone.opened, wanted())
    presented(court, made)
    for cameras in (("hall-east",), ("hall-east", "hall-west")):
        with pytest.raises(Refused, match="7 days"):
            measuring.begin(court.zone.opened, wanted(*cameras))
    court.zone.clock.now += BUDGET
    for span in ((LAST_HOUR, LAST_HOUR), (LAST_HOUR - 2, LAST_HOUR + 2)):
        with pytest.raises(Refused, match="counted before"):
            measuring.begin(court.zone.opened, wanted("hall-east", first=span[0], last=span[1]))
    assert len(court.facts(Kind.MEASURING)) == 1


@pytest.mark.parametrize(
    ("asked", "why"),
    [
        (wanted(first=LAST_HOUR, last=THIS_HOUR), "are over"),
        (wanted("nowhere"), "no camera"),
        (wanted("hall-east", "hall-east"), "twice"),
        (wanted(first=LAST_HOUR, last=LAST_HOUR - 1), "ends before"),
        (wanted(first=LAST_HOUR - 100), "longer than 72"),
        (wanted("hall-west"), "no rows"),
        (Wanted("hall", ("hall-east",), LAST_HOUR, LAST_HOUR, bytes(32)), "no rows"),
        (Wanted("No Name", ("hall-east",), LAST_HOUR, LAST_HOUR, EXTRACTOR), "has a name"),
    ],
)
def test_what_is_not_begun_is_no_entry(court: Court, asked: Wanted, why: str) -> None:
    crowd(court, 5)
    before = court.zone.kinds()
    with pytest.raises((Refused, Malformed), match=why):
        measuring.begin(court.zone.opened, asked)
    assert court.zone.kinds() == before


def test_one_group_at_a_time(court: Court) -> None:
    crowd(court, 5), crowd(court, 5, camera="hall-west")
    measuring.begin(court.zone.opened, wanted())
    with pytest.raises(Refused, match="another group"):
        measuring.begin(court.zone.opened, wanted("hall-west"))


def test_rows_that_are_not_those_that_were_taken_in_are_not_counted(court: Court) -> None:
    """A repository that puts rows of its own in place, or leaves some out, to find out about one of them."""
    made, opened = crowd(court, 60), court.zone.opened
    measuring.begin(opened, wanted())
    mine = bytes(256) * 60
    forged = made.message(0, rows=mine)
    assert measuring.rows(opened, forged).body == {"repair": True}
    turned = made.message(0, rows=b"".join(reversed(made.rows)))
    assert measuring.rows(opened, turned).body == {"repair": True}
    good = made.message(0)
    fewer = Message(good.verb, good.body, (good.blobs[0][:-2], good.blobs[1][:-256], good.blobs[2][:-16]))
    assert measuring.rows(opened, fewer).body == {"repair": True}
    for blobs in ((), good.blobs[:2], (b"\x00\x00" * 60, *good.blobs[1:]), (good.blobs[0], b"", b"")):
        with pytest.raises(Malformed):
            measuring.rows(opened, Message(good.verb, good.body, blobs))
    for body in ({**good.body, "generation": 1}, {**good.body, "hour": THIS_HOUR}, {**good.body, "camera": "nowhere"}):
        with pytest.raises(Refused):
            measuring.rows(opened, Message(good.verb, body, good.blobs))
    running = opened.desk.measuring
    assert running is not None
    assert running.pairs == []
    assert measuring.rows(opened, good).body == {}
    for again in (good, good):
        with pytest.raises(Refused, match="or was"):
            measuring.rows(opened, again)
    assert "pairs" not in repr(running)


def test_nothing_is_counted_that_nobody_ordered(court: Court) -> None:
    made = crowd(court, 10)
    assert measuring.told(court.zone.opened) == []
    with pytest.raises(Refused, match="not to be counted"):
        measuring.rows(court.zone.opened, made.message(0))


def test_restricted_and_held_sightings_are_in_no_pair(court: Court, monkeypatch: pytest.MonkeyPatch) -> None:
    made, opened = crowd(court, 12), court.zone.opened
    names = [court.pass_by(near(SUBJECT, 0.8, 90 + seed), "hall-west") for seed in range(3)]
    court.ask("clerk-1", Verb.RESTRICT, Restriction((names[0],), "asked"))
    monkeypatch.setattr(holding, "held", lambda _: frozenset(made.names[:10]))
    measuring.begin(opened, wanted("hall-east", "hall-west"))
    asked = measuring.told(opened)
    assert len(asked) == 2
    measuring.rows(opened, made.message(0))
    running = opened.desk.measuring
    assert running is not None
    assert running.pairs == [1], "two of the twelve are free"
    here = {"camera": "hall-west", "hour": LAST_HOUR, "number": 0, "generation": 0}
    measuring.rows(opened, Message("calibration.rows", here, court.parts("hall-west", LAST_HOUR, 0, 0)))
    assert running.pairs in ([1, 0], [1, 1]), "the restricted one is not among the other two"


def test_a_stop_in_between_says_nothing_and_spends_the_hours(court: Court) -> None:
    made = crowd(court, ENOUGH)
    measuring.begin(court.zone.opened, wanted())
    measuring.rows(court.zone.opened, made.message(0))
    court.zone.crash()
    court.zone.open()
    assert court.facts(Kind.MEASURED) == [{"group": "hall", "outcome": "unknown"}]
    assert stands(court) == []
    with pytest.raises(Refused, match="not to be counted"):
        measuring.rows(court.zone.opened, made.message(1))
    with pytest.raises(Refused, match="7 days"):
        measuring.begin(court.zone.opened, wanted())
    court.zone.crash()
    court.zone.open()
    assert len(court.facts(Kind.MEASURED)) == 1


def test_what_never_comes_is_not_waited_for(court: Court) -> None:
    made = crowd(court, ENOUGH)
    measuring.begin(court.zone.opened, wanted())
    measuring.rows(court.zone.opened, made.message(0))
    court.zone.clock.now += LIFETIME
    assert measuring.told(court.zone.opened) == []
    assert court.facts(Kind.MEASURED) == [{"group": "hall", "outcome": "unknown"}]


def test_a_site_calibration_comes_back_from_the_log(court: Court) -> None:
    made = crowd(court, ENOUGH)
    measuring.begin(court.zone.opened, wanted())
    presented(court, made)
    before = court.zone.opened.desk.calibrations
    court.zone.crash()
    court.zone.open()
    assert court.zone.opened.desk.calibrations == before
    assert calibrating.listed(court.zone.opened)


def test_nothing_of_a_row_is_left_in_what_was_presented(court: Court, monkeypatch: pytest.MonkeyPatch) -> None:
    made, opened = crowd(court, 20), court.zone.opened
    measuring.begin(opened, wanted())
    seen = []
    before = measuring.pairing.counts
    monkeypatch.setattr(measuring.pairing, "counts", lambda coded, pairs: seen.append(coded) or before(coded, pairs))
    measuring.rows(opened, made.message(0))
    assert not seen[0].any(), "unmasked rows are overwritten"


def test_with_two_custodians_nothing_is_counted(tmp_path: object) -> None:
    with sitting(kind=Pair) as court:
        court.pass_by(SUBJECT)
        with pytest.raises(Refused, match="both pads"):
            measuring.begin(court.zone.opened, wanted())
        assert Kind.MEASURING not in court.zone.kinds()


def test_the_terminals_verb(court: Court) -> None:
    crowd(court, 5)
    body = {"group": "hall", "cameras": ["hall-east"], "first": LAST_HOUR, "last": LAST_HOUR}
    for wrong in ({"cameras": "hall-east"}, {"first": "1"}, {"extractor": "zz"}, {"extractor": 3}, {"group": 1}):
        with pytest.raises(Malformed):
            terminal_rules.VERBS["calibration.measure"](
                court.zone.opened, {**body, "extractor": EXTRACTOR.hex(), **wrong}
            )
    done = terminal_rules.VERBS["calibration.measure"](court.zone.opened, {**body, "extractor": EXTRACTOR.hex()})
    assert done["sheets"] == 1
    assert hashlib.sha256(b"").digest() not in repr(court.zone.opened.desk.measuring).encode()
