"""Two custodians: everything of one of them, and of the repository, opens nothing; and a first custodian that is taken
over gets from the second what people have signed for, and nothing else.

Without a second custodian the same thief reads everything: that is shown first.
"""

from collections.abc import Iterator
from dataclasses import replace

import numpy as np
import pytest

from countenance.crypto import derive, segment
from countenance.errors import CountenanceError, Refused, Tampered
from countenance.formats import records
from countenance.matching import encode, padding
from countenance.vocabulary.acts import Candidacy, Named, Verb
from countenance.vocabulary.sightings import LeaseRequest
from countenance.vocabulary.warrants import Warrant
from countenance.zones.custodian import cases, sheets
from countenance.zones.custodian.calling import Caller
from countenance.zones.custodian.cases import Candidate
from countenance.zones.custodian.opened import Opened
from countenance.zones.custodian.records import Declared, PartitionKeys, partition_key
from countenance.zones.custodian.second import service
from simulator.court import LAST_HOUR, THIS_HOUR, Court, sitting
from simulator.people import SUBJECT, TEMPLATE, limits, probe, unit
from simulator.second import Pair, Second
from simulator.zone import Edge, Zone

HERE = ("hall-east", LAST_HOUR)
SCORE = 0.35
"""A cosine that a uniform row of 128 components reaches with a given template less than once in ten thousand times."""


@pytest.fixture
def court() -> Iterator[Court]:
    with sitting(kind=Pair) as court:
        court.pass_by(SUBJECT)
        court.tell()
        yield court


@pytest.fixture
def pair(court: Court) -> Pair:
    assert isinstance(court.zone, Pair)
    return court.zone


@pytest.fixture
def second(pair: Pair) -> Second:
    return pair.second


@pytest.fixture
def caller(pair: Pair) -> Caller:
    """The first custodian in a thief's hands: its log key signs what the thief likes."""
    assert pair.opened.second is not None
    return pair.opened.second


def looted(court: Court, of: Opened, nonce: bytes) -> np.ndarray:
    """A stored row, unmasked with one custodian's root and salt of that hour and the row's nonce; (d,), of length 1."""
    keys = of.store.get(PartitionKeys, partition_key(*HERE))
    assert keys is not None
    block_key = sheets.block_key(of, keys, sheets.begun(*HERE, 0, extractor=b"", dimension=128))
    row = np.frombuffer(court.rows[HERE][0].row, dtype="<i2").astype(np.int16)
    plain = (row - padding.pads(block_key, nonce, 128)[0]).astype(np.float64)
    return plain / np.linalg.norm(plain)


def test_one_custodian_alone_is_everything_to_who_takes_it_and_the_repository() -> None:
    with sitting(kind=Zone) as court:
        court.pass_by(SUBJECT)
        nonce = court.rows[HERE][0].sighting.nonce
        assert float(looted(court, court.zone.opened, nonce) @ SUBJECT) > 0.99


def test_everything_of_either_custodian_and_the_repository_opens_no_template(court: Court, second: Second) -> None:
    first, nonce = court.zone.opened, court.rows[HERE][0].sighting.nonce
    assert sheets.the(first, *HERE, 0).nonce(0) == nonce, "the first holds the nonce"
    assert abs(float(looted(court, first, nonce) @ SUBJECT)) < SCORE
    # The second never holds a nonce; this thief is given it all the same.
    assert abs(float(looted(court, second.opened, nonce) @ SUBJECT)) < SCORE
    kinds = {name for (name,) in second.opened.store._database.execute("SELECT DISTINCT kind FROM records")}  # type: ignore[union-attr]
    assert not kinds & {"Row", "Sheet", "SpentNonce", "Place"}


def test_everything_of_either_custodian_opens_no_still_and_no_footage(court: Court, pair: Pair) -> None:
    lease, name = court.leases[HERE], court.rows[HERE][0].sighting.record.sighting
    nonce = court.rows[HERE][0].sighting.nonce
    parts = pair.values(court.edge, lease)
    stills = [derive.still_key(part.block_key, nonce, name) for part in parts]
    footage = [part.footage_key for part in parts]
    for values in (stills, footage):
        sealed = segment.encrypt(derive.combined(*values), b"what a camera saw")
        assert segment.decrypt(derive.combined(*values), sealed) == b"what a camera saw"
        for one in (*values, derive.combined(values[0], values[0]), derive.combined(*reversed(values))):
            with pytest.raises(Tampered):
                segment.decrypt(one, sealed)


def test_destroying_the_nonce_at_the_first_leaves_the_second_with_nothing(court: Court, second: Second) -> None:
    """Erasure is as it was: no copy of the second's directory brings a row back."""
    nonce = court.rows[HERE][0].sighting.nonce
    for path in second.directory.rglob("*"):
        if path.is_file():
            assert nonce not in path.read_bytes()


# A first custodian that is taken over while it runs.


def case(court: Court, text: Warrant, verb: Verb, body: object, name: str, template: bytes = TEMPLATE) -> tuple:
    """What the second is shown of an act: the ask as its person signed it, the text, the template, the words."""
    signed = court.zone.ask(name, verb, body).signed
    return (records.write(signed), records.write(text), template, *words(court, text))


def words(court: Court, text: Warrant) -> list[bytes]:
    return [records.write(one) for one in cases.state(court.zone.opened, text.warrant).approvals]


def named(text: Warrant) -> Named:
    return Named(text.warrant, text.number, records.digest(text))


def searching(court: Court, text: Warrant, caller: Caller) -> str:
    return caller.ask("search.begin", {}, *case(court, text, Verb.SEARCH, named(text), "officer-1")).decode()


def refused(second: Second, act: object, match: str) -> CountenanceError:
    error = second.refused(act)  # type: ignore[arg-type]
    assert match in str(error)
    return error


def test_products_are_of_the_warrants_partitions_only(court: Court, second: Second, caller: Caller) -> None:
    text = court.approved(scope=replace(court.text().scope, cameras=("hall-east",)))
    search = searching(court, text, caller)
    for camera, hour in (("hall-west", LAST_HOUR), ("hall-east", THIS_HOUR + 1), ("hall-east", LAST_HOUR - 9)):
        body = {"search": search, "camera": camera, "hour": hour}
        refused(second, lambda body=body: caller.ask("search.pads", body, bytes(16)), "scope")
    body = {"search": "00" * 16, "camera": "hall-east", "hour": LAST_HOUR}
    refused(second, lambda: caller.ask("search.pads", body, bytes(16)), "no such search")


def test_another_probe_than_the_text_names_is_refused(court: Court, second: Second, caller: Caller) -> None:
    text = court.approved()
    other = encode.to_bytes(encode.encode(unit(9)))
    brought = case(court, text, Verb.SEARCH, named(text), "officer-1", other)
    refused(second, lambda: caller.ask("search.begin", {}, *brought), "template")
    # A text that names it instead was approved by nobody.
    changed = replace(text, probe=probe(other, court.zone.probe.signing))
    brought = case(court, changed, Verb.SEARCH, named(changed), "officer-1", other)
    refused(second, lambda: caller.ask("search.begin", {}, *brought), "0 of the 2 approvals")


def test_uses_are_counted_by_the_second_itself(court: Court, second: Second, caller: Caller) -> None:
    text = court.approved(limits=limits(uses=2))
    for _ in range(2):
        caller.ask("search.end", {"search": searching(court, text, caller)})
    refused(second, lambda: searching(court, text, caller), "no use left")


def test_a_search_that_no_officer_asked_for_is_refused(court: Court, second: Second, caller: Caller) -> None:
    text = court.approved()
    brought = case(court, text, Verb.SEARCH, named(text), "officer-1")
    caller.ask("search.begin", {}, *brought)
    refused(second, lambda: caller.ask("search.begin", {}, *brought), "made before")
    other = case(court, text, Verb.SEARCH, named(text), "officer-2")
    refused(second, lambda: caller.ask("search.begin", {}, *other), "requester")
    look = case(court, text, Verb.READ, named(text), "officer-1")
    refused(second, lambda: caller.ask("search.begin", {}, *look), "something else")


def test_a_nonce_of_the_firsts_choice_is_never_given_its_pad(
    court: Court, pair: Pair, second: Second, caller: Caller
) -> None:
    """Rotations of the wanted nonce, again and again and in chains, always add a pad that is not known."""
    wanted = court.rows[HERE][0].sighting.nonce
    key = pair.share(court.edge, court.leases[HERE]).block_key
    pad = padding.pads(key, wanted, 128)[0]
    body = {"camera": HERE[0], "hour": HERE[1], "dimension": 128}
    known, nonce = np.zeros(128, dtype=np.int16), wanted
    for _ in range(20):
        data = caller.ask("rotate", body, nonce)
        nonce, delta = data[:16], np.frombuffer(data[16:], dtype="<i2").astype(np.int16)
        known = (known + delta).astype(np.int16)
        assert nonce != wanted
        for guess in (known, delta, -known, -delta):
            assert int((guess == pad).sum()) < 8
    with pytest.raises(CountenanceError):
        caller.ask("rotate", body, wanted, wanted)


def test_a_lease_for_a_forged_edge_is_refused(court: Court, pair: Pair, second: Second, caller: Caller) -> None:
    forged = Edge("edge-1")
    request = LeaseRequest("edge-1", "hall-east", THIS_HOUR, THIS_HOUR, pair.clock())
    declared = pair.opened.store.get(Declared, "hall-east")
    assert declared is not None
    letters = (forged.signed(request), records.write(declared.signed))
    assert isinstance(second.refused(lambda: caller.ask("lease", {}, *letters)), Tampered)
    stranger = Edge("edge-9")
    request = replace(request, edge="edge-9")
    letters = (stranger.signed(request), records.write(declared.signed))
    refused(second, lambda: caller.ask("lease", {}, *letters), "not enrolled")


def test_stills_beyond_what_searches_can_return_are_refused(court: Court, second: Second, caller: Caller) -> None:
    text = court.approved(limits=limits(uses=2, candidates=3))
    place = {"camera": HERE[0], "hour": HERE[1], "verdicts": 0}

    def still(name: str, where: dict | None = None) -> bytes:
        body = Candidacy(text.warrant, text.number, name)
        return caller.ask("still", where or place, *case(court, text, Verb.CANDIDATE, body, "reviewer-1"), bytes(16))

    refused(second, lambda: still("aa" * 16), "search first")
    caller.ask("search.end", {"search": searching(court, text, caller)})
    refused(second, lambda: still("aa" * 16, {**place, "camera": "hall-west", "hour": LAST_HOUR - 9}), "scope")
    for number in range(6):
        still(f"{number:02x}" * 16)
    refused(second, lambda: still("ff" * 16), "more sightings")
    assert second.opened.store.count(Candidate) == 6


def test_what_the_first_has_heard_before_it_cannot_say_again(court: Court, second: Second) -> None:
    court.search(court.approved(limits=limits(uses=9)))
    for message in second.heard:
        with pytest.raises(Refused, match="made before"):
            service.answered(second.opened, message, service.ACTS[message.verb])
